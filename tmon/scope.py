"""Conditions on the store of a row: every table has the workspace and the store in its key."""

from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement, and_
from sqlmodel import col


class OfStore(Protocol):
    """A store, or anything that belongs to one (has its key)."""

    @property
    def team_id(self) -> str:
        """Id of the workspace."""

    @property
    def store_id(self) -> str:
        """Id of the store."""


class StoreKey(NamedTuple):
    """The key of a store whose row is not loaded."""

    team_id: str
    store_id: str


def scope(table: Any, of: OfStore) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that select the rows of a store from `table`, for `where(*scope(…))`."""
    return col(table.team_id) == of.team_id, col(table.store_id) == of.store_id


def same_key(table: Any, other: Any, *columns: str) -> ColumnElement[bool]:
    """Return the condition that joins rows of the same store that agree in `columns`, for `join(table, same_key(…))`."""
    return and_(*(getattr(table, name) == getattr(other, name) for name in ("team_id", "store_id", *columns)))
