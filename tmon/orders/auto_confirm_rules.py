"""Which orders automatic confirmation leaves to a person, and why.

Asked when orders are taken on, and once more of each right before its deals are sent to TMON.
"""

from collections.abc import Mapping, Set

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import Order
from tmon.models.products import Deal
from tmon.models.stores import ConfirmMode, Store
from tmon.orders.cards import NOT_RUNPLE, OVER_AMOUNT, OVER_QUANTITY
from tmon.orders.transitions import Deals
from tmon.scope import scope


async def needs_review(
    session: AsyncSession, store: Store, orders: Mapping[int, tuple[Order, Deals]]
) -> dict[int, str]:
    """Of `orders` those that a person has to weigh, each with the reason."""
    marked = await _runple_deals(session, store)
    reasons = {number: review_reason(store, order, deals.keys(), marked) for number, (order, deals) in orders.items()}
    return {number: why for number, why in reasons.items() if why is not None}


def review_reason(store: Store, order: Order, deal_nos: Set[int], marked: Set[int]) -> str | None:
    """Why `order` is not for automatic confirmation; None when it is. `marked`: the deals that are marked 런플."""
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
