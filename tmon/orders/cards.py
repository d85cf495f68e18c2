"""Which message shows an order: a card of its own, or a batch card. At most five single cards are open per store."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, false, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import insert_missing
from tmon.ids import new_id
from tmon.models.orders import Order, OrderBatch, OrderState, is_unsettled
from tmon.models.stores import ConfirmMode, Store
from tmon.orders.messages import BatchCard, OrderCard
from tmon.outbox import enqueue_update, post
from tmon.scope import OfStore, StoreKey, scope

MAX_SINGLE_CARDS = 5
AUTO_CONFIRM_TIMEOUT = timedelta(hours=1)
"""How long automatic confirmation may fail before a person sees the order."""
ESCALATE_BEFORE = timedelta(hours=2)
"""How long before confirm-by a person sees an order that automatic confirmation could not confirm."""

TRANSIENT_NOTES = (
    "orders.note_down",
    "orders.note_interrupted",
    "orders.note_not_arrived",
    "orders.note_key",
    "orders.note_throttled",
    "orders.note_unreadable",
)
"""Notes of faults that pass: automatic confirmation tries again with the next run, and no person is needed."""

OUTAGE_NOTES = ("orders.note_down", "orders.note_key", "orders.note_throttled", "orders.note_switched_off")
"""Notes of what is over as soon as a whole run of the collection succeeds."""

NOT_RUNPLE = "orders.note_not_runple"
OVER_AMOUNT = "orders.note_over_amount"
OVER_QUANTITY = "orders.note_over_quantity"
REVIEW_NOTES = (NOT_RUNPLE, OVER_AMOUNT, OVER_QUANTITY)
"""Notes of orders that a person has to decide on."""


CANCEL_REQUESTED = "orders.note_cancel_requested"
"""Note of an order whose buyer has asked to cancel: TMON refuses to confirm it until that is decided."""


def has_open_cancel(order: Order) -> bool:
    """Return whether the buyer of a pending order has asked to cancel it."""
    return order.state is OrderState.NEW and order.note == CANCEL_REQUESTED


def is_blocked() -> ColumnElement[bool]:
    """Return the condition of `has_open_cancel`."""
    return (col(Order.state) == OrderState.NEW) & func.coalesce(col(Order.note) == CANCEL_REQUESTED, false())


def is_waiting() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an order that bulk confirmation takes: pending, not on hold, without an open cancel."""
    return is_unsettled(OrderState.NEW), col(Order.held_at).is_(None), ~is_blocked()


def order_key(store_id: str, order_no: int) -> str:
    """Return the outbox key of an order's own card."""
    return f"order/{store_id}/{order_no}"


def batch_key(batch_id: str) -> str:
    """Return the outbox key of a batch card."""
    return f"batch/{batch_id}"


def card_key(order: Order) -> str | None:
    """Return the outbox key of the card that shows `order`; None if there is none."""
    if order.batch_id is not None:
        return batch_key(order.batch_id)
    return order_key(order.store_id, order.order_no) if order.has_card else None


async def assign_cards(session: AsyncSession, store: Store, order_nos: Sequence[int], now: datetime) -> None:
    """Give orders without a card one: single cards as long as they fit, otherwise one batch card for all of them.

    A batch card that was not rendered yet takes them; one that people have seen never changes its members.
    """
    if not order_nos:
        return
    without = await session.scalars(
        select(col(Order.order_no))
        .where(*scope(Order, store), col(Order.order_no).in_(order_nos), ~col(Order.has_card))
        .order_by(col(Order.order_no))
        .with_for_update()  # or another run gives them cards, too
    )
    chosen = set(without)
    numbers = [number for number in order_nos if number in chosen]
    if not numbers:
        return
    singles = await session.scalar(
        select(func.count())
        .select_from(Order)
        .where(*scope(Order, store), col(Order.has_card), col(Order.batch_id).is_(None), is_unsettled())
    )
    mine = (*scope(Order, store), col(Order.order_no).in_(numbers))
    if (singles or 0) + len(numbers) <= MAX_SINGLE_CARDS:
        await session.execute(update(Order).where(*mine).values(has_card=True))
        for order_no in numbers:
            message = OrderCard(store=store.id, order=order_no)
            await post(session, store, message, key=order_key(store.id, order_no), now=now)
        return
    batch_id = await open_batch(session, store, now)
    await session.execute(update(Order).where(*mine).values(has_card=True, batch_id=batch_id))
    await post(session, store, BatchCard(batch=batch_id), key=batch_key(batch_id), now=now)


async def open_batch(session: AsyncSession, store: Store, now: datetime) -> str:
    """Return the batch of a store that was not rendered yet, locked, or a new one: of several transactions one makes it."""
    is_open = (*scope(OrderBatch, store), col(OrderBatch.frozen_at).is_(None))
    while True:
        found = await session.scalar(
            select(col(OrderBatch.id)).where(*is_open).with_for_update()  # or it is rendered while orders are added
        )
        if found is not None:
            return found
        row = {"team_id": store.team_id, "id": new_id("ba"), "store_id": store.id, "created_at": now}
        await insert_missing(session, OrderBatch.__table__, [{**row, "done": 0, "total": 0}], returning="id")  # type: ignore[attr-defined]


async def create_pending_cards(session: AsyncSession, store: Store, now: datetime) -> None:
    """Create cards for pending orders that need a person and have none.

    That is every one of a manual store; of an automatic one those that came before it began, those that it could not
    confirm for a reason that a person must weigh, and those that it could not confirm for long or until late.
    """
    conditions: list[ColumnElement[bool]] = [
        *scope(Order, store),
        is_unsettled(OrderState.NEW, OrderState.UNKNOWN),
        ~col(Order.has_card),
    ]
    if store.confirm_mode is not ConfirmMode.MANUAL and store.auto_from is not None:
        conditions.append(
            (col(Order.first_seen_at) < store.auto_from)
            | (col(Order.note).not_in(TRANSIENT_NOTES) & (col(Order.state) == OrderState.NEW))
            | (col(Order.first_seen_at) <= now - AUTO_CONFIRM_TIMEOUT)
            | (col(Order.confirm_by) <= now + ESCALATE_BEFORE)
        )
    numbers = await session.scalars(
        select(col(Order.order_no)).where(*conditions).order_by(col(Order.confirm_by), col(Order.order_no))
    )
    await assign_cards(session, store, list(numbers), now)


async def clear_outage_notes(session: AsyncSession, store: Store, began: datetime, now: datetime) -> None:
    """Take from pending orders the notes of an outage that is over: a run that began then has succeeded."""
    orders = await session.scalars(
        select(Order)
        .where(
            *scope(Order, store),
            is_unsettled(OrderState.NEW),
            col(Order.note).in_(OUTAGE_NOTES),
            col(Order.updated_at) < began,
        )
        .order_by(col(Order.order_no))
        .with_for_update()
    )
    cleared = list(orders)
    for order in cleared:
        order.note, order.note_detail, order.updated_at = None, None, now
    await redraw_cards(session, cleared, now)


async def redraw_cards(session: AsyncSession, orders: Iterable[Order], now: datetime) -> None:
    """Enqueue updates of the cards that show these orders, and those that wait to be shipped to the same recipients."""
    keys: dict[str, set[str]] = {}
    recipients: dict[StoreKey, set[str]] = {}
    for order in orders:
        if (key := card_key(order)) is not None:
            keys.setdefault(order.team_id, set()).add(key)
        if order.recipient_hash:
            recipients.setdefault(StoreKey(order.team_id, order.store_id), set()).add(order.recipient_hash)
    for of, hashes in recipients.items():
        keys.setdefault(of.team_id, set()).update(await _cards_to_ship(session, of, hashes))
    for team_id, wanted in keys.items():
        await enqueue_update(session, team_id, sorted(wanted), now=now)


async def redraw_cards_to(session: AsyncSession, of: OfStore, hashes: Iterable[str], now: datetime) -> None:
    """Enqueue updates of the cards of orders of a store that wait to be shipped to these recipients."""
    await enqueue_update(session, of.team_id, await _cards_to_ship(session, of, hashes), now=now)


async def _cards_to_ship(session: AsyncSession, of: OfStore, hashes: Iterable[str]) -> list[str]:
    """Return the keys of the cards of orders that wait to be shipped to these recipients, or did until now."""
    if not (hashes := set(hashes)):
        return []
    found = await session.scalars(
        select(Order).where(
            *scope(Order, of),
            col(Order.recipient_hash).in_(hashes),
            col(Order.has_card),
            col(Order.state) == OrderState.CONFIRMED,
            col(Order.shipped_at).is_(None),
            col(Order.closed_at).is_(None),
        )
    )
    return sorted({key for order in found if (key := card_key(order)) is not None})
