"""Sealed values: opened by every key, sealed by the first, and never stored in plain."""

from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel
from sqlalchemy.dialects import sqlite

from tmon.models.inquiries import Inquiry, Source
from tmon.models.metadata import METADATA
from tmon.models.orders import Order
from tmon.models.stores import Draft, Store
from tmon.sealing import CannotOpen, Place, Sealed, Sealer, sealed_columns


class Contact(BaseModel):
    """Something to seal."""

    name: str


@pytest.fixture
def keys() -> list[str]:
    """Two keys, the newer first."""
    return [Fernet.generate_key().decode() for _ in range(2)]


@pytest.mark.parametrize("value", [{"a": 1}, ["b"], "박담당", {}])
def test_what_was_sealed_opens(keys: list[str], value: object) -> None:
    sealer = Sealer(keys)
    token = sealer.seal(value)  # type: ignore[arg-type]
    assert "박담당" not in token
    assert sealer.open(token) == value


def test_a_model_comes_back_as_one(sealer: Sealer) -> None:
    assert sealer.open_as(Contact, sealer.seal(Contact(name="박담당"))) == Contact(name="박담당")


def row(model: Any, **key: Any) -> Any:
    """A row of which only the key is set."""
    return model(**key)


STORES = [row(Store, team_id="T1", id=store_id) for store_id in ("st_a", "st_b")]
ORDER = row(Order, team_id="T1", store_id="st_a", order_no=1)
PLACES = [Place.of(store, column) for store in STORES for column in ("credentials", "contact")] + [
    Place.of(ORDER, "buyer"),
    Place.at(Order, "buyer", {"team_id": "T2", "store_id": "st_a", "order_no": 1}),
    Place.of(row(Draft, team_id="T1", user_id="U1", store_id="st_a"), "content"),
    Place.of(row(Draft, team_id="T1", user_id="U1s", store_id="t_a"), "content"),
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_value_opens_in_its_own_place_only(sealer: Sealer, place: Place) -> None:
    token = sealer.seal({"api_key": "k"}, place)
    for other in PLACES:
        if other == place:
            assert sealer.open(token, other) == {"api_key": "k"}
            continue
        with pytest.raises(CannotOpen):
            sealer.open(token, other)
        with pytest.raises(CannotOpen):
            sealer.reseal(token, other)


def test_a_row_read_from_the_database_and_its_values_have_one_place() -> None:
    assert Place.of(ORDER, "buyer") == Place.at(Order, "buyer", {"team_id": "T1", "store_id": "st_a", "order_no": 1})
    inquiry = row(Inquiry, team_id="T1", store_id="st_a", source="cs", number=1, part=2)
    key = {"team_id": "T1", "store_id": "st_a", "source": Source.CS, "number": 1, "part": 2}
    assert Place.of(inquiry, "content").digest() == Place.at(Inquiry, "content", key).digest()


def test_a_place_is_a_sealed_column_of_a_row_that_has_its_key() -> None:
    with pytest.raises(ValueError, match="not a sealed column"):
        Place.of(STORES[0], "name")
    with pytest.raises(ValueError, match="no primary key yet"):
        Place.of(row(Order, team_id="T1", store_id="st_a", order_no=None), "buyer")


def test_the_running_bot_neither_seals_nor_opens_a_value_without_a_place(encryption_key: str) -> None:
    unbound = Sealer([encryption_key]).seal("값")
    strict = Sealer([encryption_key], bound_only=True)
    with pytest.raises(CannotOpen):
        strict.open(unbound, PLACES[0])
    assert strict.open(strict.reseal(unbound, PLACES[0]), PLACES[0]) == "값"
    for forgotten in (lambda: strict.seal("값"), lambda: strict.open(strict.seal("값", PLACES[0]))):
        with pytest.raises(ValueError, match="place"):
            forgotten()


def test_older_keys_open_and_the_first_one_seals(keys: list[str]) -> None:
    newer, older = keys
    place = PLACES[0]
    token = Sealer([older]).seal("값", place)
    both = Sealer([newer, older])
    assert both.open(token, place) == "값"
    assert not both.is_current(token)
    moved = both.reseal(token, place)
    assert both.is_current(moved)
    assert Sealer([newer]).open(moved, place) == "값"
    with pytest.raises(CannotOpen):
        Sealer([newer]).open(token, place)
    with pytest.raises(CannotOpen):
        Sealer([newer]).reseal(token, place)


@pytest.mark.parametrize("keys", [[], ["too short"]])
def test_without_a_good_key_there_is_no_sealer(keys: list[str]) -> None:
    with pytest.raises(ValueError, match="key"):
        Sealer(keys)


def test_a_sealed_column_takes_no_plain_value(sealer: Sealer) -> None:
    column, dialect = Sealed(), sqlite.dialect()
    assert column.process_bind_param(None, dialect) is None
    token = sealer.seal("값")
    assert column.process_bind_param(token, dialect) == token
    with pytest.raises(ValueError, match="plain"):
        column.process_bind_param("010-1234-5678", dialect)


def test_every_sealed_column_is_found() -> None:
    found = {f"{table.name}.{column.name}" for table, column in sealed_columns(METADATA)}
    assert {"store.credentials", "store.contact", "orders.buyer", "inquiry.content"} < found


def test_no_key_shows() -> None:
    key = Fernet.generate_key().decode()
    assert key not in repr(Sealer([key]))
