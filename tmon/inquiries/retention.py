"""Retention of inquiries: their text, answers and drafts are destroyed when no longer needed, their facts are kept.

Records of complaints are kept for three years (E-Commerce Act, art. 6): that somebody asked, when, and about what. Text
and writer are personal data with the same retention period as those of orders.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.inquiries.cards import redraw_card
from tmon.inquiries.keys import KEY
from tmon.models.inquiries import AnswerDraft, Inquiry
from tmon.orders.retention import LATEST
from tmon.pieces import in_pieces
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, same_key, scope

_AT_A_TIME = 1000
"""Inquiries per statement: SQLite takes 32,766 values."""
_OWN = KEY[2:]
"""What tells the inquiries of a store apart."""
_HAS_TEXT = or_(
    col(Inquiry.content).is_not(None),
    col(Inquiry.answer).is_not(None),
    exists().where(same_key(AnswerDraft, Inquiry, *_OWN)),
)


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many inquiries the text is held, and for how many of these it is due."""
    held = await session.scalar(select(func.count()).select_from(Inquiry).where(_HAS_TEXT))
    due = await session.scalar(select(func.count()).select_from(Inquiry).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy what was written in inquiries answered `days` days ago, or asked 180 days ago; return how many.

    Each piece leaves an audit row with its count, in the same transaction. `most`: no more inquiries than that.
    """

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        now = clock()
        count = await _destroy(session, store, and_(_among(Inquiry, _names(rows)), _due(now, days)), now)
        if count:
            record(session, store, "system", "inquiry.destroy", now, inquiries=count)
        return count

    return await in_pieces(db, _keys().where(_due(clock(), days)), destroy, most)


async def destroy_of_store(db: Database, clock: Clock, store: StoreKey) -> int:
    """Destroy the text of all inquiries of a store that was removed, in pieces; return how many."""

    async def destroy(session: AsyncSession, store: StoreKey, rows: Sequence[tuple[Any, ...]]) -> int:
        return await _destroy(session, store, and_(_among(Inquiry, _names(rows)), _HAS_TEXT), clock())

    return await in_pieces(db, _keys().where(*scope(Inquiry, store), _HAS_TEXT), destroy)


async def destroy_store(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> int:
    """Destroy the text of all inquiries of a store that is being removed; return how many. The caller audits."""
    return await _destroy(session, StoreKey(team_id, store_id), _HAS_TEXT, now)


def _keys() -> Select[*tuple[Any, ...]]:
    """Select inquiries by store, the oldest first, as `in_pieces` wants it."""
    return select(
        col(Inquiry.team_id),
        col(Inquiry.store_id),
        col(Inquiry.asked_at),
        *(col(getattr(Inquiry, name)) for name in _OWN),
    )


def _names(rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return [tuple(row[1:]) for row in rows]


async def _destroy(session: AsyncSession, store: StoreKey, which: ColumnElement[bool], now: datetime) -> int:
    keys = select(*(col(getattr(Inquiry, name)) for name in _OWN)).where(*scope(Inquiry, store), which)
    found = [tuple(row) for row in await session.execute(keys)]
    for first in range(0, len(found), _AT_A_TIME):
        some = found[first : first + _AT_A_TIME]
        for statement in (
            update(Inquiry)
            .values(content=None, answer=None, destroyed_at=now)
            .where(*scope(Inquiry, store), _among(Inquiry, some)),
            delete(AnswerDraft).where(*scope(AnswerDraft, store), _among(AnswerDraft, some)),
        ):
            await session.execute(statement, execution_options={"synchronize_session": False})
    await redraw_card(session, store.team_id, store.store_id, now)
    return len(found)


def _among(table: Any, names: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    return tuple_(*(col(getattr(table, name)) for name in _OWN)).in_(names)


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    return and_(
        _HAS_TEXT,
        or_(col(Inquiry.answered_at) <= now - timedelta(days=days), col(Inquiry.asked_at) <= now - LATEST),
    )


RETENTION = Retention("inquiries", "inquiry.destroy", "inquiries", amount, destroy_due, destroy_of_store)
