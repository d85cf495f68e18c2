"""Every store at a glance: what is wrong, when it was collected last and will be next, what waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.collection import SyncState
from tmon.models.orders import OPEN_STATES, Order
from tmon.models.products import SalePeriodSchedule
from tmon.models.stores import ApiGroup, Store


@dataclass(frozen=True)
class KindOverview:
    """Where the collection of one kind stands for a store."""

    kind: str
    switched_on: bool
    """Whether the switch of the store that it obeys is on."""
    state: SyncState | None
    """None before its first run."""


@dataclass(frozen=True)
class Overview:
    """One store as lists show it."""

    store: Store
    collections: tuple[KindOverview, ...]
    """In the order of the features."""
    waiting: int = 0
    """Orders that are not settled, held ones included."""
    held: int = 0
    urgent_by: datetime | None = None
    """The earliest confirm-by among them."""
    extension: SalePeriodSchedule | None = None
    """When its sale periods are extended; None where no length is chosen."""


async def overviews(session: AsyncSession, team_id: str, kinds: Mapping[str, ApiGroup]) -> list[Overview]:
    """All stores of a workspace by name, in four queries however many they are.

    `kinds`: what is collected, with the switch that each kind obeys.
    """
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
                .where(col(Order.team_id) == team_id, col(Order.state).in_(OPEN_STATES))
                .group_by(col(Order.store_id))
            )
        )
    }
    schedules = {
        row.store_id: row
        for row in await session.scalars(select(SalePeriodSchedule).where(col(SalePeriodSchedule.team_id) == team_id))
    }
    return [
        Overview(
            store,
            tuple(
                KindOverview(kind, store.group_on(switch), collections.get(store.id, {}).get(kind))
                for kind, switch in kinds.items()
            ),
            *waiting.get(store.id, (0, 0, None)),
            schedules.get(store.id),
        )
        for store in stores
    ]
