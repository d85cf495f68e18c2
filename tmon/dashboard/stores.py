"""Overviews of all stores: errors, last and next collection, open orders."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.collection.unread import counts
from tmon.models.collection import SyncState
from tmon.models.orders import Order, is_unsettled
from tmon.models.products import SalePeriodSchedule
from tmon.models.stores import ApiGroup, Store


@dataclass(frozen=True)
class KindOverview:
    """State of one kind of collection for a store."""

    kind: str
    switched_on: bool
    """Whether its switch, and the master switch, of the store are on."""
    state: SyncState | None
    """None before the first run."""
    every: timedelta = timedelta(0)
    """How often it is collected."""


@dataclass(frozen=True)
class CollectedKind:
    """A kind of collection: its switch, and how often it is collected."""

    switch: ApiGroup
    every: timedelta


@dataclass(frozen=True)
class Overview:
    """One store, as shown in lists."""

    store: Store
    collections: tuple[KindOverview, ...]
    """In the order of the features."""
    waiting: int = 0
    """Open orders, including those on hold."""
    held: int = 0
    urgent_by: datetime | None = None
    """Their earliest confirm-by time."""
    extension: SalePeriodSchedule | None = None
    """When its sale periods are extended; None if no extension length is chosen."""
    unread: int = 0
    """Records of TMON that could not be read: for those who manage the store or work for it."""


async def overviews(session: AsyncSession, team_id: str, kinds: Mapping[str, CollectedKind]) -> list[Overview]:
    """Return all stores of a workspace by name, with five queries in total."""
    stores = await session.scalars(
        select(Store)
        .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None))
        .order_by(col(Store.name_key))
    )
    collections: dict[str, dict[str, SyncState]] = {}
    for row in await session.scalars(select(SyncState).where(col(SyncState.team_id) == team_id)):
        collections.setdefault(row.store_id, {})[row.kind] = row
    waiting = {
        store_id: (count, held, first)
        for store_id, count, held, first in (
            await session.execute(
                select(
                    col(Order.store_id),
                    func.count(),
                    func.sum(case((col(Order.held_at).is_not(None), 1), else_=0)),
                    func.min(col(Order.confirm_by)),
                )
                .where(col(Order.team_id) == team_id, is_unsettled())
                .group_by(col(Order.store_id))
            )
        )
    }
    schedules = {
        row.store_id: row
        for row in await session.scalars(select(SalePeriodSchedule).where(col(SalePeriodSchedule.team_id) == team_id))
    }
    unread = await counts(session, team_id)
    return [
        Overview(
            store,
            tuple(
                KindOverview(kind, store.group_on(one.switch), collections.get(store.id, {}).get(kind), one.every)
                for kind, one in kinds.items()
            ),
            *waiting.get(store.id, (0, 0, None)),
            schedules.get(store.id),
            unread.get(store.id, 0),
        )
        for store in stores
    ]
