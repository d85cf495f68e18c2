"""Queries about records of TMON that could not be read, and reading them again."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlmodel import col

from tmon.core import Core
from tmon.models.collection import Unread, UnreadRecord, UnreadWhy, field_name
from tmon.models.stores import Store
from tmon.pages import Page, fetch_page
from tmon.scope import StoreKey, scope

PAGE = 15
"""Records per page of the list."""


_NAMED = 20
"""Records that a mail to the operator names."""


@dataclass(frozen=True)
class UnreadCause:
    """The unread records of all workspaces with which the same thing is wrong."""

    records: int
    stores: int
    first: Sequence[tuple[UnreadRecord, Store]]
    """Some of them, the oldest first."""


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

    async def of_cause(self, what: Unread, why: UnreadWhy, field: str) -> UnreadCause | None:
        """Return what is unread because of one field, given without positions in lists; None if nothing is by now."""
        alike = (col(UnreadRecord.what) == what, col(UnreadRecord.why) == why)
        of_store = (col(Store.team_id) == col(UnreadRecord.team_id), col(Store.id) == col(UnreadRecord.store_id))
        async with self._db.read() as session:
            paths = await session.scalars(select(col(UnreadRecord.field)).where(*alike).distinct())
            these = (*alike, col(UnreadRecord.field).in_([path for path in paths if field_name(path) == field]))
            counts = await session.execute(
                select(
                    func.count(),
                    func.count((col(UnreadRecord.team_id) + "/" + col(UnreadRecord.store_id)).distinct()),
                ).where(*these)
            )
            first = await session.execute(
                select(UnreadRecord, Store)
                .join(Store, and_(*of_store))
                .where(*these)
                .order_by(col(UnreadRecord.first_seen_at), col(UnreadRecord.number))
                .limit(_NAMED)
            )
            records, stores = counts.one()
            named = [(one, store) for one, store in first]
            return UnreadCause(records, stores, named) if named else None
