"""Retention of buyers' data: destroyed when no longer needed, while the facts of the order are kept."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.ids import new_id
from tmon.models.orders import OPEN_STATES, Order
from tmon.models.stores import Store
from tmon.orders.cards import order_key
from tmon.orders.messages import WaitingBuyersDestroyed
from tmon.outbox import enqueue_update, post
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, scope

LATEST = timedelta(days=180)
"""After payment, whatever the state of the order."""
BATCH = 1000
"""Orders per transaction, so that nobody who presses a button waits for a backlog."""

_HAS_DATA = or_(col(Order.buyer).is_not(None), col(Order.hold_reason).is_not(None))


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many orders buyers' data are held, and how many of these are due."""
    held = await session.scalar(select(func.count()).select_from(Order).where(_HAS_DATA))
    due = await session.scalar(select(func.count()).select_from(Order).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy sealed buyers' data of orders closed `days` days ago, or paid 180 days ago. Returns how many orders.

    An order that still waits is spared until the 180 days are over, and its destruction is told in the store's channel.
    Each batch leaves an audit row with its count, in the same transaction. `most`: no more orders than that.
    """
    destroyed = 0
    for team_id, store_id in await _stores_with_due(db, clock(), days):
        while (limit := BATCH if most is None else min(BATCH, most - destroyed)) > 0:
            count = await _destroy_batch(db, team_id, store_id, clock(), days, limit)
            destroyed += count
            if count < limit:
                break
    return destroyed


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy all sealed buyers' data of a removed store. Returns how many orders. The caller records the audit."""
    return await _destroy(session, StoreKey(team_id, store_id), _HAS_DATA, now)


async def _stores_with_due(db: Database, now: datetime, days: int) -> list[tuple[str, str]]:
    async with db.read() as session:
        rows = await session.execute(
            select(col(Order.team_id), col(Order.store_id)).where(_due(now, days)).distinct().order_by("team_id")
        )
        return [(team_id, store_id) for team_id, store_id in rows]


async def _destroy_batch(db: Database, team_id: str, store_id: str, now: datetime, days: int, limit: int) -> int:
    key = StoreKey(team_id, store_id)
    async with db.write() as session:
        rows = await session.execute(
            select(col(Order.order_no), col(Order.state))
            .where(*scope(Order, key), _due(now, days))
            .order_by(col(Order.paid_at), col(Order.order_no))
            .limit(limit)
            .with_for_update(skip_locked=True)  # what another process destroys is counted there
        )
        due = list(rows)
        count = await _destroy(session, key, col(Order.order_no).in_([number for number, _ in due]), now)
        if count:
            record(session, key, "system", "buyer.destroy", now, orders=count)
        if waiting := sum(state in OPEN_STATES for _, state in due):
            store = await session.get(Store, (team_id, store_id))
            if store is not None and store.removed_at is None:
                message = WaitingBuyersDestroyed(store=store_id, orders=waiting)
                await post(session, store, message, key=f"{message.kind}/{new_id('de')}", now=now)
    return count


async def _destroy(session: AsyncSession, store: StoreKey, which: ColumnElement[bool], now: datetime) -> int:
    """Destroy the data of these orders, and draw their cards anew: they show the masked name and why it is on hold."""
    chosen = (*scope(Order, store), which)
    # first the orders by number, then their cards, as everybody who changes both
    await session.execute(select(col(Order.order_no)).where(*chosen).order_by(col(Order.order_no)).with_for_update())
    shown = await session.scalars(select(col(Order.order_no)).where(*chosen, col(Order.has_card)))
    cards = [order_key(store.store_id, number) for number in shown]
    await enqueue_update(session, store.team_id, cards, now=now)
    result = await session.execute(
        update(Order).where(*chosen).values(buyer=None, hold_reason=None, recipient_hash=None, buyer_destroyed_at=now)
    )
    return cast(CursorResult[Any], result).rowcount


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    return and_(
        _HAS_DATA,
        or_(
            and_(col(Order.closed_at) <= now - timedelta(days=days), col(Order.state).not_in(OPEN_STATES)),
            col(Order.paid_at) <= now - LATEST,
        ),
    )


RETENTION = Retention("orders", "buyer.destroy", "orders", amount, destroy_due)
