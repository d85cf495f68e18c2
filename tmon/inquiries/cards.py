"""The one standing card per store: edited in place, posted anew when something comes and nothing waited, or on a new day."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.inquiries.days import day_of
from tmon.inquiries.messages import InquiryCard
from tmon.models.inquiries import Inquiry
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post


def waits(team_id: str, store_id: str) -> tuple[ColumnElement[bool], ...]:
    """The conditions of an inquiry that waits in a store."""
    return (
        col(Inquiry.team_id) == team_id,
        col(Inquiry.store_id) == store_id,
        col(Inquiry.answered_at).is_(None),
    )


async def waiting_count(session: AsyncSession, team_id: str, store_id: str) -> int:
    """How many inquiries wait in a store."""
    return await session.scalar(select(func.count()).select_from(Inquiry).where(*waits(team_id, store_id))) or 0


async def newest_card(session: AsyncSession, team_id: str, store_id: str) -> OutboxMessage | None:
    """The card that stands; older ones only point to it."""
    found: OutboxMessage | None = await session.scalar(
        select(OutboxMessage)
        .where(
            col(OutboxMessage.team_id) == team_id,
            col(OutboxMessage.store_id)
            == store_id,  # has an index; the beginning of a key is looked for in every message
            col(OutboxMessage.kind) == InquiryCard.kind,
        )
        .order_by(col(OutboxMessage.key).desc())
        .limit(1)
    )
    return found


async def tell(session: AsyncSession, store: Store, now: datetime, *, waited: bool, arrived: bool) -> None:
    """What waits has changed. `waited`: whether anything did before; `arrived`: whether something came."""
    card = await newest_card(session, store.team_id, store.id)
    keys = [] if card is None else [card.key]
    if arrived and (card is None or not waited or day_of(card.created_at) != day_of(now)):
        key = f"{InquiryCard.kind}/{store.id}/{now:%Y%m%d%H%M%S}"
        await post(session, store, InquiryCard(store=store.id), key=key, now=now)
    await enqueue_update(session, store.team_id, keys, now=now)
