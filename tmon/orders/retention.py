"""Retention of buyers' data: destroyed when no longer needed, while the facts of the order are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, func, or_, select, update
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
from tmon.pieces import in_pieces
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, scope

LATEST = timedelta(days=180)
"""After payment, whatever the state of the order."""

_HAS_DATA = or_(col(Order.buyer).is_not(None), col(Order.hold_reason).is_not(None))
"""As the index `orders_with_data` has it."""


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many orders buyers' data are held, and how many of these are due."""
    held = await session.scalar(select(func.count()).select_from(Order).where(_HAS_DATA))
    due = await session.scalar(select(func.count()).select_from(Order).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy sealed buyers' data of orders closed `days` days ago, or paid 180 days ago. Returns how many orders.

    An order that still waits is spared until the 180 days are over, and its destruction is told in the store's channel.
    Each piece leaves an audit row with its count, in the same transaction. `most`: no more orders than that.
    """

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        return await _destroy_piece(session, store, [number for _, number in rows], clock(), days)

    return await in_pieces(db, _keys().where(_due(clock(), days)), destroy, most)


async def destroy_of_store(db: Database, clock: Clock, store: StoreKey) -> int:
    """Destroy all sealed buyers' data of a store that was removed, in pieces. Returns how many orders."""

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        return await _destroy(session, store, col(Order.order_no).in_([number for _, number in rows]), clock())

    return await in_pieces(db, _keys().where(*scope(Order, store), _HAS_DATA), destroy)


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy all sealed buyers' data of a removed store. Returns how many orders. The caller records the audit."""
    return await _destroy(session, StoreKey(team_id, store_id), _HAS_DATA, now)


def _keys() -> Select[*tuple[Any, ...]]:
    """Select orders by store, the oldest first, as `in_pieces` wants it."""
    return select(col(Order.team_id), col(Order.store_id), col(Order.paid_at), col(Order.order_no))


async def _destroy_piece(
    session: AsyncSession, key: StoreKey, order_nos: Sequence[int], now: datetime, days: int
) -> int:
    rows = await session.execute(
        select(col(Order.order_no), col(Order.state))
        .where(*scope(Order, key), col(Order.order_no).in_(order_nos), _due(now, days))
        .order_by(col(Order.order_no))
        .with_for_update(skip_locked=True)  # what another process destroys is counted there
    )
    due = list(rows)
    count = await _destroy(session, key, col(Order.order_no).in_([number for number, _ in due]), now)
    if count:
        record(session, key, "system", "buyer.destroy", now, orders=count)
    if waiting := sum(state in OPEN_STATES for _, state in due):
        store = await session.get(Store, (key.team_id, key.store_id))
        if store is not None and store.removed_at is None:
            message = WaitingBuyersDestroyed(store=store.id, orders=waiting)
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


RETENTION = Retention("orders", "buyer.destroy", "orders", amount, destroy_due, destroy_of_store)
