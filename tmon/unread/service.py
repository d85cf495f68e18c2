"""Queries about records of TMON that could not be read, and reading them again."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import col

from tmon.core import Core
from tmon.models.collection import UnreadRecord
from tmon.pages import Page, fetch_page
from tmon.scope import StoreKey, scope

PAGE = 15
"""Records per page of the list."""


class UnreadService:
    """The unread records of all stores. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db = core.db

    async def page(self, team_id: str, store_id: str, page: int = 0) -> Page[UnreadRecord]:
        """Return one page of a store's unread records, oldest first."""
        query = select(UnreadRecord).where(*scope(UnreadRecord, StoreKey(team_id, store_id)))
        query = query.order_by(col(UnreadRecord.first_seen_at), col(UnreadRecord.what), col(UnreadRecord.number))
        async with self._db.read() as session:
            return await fetch_page(session, query, page, PAGE)

    async def all(self, team_id: str, store_id: str) -> Sequence[UnreadRecord]:
        """Return all unread records of a store."""
        async with self._db.read() as session:
            rows = await session.scalars(select(UnreadRecord).where(*scope(UnreadRecord, StoreKey(team_id, store_id))))
            return rows.all()
