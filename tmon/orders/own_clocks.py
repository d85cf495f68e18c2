"""Setting the confirm-by times of open orders anew, after the closed days of their store have changed."""

from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.business_days import confirm_by
from tmon.calendar.closed_days import closed_days
from tmon.database import fetch_many
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.orders.cards import redraw_cards
from tmon.orders.transitions import lock
from tmon.scope import scope

_AT_ONCE = 500


async def set_anew(session: AsyncSession, store: Store, now: datetime) -> None:
    """Give every order of a locked store that is not confirmed the time its closed days call for, and draw its card again.

    The time of what was confirmed stays, and so does the period of the Act (`ship_by`).
    """
    closed = await closed_days(session, store)
    open_ones = await fetch_many(
        session,
        select(Order)
        .where(*scope(Order, store), col(Order.confirmed_at).is_(None), col(Order.closed_at).is_(None))
        .order_by(col(Order.order_no)),
    )
    moved = [(order, due) for order in open_ones if (due := confirm_by(order.paid_at, closed)) != order.confirm_by]
    table = Order.__table__  # type: ignore[attr-defined]
    connection = await session.connection()
    for first in range(0, len(moved), _AT_ONCE):
        some = moved[first : first + _AT_ONCE]
        await lock(session, store.team_id, store.id, [order.order_no for order, _ in some])
        await connection.execute(
            update(table).where(
                table.c.team_id == store.team_id,
                table.c.store_id == store.id,
                table.c.order_no == bindparam("number"),
                table.c.confirmed_at.is_(None),  # it may have been confirmed since it was read
            ).values(confirm_by=bindparam("due")),
            [{"number": order.order_no, "due": due} for order, due in some],
        )  # fmt: skip
    for first in range(0, len(moved), _AT_ONCE):  # once all orders are locked: cards are locked after them everywhere
        await redraw_cards(session, [order for order, _ in moved[first : first + _AT_ONCE]], now)
