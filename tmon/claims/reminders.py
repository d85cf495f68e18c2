"""Reminding people of claims before TMON decides by itself, each time exactly once (docs/tmon-api.md, ch. 10.6–10.8).

A reminder and its message are one transaction. It is never held back by quiet hours: at 22:00 an hour is left for a cancel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.claims.cards import card_key, claim_key
from tmon.claims.deadlines import next_reminder
from tmon.claims.messages import ClaimReminder, ClaimsDue
from tmon.core import Core
from tmon.due_times import LOOK_BACK
from tmon.models.claims import Claim
from tmon.models.stores import Store
from tmon.outbox import enqueue_passed, post
from tmon.presence import is_present

MOST_SINGLE = 5
"""Claims of one channel that get a reply each; of more that are due at once people are told in one message."""

_Key = tuple[str, str]
"""Workspace and store, or workspace and channel."""
_Due = tuple[Claim, datetime]
"""A claim, and since when people are to be reminded of it."""


@dataclass(frozen=True)
class DueClaims:
    """The claims of a message about many, as far as they are still open."""

    stores: tuple[Store, ...]
    """Those that have one of them."""
    claims: tuple[Claim, ...]
    """The most urgent first."""


class ClaimReminders:
    """Reminds people of open claims. Called every minute."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def __call__(self) -> None:
        """Enqueue what is due. What another transaction holds at the moment is taken a minute later."""
        now = self._clock()
        async with self._db.write() as session:
            rows = await session.scalars(
                select(Claim)
                .where(col(Claim.ended_at).is_(None), col(Claim.remind_at) <= now, is_present(col(Claim.team_id)))
                .order_by(col(Claim.deadline), col(Claim.store_id), col(Claim.claim_no))
                .with_for_update(skip_locked=True)
            )
            taken = [(claim, due_at) for claim in rows if (due_at := _take(claim, now)) is not None]
            stores = await _stores(session, [claim for claim, _ in taken])
            channels: dict[_Key, list[_Due]] = {}
            for claim, due_at in taken:
                store = stores[claim.team_id, claim.store_id]
                if store.removed_at is None:
                    channels.setdefault((store.team_id, store.channel_id), []).append((claim, due_at))
            for (_, channel_id), due in channels.items():
                if len(due) > MOST_SINGLE:
                    await _post_together(session, stores, channel_id, due, now)
                else:
                    await _post_each(session, stores, due, now)

    async def redraw_passed(self) -> None:
        """Enqueue an update of each card whose deadline has passed since it was drawn, so that it says so."""
        now = self._clock()
        async with self._db.read() as session:
            found = await session.scalars(
                select(Claim)
                .where(
                    col(Claim.ended_at).is_(None),
                    col(Claim.has_card),
                    col(Claim.deadline) > now - LOOK_BACK,
                    col(Claim.deadline) <= now,
                )
                .order_by(col(Claim.deadline))
            )
            passed: dict[str, dict[str, datetime]] = {}
            for claim in found:
                if (key := card_key(claim)) is not None and claim.deadline is not None:
                    passed.setdefault(claim.team_id, {})[key] = claim.deadline
        if passed:
            async with self._db.write() as session:
                for team_id, cards in passed.items():
                    await enqueue_passed(session, team_id, cards, now=now)

    async def due(self, team_id: str, args: ClaimsDue) -> DueClaims:
        """Return what a message about many claims says now."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Claim)
                .where(
                    col(Claim.team_id) == team_id,
                    col(Claim.store_id).in_(args.stores),
                    col(Claim.reminded_at) == args.at,
                    col(Claim.ended_at).is_(None),
                )
                .order_by(col(Claim.deadline), col(Claim.store_id), col(Claim.claim_no))
            )
            claims = tuple(rows)
            stores = await _stores(session, claims)
        return DueClaims(tuple(sorted(stores.values(), key=lambda store: store.name_key)), claims)


def _take(claim: Claim, now: datetime) -> datetime | None:
    """Return since when people are to be reminded of `claim`, if they are now; notes that they are, and when they are next."""
    if claim.act is not None and not claim.act_unknown:
        return None  # somebody is just deciding it
    due = next_reminder(claim, now)
    if due is None or due > now:
        claim.remind_at = due
        return None
    claim.reminded_at = now
    claim.remind_at = next_reminder(claim, now)
    return due


async def _stores(session: AsyncSession, claims: Sequence[Claim]) -> dict[_Key, Store]:
    keys = {(claim.team_id, claim.store_id) for claim in claims}
    if not keys:
        return {}
    rows = await session.scalars(select(Store).where(tuple_(col(Store.team_id), col(Store.id)).in_(keys)))
    return {(store.team_id, store.id): store for store in rows}


async def _post_each(session: AsyncSession, stores: Mapping[_Key, Store], due: Sequence[_Due], now: datetime) -> None:
    for claim, due_at in due:
        await post(
            session,
            stores[claim.team_id, claim.store_id],
            ClaimReminder(store=claim.store_id, claim_kind=claim.kind, claim=claim.claim_no),
            key=_reminder(claim, due_at),
            thread_key=card_key(claim),
            now=now,
        )


async def _post_together(
    session: AsyncSession, stores: Mapping[_Key, Store], channel_id: str, due: Sequence[_Due], now: datetime
) -> None:
    named = list(dict.fromkeys(claim.store_id for claim, _ in due))
    first, due_at = due[0]
    message = ClaimsDue(stores=named, at=now)
    key = f"{ClaimsDue.kind}/{channel_id}/{_reminder(first, due_at)}"  # each claim is in one message about its reminder
    await post(session, stores[first.team_id, named[0]], message, key=key, now=now)


def _reminder(claim: Claim, due_at: datetime) -> str:
    """Return what names a reminder: the claim, and since when it is due."""
    return f"reminder/{claim_key(claim.store_id, claim.kind, claim.claim_no)}/{due_at:%Y%m%d%H%M%S}"
