"""The messages about extensions in a store's channel."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.models.stores import Store
from tmon.outbox import enqueue, enqueue_update, new_message

PREVIEW = "sale_period_preview"
RESULT = "sale_period_result"
NOT_OFFERED = "sale_period_not_offered"
"""Kinds of messages."""


def preview_key(store_id: str, day: date) -> str:
    """Outbox key of the message of the evening before."""
    return f"sale_period/{store_id}/{day}"


def result_key(store_id: str, day: date) -> str:
    """Outbox key of the report."""
    return f"sale_period/{store_id}/{day}/result"


async def notify_preview(session: AsyncSession, store: Store, day: date, now: datetime) -> None:
    """What will be extended on `day`."""
    await _enqueue(session, store, preview_key(store.id, day), PREVIEW, now, day=str(day))


async def notify_result(session: AsyncSession, store: Store, day: date, now: datetime) -> None:
    """What came of it."""
    await _enqueue(session, store, result_key(store.id, day), RESULT, now, day=str(day))


async def notify_not_offered(session: AsyncSession, store: Store, now: datetime) -> None:
    """TMON has no such call; told once and never again."""
    await _enqueue(session, store, f"sale_period/{store.id}/not_offered", NOT_OFFERED, now)


async def update_day(session: AsyncSession, team_id: str, store_id: str, day: date, now: datetime) -> None:
    """What the messages of `day` show has changed."""
    await enqueue_update(session, team_id, [preview_key(store_id, day), result_key(store_id, day)], now=now)


async def _enqueue(session: AsyncSession, store: Store, key: str, kind: str, now: datetime, **args: Any) -> None:
    row = new_message(
        team_id=store.team_id,
        key=key,
        kind=kind,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
        **args,
    )
    await enqueue(session, [row])
