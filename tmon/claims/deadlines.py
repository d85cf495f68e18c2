"""When TMON decides a claim by itself (docs/tmon-api.md, ch. 10.6–10.8).

TMON's deadlines run in calendar time: weekends and holidays count, and a seller's closed days move nothing. TMON has none for
redeliveries; there the end of the third business day after the request is our own, and is shown as ours.
"""

from datetime import UTC, datetime, time, timedelta

from tmon import business_days
from tmon.api import ClaimStatus
from tmon.clock import KST
from tmon.models.claims import Claim, ClaimKind

CANCEL_AFTER = timedelta(days=1)
CANCEL_TIME = time(23, 0, tzinfo=KST)
RETURN_AFTER = timedelta(days=7)
"""Counted from the moment of the request."""
EXCHANGE_AFTER = timedelta(days=5)
"""Days from the request until a return waybill must exist."""
RETURNED_AFTER = timedelta(days=2)
"""Days from the return waybill until an exchange must be done."""
EXCHANGE_TIME = time(22, 0, tzinfo=KST)

CANCEL_REMINDER = time(22, 0, tzinfo=KST)
"""On the day of the deadline, an hour before it."""
MORNING = time(10, 0, tzinfo=KST)
RETURN_REMINDER_DAYS = (5, 6)
"""Days after the request."""
BEFORE_A_DAY_OFF = time(17, 0, tzinfo=KST)
"""One more, on the last business day before a deadline that is on a day off."""
LATE_REMINDER = timedelta(hours=1)
"""After so long one that is not the last is left out."""


def deadline_of(kind: ClaimKind, requested_at: datetime, return_waybill_at: datetime | None = None) -> datetime:
    """Return when TMON decides a claim by itself, in UTC; of a redelivery, when it should be done by our own rule.

    `return_waybill_at` is when the return waybill of an exchange was registered, if it was.
    """
    if kind is ClaimKind.CANCEL:
        return _at(requested_at, CANCEL_AFTER, CANCEL_TIME)
    if kind is ClaimKind.RETURN:
        return requested_at.astimezone(UTC) + RETURN_AFTER
    if kind is ClaimKind.REDELIVERY:
        return business_days.ship_by(requested_at)
    if return_waybill_at is not None:
        return _at(return_waybill_at, RETURNED_AFTER, EXCHANGE_TIME)
    return _at(requested_at, EXCHANGE_AFTER, EXCHANGE_TIME)


def is_own(kind: ClaimKind) -> bool:
    """Whether the deadline of this kind is our own rule and not TMON's."""
    return kind is ClaimKind.REDELIVERY


def is_tmons_own_decision(kind: ClaimKind, decided_at: datetime, deadline: datetime) -> bool:
    """Whether a claim that was completed without an act of ours was decided by TMON itself, and not in the partner centre."""
    return not is_own(kind) and decided_at >= deadline


def reminders_of(kind: ClaimKind, requested_at: datetime, deadline: datetime) -> tuple[datetime, ...]:
    """Return when people are reminded of a claim's deadline, in UTC, earliest first."""
    if kind is ClaimKind.RETURN:
        return tuple(_at(requested_at, timedelta(days=days), MORNING) for days in RETURN_REMINDER_DAYS)
    last = _at(deadline, timedelta(), CANCEL_REMINDER if kind is ClaimKind.CANCEL else MORNING)
    day = deadline.astimezone(KST).date()
    if business_days.is_business_day(day):
        return (last,)
    extra = datetime.combine(business_days.business_day_before(day), BEFORE_A_DAY_OFF).astimezone(UTC)
    return (extra, last) if extra > requested_at else (last,)


def next_reminder(claim: Claim, now: datetime) -> datetime | None:
    """Return when to remind people next of an open claim with a deadline; None: no more.

    Each reminder is given once (`Claim.reminded_at`). The last one stays until the deadline, also if its time has passed; an
    earlier one is left out if its time had passed when the claim was first seen, or passed more than an hour ago.
    """
    if claim.status == ClaimStatus.C2 or claim.deadline is None or now >= claim.deadline:
        return None  # approved already, by whomever
    given = claim.reminded_at
    moments = reminders_of(claim.kind, claim.requested_at, claim.deadline)
    left = [moment for moment in moments if given is None or moment > given]
    after = max(claim.first_seen_at, now - LATE_REMINDER)
    return next((moment for moment in left if moment > after), left[-1] if left else None)


def _at(moment: datetime, after: timedelta, at: time) -> datetime:
    return datetime.combine(moment.astimezone(KST).date() + after, at).astimezone(UTC)
