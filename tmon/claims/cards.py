"""Which message shows a claim: a card of its own, or one message about many new ones."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.claims.messages import ClaimBatch, ClaimCard
from tmon.ids import new_id
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store
from tmon.outbox import enqueue_update, keys_in_channel, post
from tmon.scope import same_key, scope

MOST_CARDS = 5
"""New claims of one run that get cards of their own; more are told in one message."""


def claim_key(store_id: str, kind: ClaimKind, claim_no: int) -> str:
    """Return the outbox key of a claim's own card."""
    return f"claim/{store_id}/{kind.value}/{claim_no}"


def batch_key(batch_id: str) -> str:
    """Return the outbox key of a message about many claims."""
    return f"claims/{batch_id}"


def card_key(claim: Claim) -> str | None:
    """Return the outbox key of the message that shows `claim`; None if there is none."""
    if claim.batch_id is not None:
        return batch_key(claim.batch_id)
    return claim_key(claim.store_id, claim.kind, claim.claim_no) if claim.has_card else None


async def redraw_cards(session: AsyncSession, claims: Iterable[Claim], now: datetime) -> None:
    """Enqueue updates of the messages that show these claims."""
    keys: dict[str, set[str]] = {}
    for claim in claims:
        if (key := card_key(claim)) is not None:
            keys.setdefault(claim.team_id, set()).add(key)
    for team_id, wanted in keys.items():
        await enqueue_update(session, team_id, sorted(wanted), now=now)


async def post_new(
    session: AsyncSession, store: Store, began: datetime, news: Collection[ClaimKind], now: datetime
) -> int:
    """Post the claims that nobody was told of: those that are open, and those decided without us that a run which began then
    was the first to see. Returns how many. The caller has locked the store's row, or two runs tell the same.

    `news`: kinds of which ended claims are news: not those that were read for the first time. A cancel that was completed
    before anybody saw it is told only if its order was confirmed: the goods may be packed.
    """
    confirmed = (
        select(col(Order.order_no))
        .where(
            col(Order.team_id) == col(Claim.team_id),
            col(Order.store_id) == col(Claim.store_id),
            col(Order.order_no) == col(Claim.order_no),
            or_(col(Order.state) == OrderState.CONFIRMED, col(Order.confirmed_at).is_not(None)),
        )
        .exists()
    )
    decided = and_(
        col(Claim.first_seen_at) >= began,
        col(Claim.kind).in_(news),
        col(Claim.end).in_((ClaimEnd.AUTO_REFUNDED, ClaimEnd.ELSEWHERE)),
        col(Claim.status) == "C3",
        or_(col(Claim.kind) != ClaimKind.CANCEL, confirmed),
    )
    found = list(
        await session.scalars(
            select(Claim)
            .where(*scope(Claim, store), ~col(Claim.has_card), or_(col(Claim.ended_at).is_(None), decided))
            .order_by(col(Claim.deadline).nulls_last(), col(Claim.claim_no))
        )
    )
    if len(found) > MOST_CARDS:
        await _post_together(session, store, found, now)
        return len(found)
    for claim in found:
        claim.has_card = True
        message = ClaimCard(store=store.id, claim_kind=claim.kind, claim=claim.claim_no)
        await post(session, store, message, key=claim_key(store.id, claim.kind, claim.claim_no), now=now)
    return len(found)


async def _post_together(session: AsyncSession, store: Store, claims: Sequence[Claim], now: datetime) -> None:
    batch_id = new_id("cb")
    for claim in claims:
        claim.has_card, claim.batch_id = True, batch_id
    await session.flush()
    await post(session, store, ClaimBatch(store=store.id, batch=batch_id), key=batch_key(batch_id), now=now)


async def move_open(session: AsyncSession, store: Store, now: datetime) -> None:
    """Show the open claims whose messages are not in the channel of `store` there, in one message; the old ones point to it."""
    by_key: dict[str, list[Claim]] = {}
    for claim in await session.scalars(
        select(Claim).where(*scope(Claim, store), col(Claim.has_card), col(Claim.ended_at).is_(None))
    ):
        if (key := card_key(claim)) is not None:
            by_key.setdefault(key, []).append(claim)
    for key in await keys_in_channel(session, store, by_key):
        del by_key[key]
    moved = [claim for found in by_key.values() for claim in found]
    if moved:
        await _post_together(session, store, moved, now)
        await enqueue_update(session, store.team_id, by_key, now=now)


async def redraw_with_orders(session: AsyncSession, store: Store, now: datetime) -> None:
    """Enqueue updates of open claims whose orders were stored only after them: now they say how much of them it is."""
    rows = await session.scalars(
        select(Claim)
        .join(Order, same_key(Order, Claim, "order_no"))
        .where(*scope(Claim, store), col(Claim.ended_at).is_(None), col(Order.first_seen_at) >= col(Claim.updated_at))
    )
    claims = list(rows)
    for claim in claims:
        claim.updated_at = now
    await redraw_cards(session, claims, now)
