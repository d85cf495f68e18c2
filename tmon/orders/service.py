"""Queries about orders for cards and lists, holding orders back, and reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.models.audit import Audit
from tmon.models.collection import RunOutcome, SyncRun
from tmon.models.orders import BuyerRecord, Order, OrderBatch, OrderState, is_unsettled
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.orders.cancels import open_cancels
from tmon.orders.cards import card_key, has_open_cancel, is_waiting, redraw_cards
from tmon.orders.goods import Goods, sum_goods
from tmon.orders.messages import OrderReminder
from tmon.orders.order_list import confirmed_in_run
from tmon.orders.recipients import shipped_together
from tmon.orders.summaries import SLOW_AFTER, OrderSummary, is_slow, load_shipping, summarize
from tmon.orders.transitions import load, stored_buyer
from tmon.outbox import post
from tmon.permissions import Person
from tmon.presence import is_present
from tmon.scope import StoreKey, scope
from tmon.sealing import Place
from tmon.stores import switches

REMIND_BEFORE = timedelta(hours=1)
"""How long before confirm-by the operators are reminded."""

HISTORY = (
    "order.confirm",
    "order.confirm_failed",
    "order.hold",
    "order.release",
    "order.sold_out",
    "order.sold_out_failed",
    "waybill.register",
    "waybill.correct",
    "waybill.failed",
    "waybill.unchecked",
    "waybill.delay",
    "waybill.delay_failed",
)
"""Recorded actions that the history of an order shows."""
_HISTORY_SHOWN = 20


@dataclass(frozen=True)
class BatchSummary:
    """Numbers about the orders of a batch card."""

    store: Store
    batch: OrderBatch
    total: int
    waiting: int
    """Pending orders that a press confirms: not on hold, without an open cancel."""
    held: int
    busy: int
    confirmed: int
    cancelled: int
    blocked: int
    """Pending orders whose buyers have asked to cancel."""
    waiting_amount: int
    """KRW of the orders that `waiting` counts."""
    open_amount: int
    """KRW of those that are waiting or busy; of the confirmed ones if there are none."""
    goods: tuple[Goods, ...]
    """What the same orders want, the largest quantity first."""
    confirmed_by: tuple[tuple[str, int, datetime], ...]
    """Who confirmed how many orders, and when last."""
    confirm_by: datetime | None
    """The earliest one of pending orders."""
    noted: tuple[Order, ...]
    """Orders that the last press did not confirm, at most ten."""
    slow: bool = False
    """A bulk confirmation is under way, and TMON has not answered for longer than usual."""


@dataclass(frozen=True)
class RunSummary:
    """What a run of the collection changed, as far as no card says it."""

    store: Store
    counts: dict[str, int]
    goods: tuple[Goods, ...]
    """What was confirmed automatically, the largest quantity first."""


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
            together = await shipped_together(session, team_id, [order for order, _ in found.values()])
            if store is None or order_no not in found:
                raise AppError("orders.gone")
            shipping = (await load_shipping(session, store, [order_no])).get(order_no)
            asked = await open_cancels(session, StoreKey(team_id, store_id), [order_no])
        others = together.get((store_id, order_no), ())
        return summarize(
            self._sealer, store, *found[order_no], self._clock(), others, shipping, cancel_requested=bool(asked)
        )

    async def batch(self, team_id: str, batch_id: str) -> BatchSummary:
        """Return one batch card. Raises AppError when it does not exist."""
        async with self._db.read() as session:
            batch = await session.get(OrderBatch, (team_id, batch_id))
            store = None if batch is None else await session.get(Store, (team_id, batch.store_id))
            if batch is None or store is None:
                raise AppError("orders.gone")
            member = (col(Order.team_id) == team_id, col(Order.batch_id) == batch_id)
            ordered = select(Order).where(*member).order_by(col(Order.confirm_by), col(Order.order_no))
            members = list(await session.scalars(ordered))
            open_ones = [order for order in members if order.state is OrderState.NEW]
            waiting = [order for order in open_ones if order.held_at is None and not has_open_cancel(order)]
            busy = [order for order in members if order.state in (OrderState.CONFIRMING, OrderState.UNKNOWN)]
            shown = waiting + busy or [order for order in members if order.state is OrderState.CONFIRMED]
            pending = and_(*is_waiting()) | col(Order.state).in_((OrderState.CONFIRMING, OrderState.UNKNOWN))
            confirmed = col(Order.state) == OrderState.CONFIRMED
            goods = await sum_goods(session, (*member, pending if waiting or busy else confirmed))
        return BatchSummary(
            store=store,
            batch=batch,
            total=len(members),
            waiting=len(waiting),
            held=sum(order.held_at is not None for order in open_ones),
            busy=len(busy),
            confirmed=sum(order.state is OrderState.CONFIRMED for order in members),
            cancelled=sum(order.state is OrderState.CANCELLED for order in members),
            blocked=sum(order.held_at is None and has_open_cancel(order) for order in open_ones),
            waiting_amount=sum(order.amount for order in waiting),
            open_amount=sum(order.amount for order in shown),
            goods=goods,
            confirmed_by=_by_actor(members),
            confirm_by=min((order.confirm_by for order in open_ones), default=None),
            noted=tuple(sorted(filter(_was_not_confirmed, members), key=_is_about_cancel)[:10]),
            slow=_is_slow(batch, members, self._clock()),
        )

    async def history(self, order: Order) -> list[Audit]:
        """Return what people and automatic confirmation did with an order, oldest first."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Audit)
                .where(
                    col(Audit.team_id) == order.team_id,
                    col(Audit.at) >= order.first_seen_at,
                    col(Audit.store_id) == order.store_id,
                    col(Audit.subject) == str(order.order_no),
                    col(Audit.action).in_(HISTORY),
                )
                .order_by(col(Audit.at).desc())
                .limit(_HISTORY_SHOWN)
            )
            return list(rows)[::-1]

    async def run(self, team_id: str, run_id: str) -> RunSummary | None:
        """Return what a run changed. None if it is not known, or confirms orders automatically and has not ended.

        New orders that got a card are left out: the card is the message about them.
        """
        async with self._db.read() as session:
            run = await session.get(SyncRun, (team_id, run_id))
            store = None if run is None else await session.get(Store, (team_id, run.store_id))
            if run is None or store is None:
                return None
            if run.outcome is RunOutcome.RUNNING and store.confirm_mode is not ConfirmMode.MANUAL:
                return None
            of_run = [*scope(Order, store), col(Order.first_seen_at) >= run.started_at]
            if run.finished_at is not None:
                of_run.append(col(Order.first_seen_at) <= run.finished_at)
            with_card = await session.scalar(
                select(func.count()).select_from(Order).where(*of_run, col(Order.has_card))
            )
            counts = {**run.counts, "new": run.counts.get("new", 0) - (with_card or 0)}
            goods: tuple[Goods, ...] = ()
            if run.counts.get("auto_confirmed"):
                conditions = await confirmed_in_run(session, team_id, run_id)
                goods = await sum_goods(session, (col(Order.team_id) == team_id, *conditions))
            return RunSummary(store, {name: n for name, n in counts.items() if n > 0}, goods)

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

    async def see_recipient(self, person: Person, store_id: str, order_no: int) -> BuyerRecord | None:
        """Return whom an order is sent to, and write down who looked. None: destroyed, or never readable.

        Raises AppError when there is no such order.
        """
        async with self._db.write() as session:
            order = await session.get(Order, (person.team_id, store_id, order_no))
            if order is None:
                raise AppError("orders.gone")
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "order.see_recipient",
                self._clock(),
                subject=order_no,
            )
            return stored_buyer(self._sealer, order)

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
                    is_unsettled(OrderState.NEW),
                    col(Order.has_card),
                    col(Order.confirm_by) > now,
                    col(Order.confirm_by) <= now + REMIND_BEFORE,
                    is_present(col(Order.team_id)),
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


def _was_not_confirmed(order: Order) -> bool:
    """Return whether there is something to say on why an order was not confirmed; one cancelled later was confirmed."""
    return order.note is not None and (order.state is not OrderState.CANCELLED or order.confirmed_at is None)


def _is_about_cancel(order: Order) -> bool:
    """Return whether that is a cancel, which is counted beside: it must not push out a failure that stands nowhere else."""
    return order.state is OrderState.CANCELLED or has_open_cancel(order)


def _is_slow(batch: OrderBatch, members: Sequence[Order], now: datetime) -> bool:
    """Return whether no order of a bulk confirmation that is under way was settled for a while."""
    if batch.pending_since is None or not any(is_slow(order, now) for order in members):
        return False
    settled = [order.updated_at for order in members if order.state is not OrderState.CONFIRMING]
    return max([batch.pending_since, *settled]) <= now - SLOW_AFTER


def _by_actor(orders: Sequence[Order]) -> tuple[tuple[str, int, datetime], ...]:
    """Return who confirmed how many of `orders`, and when last, in the order of that moment."""
    done: dict[str, tuple[int, datetime]] = {}
    for order in orders:
        if order.confirmed_by is not None and order.confirmed_at is not None:
            count, last = done.get(order.confirmed_by, (0, order.confirmed_at))
            done[order.confirmed_by] = (count + 1, max(last, order.confirmed_at))
    return tuple(sorted(((actor, *rest) for actor, rest in done.items()), key=lambda one: one[2]))
