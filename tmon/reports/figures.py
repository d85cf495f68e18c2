"""The figures of a report, each defined once. One query per figure, whatever the number of stores.

A day counts what happened in it: orders by their payment, claims by their completion, questions by when they were asked.
What had happened before we first saw an order happened at a time that nobody knows, and is in no figure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import ClaimStatus
from tmon.counters.service import NONE, Counters
from tmon.models.claims import Claim, ClaimKind
from tmon.models.inquiries import Inquiry
from tmon.models.orders import TMON, Order, OrderDeal, OrderState, is_unsettled
from tmon.orders.to_ship import is_prepared, is_to_ship
from tmon.reports.periods import Period
from tmon.scope import same_key


@dataclass(frozen=True)
class Sales:
    """What was sold in a period."""

    orders: int = 0
    """Paid in the period, also those that were cancelled since."""
    revenue: int = 0
    """매출: goods paid in the period, KRW, less what was cancelled of them since."""
    delivery_fees: int = 0
    """배송비 of the same orders, KRW, once per delivery."""

    def __add__(self, other: "Sales") -> "Sales":
        return Sales(self.orders + other.orders, self.revenue + other.revenue, self.delivery_fees + other.delivery_fees)


@dataclass(frozen=True)
class Figures:
    """The figures of one store in one period."""

    sales: Sales = Sales()
    confirmed: int = 0
    shipped: int = 0
    """Orders of which the last delivery got its waybill."""
    cancelled: int = 0
    returned: int = 0
    exchanged: int = 0
    asked: int = 0
    """Questions and CS inquiries."""

    def __add__(self, other: "Figures") -> "Figures":
        numbers = ("confirmed", "shipped", "cancelled", "returned", "exchanged", "asked")
        return Figures(
            self.sales + other.sales, **{name: getattr(self, name) + getattr(other, name) for name in numbers}
        )


@dataclass(frozen=True)
class Due:
    """What waits in a store, and how much of it is due between now and the end of a day."""

    confirm: int = 0
    """Orders to confirm until then; what is overdue is not among them."""
    ship: int = 0
    """Orders of which something is to be shipped until then."""
    claims: int = 0
    """Claims on which TMON decides by itself until then."""
    overdue: int = 0
    """Those of all three whose deadlines have passed."""
    unanswered: int = 0
    """Questions and CS inquiries: they have no deadline at TMON."""
    waiting: int = 0
    """Everything that waits, whenever it is due."""

    def __add__(self, other: "Due") -> "Due":
        return Due(*(one + another for one, another in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class StoreFigures:
    """All that a report says of one store, or of several together."""

    figures: Figures = Figures()
    earlier: tuple[Sales, ...] = ()
    """Of the periods before, the oldest first."""
    late: Counters = field(default_factory=lambda: NONE)
    """The five counters of the month."""
    due: Due = Due()

    @property
    def quiet(self) -> bool:
        """Whether nothing happened and nothing waits."""
        return self.figures == Figures() and self.due == Due()


CLAIM_DONE = func.coalesce(col(Claim.completed_at), col(Claim.approved_at), col(Claim.ended_at))
"""When a claim was completed; TMON may leave that out."""
_OF_KIND = {ClaimKind.CANCEL: "cancelled", ClaimKind.RETURN: "returned", ClaimKind.EXCHANGE: "exchanged"}


def is_completed() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a claim that counts."""
    return col(Claim.status) == ClaimStatus.C3.value, col(Claim.kind).in_(_OF_KIND)


def was_confirmed() -> ColumnElement[bool]:
    """Return the condition of an order of which it is known when it was confirmed."""
    return or_(col(Order.confirmed_by) != TMON, col(Order.confirmed_at) > col(Order.first_seen_at))


def was_shipped() -> ColumnElement[bool]:
    """Return the condition of an order of which it is known when it was shipped."""
    return col(Order.shipped_at) > col(Order.first_seen_at)


def counts_as_sold(amount: Any) -> Any:
    """Return an amount of an order in SQL, 0 for one that was cancelled as a whole: such an order keeps its last sums."""
    return case((col(Order.state) == OrderState.CANCELLED, 0), else_=amount)


async def sales(
    session: AsyncSession, team_id: str, store_ids: Sequence[str], periods: Sequence[Period]
) -> dict[str, list[Sales]]:
    """Return what each store sold in each of `periods`, with one query; a store that sold nothing is left out."""
    parts = []
    for number, period in enumerate(periods):
        begin, end = period.bounds
        parts.append(
            select(
                literal(number).label("period"),
                col(Order.store_id).label("store_id"),
                func.count().label("orders"),
                func.sum(counts_as_sold(col(Order.amount))).label("revenue"),
                func.sum(counts_as_sold(col(Order.delivery_fee))).label("fees"),
            )
            .where(*_of(Order, team_id, store_ids), col(Order.paid_at) >= begin, col(Order.paid_at) < end)
            .group_by(col(Order.store_id))
        )
    found: dict[str, list[Sales]] = {}
    for number, store_id, orders, revenue, fees in await session.execute(union_all(*parts)):
        found.setdefault(store_id, [Sales()] * len(periods))[number] = Sales(orders, int(revenue), int(fees))
    return found


async def counts(
    session: AsyncSession, team_id: str, store_ids: Sequence[str], period: Period
) -> dict[str, dict[str, int]]:
    """Return the figures of each store that are mere numbers, by their names in `Figures`, with one query each."""
    begin, end = period.bounds
    found: dict[str, dict[str, int]] = {store_id: {} for store_id in store_ids}
    queries: tuple[tuple[str, Select[Any, Any]], ...] = (
        ("confirmed", _counted(Order, team_id, store_ids, col(Order.confirmed_at), begin, end).where(was_confirmed())),
        ("shipped", _counted(Order, team_id, store_ids, col(Order.shipped_at), begin, end).where(was_shipped())),
        ("asked", _counted(Inquiry, team_id, store_ids, col(Inquiry.asked_at), begin, end)),
    )
    for name, query in queries:
        for store_id, count in await session.execute(query):
            found[store_id][name] = count
    claims = (
        select(col(Claim.store_id), col(Claim.kind), func.count())
        .where(*_of(Claim, team_id, store_ids), *is_completed(), begin <= CLAIM_DONE, end > CLAIM_DONE)
        .group_by(col(Claim.store_id), col(Claim.kind))
    )
    for store_id, kind, count in await session.execute(claims):
        found[store_id][_OF_KIND[kind]] = count
    return found


async def due(
    session: AsyncSession, team_id: str, store_ids: Sequence[str], until: datetime, now: datetime
) -> dict[str, Due]:
    """Return what waits in each store, with one query per kind. `until`: the end of the day."""
    to_ship = (  # found first: SQLite would go through the deals of all orders
        select(col(Order.team_id), col(Order.store_id), col(Order.order_no), col(Order.ship_by))
        .where(*_of(Order, team_id, store_ids), is_to_ship())
        .cte("to_ship")
        .prefix_with("MATERIALIZED")
        .c
    )
    ship_by = (
        select(to_ship.store_id, func.min(func.coalesce(col(OrderDeal.ship_by), to_ship.ship_by)).label("by"))
        .join(OrderDeal, same_key(OrderDeal, to_ship, "order_no"))
        .where(is_prepared())
        .group_by(to_ship.store_id, to_ship.order_no)
        .subquery()
    )
    queries: dict[str, Select[Any, Any, Any, Any]] = {
        "confirm": _waiting(col(Order.store_id), col(Order.confirm_by), until, now).where(
            *_of(Order, team_id, store_ids),
            is_unsettled(),
        ),
        "ship": _waiting(ship_by.c.store_id, ship_by.c.by, until, now),
        "claims": _waiting(col(Claim.store_id), col(Claim.deadline), until, now).where(
            *_of(Claim, team_id, store_ids), col(Claim.ended_at).is_(None)
        ),
        "unanswered": _waiting(col(Inquiry.store_id), None, until, now).where(
            *_of(Inquiry, team_id, store_ids), col(Inquiry.answered_at).is_(None)
        ),
    }
    found = {store_id: Due() for store_id in store_ids}
    for name, query in queries.items():
        for store_id, waiting, today, overdue in await session.execute(query):
            number = waiting if name == "unanswered" else int(today)
            found[store_id] += Due(**{name: number, "overdue": int(overdue), "waiting": waiting})
    return found


def _of(table: Any, team_id: str, store_ids: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return col(table.team_id) == team_id, col(table.store_id).in_(store_ids)


def _counted(
    table: Any, team_id: str, store_ids: Sequence[str], at: Any, begin: datetime, end: datetime
) -> Select[Any, Any]:
    return (
        select(table.store_id, func.count())
        .where(*_of(table, team_id, store_ids), at >= begin, at < end)
        .group_by(table.store_id)
    )


def _waiting(store_id: Any, deadline: Any, until: datetime, now: datetime) -> Select[Any, Any, Any, Any]:
    """Count what waits per store: all of it, what is due before `until`, and what is overdue."""

    def that_is(*where: ColumnElement[bool]) -> Any:
        return func.sum(case((and_(*where), 1), else_=0))

    none = literal(0)
    due_soon, overdue = (
        (none, none) if deadline is None else (that_is(deadline >= now, deadline < until), that_is(deadline < now))
    )
    return select(store_id, func.count(), due_soon, overdue).group_by(store_id)


def put_together(
    store_ids: Sequence[str],
    sold: Mapping[str, Sequence[Sales]],
    counted: Mapping[str, Mapping[str, int]],
    late: Mapping[str, Counters],
    waiting: Mapping[str, Due],
    periods: int,
) -> dict[str, StoreFigures]:
    """Combine what the queries have found; of `sold` the last period is the report's own."""
    nothing = [Sales()] * periods
    return {
        store_id: StoreFigures(
            Figures(sold.get(store_id, nothing)[-1], **counted[store_id]),
            tuple(sold.get(store_id, nothing)[:-1]),
            late.get(store_id, NONE),
            waiting[store_id],
        )
        for store_id in store_ids
    }
