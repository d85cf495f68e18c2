"""What the staff's start page shows: stores and their health, what waits with its clocks, open incidents."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import col

from tmon.clock import Clock
from tmon.database import Database
from tmon.incidents.facts import IncidentFacts, load
from tmon.incidents.tables import Incident
from tmon.orders.cards import OPEN_STATES
from tmon.orders.tables import Order
from tmon.stores.overview import Overview, overviews
from tmon.stores.tables import Store

URGENT = 5
"""Orders that are shown one by one."""
INCIDENTS = 5
"""Incidents that are shown."""


@dataclass(frozen=True)
class HomeFacts:
    """Everything on the page, read in as many queries for fifty stores as for one."""

    stores: tuple[Overview, ...]
    """By name."""
    urgent: tuple[tuple[Store, Order], ...]
    """The orders that wait with the nearest confirm-by, at most five."""
    incidents: tuple[IncidentFacts, ...]
    """The open ones, newest first, at most five; those that a wider one speaks for are left out."""


async def facts(db: Database, clock: Clock, team_id: str) -> HomeFacts:
    """The start page of a workspace at this moment."""
    async with db.read() as session:
        stores = await overviews(session, team_id)
        orders = await session.execute(
            select(Store, Order)
            .join(Order, (col(Order.team_id) == col(Store.team_id)) & (col(Order.store_id) == col(Store.id)))
            .where(col(Store.team_id) == team_id, col(Store.removed_at).is_(None), col(Order.state).in_(OPEN_STATES))
            .order_by(col(Order.confirm_by), col(Order.order_no))
            .limit(URGENT)
        )
        incidents = await session.scalars(
            select(Incident)
            .where(
                col(Incident.team_id) == team_id, col(Incident.closed_at).is_(None), col(Incident.hidden_by).is_(None)
            )
            .order_by(col(Incident.opened_at).desc())
            .limit(INCIDENTS)
        )
        return HomeFacts(
            tuple(stores),
            tuple((store, order) for store, order in orders),
            tuple(await load(session, incidents.all(), clock())),
        )
