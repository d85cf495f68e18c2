"""Every field of the parameters of buttons and views has bounds; what lies outside of them is called an old button."""

import json
import types
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

import annotated_types
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from handlers.features import FEATURES
from handlers.payloads import Payload, decode
from tmon.errors import AppError


def kinds() -> list[type[Payload]]:
    """Every parameter set of the product."""

    def below(kind: type[Payload]) -> Iterator[type[Payload]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    assert FEATURES  # imports all of them
    return [kind for kind in below(Payload) if kind.__module__.startswith("handlers.")]


def unbounded(model: type[BaseModel], where: str) -> Iterator[str]:
    """Names of the fields of `model`, and of those inside of it, that take values of any size."""
    longest = model.model_config.get("str_max_length")
    for name, field in model.model_fields.items():
        yield from _open_ended(field.annotation, field.metadata, longest, f"{where}.{name}")


def _open_ended(kind: Any, metadata: list[Any], longest: int | None, where: str) -> Iterator[str]:
    if hasattr(kind, "__metadata__"):
        kind, metadata = kind.__origin__, [*metadata, *_flat(kind.__metadata__)]
    if kind is AwareDatetime:
        kind = datetime
    limits = {type(one) for one in metadata}
    match kind:
        case _ if get_origin(kind) in (Union, types.UnionType):
            for part in get_args(kind):
                yield from _open_ended(part, metadata, longest, where)
        case _ if get_origin(kind) in (list, dict, tuple, set, frozenset):
            fixed = get_origin(kind) is tuple and Ellipsis not in get_args(kind)
            if annotated_types.MaxLen not in limits and not fixed:
                yield where
            for part in get_args(kind):
                if part is not Ellipsis:
                    yield from _open_ended(part, [], longest, f"{where}[]")
        case type() if issubclass(kind, Enum | bool | types.NoneType):
            return
        case type() if issubclass(kind, BaseModel):
            yield from unbounded(kind, where)
        case type() if issubclass(kind, str):
            if annotated_types.MaxLen not in limits and longest is None:
                yield where
        case type() if issubclass(kind, int | datetime | date):
            if not {annotated_types.Lt, annotated_types.Le} & limits or annotated_types.Ge not in limits:
                yield where
        case _:
            yield where


def _flat(metadata: tuple[Any, ...]) -> list[Any]:
    return [part for one in metadata for part in (one.metadata if isinstance(one, FieldInfo) else [one])]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_every_field_has_bounds(kind: type[Payload]) -> None:
    assert list(unbounded(kind, kind.__name__)) == []


def names(kind: type[Payload]) -> list[str]:
    """The fields as they are written."""
    return [field.validation_alias or name for name, field in kind.model_fields.items()]  # type: ignore[misc]


@contextmanager
def suppress_stale() -> Iterator[None]:
    """Passes over the one error that is meant to be raised."""
    try:
        yield
    except AppError as error:
        if error.key != "common.stale_button":
            raise


WRONG = [
    *(2**63, -(2**63) - 1, 10**400, -1, 1.5e308, "x" * 3_001, "st_1\x00", "\x1b[31m", {"a": "\x00"}, ["\x00"]),
    *("9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "9999-12-31", "0001-01-01", [[[]]], {"": {"": {}}}),
]
LIES = st.one_of(
    st.sampled_from(WRONG),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
# All of them, more than sixty, are read by the same code. The first text drawn in a process takes more than a second, and a busy
# machine is slow with any.
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_what_was_forged_is_read_within_bounds_or_called_an_old_button(
    kind: type[Payload], data: st.DataObject
) -> None:
    forged = {name: data.draw(LIES) for name in names(kind) if data.draw(st.booleans())}
    read = None
    with suppress_stale():
        read = decode(kind, json.dumps(forged))
    kept = "" if read is None else read.model_dump_json()
    assert len(kept) < 10_000
    assert "\\u0000" not in kept


@pytest.mark.parametrize("text", ["[" * 100_000, '{"store":' * 50_000, "1" * 5_000, '{"store":"' + "a" * 3_000 + '"}'])
def test_what_is_too_long_or_too_deep_is_called_an_old_button(text: str) -> None:
    for kind in kinds():
        with pytest.raises(AppError, match="stale_button"):
            decode(kind, text)
