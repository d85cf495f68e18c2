"""Asking TMON for its code tables, once a day for each store."""

from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from tmon.api import Code, NotOffered, Throttled, TmonError, Unavailable
from tmon.core import Core
from tmon.database import upsert
from tmon.due_times import has_come
from tmon.models.codes import CodeTable
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
"""When TMON did not answer; until then the codes of before serve."""
_ASKING = timedelta(minutes=1)
"""So long nobody else asks, and it is asked again after a crash."""
_LONGEST_CODE, _LONGEST_NAME = 40, 200


class CodeReader:
    """Reads the codes of the stores that are due. Called every few seconds; a store without codes is due at once, before
    somebody opens the first form."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._clients = core.clients

    async def __call__(self) -> None:
        """Ask for every store that is due, and stop at the first that gets no answer: TMON may be down."""
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Store.team_id), col(Store.id))
                .outerjoin(
                    CodeTable,
                    and_(col(CodeTable.team_id) == col(Store.team_id), col(CodeTable.store_id) == col(Store.id)),
                )
                .where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.order_on),
                    or_(col(CodeTable.due_at).is_(None), has_come(CodeTable.due_at, now, EVERY)),
                )
                .order_by(col(CodeTable.due_at).nulls_first(), col(Store.id))
            )
            due = rows.all()
        for team_id, store_id in due:
            if await self._take(team_id, store_id) and not await self.read(team_id, store_id):
                return

    async def _take(self, team_id: str, store_id: str) -> bool:
        """Put the next reading of a store off, so that of several processes one asks TMON."""
        now = self._clock()
        row: dict[str, Any] = {"team_id": team_id, "store_id": store_id, "groups": {}, "read_at": None, "due_at": now}
        async with self._db.write() as session:
            await upsert(session, CodeTable.__table__, [row], update=[])  # type: ignore[attr-defined]
            taken = await session.scalar(
                update(CodeTable)
                .where(
                    *scope(CodeTable, StoreKey(team_id, store_id)),
                    has_come(col(CodeTable.due_at), now, EVERY),
                )
                .values(due_at=now + _ASKING)
                .returning(col(CodeTable.store_id)),
                execution_options={"synchronize_session": False},
            )
        return taken is not None

    async def read(self, team_id: str, store_id: str) -> bool:
        """Read the codes of one store and keep them; False if TMON did not answer. Its switch is looked at right before."""
        async with self._db.read() as session:
            store = await session.get_one(Store, (team_id, store_id))
        if not store.active or not store.group_on(ApiGroup.ORDER):
            return True
        try:
            groups = await self._clients.for_store(store).codes.all()
        except (TmonError, CannotOpen) as error:
            log.info("codes not read", store=store_id, error=type(error).__name__)
            await self._keep(store, None, EVERY if isinstance(error, NotOffered) else AGAIN_AFTER)
            return not isinstance(error, Unavailable | Throttled)
        await self._keep(store, {name: _pairs(entries) for name, entries in groups.items()}, EVERY)
        return True

    async def _keep(self, store: Store, groups: dict[str, list[list[str]]] | None, pause: timedelta) -> None:
        now = self._clock()
        async with self._db.write() as session:
            current = await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
            if current.removed_at is not None:
                return
            row = await session.get(CodeTable, (store.team_id, store.id))
            if row is None:
                row = CodeTable(team_id=store.team_id, store_id=store.id, due_at=now)
                session.add(row)
            row.due_at = now + pause
            if groups is not None and any(groups.values()):  # an empty answer takes nothing away
                row.groups, row.read_at = groups, now


def _pairs(entries: list[Code]) -> list[list[str]]:
    return [[one.code, one.description[:_LONGEST_NAME]] for one in entries if 0 < len(one.code) <= _LONGEST_CODE]
