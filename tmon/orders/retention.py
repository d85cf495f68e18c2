"""Retention of buyers' data: destroyed when no longer needed, while the facts of the order are kept."""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.orders import Order
from tmon.scope import StoreKey

LATEST = timedelta(days=180)
"""After payment, whatever the state of the order."""
BATCH = 1000
"""Orders per transaction, so that nobody who presses a button waits for a backlog."""

_HAS_DATA = or_(col(Order.buyer).is_not(None), col(Order.hold_reason).is_not(None))


async def destroy_due(db: Database, clock: Clock, days: int) -> int:
    """Destroy sealed buyers' data of orders closed `days` days ago, or paid 180 days ago. Returns how many orders.

    Each batch leaves an audit row with its count, in the same transaction.
    """
    destroyed = 0
    for team_id, store_id in await _stores_with_due(db, clock(), days):
        while count := await _destroy_batch(db, team_id, store_id, clock(), days):
            destroyed += count
    return destroyed


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy all sealed buyers' data of a removed store. Returns how many orders. The caller records the audit."""
    return await _destroy(session, and_(col(Order.team_id) == team_id, col(Order.store_id) == store_id, _HAS_DATA), now)


async def _stores_with_due(db: Database, now: datetime, days: int) -> list[tuple[str, str]]:
    async with db.read() as session:
        rows = await session.execute(
            select(col(Order.team_id), col(Order.store_id)).where(_due(now, days)).distinct().order_by("team_id")
        )
        return [(team_id, store_id) for team_id, store_id in rows]


async def _destroy_batch(db: Database, team_id: str, store_id: str, now: datetime, days: int) -> int:
    of_store = and_(col(Order.team_id) == team_id, col(Order.store_id) == store_id)
    async with db.write() as session:
        numbers = select(col(Order.order_no)).where(of_store, _due(now, days)).limit(BATCH)
        count = await _destroy(session, and_(of_store, col(Order.order_no).in_(numbers)), now)
        if count:
            record(session, StoreKey(team_id, store_id), "system", "buyer.destroy", now, orders=count)
    return count


async def _destroy(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> int:
    result = await session.execute(
        update(Order).where(which).values(buyer=None, hold_reason=None, buyer_destroyed_at=now)
    )
    return cast(CursorResult[Any], result).rowcount


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    return and_(
        _HAS_DATA,
        or_(col(Order.closed_at) <= now - timedelta(days=days), col(Order.paid_at) <= now - LATEST),
    )
