"""Sealed values: opened by every key, sealed by the first, and never stored in plain."""

import pytest
from cryptography.fernet import Fernet
from pydantic import BaseModel
from sqlalchemy.dialects import sqlite

from tmon.models.metadata import METADATA
from tmon.sealing import CannotOpen, Sealed, Sealer, sealed_columns


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


def test_older_keys_open_and_the_first_one_seals(keys: list[str]) -> None:
    newer, older = keys
    token = Sealer([older]).seal("값")
    both = Sealer([newer, older])
    assert both.open(token) == "값"
    assert not both.is_newest(token)
    moved = both.reseal(token)
    assert both.is_newest(moved)
    assert Sealer([newer]).open(moved) == "값"
    with pytest.raises(CannotOpen):
        Sealer([newer]).open(token)
    with pytest.raises(CannotOpen):
        Sealer([newer]).reseal(token)


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
