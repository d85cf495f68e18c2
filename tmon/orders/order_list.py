"""Lists of orders: what they show, page by page, and which orders a person has ticked in one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, String, cast, delete, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import DeliveryStatus
from tmon.core import Core
from tmon.database import upsert
from tmon.errors import AppError
from tmon.models.collection import SyncRun
from tmon.models.orders import AUTO, DealState, Order, OrderDeal, OrderState, OrderTick, is_unsettled
from tmon.models.stores import Store
from tmon.orders.cancels import is_being_cancelled, open_cancels
from tmon.orders.cards import is_blocked, is_waiting
from tmon.orders.recipients import shipped_together
from tmon.orders.summaries import OrderSummary, load_shipping, summarize
from tmon.orders.to_ship import first_ship_by, is_to_ship
from tmon.orders.transitions import load
from tmon.pages import StablePage
from tmon.scope import StoreKey, same_key

PAGE = 20
"""Orders per page: each takes up to four of the 100 blocks of a view."""
_TICKS_KEPT = timedelta(days=1)

OrderKey = tuple[str, int]
"""Store and number of an order."""


class Shown(StrEnum):
    """Which orders a list shows (보기). Stored in buttons: never rename, only add."""

    WAITING = "waiting"
    HELD = "held"
    CANCEL_REQUESTED = "cancel_requested"
    CONFIRMED_TODAY = "confirmed_today"
    TO_SHIP = "to_ship"
    IN_DELIVERY = "in_delivery"
    HELD_BACK = "held_back"


OF_SHIPPING = (Shown.TO_SHIP, Shown.IN_DELIVERY, Shown.HELD_BACK)
"""Lists of confirmed orders on their way to the buyer."""


@dataclass(frozen=True)
class Scope:
    """The orders of a list: of a batch, of a run of automatic confirmation, with a number, or of stores by state."""

    team_id: str
    store_ids: tuple[str, ...] = ()
    shown: Shown = Shown.WAITING
    since: datetime | None = None
    """The beginning of today, for orders that were confirmed today."""
    batch_id: str | None = None
    run_id: str | None = None
    number: int | None = None


@dataclass(frozen=True)
class OrderPage(StablePage[OrderSummary]):
    """A page of a list of orders."""

    size = PAGE
    waiting: int
    """Of all that are in the list: those that can be confirmed."""


class OrderLists:
    """Queries of lists of orders."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer

    async def page(self, scope: Scope, start: int) -> OrderPage:
        """Return the page that begins at `start`, or the last one if the list has become shorter."""
        async with self._db.read() as session:
            conditions = await _conditions(session, scope)
            total, waiting = await _counts(session, conditions)
            start = OrderPage.nearest_start(start, total)
            done = col(Order.state).in_((OrderState.CONFIRMED, OrderState.CANCELLED))
            order: tuple[Any, ...] = (
                done,
                col(Order.confirm_by),
                col(Order.order_no),
                col(Order.store_id),
            )
            if scope.shown is Shown.CONFIRMED_TODAY or scope.run_id is not None:
                order = (col(Order.confirmed_at).desc(), col(Order.order_no), col(Order.store_id))
            elif _shipping_list(scope):
                order = (_GROUP_SHIP_BY, _GROUP, _SHIP_BY, col(Order.order_no), col(Order.store_id))
                if scope.shown is Shown.IN_DELIVERY:
                    order = (col(Order.shipped_at).desc(), col(Order.order_no), col(Order.store_id))
            rows = await session.scalars(select(Order).where(*conditions).order_by(*order).limit(PAGE).offset(start))
            keys = [(row.store_id, row.order_no) for row in rows]
            return OrderPage(await self._summaries(session, scope.team_id, keys), start, total, waiting)

    async def same_page(self, scope: Scope, start: int, keys: Sequence[OrderKey]) -> OrderPage:
        """Return the page with exactly these orders, as they are now: what a person looks at does not move."""
        async with self._db.read() as session:
            total, waiting = await _counts(session, await _conditions(session, scope))
            return OrderPage(await self._summaries(session, scope.team_id, keys), start, total, waiting)

    async def left(self, scope: Scope, keys: Sequence[OrderKey]) -> int:
        """Return how many of these orders, which waited in the list, have left it; in a batch they move to its end."""
        async with self._db.read() as session:
            conditions = await _conditions(session, scope)
            if not _shipping_list(scope):
                conditions.append(is_unsettled())
            rows = await session.execute(
                select(col(Order.store_id), col(Order.order_no)).where(
                    *conditions,
                    col(Order.order_no).in_([number for _, number in keys]),
                )
            )
            there = {(store_id, number) for store_id, number in rows}
        return sum(key not in there for key in keys)

    async def with_number(self, team_id: str, number: int) -> list[OrderSummary]:
        """Return the orders with this number: one in each store that has it."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.store_id), col(Order.order_no))
                .join(Store, (col(Store.team_id) == col(Order.team_id)) & (col(Store.id) == col(Order.store_id)))
                .where(col(Order.team_id) == team_id, col(Order.order_no) == number, col(Store.removed_at).is_(None))
                .order_by(col(Store.name_key))
            )
            return await self._summaries(session, team_id, [(store_id, found) for store_id, found in rows])

    async def tick(self, team_id: str, view_id: str, on: Iterable[OrderKey], off: Iterable[OrderKey] = ()) -> None:
        """Store that orders were ticked, or not any more, in the list `view_id`."""
        now = self._clock()
        async with self._db.write() as session:
            for store_id, number in off:
                await session.execute(
                    delete(OrderTick).where(
                        *_of_view(team_id, view_id),
                        col(OrderTick.store_id) == store_id,
                        col(OrderTick.order_no) == number,
                    )
                )
            rows = [
                {"team_id": team_id, "view_id": view_id, "store_id": store_id, "order_no": number, "ticked_at": now}
                for store_id, number in on
            ]
            await upsert(session, OrderTick.__table__, rows, update=[])  # type: ignore[attr-defined]

    async def untick_all(self, team_id: str, view_id: str) -> None:
        """Forget every tick in a list."""
        async with self._db.write() as session:
            await session.execute(delete(OrderTick).where(*_of_view(team_id, view_id)))

    async def ticked(self, team_id: str, view_id: str) -> list[Order]:
        """Return the ticked orders of a list that can still be confirmed, most urgent first."""
        async with self._db.read() as session:
            orders = await session.scalars(
                select(Order)
                .join(OrderTick, same_key(OrderTick, Order, "order_no"))
                .where(*_of_view(team_id, view_id), *is_waiting())
                .order_by(col(Order.confirm_by), col(Order.order_no))
            )
            return list(orders)

    async def forget_ticks(self) -> None:
        """Delete the ticks of lists that were closed long ago: Slack does not say when. Called once a day."""
        async with self._db.write() as session:
            await session.execute(delete(OrderTick).where(col(OrderTick.ticked_at) < self._clock() - _TICKS_KEPT))

    async def _summaries(self, session: AsyncSession, team_id: str, keys: Sequence[OrderKey]) -> list[OrderSummary]:
        """Load orders by key, in the given order. Unknown ones are left out."""
        by_store: dict[str, list[int]] = {}
        for store_id, number in keys:
            by_store.setdefault(store_id, []).append(number)
        found: dict[OrderKey, OrderSummary] = {}
        for store_id, numbers in by_store.items():
            store = await session.get(Store, (team_id, store_id))
            if store is None:
                continue
            orders = await load(session, team_id, store_id, numbers)
            together = await shipped_together(session, team_id, [order for order, _ in orders.values()])
            shipping = await load_shipping(session, store, list(orders))
            asked = await open_cancels(session, StoreKey(team_id, store_id), orders)
            for number, (order, deals) in orders.items():
                others = together.get((store_id, number), ())
                found[(store_id, number)] = summarize(
                    self._sealer,
                    store,
                    order,
                    deals,
                    self._clock(),
                    others,
                    shipping.get(number),
                    cancel_requested=number in asked,
                )
        return [found[key] for key in keys if key in found]


async def _conditions(session: AsyncSession, scope: Scope) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [col(Order.team_id) == scope.team_id]
    if scope.batch_id is not None:
        return [*found, col(Order.batch_id) == scope.batch_id]
    if scope.run_id is not None:
        return [*found, *await confirmed_in_run(session, scope.team_id, scope.run_id)]
    found.append(col(Order.store_id).in_(scope.store_ids))
    if scope.number is not None:
        return [*found, col(Order.order_no) == scope.number]
    match scope.shown:
        case Shown.WAITING:
            return [*found, is_unsettled()]
        case Shown.HELD:
            return [*found, is_unsettled(OrderState.NEW), col(Order.held_at).is_not(None)]
        case Shown.CANCEL_REQUESTED:
            return [*found, is_unsettled(OrderState.NEW), is_blocked()]
        case Shown.CONFIRMED_TODAY:
            return [*found, col(Order.state) == OrderState.CONFIRMED, col(Order.confirmed_at) >= scope.since]
        case Shown.TO_SHIP:
            return [*found, is_to_ship()]
        case Shown.IN_DELIVERY:
            return [*found, *_UNDER_WAY, ~is_to_ship(), _HAS_SHIPPED]
        case Shown.HELD_BACK:
            return [*found, is_to_ship(), is_being_cancelled()]


def _shipping_list(scope: Scope) -> bool:
    """Whether the list shows orders by how far they are shipped."""
    is_fixed = scope.batch_id is not None or scope.run_id is not None or scope.number is not None
    return not is_fixed and scope.shown in OF_SHIPPING


_UNDER_WAY = (col(Order.state) == OrderState.CONFIRMED, col(Order.closed_at).is_(None))
_HAS_SHIPPED = exists().where(
    same_key(OrderDeal, Order, "order_no"),
    col(OrderDeal.state) != DealState.CANCELLED,
    col(OrderDeal.delivery_status).in_((DeliveryStatus.D3.value, DeliveryStatus.D4.value)),
)
_SHIP_BY = first_ship_by()
_GROUP = func.coalesce(func.nullif(col(Order.recipient_hash), ""), cast(col(Order.order_no), String))
"""What orders have in common that may be shipped together; any other order has its own."""
_GROUP_SHIP_BY = func.min(_SHIP_BY).over(partition_by=(col(Order.store_id), _GROUP))
"""When the most urgent of them has to be shipped: they stand together."""


async def confirmed_in_run(session: AsyncSession, team_id: str, run_id: str) -> list[ColumnElement[bool]]:
    """Return the conditions of the orders that a run confirmed automatically. Raises AppError if it is not known."""
    run = await session.get(SyncRun, (team_id, run_id))
    if run is None:
        raise AppError("orders.gone")
    conditions = [
        col(Order.store_id) == run.store_id,
        col(Order.confirmed_by) == AUTO,
        col(Order.confirmed_at) >= run.started_at,
    ]
    if run.finished_at is not None:
        conditions.append(col(Order.confirmed_at) <= run.finished_at)
    return conditions


async def _counts(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> tuple[int, int]:
    total = await session.scalar(select(func.count()).select_from(Order).where(*conditions)) or 0
    waiting = await session.scalar(select(func.count()).select_from(Order).where(*conditions, *is_waiting())) or 0
    return total, waiting


def _of_view(team_id: str, view_id: str) -> tuple[ColumnElement[bool], ...]:
    return col(OrderTick.team_id) == team_id, col(OrderTick.view_id) == view_id
