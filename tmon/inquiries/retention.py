"""Retention of inquiries: their text, answers and drafts are destroyed when no longer needed, their facts are kept.

Records of complaints are kept for three years (E-Commerce Act, art. 6): that somebody asked, when, and about what. Text
and writer are personal data with the same retention period as those of orders.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.audit import record
from tmon.clock import Clock
from tmon.database import Database
from tmon.inquiries.cards import redraw_card
from tmon.inquiries.keys import KEY
from tmon.models.inquiries import AnswerDraft, Inquiry
from tmon.orders.retention import LATEST
from tmon.retention import Amount, Retention
from tmon.scope import StoreKey, same_key

_AT_A_TIME = 1000
"""Inquiries of a store per run where there is a limit, and per statement: SQLite takes 32,766 values."""
_HAS_TEXT = or_(
    col(Inquiry.content).is_not(None),
    col(Inquiry.answer).is_not(None),
    exists().where(same_key(AnswerDraft, Inquiry, *KEY[2:])),
)


async def amount(session: AsyncSession, now: datetime, days: int) -> Amount:
    """Return of how many inquiries the text is held, and for how many of these it is due."""
    held = await session.scalar(select(func.count()).select_from(Inquiry).where(_HAS_TEXT))
    due = await session.scalar(select(func.count()).select_from(Inquiry).where(_due(now, days)))
    return Amount(held or 0, due or 0)


async def destroy_due(db: Database, clock: Clock, days: int, most: int | None = None) -> int:
    """Destroy what was written in inquiries answered `days` days ago, or asked 180 days ago; return how many.

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
    of_store = (col(Inquiry.team_id) == team_id, col(Inquiry.store_id) == store_id)
    keys = select(*(col(getattr(Inquiry, name)) for name in KEY)).where(*of_store, which)
    found = [tuple(row) for row in await session.execute(keys)]
    for first in range(0, len(found), _AT_A_TIME):
        some = found[first : first + _AT_A_TIME]
        for statement in (
            update(Inquiry).values(content=None, answer=None, destroyed_at=now).where(_among(Inquiry, some)),
            delete(AnswerDraft).where(_among(AnswerDraft, some)),
        ):
            await session.execute(statement, execution_options={"synchronize_session": False})
    await redraw_card(session, team_id, store_id, now)
    return len(found)


def _among(table: Any, keys: Sequence[tuple[Any, ...]]) -> ColumnElement[bool]:
    return tuple_(*(col(getattr(table, name)) for name in KEY)).in_(keys)


def _due(now: datetime, days: int) -> ColumnElement[bool]:
    return and_(
        _HAS_TEXT,
        or_(col(Inquiry.answered_at) <= now - timedelta(days=days), col(Inquiry.asked_at) <= now - LATEST),
    )


RETENTION = Retention("inquiries", "inquiry.destroy", "inquiries", amount, destroy_due)
