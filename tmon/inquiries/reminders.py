"""Reminding people of unanswered inquiries, each step once, in business hours.

A step is a number of calendar hours after an inquiry was asked; outside of business hours it waits for the next one. Several
steps that have come until then are one reminder, and all inquiries of a store that are due at once are one message.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.business_days import business_day_after, is_business_day
from tmon.clock import KST
from tmon.core import Core
from tmon.inquiries.cards import newest_card
from tmon.inquiries.messages import InquiryReminder
from tmon.models.inquiries import UNDER_WAY, Inquiry, Source
from tmon.models.stores import Store
from tmon.outbox import post
from tmon.scope import scope

OPENS, CLOSES = time(9), time(18)
"""Business hours, Korea."""
_STEPS = {Source.QUESTION: (24, 48), Source.CS: (4, 24)}
_URGENT_STEP = 1
"""Hours after which people are reminded of an inquiry."""


@dataclass(frozen=True)
class DueInquiries:
    """The inquiries of one reminder, as far as they are still unanswered."""

    store: Store
    inquiries: tuple[Inquiry, ...]
    """Urgent ones first, then the oldest."""


def steps(source: Source, *, urgent: bool) -> tuple[timedelta, ...]:
    """Return how long after it was asked people are reminded of an inquiry."""
    hours = (_URGENT_STEP, *_STEPS[source]) if urgent else _STEPS[source]
    return tuple(timedelta(hours=one) for one in hours)


def in_business_hours(at: datetime) -> datetime:
    """Return `at` if it is between 9 and 18 on a business day, else the next opening; in UTC."""
    local = at.astimezone(KST)
    day = local.date()
    if is_business_day(day) and local.time() < CLOSES:
        return max(local, datetime.combine(day, OPENS, KST)).astimezone(UTC)
    return datetime.combine(business_day_after(day, 1), OPENS, KST).astimezone(UTC)


def next_reminder(inquiry: Inquiry) -> datetime | None:
    """Return when people are reminded of `inquiry` next: of the first step that is not over; None: no more.

    What came before it was first seen was said when it arrived.
    """
    for step in steps(inquiry.source, urgent=inquiry.urgent)[inquiry.reminded :]:
        if inquiry.asked_at + step > inquiry.first_seen_at:
            return in_business_hours(inquiry.asked_at + step)
    return None


class InquiryReminders:
    """Reminds people of unanswered inquiries. Called every minute."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def __call__(self) -> None:
        """Enqueue what is due. What another transaction holds at the moment is taken a minute later.

        While its switch is off nobody knows whether an inquiry was answered elsewhere, so nobody is reminded of it.
        """
        now = self._clock()
        async with self._db.write() as session:
            rows = await session.execute(
                select(Inquiry, Store)
                .join(Store, and_(col(Store.team_id) == col(Inquiry.team_id), col(Store.id) == col(Inquiry.store_id)))
                .where(
                    col(Inquiry.answered_at).is_(None),
                    col(Inquiry.remind_at) <= now,
                    col(Inquiry.answer_state).not_in(UNDER_WAY),
                    col(Store.removed_at).is_(None),
                    col(Store.sync_on),
                    col(Store.cs_on),
                )
                .order_by(col(Inquiry.team_id), col(Inquiry.store_id), col(Inquiry.asked_at), col(Inquiry.number))
                .with_for_update(skip_locked=True, of=(Inquiry, Store))  # all that are due of a store are one message
            )
            due: dict[tuple[str, str], tuple[Store, Inquiry]] = {}
            for inquiry, store in rows:
                if _take(inquiry, now):
                    due.setdefault((store.team_id, store.id), (store, inquiry))
            for store, first in due.values():
                await _remind(session, store, first, now)

    async def due(self, team_id: str, args: InquiryReminder) -> DueInquiries:
        """Return what a reminder says now."""
        async with self._db.read() as session:
            store = await session.get_one(Store, (team_id, args.store))
            found = await session.scalars(
                select(Inquiry)
                .where(*scope(Inquiry, store), col(Inquiry.reminded_at) == args.at, col(Inquiry.answered_at).is_(None))
                .order_by(col(Inquiry.urgent).desc(), col(Inquiry.asked_at), col(Inquiry.number), col(Inquiry.part))
            )
            return DueInquiries(store, tuple(found))


def _take(inquiry: Inquiry, now: datetime) -> bool:
    """Whether people are to be reminded of `inquiry` now; notes that they are, and when they are next."""
    due = next_reminder(inquiry)
    if due is None or due > now:
        inquiry.remind_at = due
        return False
    over = [step for step in steps(inquiry.source, urgent=inquiry.urgent) if inquiry.asked_at + step <= now]
    inquiry.reminded = len(over)
    inquiry.reminded_at = now
    inquiry.remind_at = next_reminder(inquiry)
    return True


async def _remind(session: AsyncSession, store: Store, first: Inquiry, now: datetime) -> None:
    """`first`: one of those that are due, whose step names the message."""
    card = await newest_card(session, store.team_id, store.id)
    await post(
        session,
        store,
        InquiryReminder(store=store.id, at=now),
        key=f"{InquiryReminder.kind}/{store.id}/{first.source}/{first.number}/{first.part}/{first.reminded}",
        thread_key=None if card is None else card.key,
        now=now,
    )
