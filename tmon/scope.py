"""Which store a row belongs to: every table bears the workspace and the store in its key."""

from typing import Any, NamedTuple, Protocol

from sqlalchemy import ColumnElement
from sqlmodel import col


class OfStore(Protocol):
    """A store, or anything that belongs to one."""

    @property
    def team_id(self) -> str:
        """The workspace."""

    @property
    def store_id(self) -> str:
        """The store."""


class StoreKey(NamedTuple):
    """A store of which only the key is at hand."""

    team_id: str
    store_id: str


def scope(table: Any, of: OfStore) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """The conditions of the rows of `table` that belong to a store, for `where(*scope(…))`."""
    return col(table.team_id) == of.team_id, col(table.store_id) == of.store_id
