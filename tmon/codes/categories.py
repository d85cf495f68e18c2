"""TMON's categories, read once a day for each workspace with the key of one of its stores; the last ones serve while it is silent."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import Category, NotOffered, Throttled, TmonError, Unavailable, leaves
from tmon.core import Core
from tmon.database import upsert
from tmon.due_times import has_come
from tmon.models.codes import CategoryTree
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.scope import StoreKey
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
AGAIN_AFTER = timedelta(hours=1)
"""When TMON did not answer; until then the categories of before serve."""
_ASKING = timedelta(minutes=1)
"""So long nobody else asks, and it is asked again after a crash."""
PATIENCE = 10.0
"""Seconds that a person waits for them."""
_STORES = 3
"""Stores of a workspace whose keys are tried, one after the other, until TMON takes one."""


class CategoryTrees:
    """The categories of each workspace."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._clients = core.clients

    async def leaves(self, team_id: str) -> list[tuple[int, str, int]]:
        """Return those that a deal may be assigned to: number, path such as `대 > 중 > 소`, number of the top-level one.

        Empty if they were never read.
        """
        async with self._db.read() as session:
            found = await session.scalar(select(col(CategoryTree.leaves)).where(col(CategoryTree.team_id) == team_id))
        return [(no, path, top) for no, path, top in found or ()]

    async def tops(self, team_id: str) -> list[str]:
        """Return the names of the top-level ones; empty if they were never read."""
        async with self._db.read() as session:
            return await top_names(session, team_id)

    async def refresh(self, store: Store) -> None:
        """Ask TMON now if the categories were never read: a person waits for them. It may be silent; then there are none."""
        async with self._db.read() as session:
            known = await session.get(CategoryTree, store.team_id)
        if known is None or known.read_at is None:
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._read(StoreKey(store.team_id, store.id))
            except TimeoutError:
                log.info("categories not read", store=store.id, error="TimeoutError")

    async def __call__(self) -> None:
        """Ask for every workspace that is due, and stop at the first that gets no answer: TMON may be down.

        Called every few seconds; a workspace without categories is due at once.
        """
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Store.team_id), col(Store.id))
                .outerjoin(CategoryTree, col(CategoryTree.team_id) == col(Store.team_id))
                .where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.product_on),
                    or_(col(CategoryTree.due_at).is_(None), has_come(CategoryTree.due_at, now, EVERY)),
                )
                .order_by(col(CategoryTree.due_at).nulls_first(), col(Store.team_id), col(Store.id))
            )
            stores: dict[str, list[str]] = {}
            for team_id, store_id in rows:
                stores.setdefault(team_id, []).append(store_id)
        for team_id, ids in stores.items():
            if await self._take(team_id) and not await self._read_with(team_id, ids[:_STORES]):
                return

    async def _take(self, team_id: str) -> bool:
        """Put the next reading of a workspace off, so that of several processes one asks TMON."""
        now = self._clock()
        row: dict[str, Any] = {"team_id": team_id, "leaves": [], "tops": [], "read_at": None, "due_at": now}
        async with self._db.write() as session:
            await upsert(session, CategoryTree.__table__, [row], update=[])  # type: ignore[attr-defined]
            taken = await session.scalar(
                update(CategoryTree)
                .where(col(CategoryTree.team_id) == team_id, has_come(col(CategoryTree.due_at), now, EVERY))
                .values(due_at=now + _ASKING)
                .returning(col(CategoryTree.team_id)),
                execution_options={"synchronize_session": False},
            )
        return taken is not None

    async def _read_with(self, team_id: str, store_ids: Sequence[str]) -> bool:
        """Read with the first key that TMON takes; False if it did not answer."""
        for store_id in store_ids:
            answered = await self._read(StoreKey(team_id, store_id))
            if answered is not None:
                return answered
        return True

    async def _read(self, key: StoreKey) -> bool | None:
        """Read with the key of one store and keep what came. Its switch is looked at right before.

        Returns False if TMON did not answer, None if it may answer to another store.
        """
        async with self._db.read() as session:
            store = await session.get_one(Store, (key.team_id, key.store_id))
        if not store.active or not store.group_on(ApiGroup.PRODUCT):
            return None
        try:
            tree = await self._clients.for_store(store).categories.tree()
        except (TmonError, CannotOpen) as error:
            log.info("categories not read", store=store.id, error=type(error).__name__)
            await self._keep(key, [], EVERY if isinstance(error, NotOffered) else AGAIN_AFTER)
            if isinstance(error, NotOffered):
                return True
            return False if isinstance(error, Unavailable | Throttled) else None
        await self._keep(key, tree, EVERY)
        return True

    async def _keep(self, key: StoreKey, tree: Sequence[Category], pause: timedelta) -> None:
        now = self._clock()
        values: dict[str, Any] = {"due_at": now + pause}
        if tree:  # an empty answer takes nothing away
            chains = list(leaves(tree))
            values["leaves"] = [[chain[-1].no, " > ".join(one.name for one in chain), chain[0].no] for chain in chains]
            values["tops"] = [[one.no, one.name] for one in tree]
            values["read_at"] = now
        row = {"team_id": key.team_id, "leaves": [], "tops": [], "read_at": None, **values}
        async with self._db.write() as session:
            store = await session.get_one(Store, (key.team_id, key.store_id), with_for_update=True)
            if store.removed_at is not None:  # perhaps with all that is stored of its workspace
                return
            await upsert(session, CategoryTree.__table__, [row], update=list(values))  # type: ignore[attr-defined]


async def top_names(session: AsyncSession, team_id: str) -> list[str]:
    """Return the names of the top-level categories; empty if they were never read."""
    found = await session.scalar(select(col(CategoryTree.tops)).where(col(CategoryTree.team_id) == team_id))
    return [name for _, name in found or ()]
