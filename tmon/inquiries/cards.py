"""The inquiry card: one current card per store, edited in place.

It is posted again when an inquiry arrives and none was unanswered before, or on a new day. Whoever arrives beside others
that wait is announced by a short message of its own.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.inquiries.days import day_of
from tmon.inquiries.messages import InquiriesArrived, InquiryCard
from tmon.models.inquiries import Inquiry
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, post


def unanswered(team_id: str, store_id: str) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an unanswered inquiry of a store."""
    return (
        col(Inquiry.team_id) == team_id,
        col(Inquiry.store_id) == store_id,
        col(Inquiry.answered_at).is_(None),
    )


async def waiting_count(session: AsyncSession, team_id: str, store_id: str, *, only_urgent: bool = False) -> int:
    """Return the number of unanswered inquiries of a store, of all or of the urgent ones."""
    which = [*unanswered(team_id, store_id), *([col(Inquiry.urgent)] if only_urgent else [])]
    return await session.scalar(select(func.count()).select_from(Inquiry).where(*which)) or 0


async def newest_card(session: AsyncSession, team_id: str, store_id: str) -> OutboxMessage | None:
    """Return the current card, or None; older cards only link to it."""
    found: OutboxMessage | None = await session.scalar(
        select(OutboxMessage)
        .where(
            col(OutboxMessage.team_id) == team_id,
            col(OutboxMessage.store_id) == store_id,
            # as its index says it: not as a parameter, of which nobody knows what it will be
            col(OutboxMessage.kind) == literal_column(f"'{InquiryCard.kind}'"),
        )
        .order_by(col(OutboxMessage.key).desc())
        .limit(1)
    )
    return found


async def redraw_card(session: AsyncSession, team_id: str, store_id: str, now: datetime) -> None:
    """Draw the current card of a store anew."""
    card = await newest_card(session, team_id, store_id)
    await enqueue_update(session, team_id, [] if card is None else [card.key], now=now)


async def update_card(
    session: AsyncSession, store: Store, now: datetime, *, waited: bool, arrived: bool, reopened: bool = False
) -> None:
    """Update the card. `waited`: whether any inquiry was unanswered before; `arrived`: whether one has arrived;
    `reopened`: whether one waits again that was answered, which only a new card tells."""
    card = await newest_card(session, store.team_id, store.id)
    keys = [] if card is None else [card.key]
    anew = card is None or not waited or day_of(card.created_at) != day_of(now)
    if (arrived and anew) or reopened:
        key = f"{InquiryCard.kind}/{store.id}/{now:%Y%m%d%H%M%S}"
        await post(session, store, InquiryCard(store=store.id), key=key, now=now)
    await enqueue_update(session, store.team_id, keys, now=now)


async def announce(session: AsyncSession, store: Store, began: datetime, now: datetime) -> None:
    """Enqueue the message about the new inquiries of a run that began then, unless it posted the card anew.

    One message per run: what a later part of the run brings is added to it.
    """
    card = await newest_card(session, store.team_id, store.id)
    if card is None or card.created_at >= began:
        return
    key = f"{InquiriesArrived.kind}/{store.id}/{began:%Y%m%d%H%M%S}"
    await enqueue_update(session, store.team_id, [key], now=now)
    await post(session, store, InquiriesArrived(store=store.id, at=began), key=key, now=now)


async def move_card(session: AsyncSession, store: Store, now: datetime) -> None:
    """Post the card in the channel of `store` if inquiries wait and it is somewhere else; the old one links to it."""
    card = await newest_card(session, store.team_id, store.id)
    if card is None or store.channel_id in (card.channel, card.destination if card.ts is None else None):
        return
    if await waiting_count(session, store.team_id, store.id):
        key = (
            f"{InquiryCard.kind}/{store.id}/{now:%Y%m%d%H%M%S}/{store.channel_id}"  # sorts after a card of this second
        )
        await post(session, store, InquiryCard(store=store.id), key=key, now=now)
        await enqueue_update(session, store.team_id, [card.key], now=now)
