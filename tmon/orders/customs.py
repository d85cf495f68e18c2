"""Goods from abroad that cannot be cleared without the buyer's customs id (통관고유부호).

Whether they come from abroad is known once their deal was read, which may be after the order was stored. Of the id, which is
personal, only whether it has the right form is stored apart from the sealed record.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import ProductType
from tmon.core import Core
from tmon.models.orders import Order, OrderDeal, is_unsettled
from tmon.models.products import Deal
from tmon.orders.cards import redraw_cards
from tmon.scope import OfStore, StoreKey, same_key, scope

_FROM_ABROAD = (ProductType.DP02.value, ProductType.DP03.value)
_BATCH = 500
"""Orders per run of the job."""


def needs_customs_id(deal: OrderDeal) -> bool:
    """Return whether a deal needs a customs id and has none of the right form."""
    return deal.customs_needed and deal.customs_valid is False


async def mark_customs(session: AsyncSession, of: OfStore, order_nos: Sequence[int], now: datetime) -> None:
    """Mark the deals of these orders that are known to come from abroad, and draw anew the cards that did not show it."""
    rows = await session.execute(
        select(OrderDeal, Order)
        .join(Deal, same_key(Deal, OrderDeal, "deal_no"))
        .join(Order, same_key(Order, OrderDeal, "order_no"))
        .where(
            *scope(OrderDeal, of),
            col(OrderDeal.order_no).in_(order_nos),
            col(OrderDeal.customs_needed).is_(False),
            col(Deal.product_type).in_(_FROM_ABROAD),
        )
    )
    shown = []
    for deal, order in rows:
        deal.customs_needed = True
        if needs_customs_id(deal):
            shown.append(order)
    await redraw_cards(session, shown, now)


class CustomsCheck:
    """Marks orders whose deals were read only after they were stored. Called every minute, some orders each time."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def __call__(self) -> None:
        """Mark deals of open orders that have become known to come from abroad."""
        async with self._db.read() as session:
            waiting = (  # found first: SQLite would go through the deals of all orders
                select(col(Order.team_id), col(Order.store_id), col(Order.order_no))
                .where(is_unsettled())
                .cte("waiting")
                .prefix_with("MATERIALIZED")
                .c
            )
            found = await session.execute(
                select(waiting.team_id, waiting.store_id, waiting.order_no)
                .join(OrderDeal, same_key(OrderDeal, waiting, "order_no"))
                .join(Deal, same_key(Deal, OrderDeal, "deal_no"))
                .where(
                    col(OrderDeal.customs_needed).is_(False),
                    col(Deal.product_type).in_(_FROM_ABROAD),
                )
                .limit(_BATCH)
            )
            stores: dict[StoreKey, list[int]] = {}
            for team_id, store_id, number in found:
                stores.setdefault(StoreKey(team_id, store_id), []).append(number)
        for of, numbers in stores.items():
            async with self._db.write() as session:
                await mark_customs(session, of, numbers, self._clock())
