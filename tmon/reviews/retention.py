"""Retention of reviews: the texts of buyer and seller are destroyed in time, the facts are kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.inquiries import AnswerState
from tmon.models.reviews import Review
from tmon.models.stores import Store
from tmon.orders.retention import LATEST
from tmon.pieces import in_pieces
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, scope

_HAS_TEXT = or_(col(Review.content).is_not(None), col(Review.reply).is_not(None))
_UNDER_WAY = col(Review.reply_state).in_([AnswerState.SENDING, AnswerState.UNKNOWN])


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many reviews a text is held, and for how many of these it is due."""
    held = await session.scalar(select(func.count()).select_from(Review).where(_HAS_TEXT))
    due = await session.scalar(select(func.count()).select_from(Review).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy the texts of reviews that were written, and replied to, `days` days ago; return how many.

    Each piece leaves an audit row with its count, in the same transaction. `most`: no more reviews than that.
    """

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        now = clock()
        count = await _destroy(session, store, and_(_among(rows), _due(now, days)), now)
        if count:
            record(session, store, "system", "review.destroy", now, reviews=count)
        return count

    return await in_pieces(db, _keys().where(_due(clock(), days)), destroy, most)


async def destroy_of_store(db: Database, clock: Clock, store: StoreKey) -> int:
    """Destroy the texts of all reviews of a store that was removed, in pieces; return how many."""

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        return await _destroy(session, store, _among(rows), clock())

    return await in_pieces(db, _keys().where(*scope(Review, store), _HAS_TEXT), destroy)


async def destroy_store(session: AsyncSession, store: Store, now: datetime) -> None:
    """Destroy the texts of all reviews of a store that is being removed. The caller audits."""
    await _destroy(session, StoreKey(store.team_id, store.id), _HAS_TEXT, now)


def _keys() -> Select[*tuple[Any, ...]]:
    """Select reviews by store, the oldest first, as `in_pieces` wants it."""
    return select(col(Review.team_id), col(Review.store_id), col(Review.written_at), col(Review.review_no))


def _among(rows: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    return col(Review.review_no).in_([number for _, number in rows])


async def _destroy(session: AsyncSession, key: StoreKey, which: ColumnElement[bool], now: datetime) -> int:
    result = await session.execute(
        update(Review).where(*scope(Review, key), which).values(content=None, reply=None, destroyed_at=now)
    )
    return cast(CursorResult[Any], result).rowcount


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    """A reply that is under way is waited for; its text is what a person may have to send again."""
    border = now - timedelta(days=days)
    replied = or_(col(Review.replied_at).is_(None), col(Review.replied_at) <= border)
    old = or_(and_(col(Review.written_at) <= border, replied), col(Review.written_at) <= now - LATEST)
    return and_(_HAS_TEXT, ~_UNDER_WAY, old)


RETENTION = Retention("reviews", "review.destroy", "reviews", amount, destroy_due, destroy_of_store)
