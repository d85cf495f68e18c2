"""Parameters of buttons and modals: small versioned JSON with public ids only; untrusted when it comes back."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from tmon.errors import AppError

MAX_LENGTH = 3_000
"""Characters that Slack keeps in a view's `private_metadata`; it keeps 2,000 in a button's value."""
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
"""PostgreSQL stores no NUL, and no id or word has one of the others."""
_EARLIEST, _LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

Id = Annotated[str, Field(max_length=20)]
"""A public id: `tmon.ids`, or one of Slack's."""
Name = Annotated[str, Field(max_length=60)]
"""A name in code: of a view, an action, a field."""
Words = Annotated[str, Field(max_length=300)]
"""What somebody typed."""
Text = Annotated[str, Field(max_length=MAX_LENGTH)]
"""All of a longer input."""
Number = Annotated[int, Field(ge=0, lt=2**63)]
"""A number of TMON's, or a count."""
PageNumber = Annotated[int, Field(ge=0, lt=2**63)]
"""Of a list, from 0; the nearest page that exists is shown."""
Moment = Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST)]
Day = Annotated[date, Field(ge=_EARLIEST.date(), lt=_LATEST.date())]


class Payload(BaseModel):
    """Base of all parameters. `v` increases when the meaning of a field changes; fields are only ever added.

    Every field has bounds: what comes back may be forged, and a test fails on a field without.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", validate_by_name=True, serialize_by_alias=True)

    v: PageNumber = 1

    @model_validator(mode="before")
    @classmethod
    def _is_clean(cls, given: Any) -> Any:
        """Refuse control characters in any text, however deep."""
        if _has_control(given):
            raise ValueError("control characters")
        return given


def _has_control(given: Any) -> bool:
    match given:
        case str():
            return _CONTROL.search(given) is not None
        case dict():
            return any(_has_control(name) or _has_control(held) for name, held in given.items())
        case list():
            return any(map(_has_control, given))
        case _:
            return False


P = TypeVar("P", bound=Payload)


def encode(payload: Payload) -> str:
    """Return the JSON for a button's `value` or a view's `private_metadata`."""
    return payload.model_dump_json(exclude_defaults=True)


def decode(kind: type[P], text: str | None) -> P:
    """Parse the result of `encode`. Raises AppError if it is not ours, or of a version that this one cannot read."""
    try:
        if text and len(text) > MAX_LENGTH:
            raise AppError("common.stale_button")
        return kind.model_validate_json(text or "{}")
    except (ValidationError, RecursionError):
        raise AppError("common.stale_button") from None
