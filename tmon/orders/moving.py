"""Waiting orders that follow their store to a channel which works again, or to another one."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.models.orders import Order, OrderBatch, is_unsettled
from tmon.models.stores import Store
from tmon.orders.cards import batch_key, card_key, open_batch
from tmon.orders.messages import BatchCard
from tmon.outbox import enqueue_update, keys_in_channel, post
from tmon.scope import scope


async def move_waiting(session: AsyncSession, store: Store, now: datetime) -> None:
    """Show the open orders whose cards are not in the channel of `store` there, on one batch card.

    Their old cards are drawn again: they point to the channel.
    """
    orders = await session.scalars(
        select(Order)
        .where(*scope(Order, store), col(Order.has_card), is_unsettled())
        .order_by(col(Order.order_no))
        .with_for_update()
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
    left = {order.batch_id for order in moved if order.batch_id is not None}
    left |= await _open_elsewhere(session, store)
    batches = update(OrderBatch).where(col(OrderBatch.team_id) == store.team_id, col(OrderBatch.id).in_(left))
    await session.execute(batches.values(frozen_at=now))
    batch_id = await open_batch(session, store, now)
    numbers = [order.order_no for order in moved]
    for start in range(0, len(numbers), 500):
        await session.execute(
            update(Order)
            .where(*scope(Order, store), col(Order.order_no).in_(numbers[start : start + 500]))
            .values(batch_id=batch_id)
        )
    await session.execute(batches.values(moved_to=batch_id))
    await post(session, store, BatchCard(batch=batch_id), key=batch_key(batch_id), now=now)
    await enqueue_update(session, store.team_id, by_key, now=now)


async def _open_elsewhere(session: AsyncSession, store: Store) -> set[str]:
    """Return the batches that were not rendered yet and are not to be posted in the channel of `store`."""
    found = await session.scalars(
        select(col(OrderBatch.id)).where(*scope(OrderBatch, store), col(OrderBatch.frozen_at).is_(None))
    )
    keys = {batch_key(one): one for one in found}
    return {keys[key] for key in keys.keys() - await keys_in_channel(session, store, keys)}
