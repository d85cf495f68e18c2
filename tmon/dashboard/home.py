"""What the staff's start page shows: stores and their health, what waits with its clocks, open incidents."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock
from tmon.dashboard.stores import Overview, overviews
from tmon.database import Database
from tmon.incidents.summary import IncidentFacts, load
from tmon.models.incidents import Incident
from tmon.models.inquiries import Inquiry
from tmon.models.orders import Order
from tmon.models.products import Deal, DealOption, ExtensionState, SalePeriodExtension
from tmon.models.stock import OptionLink
from tmon.models.stores import Store
from tmon.models.templates import AddressChange, DeliveryTemplate, WriteState
from tmon.orders.cards import OPEN_STATES

URGENT = 5
"""Orders that are shown one by one."""
INCIDENTS = 5
"""Incidents that are shown."""


class Task(StrEnum):
    """What waits for a person besides orders; in the order in which it is shown."""

    INQUIRIES = "inquiries"
    """Questions and CS inquiries without an answer."""
    MISMATCH = "mismatch"
    """Stock at TMON that nothing explains: nothing is pushed until somebody chooses."""
    REFUSED = "refused"
    """Stock that TMON did not take."""
    DISPLAY = "display"
    """Options that TMON would not hide or show."""
    SALE = "sale"
    """Deals that TMON would not pause or resume."""
    ADDRESS = "address"
    """An address of which TMON has not told yet whether it took it."""
    TEMPLATE = "template"
    """The same of a delivery template."""
    EXTENSION = "extension"
    """Sale periods about to be extended, which may still be excluded."""


@dataclass(frozen=True)
class Waiting:
    """How much of one kind waits in one store."""

    store: Store
    task: Task
    count: int
    at: datetime | None
    """Since when; of extensions, until when."""


@dataclass(frozen=True)
class HomeFacts:
    """Everything on the page, read in as many queries for fifty stores as for one."""

    stores: tuple[Overview, ...]
    """By name."""
    urgent: tuple[tuple[Store, Order], ...]
    """The orders that wait with the nearest confirm-by, at most five."""
    tasks: tuple[Waiting, ...]
    """What else waits, by kind, the longest first."""
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
            tuple(await _tasks(session, team_id, {one.store.id: one.store for one in stores})),
            tuple(await load(session, incidents.all(), clock())),
        )


async def _tasks(session: AsyncSession, team_id: str, stores: dict[str, Store]) -> list[Waiting]:
    """What waits besides orders, in as many queries as there are kinds of it."""
    found = [
        Waiting(stores[store_id], task, count, at)
        for task, query in _QUERIES.items()
        for store_id, count, at in await session.execute(query, {"team_id": team_id})
        if store_id in stores
    ]
    order = list(Task)
    return sorted(found, key=lambda one: (order.index(one.task), one.at is None, one.at, one.store.name_key))


def _count(table: Any, at: Any, *where: Any) -> Select[str, int, datetime | None]:
    return (
        select(table.store_id, func.count(), func.min(at))
        .where(table.team_id == bindparam("team_id"), *where)
        .group_by(table.store_id)
    )


def _still_there(table: Any) -> ColumnElement[bool]:
    """Whether TMON has the deal: of one that is gone nothing is tried again, so what was refused last would stay for ever."""
    return exists().where(
        col(Deal.team_id) == table.team_id,
        col(Deal.store_id) == table.store_id,
        col(Deal.deal_no) == table.deal_no,
        col(Deal.gone_at).is_(None),
    )


def _synchronised(table: Any, *option: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether something of the deal sells a SKU: where that was removed, nothing is tried again either."""
    return exists().where(
        col(OptionLink.team_id) == table.team_id,
        col(OptionLink.store_id) == table.store_id,
        col(OptionLink.deal_no) == table.deal_no,
        *option,
    )


_QUERIES = {
    Task.INQUIRIES: _count(Inquiry, Inquiry.asked_at, col(Inquiry.answered_at).is_(None)),
    Task.MISMATCH: _count(OptionLink, OptionLink.watch_at, col(OptionLink.mismatch).is_not(None)),
    Task.REFUSED: _count(
        OptionLink, OptionLink.pushed_at, col(OptionLink.problem).is_not(None), _still_there(OptionLink)
    ),
    Task.DISPLAY: _count(
        DealOption,
        null(),
        col(DealOption.display_problem).is_not(None),
        _still_there(DealOption),
        _synchronised(DealOption, col(OptionLink.option_no) == col(DealOption.option_no)),
    ),
    Task.SALE: _count(
        Deal, null(), col(Deal.sale_problem).is_not(None), col(Deal.gone_at).is_(None), _synchronised(Deal)
    ),
    Task.ADDRESS: _count(AddressChange, AddressChange.acting_since, col(AddressChange.state) == WriteState.UNKNOWN),
    Task.TEMPLATE: _count(
        DeliveryTemplate, DeliveryTemplate.acting_since, col(DeliveryTemplate.state) == WriteState.UNKNOWN
    ),
    Task.EXTENSION: _count(
        SalePeriodExtension, SalePeriodExtension.due_at, col(SalePeriodExtension.state) == ExtensionState.PLANNED
    ),
}
