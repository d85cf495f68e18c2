"""The messages about extensions in a store's channel."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post
from tmon.products.sale_period.messages import ExtensionNotOffered, ExtensionPreview, ExtensionReport


def preview_key(store_id: str, day: date) -> str:
    """Outbox key of the message of the evening before."""
    return f"sale_period/{store_id}/{day}"


def result_key(store_id: str, day: date) -> str:
    """Outbox key of the report."""
    return f"sale_period/{store_id}/{day}/result"


async def notify_preview(session: AsyncSession, store: Store, day: date, now: datetime) -> None:
    """What will be extended on `day`."""
    message = ExtensionPreview(store=store.id, day=day)
    await post(session, store, message, key=preview_key(store.id, day), now=now)


async def notify_result(session: AsyncSession, store: Store, day: date, now: datetime) -> None:
    """What came of it."""
    message = ExtensionReport(store=store.id, day=day)
    await post(session, store, message, key=result_key(store.id, day), now=now)


async def notify_not_offered(session: AsyncSession, store: Store, now: datetime) -> None:
    """TMON has no such call; told once and never again."""
    message = ExtensionNotOffered(store=store.id)
    await post(session, store, message, key=f"sale_period/{store.id}/not_offered", now=now)


async def update_day(session: AsyncSession, team_id: str, store_id: str, day: date, now: datetime) -> None:
    """What the messages of `day` show has changed."""
    await enqueue_update(session, team_id, [preview_key(store_id, day), result_key(store_id, day)], now=now)
