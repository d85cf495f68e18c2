"""Waiting orders that follow their store to a channel which works again, or to another one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.ids import new_id
from tmon.models.orders import OPEN_STATES, Order, OrderBatch
from tmon.models.stores import Store
from tmon.orders.cards import batch_key, card_key
from tmon.orders.messages import BatchCard
from tmon.outbox import enqueue_update, keys_in_channel, post
from tmon.scope import scope


async def move_waiting(session: AsyncSession, store: Store, now: datetime) -> None:
    """Show the open orders whose cards are not in the channel of `store` there, on one new batch card.

    Their old cards are drawn again: they point to the channel.
    """
    orders = await session.scalars(
        select(Order).where(*scope(Order, store), col(Order.has_card), col(Order.state).in_(OPEN_STATES))
    )
    by_key: dict[str, list[Order]] = {}
    for order in orders:
        if (key := card_key(order)) is not None:
            by_key.setdefault(key, []).append(order)
    for key in await keys_in_channel(session, store, by_key):
        del by_key[key]
    moved = [order for found in by_key.values() for order in found]
    if not moved:
        return
    batch = OrderBatch(team_id=store.team_id, id=new_id("ba"), store_id=store.id, created_at=now)
    session.add(batch)
    await session.flush()
    left = {order.batch_id for order in moved if order.batch_id is not None}
    numbers = [order.order_no for order in moved]
    for start in range(0, len(numbers), 500):
        await session.execute(
            update(Order)
            .where(*scope(Order, store), col(Order.order_no).in_(numbers[start : start + 500]))
            .values(batch_id=batch.id)
        )
    await session.execute(
        update(OrderBatch)
        .where(col(OrderBatch.team_id) == store.team_id, col(OrderBatch.id).in_(left))
        .values(moved_to=batch.id, frozen_at=now)
    )
    await post(session, store, BatchCard(batch=batch.id), key=batch_key(batch.id), now=now)
    await enqueue_update(session, store.team_id, by_key, now=now)
