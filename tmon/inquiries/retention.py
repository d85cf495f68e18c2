"""Retention of inquiries: their text is destroyed when no longer needed, their facts are kept.

Records of complaints are kept for three years (E-Commerce Act, art. 6): that somebody asked, when, and about what. Text
and writer are personal data with the same retention period as those of orders.
"""

from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, and_, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.inquiries.cards import newest_card
from tmon.models.inquiries import Inquiry
from tmon.orders.retention import LATEST
from tmon.outbox import enqueue_update
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey

_AT_A_TIME = 1000
"""Inquiries of a store per run where there is a limit."""
_HAS_TEXT = col(Inquiry.content).is_not(None)


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many inquiries the text is held, and for how many of these it is due."""
    held = await session.scalar(select(func.count()).select_from(Inquiry).where(_HAS_TEXT))
    due = await session.scalar(select(func.count()).select_from(Inquiry).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy the text of inquiries answered `days` days ago, or asked 180 days ago; return how many.

    An audit row per store records their number, in the same transaction. `most`: no more inquiries than that.
    """
    now = clock()
    due = _due(now, days)
    async with db.read() as session:
        stores = list(await session.execute(select(col(Inquiry.team_id), col(Inquiry.store_id)).where(due).distinct()))
    destroyed = 0
    for team_id, store_id in stores:
        which = due
        async with db.write() as session:
            if most is not None:
                if destroyed >= most:
                    break
                which = await _first(session, team_id, store_id, due, most - destroyed)
            count = await _destroy(session, team_id, store_id, which, now)
            record(session, StoreKey(team_id, store_id), "system", "inquiry.destroy", now, inquiries=count)
        destroyed += count
    return destroyed


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy the text of all inquiries of a store that is being removed; return how many. The caller audits."""
    return await _destroy(session, team_id, store_id, _HAS_TEXT, now)


async def _first(
    session: AsyncSession, team_id: str, store_id: str, which: ColumnElement[bool], most: int
) -> ColumnElement[bool]:
    """Return the condition of the oldest `most` inquiries of `which`."""
    key = (col(Inquiry.source), col(Inquiry.number), col(Inquiry.part))
    rows = await session.execute(
        select(*key)
        .where(col(Inquiry.team_id) == team_id, col(Inquiry.store_id) == store_id, which)
        .order_by(col(Inquiry.asked_at))
        .limit(min(most, _AT_A_TIME))
    )
    return tuple_(*key).in_([tuple(row) for row in rows])


async def _destroy(
    session: AsyncSession, team_id: str, store_id: str, which: ColumnElement[bool], now: datetime
) -> int:
    result = await session.execute(
        update(Inquiry)
        .where(col(Inquiry.team_id) == team_id, col(Inquiry.store_id) == store_id, which)
        .values(content=None, destroyed_at=now)
    )
    card = await newest_card(session, team_id, store_id)
    await enqueue_update(session, team_id, [] if card is None else [card.key], now=now)
    return cast(CursorResult[Any], result).rowcount


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    return and_(
        _HAS_TEXT,
        or_(col(Inquiry.answered_at) <= now - timedelta(days=days), col(Inquiry.asked_at) <= now - LATEST),
    )


RETENTION = Retention("inquiries", "inquiry.destroy", "inquiries", amount, destroy_due)
