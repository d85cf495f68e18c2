"""What waits to be shipped: the parcels of confirmed orders for which TMON has no waybill, one line per delivery and deal."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.models.orders import Order, OrderDeal, OrderState
from tmon.models.stores import Store
from tmon.models.waybills import Waybill, WaybillState
from tmon.orders.cancels import is_being_cancelled
from tmon.orders.to_ship import first_ship_by, is_prepared, is_to_ship
from tmon.permissions import Permission, Person, has_permission
from tmon.scope import same_key

MOST = 10_000
"""Lines of one file: the most urgent ones."""
_UNDER_WAY = (WaybillState.SENDING, WaybillState.UNKNOWN, WaybillState.REGISTERED)


@dataclass(frozen=True)
class WaitingDeal:
    """One deal in one delivery of an order that waits to be shipped: TMON's unit of shipping."""

    store_id: str
    order_no: int
    delivery_no: str
    deal_no: int
    title: str
    options: str
    """Titles and quantities of what is left of it."""
    quantity: int
    ship_by: datetime


@dataclass(frozen=True)
class WaitingCount:
    """What waits to be shipped in one store."""

    store: Store
    orders: int
    """Orders of which something can be shipped."""
    held_back: int
    """Orders whose buyer has asked to cancel."""
    earliest: datetime | None
    """The first ship-by time of `orders`."""


class WaitingDeals:
    """Queries of what waits to be shipped. Rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._db = core.db

    async def counts(self, person: Person) -> list[WaitingCount]:
        """Return how much waits in each store on which `person` works, by its name; empty if they work on none."""
        async with self._db.read() as session:
            stores = await session.scalars(
                select(Store)
                .where(col(Store.team_id) == person.team_id, col(Store.removed_at).is_(None))
                .order_by(col(Store.name_key))
            )
            mine = [store for store in stores if has_permission(person, Permission.OPERATE, store)]
            one = (
                select(col(Order.store_id), is_being_cancelled().label("held"), waiting_ship_by().label("ship_by"))
                .where(col(Order.team_id) == person.team_id, has_waiting_deal())
                .subquery()
            )
            rows = await session.execute(
                select(one.c.store_id, one.c.held, func.count(), func.min(one.c.ship_by)).group_by(
                    one.c.store_id, one.c.held
                )
            )
            found = {(store_id, bool(held)): (count, earliest) for store_id, held, count, earliest in rows}
        return [
            WaitingCount(
                store,
                found.get((store.id, False), (0, None))[0],
                found.get((store.id, True), (0, None))[0],
                found.get((store.id, False), (0, None))[1],
            )
            for store in mine
        ]

    async def of_stores(self, team_id: str, store_ids: Collection[str]) -> tuple[list[WaitingDeal], int]:
        """Return what can be shipped from these stores, the most urgent first, and how many orders are held back."""
        async with self._db.read() as session:
            found = [deal async for deal, _ in waiting_deals(session, team_id, store_ids)]
            return found, await count_held_back(session, team_id, store_ids)


async def waiting_deals(
    session: AsyncSession, team_id: str, store_ids: Collection[str]
) -> AsyncIterator[tuple[WaitingDeal, Order]]:
    """Yield what can be shipped from these stores with its order, the most urgent first. Orders with an open cancel are left out."""
    rows = await session.stream(
        select(Order, OrderDeal)
        .join(OrderDeal, same_key(OrderDeal, Order, "order_no"))
        .where(
            col(Order.team_id) == team_id,
            col(Order.store_id).in_(list(store_ids)),
            col(Order.state) == OrderState.CONFIRMED,
            col(Order.closed_at).is_(None),
            ~is_being_cancelled(),
            is_prepared(),
            ~_is_sent(),
        )
        .order_by(
            func.coalesce(col(OrderDeal.ship_by), col(Order.ship_by)),
            col(Order.order_no),
            col(Order.store_id),
            col(OrderDeal.position),
        )
        .limit(MOST),
        execution_options={"yield_per": 500},
    )
    async for order, deal in rows:
        line = _line(order, deal)
        if line.quantity:
            yield line, order


async def count_held_back(session: AsyncSession, team_id: str, store_ids: Collection[str]) -> int:
    """Return how many orders of these stores wait to be shipped, and are held back because their buyer has asked to cancel."""
    count = await session.scalar(
        select(func.count())
        .select_from(Order)
        .where(
            col(Order.team_id) == team_id,
            col(Order.store_id).in_(list(store_ids)),
            has_waiting_deal(),
            is_being_cancelled(),
        )
    )
    return count or 0


def has_waiting_deal() -> ColumnElement[bool]:
    """Return the condition that something of an order waits to be shipped, and was not sent by us."""
    return is_to_ship(~_is_sent())


def waiting_ship_by() -> ScalarSelect[datetime]:
    """Return the first ship-by time of what waits of an order."""
    return first_ship_by(~_is_sent())


def _is_sent() -> ColumnElement[bool]:
    """Return the condition of a deal whose waybill we have sent, whatever became of it; not if it was refused."""
    return exists().where(
        same_key(Waybill, OrderDeal, "order_no", "delivery_no", "deal_no"), col(Waybill.state).in_(_UNDER_WAY)
    )


def options_text(options: Sequence[dict[str, Any]]) -> tuple[str, int]:
    """Return titles and quantities of what is left of a deal's options, and how much that is in all."""
    amounts: Counter[str] = Counter()
    for option in options:
        if not option.get("cancelled") and option["quantity"]:
            amounts[option["title"]] += option["quantity"]
    lines = [title if len(amounts) == 1 else f"{title} × {count}" for title, count in amounts.items()]
    return "\n".join(lines), sum(amounts.values())


def _line(order: Order, deal: OrderDeal) -> WaitingDeal:
    options, quantity = options_text(deal.options)
    return WaitingDeal(
        store_id=order.store_id,
        order_no=order.order_no,
        delivery_no=deal.delivery_no,
        deal_no=deal.deal_no,
        title=deal.title,
        options=options,
        quantity=quantity,
        ship_by=deal.ship_by or order.ship_by,
    )
