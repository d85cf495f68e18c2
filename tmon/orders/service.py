"""Queries about orders for cards and lists, holding orders back, and reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.masking import mask_name, mask_text
from tmon.models.orders import OPEN_STATES, BuyerRecord, Order, OrderBatch, OrderDeal, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.orders.cards import card_key, redraw_cards
from tmon.orders.messages import OrderReminder
from tmon.orders.transitions import load
from tmon.outbox import post
from tmon.pages import Page, fetch_page
from tmon.permissions import Person
from tmon.scope import StoreKey
from tmon.sealing import Place
from tmon.stores import switches

PAGE = 25
"""Orders per page of a list."""
REMIND_BEFORE = timedelta(hours=1)
"""How long before confirm-by the operators are reminded."""


@dataclass(frozen=True)
class OrderSummary:
    """One order as a card shows it, with no personal data but the masked name."""

    store: Store
    order: Order
    deals: tuple[OrderDeal, ...]
    receiver: str
    """Masked; empty if destroyed or unreadable."""
    hold_reason: str
    """Masked."""


@dataclass(frozen=True)
class BatchSummary:
    """Numbers about the orders of a batch card."""

    store: Store
    batch: OrderBatch
    total: int
    waiting: int
    held: int
    busy: int
    confirmed: int
    cancelled: int
    amount: int
    """KRW of all orders."""
    waiting_amount: int
    """KRW of pending orders that are not on hold."""
    confirmed_by: tuple[tuple[str, int, datetime], ...]
    """Who confirmed how many orders, and when last."""
    confirm_by: datetime | None
    """The earliest one of pending orders."""
    noted: tuple[Order, ...]
    """Orders that the last press did not confirm, at most ten."""


class OrderService:
    """Queries about orders, and what people do with them besides confirming."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer

    async def summary(self, team_id: str, store_id: str, order_no: int) -> OrderSummary:
        """Return one order. Raises AppError when it does not exist."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            found = await load(session, team_id, store_id, [order_no])
        if store is None or order_no not in found:
            raise AppError("orders.gone")
        return self._summary(store, *found[order_no])

    async def batch(self, team_id: str, batch_id: str) -> BatchSummary:
        """Return one batch card. Raises AppError when it does not exist."""
        async with self._db.read() as session:
            batch = await session.get(OrderBatch, (team_id, batch_id))
            store = None if batch is None else await session.get(Store, (team_id, batch.store_id))
            if batch is None or store is None:
                raise AppError("orders.gone")
            members = list(
                await session.scalars(
                    select(Order)
                    .where(col(Order.team_id) == team_id, col(Order.batch_id) == batch_id)
                    .order_by(col(Order.confirm_by), col(Order.order_no))
                )
            )
        waiting = [order for order in members if order.state is OrderState.NEW and order.held_at is None]
        open_ones = [order for order in members if order.state is OrderState.NEW]
        return BatchSummary(
            store=store,
            batch=batch,
            total=len(members),
            waiting=len(waiting),
            held=len(open_ones) - len(waiting),
            busy=sum(order.state in (OrderState.CONFIRMING, OrderState.UNKNOWN) for order in members),
            confirmed=sum(order.state is OrderState.CONFIRMED for order in members),
            cancelled=sum(order.state is OrderState.CANCELLED for order in members),
            amount=sum(order.amount for order in members),
            waiting_amount=sum(order.amount for order in waiting),
            confirmed_by=_by_actor(members),
            confirm_by=min((order.confirm_by for order in open_ones), default=None),
            noted=tuple(order for order in members if order.note is not None)[:10],
        )

    async def freeze_batch(self, team_id: str, batch_id: str) -> None:
        """Fix the members of a batch that is about to be rendered."""
        async with self._db.write() as session:
            await session.execute(
                update(OrderBatch)
                .where(
                    col(OrderBatch.team_id) == team_id,
                    col(OrderBatch.id) == batch_id,
                    col(OrderBatch.frozen_at).is_(None),
                )
                .values(frozen_at=self._clock())
            )

    async def batch_page(self, team_id: str, batch_id: str, page: int) -> Page[OrderSummary]:
        """Return one page of a batch's orders, pending ones first, then by urgency."""
        async with self._db.read() as session:
            return await self._page(
                session, page, col(Order.team_id) == team_id, col(Order.batch_id) == batch_id, only_open=False
            )

    async def waiting(self, team_id: str, store_ids: Sequence[str], page: int = 0) -> Page[OrderSummary]:
        """Return one page of open orders of these stores, most urgent first."""
        async with self._db.read() as session:
            return await self._page(
                session, page, col(Order.team_id) == team_id, col(Order.store_id).in_(store_ids), only_open=True
            )

    async def hold(self, person: Person, store_id: str, order_no: int, reason: str) -> None:
        """Hold an order back from bulk and automatic confirmation. Its deadlines stay, and TMON does not know of it.

        Raises AppError when the order is no longer pending, or its switch is off.
        """
        now = self._clock()
        async with self._db.write() as session:
            switches.require_on(await session.get(Store, (person.team_id, store_id)), ApiGroup.ORDER)
            order = await self._waiting_order(session, person.team_id, store_id, order_no)
            order.held_at, order.held_by, order.updated_at = now, person.user_id, now
            order.hold_reason = self._sealer.seal(reason, Place.of(order, "hold_reason"))
            audit.record(
                session, StoreKey(person.team_id, store_id), person.user_id, "order.hold", now, subject=order_no
            )
            await redraw_cards(session, [order], now)

    async def release(self, person: Person, store_id: str, order_no: int) -> None:
        """Take an order off hold. Raises AppError when it is no longer pending, or its switch is off."""
        now = self._clock()
        async with self._db.write() as session:
            switches.require_on(await session.get(Store, (person.team_id, store_id)), ApiGroup.ORDER)
            order = await self._waiting_order(session, person.team_id, store_id, order_no)
            order.held_at = order.held_by = order.hold_reason = None
            order.updated_at = now
            audit.record(
                session, StoreKey(person.team_id, store_id), person.user_id, "order.release", now, subject=order_no
            )
            await redraw_cards(session, [order], now)

    async def remind(self) -> None:
        """Enqueue one reminder per card whose most urgent order is due within the hour. Called every minute."""
        now = self._clock()
        async with self._db.write() as session:
            orders = await session.scalars(
                select(Order).where(
                    col(Order.state) == OrderState.NEW,
                    col(Order.has_card),
                    col(Order.confirm_by) > now,
                    col(Order.confirm_by) <= now + REMIND_BEFORE,
                )
            )
            stores: dict[tuple[str, str], Store | None] = {}
            for order in orders:
                place = (order.team_id, order.store_id)
                if place not in stores:
                    stores[place] = await session.get(Store, place)
                store, card = stores[place], card_key(order)
                if store is None or store.removed_at is not None or card is None:
                    continue
                await post(
                    session,
                    store,
                    OrderReminder(store=store.id, batch=order.batch_id, order=order.order_no),
                    key=f"reminder/{card}/{order.confirm_by:%Y%m%d%H%M}",
                    thread_key=card,
                    now=now,
                )

    async def _waiting_order(self, session: AsyncSession, team_id: str, store_id: str, order_no: int) -> Order:
        order = await session.get(Order, (team_id, store_id, order_no), with_for_update=True)
        if order is None:
            raise AppError("orders.gone")
        if order.state is not OrderState.NEW:
            raise AppError("orders.not_waiting")
        return order

    async def _page(
        self, session: AsyncSession, page: int, *where: ColumnElement[bool], only_open: bool
    ) -> Page[OrderSummary]:
        conditions = [*where, col(Order.state).in_(OPEN_STATES)] if only_open else list(where)
        done = col(Order.state).in_((OrderState.CONFIRMED, OrderState.CANCELLED))
        query = select(Order).where(*conditions)
        query = query.order_by(done, col(Order.confirm_by), col(Order.order_no), col(Order.store_id))
        found = await fetch_page(session, query, page, PAGE)
        items = []
        by_store: dict[tuple[str, str], list[int]] = {}
        for order in found.items:
            by_store.setdefault((order.team_id, order.store_id), []).append(order.order_no)
        loaded = {}
        stores = {}
        for place, numbers in by_store.items():
            stores[place] = await session.get_one(Store, place)
            for number, order_and_deals in (await load(session, *place, numbers)).items():
                loaded[(*place, number)] = order_and_deals
        for order in found.items:
            place = (order.team_id, order.store_id)
            items.append(self._summary(stores[place], *loaded[(*place, order.order_no)]))
        return found.with_items(items)

    def _summary(self, store: Store, order: Order, deals: dict[int, OrderDeal]) -> OrderSummary:
        buyer = (
            None if order.buyer is None else self._sealer.open_as(BuyerRecord, order.buyer, Place.of(order, "buyer"))
        )
        return OrderSummary(
            store=store,
            order=order,
            deals=tuple(deals.values()),
            receiver="" if buyer is None else mask_name(buyer.receiver_name),
            hold_reason=self._hold_reason(order, buyer),
        )

    def _hold_reason(self, order: Order, buyer: BuyerRecord | None) -> str:
        """Return what staff wrote, without anything that identifies the buyer."""
        if order.hold_reason is None:
            return ""
        reason: str = self._sealer.open(order.hold_reason, Place.of(order, "hold_reason"))
        for name in () if buyer is None else (buyer.receiver_name, buyer.user_name):
            if name and len(name) > 1:
                reason = reason.replace(name, mask_name(name))
        return mask_text(reason)


def _by_actor(orders: Sequence[Order]) -> tuple[tuple[str, int, datetime], ...]:
    """Return who confirmed how many of `orders`, and when last, in the order of that moment."""
    done: dict[str, tuple[int, datetime]] = {}
    for order in orders:
        if order.confirmed_by is not None and order.confirmed_at is not None:
            count, last = done.get(order.confirmed_by, (0, order.confirmed_at))
            done[order.confirmed_by] = (count + 1, max(last, order.confirmed_at))
    return tuple(sorted(((actor, *rest) for actor, rest in done.items()), key=lambda one: one[2]))
