"""Summaries of incidents: the data of messages, emails and lists."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.incidents import Incident, IncidentStore
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.stores import Store


@dataclass(frozen=True)
class Risk:
    """Pending orders of stores from which nothing is collected."""

    waiting: int = 0
    """Orders pending confirmation."""
    urgent_at: datetime | None = None
    """Their earliest confirm-by time in the future."""

    def __add__(self, other: "Risk") -> "Risk":
        moments = [moment for moment in (self.urgent_at, other.urgent_at) if moment is not None]
        return Risk(self.waiting + other.waiting, min(moments, default=None))


@dataclass(frozen=True)
class IncidentSummary:
    """One incident, limited to the stores of its audience."""

    incident: Incident
    stores: tuple[Store, ...]
    """The affected stores, by name."""
    risk: Risk
    recovered: int
    """Number of stores that succeeded again."""
    backfilled: dict[str, int]
    """Results of their first successes: counts by name."""
    wider: Incident | None
    """The incident that suppresses this one."""


async def risks(session: AsyncSession, team_id: str, now: datetime) -> dict[str, Risk]:
    """Return the pending orders by store id, for stores that have any."""
    to_come = case((col(Order.confirm_by) > now, col(Order.confirm_by)), else_=None)
    rows = await session.execute(
        select(col(Order.store_id), func.count(), func.min(to_come))
        .where(col(Order.team_id) == team_id, is_unsettled(OrderState.NEW))
        .group_by(col(Order.store_id))
    )
    return {store_id: Risk(waiting, urgent_at) for store_id, waiting, urgent_at in rows}


async def load_summaries(
    session: AsyncSession,
    incidents: Sequence[Incident],
    now: datetime,
    *,
    contacts: Sequence[str] = (),
    channel: str | None = None,
) -> list[IncidentSummary]:
    """Load summaries of `incidents` (of one workspace), limited to the stores of contacts or a channel if given."""
    if not incidents:
        return []
    team_id = incidents[0].team_id
    query = (
        select(IncidentStore, Store)
        .join(
            Store, (col(Store.team_id) == col(IncidentStore.team_id)) & (col(Store.id) == col(IncidentStore.store_id))
        )
        .where(
            col(IncidentStore.team_id) == team_id,
            col(IncidentStore.incident_id).in_([incident.id for incident in incidents]),
        )
        .order_by(col(Store.name_key))
    )
    if contacts:
        query = query.where(col(IncidentStore.contact_store_id).in_(contacts))
    if channel is not None:
        query = query.where(col(Store.channel_id) == channel)
    members: defaultdict[str, list[tuple[IncidentStore, Store]]] = defaultdict(list)
    for member, store in await session.execute(query):
        members[member.incident_id].append((member, store))
    waiting = await risks(session, team_id, now)
    wider_ids = {incident.suppressed_by for incident in incidents} - {None}
    wider = {
        found.id: found
        for found in await session.scalars(
            select(Incident).where(col(Incident.team_id) == team_id, col(Incident.id).in_(wider_ids))
        )
    }
    return [_summary(incident, members[incident.id], waiting, wider) for incident in incidents]


def _summary(
    incident: Incident,
    members: Sequence[tuple[IncidentStore, Store]],
    waiting: dict[str, Risk],
    wider: dict[str, Incident],
) -> IncidentSummary:
    backfilled: Counter[str] = Counter()
    for member, _ in members:
        backfilled.update(member.backfilled)
    return IncidentSummary(
        incident=incident,
        stores=tuple(store for _, store in members),
        risk=sum((waiting.get(store.id, Risk()) for _, store in members), Risk()),
        recovered=sum(member.recovered_at is not None for member, _ in members),
        backfilled=dict(backfilled),
        wider=wider.get(incident.suppressed_by) if incident.suppressed_by else None,
    )
