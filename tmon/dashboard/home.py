"""Data of the home tab: stores and their state, pending work with deadlines, open incidents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock
from tmon.counters.months import month_of
from tmon.counters.service import Counters, count, total
from tmon.dashboard.checklist import Checklist, checklists
from tmon.dashboard.stores import CollectedKind, Overview, overviews
from tmon.database import Database
from tmon.feature import Attention
from tmon.incidents.service import IncidentSummary, load_summaries
from tmon.models.incidents import Incident
from tmon.models.orders import Order, is_unsettled
from tmon.models.stores import Store

URGENT = 5
"""Maximum number of orders shown individually."""
INCIDENTS = 5
"""Maximum number of incidents shown."""


class Stage(StrEnum):
    """The stages of a day's work, each with its number on the home tab. Part of ids and text keys: only added to."""

    CONFIRM = "confirm"
    SHIP = "ship"
    CLAIMS = "claims"
    ANSWERS = "answers"
    LATE = "late"


_TASKS = {Stage.SHIP: "shipping", Stage.CLAIMS: "claims", Stage.ANSWERS: "inquiries"}
"""The stages that are counted as tasks (`Attention.name`)."""


@dataclass(frozen=True)
class PendingTask:
    """Number of pending tasks of one kind in one store."""

    store: Store
    task: str
    """`Attention.name` of the task, from a manifest."""
    count: int
    at: datetime | None
    """Pending since; for extensions, the due time."""
    has_deadline: bool = False
    """`at` is the time until which a person has to act (`Attention.has_deadline`)."""


@dataclass(frozen=True)
class LateCounts:
    """The five counters of this month, by store; without those that have none."""

    month: date
    stores: Mapping[str, Counters]


@dataclass(frozen=True)
class HomeSummary:
    """Data of the home tab. The number of queries does not depend on the number of stores."""

    stores: tuple[Overview, ...]
    """By name."""
    urgent: tuple[tuple[Store, Order], ...]
    """Open orders with the earliest confirm-by times, at most `URGENT`."""
    tasks: tuple[PendingTask, ...]
    """Other pending tasks, by kind, oldest first."""
    incidents: tuple[IncidentSummary, ...]
    """Open incidents that are not suppressed, newest first, at most `INCIDENTS`."""
    late: LateCounts | None = None
    """What was late in this month; None: not counted."""
    incomplete: tuple[Checklist, ...] = ()
    """The stores whose set-up has a next step, by name."""

    @property
    def stages(self) -> dict[Stage, int]:
        """How much waits at each stage, over all stores."""
        found = {Stage.CONFIRM: sum(one.waiting for one in self.stores)}
        for stage, task in _TASKS.items():
            found[stage] = sum(one.count for one in self.tasks if one.task == task)
        late = {} if self.late is None else total(self.late.stores)
        return {**found, Stage.LATE: sum(tally.overdue for tally in late.values())}


async def load_home(
    db: Database, clock: Clock, team_id: str, kinds: Mapping[str, CollectedKind], attention: Sequence[Attention]
) -> HomeSummary:
    """Load the home tab of a workspace."""
    async with db.read() as session:
        stores = await overviews(session, team_id, kinds)
        orders = await session.execute(
            select(Store, Order)
            .join(Order, (col(Order.team_id) == col(Store.team_id)) & (col(Order.store_id) == col(Store.id)))
            .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None), is_unsettled())
            .order_by(col(Order.confirm_by), col(Order.order_no))
            .limit(URGENT)
        )
        incidents = await session.scalars(
            select(Incident)
            .where(
                col(Incident.team_id) == team_id,
                col(Incident.closed_at).is_(None),
                col(Incident.suppressed_by).is_(None),
            )
            .order_by(col(Incident.opened_at).desc())
            .limit(INCIDENTS)
        )
        return HomeSummary(
            tuple(stores),
            tuple((store, order) for store, order in orders),
            tuple(await load_tasks(session, team_id, attention, stores)),
            tuple(await load_summaries(session, incidents.all(), clock())),
            await load_late(session, clock(), team_id, stores),
            tuple(one for one in await checklists(session, team_id) if one.next is not None),
        )


async def load_late(session: AsyncSession, now: datetime, team_id: str, overviews: Sequence[Overview]) -> LateCounts:
    """Count what was late in this month, with one query per counter."""
    month, shown = month_of(now), {one.store.id for one in overviews}
    each = await count(session, team_id, month, now)
    return LateCounts(month, {store_id: counters for store_id, counters in each.items() if store_id in shown})


async def load_tasks(
    session: AsyncSession, team_id: str, attention: Sequence[Attention], overviews: Sequence[Overview]
) -> list[PendingTask]:
    """Return pending tasks other than orders, with one query per kind."""
    stores = {one.store.id: one.store for one in overviews}
    found = [
        PendingTask(stores[store_id], one.name, count, at, one.has_deadline)
        for one in attention
        for store_id, count, at in await session.execute(one.query, {"team_id": team_id})
        if store_id in stores
    ]
    order = [one.name for one in attention]
    return sorted(found, key=lambda one: (order.index(one.task), one.at is None, one.at, one.store.name_key))
