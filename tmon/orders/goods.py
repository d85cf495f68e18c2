"""What several orders want together: the sum per product and option."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import DealState, Order, OrderDeal
from tmon.scope import same_key


@dataclass(frozen=True)
class Goods:
    """One option of a product, with its quantity in all the orders."""

    title: str
    option: str
    quantity: int


async def sum_goods(session: AsyncSession, conditions: Sequence[ColumnElement[bool]]) -> tuple[Goods, ...]:
    """Return what the orders that meet `conditions` want, the largest quantity first. Cancelled goods are left out."""
    rows = await session.execute(
        select(col(OrderDeal.deal_no), col(OrderDeal.title), col(OrderDeal.options))
        .join(Order, same_key(Order, OrderDeal, "order_no"))
        .where(*conditions, col(OrderDeal.state) != DealState.CANCELLED)
    )
    found: dict[tuple[int, int], Goods] = {}
    for deal_no, title, options in rows:
        for option in options:
            if option.get("cancelled"):
                continue
            key = (deal_no, option["no"])
            before = found[key].quantity if key in found else 0
            found[key] = Goods(title, option["title"], before + option["quantity"])
    return tuple(sorted(found.values(), key=lambda one: (-one.quantity, one.title, one.option)))
