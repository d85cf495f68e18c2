"""Automatic confirmation: which orders it takes, and which it leaves to a person, and why."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.orders.cards import NOT_RUNPLE, OVER_AMOUNT, OVER_QUANTITY, TRANSIENT_NOTES, redraw_cards
from tmon.orders.transitions import Deals, load
from tmon.scope import scope
from tmon.stores import switches

_AT_A_TIME = 500


async def candidates(session: AsyncSession, store: Store) -> list[int]:
    """Return the orders that automatic mode may take: pending, not on hold, first seen since it began, not left to a person."""
    if store.auto_from is None:
        return []
    numbers = await session.scalars(
        select(col(Order.order_no)).where(
            *scope(Order, store),
            is_unsettled(OrderState.NEW),
            col(Order.held_at).is_(None),
            col(Order.note).is_(None) | col(Order.note).in_(TRANSIENT_NOTES),
            col(Order.first_seen_at) >= store.auto_from,
        )
    )
    return list(numbers)


async def leave_to_person(
    session: AsyncSession, team_id: str, store_id: str, order_nos: Sequence[int], now: datetime
) -> list[int]:
    """Note on orders that need a person why they do. Returns the others; none if automatic mode was turned off meanwhile.

    Raises AppError when the order switch is off.
    """
    store = await session.get_one(Store, (team_id, store_id))
    switches.require_on(store, ApiGroup.ORDER)
    if store.confirm_mode is ConfirmMode.MANUAL:
        return []
    others: list[int] = []
    for start in range(0, len(order_nos), _AT_A_TIME):
        chunk = order_nos[start : start + _AT_A_TIME]
        loaded = await load(session, team_id, store_id, chunk, lock=True)
        reasons = await needs_review(session, store, loaded)
        for number, note in reasons.items():
            await session.execute(
                update(Order)
                .where(*scope(Order, store), col(Order.order_no) == number, col(Order.state) == OrderState.NEW)
                .values(note=note, note_detail=None, updated_at=now),
                execution_options={"synchronize_session": False},
            )
        await redraw_cards(session, [loaded[number][0] for number in reasons], now)
        others += [number for number in chunk if number not in reasons]
    return others


async def needs_review(
    session: AsyncSession, store: Store, orders: Mapping[int, tuple[Order, Deals]]
) -> dict[int, str]:
    """Return those of `orders` that need a person, each with the note that says why."""
    marked = await _runple_deals(session, store)
    reasons = {number: review_reason(store, order, deals.keys(), marked) for number, (order, deals) in orders.items()}
    return {number: why for number, why in reasons.items() if why is not None}


def review_reason(store: Store, order: Order, deal_nos: Set[int], marked: Set[int]) -> str | None:
    """Return the note of why `order` needs a person; None if it does not. `marked`: the deals that are marked 런플."""
    if store.confirm_mode is ConfirmMode.RUNPLE and not (store.runple and deal_nos and deal_nos <= marked):
        return NOT_RUNPLE
    if store.auto_max_amount is not None and order.amount > store.auto_max_amount:
        return OVER_AMOUNT
    if store.auto_max_quantity is not None and order.quantity > store.auto_max_quantity:
        return OVER_QUANTITY
    return None


async def _runple_deals(session: AsyncSession, store: Store) -> Set[int]:
    if store.confirm_mode is not ConfirmMode.RUNPLE:
        return frozenset()
    numbers = await session.scalars(select(col(Deal.deal_no)).where(*scope(Deal, store), col(Deal.runple)))
    return frozenset(numbers)
