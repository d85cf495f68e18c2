"""Deadlines of claims in calendar time, and when people are reminded of them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.claims.deadlines import deadline_of, is_tmons_own_decision, next_reminder, reminders_of
from tmon.clock import KST
from tmon.models.claims import Claim, ClaimKind

C, R, X, D = ClaimKind.CANCEL, ClaimKind.RETURN, ClaimKind.EXCHANGE, ClaimKind.REDELIVERY


def kst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def claim_of(kind: ClaimKind, requested_at: datetime, seen_at: datetime) -> Claim:
    return Claim(
        team_id="T1",
        store_id="st_1",
        kind=kind,
        claim_no=1,
        order_no=1,
        status="C1",
        requested_at=requested_at,
        deadline=deadline_of(kind, requested_at),
        first_seen_at=seen_at,
        read_at=seen_at,
        updated_at=seen_at,
    )


DEADLINES = [
    (C, "2026-11-25 00:00:00", "2026-11-26 23:00"),
    (C, "2026-11-25 23:59:59", "2026-11-26 23:00"),
    (C, "2026-11-27 23:50", "2026-11-28 23:00"),  # a Friday; nobody works on the day of the deadline
    (C, "2026-09-23 16:00", "2026-09-24 23:00"),  # Chuseok's eve
    (C, "2026-09-25 09:00", "2026-09-26 23:00"),  # Chuseok
    (C, "2027-02-06 09:00", "2027-02-07 23:00"),  # Seollal
    (C, "2026-12-31 23:59", "2027-01-01 23:00"),
    (C, "2028-02-28 12:00", "2028-02-29 23:00"),
    (R, "2026-11-20 13:14:15", "2026-11-27 13:14:15"),
    (R, "2026-09-20 08:00", "2026-09-27 08:00"),  # over Chuseok
    (R, "2026-12-28 00:00:01", "2027-01-04 00:00:01"),
    (X, "2026-11-20 09:00", "2026-11-25 22:00"),
    (X, "2026-11-20 23:59", "2026-11-25 22:00"),
    (X, "2026-09-20 09:00", "2026-09-25 22:00"),
    (X, "2026-12-29 10:00", "2027-01-03 22:00"),
    (D, "2026-11-20 09:00", "2026-11-25 23:59:59"),  # Friday: Monday to Wednesday
    (D, "2026-09-23 09:00", "2026-09-30 23:59:59"),  # Chuseok (24, 25) and a weekend
    (D, "2027-02-05 09:00", "2027-02-12 23:59:59"),  # Seollal (6 to 8) and its substitute
    (D, "2026-12-30 09:00", "2027-01-05 23:59:59"),
]


@pytest.mark.parametrize(("kind", "requested", "deadline"), DEADLINES)
def test_a_claim_is_decided_at_its_time_in_korea(kind: ClaimKind, requested: str, deadline: str) -> None:
    assert deadline_of(kind, kst(requested)) == kst(deadline)


@pytest.mark.parametrize(
    ("waybill", "deadline"),
    [
        ("2026-11-21 00:10", "2026-11-23 22:00"),
        ("2026-11-27 23:50", "2026-11-29 22:00"),
        ("2026-12-30 10:00", "2027-01-01 22:00"),
    ],
)
def test_an_exchange_has_two_days_after_its_return_waybill(waybill: str, deadline: str) -> None:
    assert deadline_of(X, kst("2026-11-20 09:00"), kst(waybill)) == kst(deadline)


def test_a_return_waybill_moves_only_an_exchange() -> None:
    requested, waybill = kst("2026-11-20 09:00"), kst("2026-11-24 09:00")
    assert all(deadline_of(kind, requested, waybill) == deadline_of(kind, requested) for kind in (C, R, D))


@given(
    st.sampled_from(list(ClaimKind)), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1), timezones=st.just(KST))
)
def test_every_claim_has_a_deadline_and_is_reminded_of_between_its_request_and_then(
    kind: ClaimKind, requested: datetime
) -> None:
    deadline = deadline_of(kind, requested)
    moments = reminders_of(kind, requested, deadline)
    assert requested < deadline
    assert moments
    assert list(moments) == sorted(set(moments))
    assert all(requested < moment < deadline for moment in moments)


@pytest.mark.parametrize(
    ("kind", "requested", "moments"),
    [
        (C, "2026-11-25 10:00", ["2026-11-26 22:00"]),  # Wednesday
        (C, "2026-11-27 10:00", ["2026-11-27 17:00", "2026-11-28 22:00"]),  # Friday
        (C, "2026-11-27 17:00", ["2026-11-28 22:00"]),
        (C, "2026-11-27 23:50", ["2026-11-28 22:00"]),
        (C, "2026-11-28 10:00", ["2026-11-29 22:00"]),  # Saturday: no business day left
        (C, "2026-11-29 10:00", ["2026-11-30 22:00"]),
        (C, "2026-09-23 10:00", ["2026-09-23 17:00", "2026-09-24 22:00"]),  # before Chuseok
        (C, "2026-09-25 10:00", ["2026-09-26 22:00"]),
        (C, "2027-02-05 10:00", ["2027-02-05 17:00", "2027-02-06 22:00"]),  # before Seollal
        (C, "2027-02-08 10:00", ["2027-02-09 22:00"]),
        (C, "2026-12-31 10:00", ["2026-12-31 17:00", "2027-01-01 22:00"]),
        (R, "2026-11-20 23:50", ["2026-11-25 10:00", "2026-11-26 10:00"]),
        (R, "2026-11-20 00:10", ["2026-11-25 10:00", "2026-11-26 10:00"]),
        (R, "2026-12-27 08:00", ["2027-01-01 10:00", "2027-01-02 10:00"]),
        (X, "2026-11-20 09:00", ["2026-11-25 10:00"]),
        (X, "2026-11-24 09:00", ["2026-11-27 17:00", "2026-11-29 10:00"]),  # ends on a Sunday
        (X, "2026-09-20 09:00", ["2026-09-23 17:00", "2026-09-25 10:00"]),
        (D, "2026-11-20 09:00", ["2026-11-25 10:00"]),
    ],
)
def test_people_are_reminded_at(kind: ClaimKind, requested: str, moments: list[str]) -> None:
    assert list(reminders_of(kind, kst(requested), deadline_of(kind, kst(requested)))) == [kst(one) for one in moments]


@pytest.mark.parametrize(
    ("now", "given", "expected"),
    [
        ("2026-11-27 10:05", None, "2026-11-27 17:00"),
        ("2026-11-27 17:59", None, "2026-11-27 17:00"),
        ("2026-11-27 18:00", None, "2026-11-28 22:00"),  # the extra one is an hour late
        ("2026-11-27 17:01", "2026-11-27 17:00", "2026-11-28 22:00"),
        ("2026-11-27 10:05", "2026-11-27 17:00", "2026-11-28 22:00"),  # the clock was set back
        ("2026-11-28 22:30", None, "2026-11-28 22:00"),  # the last one stays
        ("2026-11-28 22:30", "2026-11-28 22:00", None),
        ("2026-11-28 23:00", None, None),
        ("2026-11-29 10:00", None, None),
    ],
)
def test_the_next_reminder_is_the_first_that_was_not_given(now: str, given: str | None, expected: str | None) -> None:
    claim = claim_of(C, kst("2026-11-27 10:00"), kst("2026-11-27 10:01"))
    claim.reminded_at = None if given is None else kst(given)
    assert next_reminder(claim, kst(now)) == (expected and kst(expected))


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ("2026-11-27 16:59", "2026-11-27 17:00"),
        ("2026-11-27 17:00", "2026-11-28 22:00"),
        ("2026-11-27 17:05", "2026-11-28 22:00"),
        ("2026-11-28 22:10", "2026-11-28 22:00"),
        ("2026-11-28 23:10", None),
    ],
)
def test_a_time_that_had_passed_when_a_claim_was_first_seen_is_left_out(seen: str, expected: str | None) -> None:
    claim = claim_of(C, kst("2026-11-27 16:50"), kst(seen))
    assert next_reminder(claim, kst(seen)) == (expected and kst(expected))


def test_of_what_is_approved_nobody_is_reminded() -> None:
    claim = claim_of(C, kst("2026-11-27 10:00"), kst("2026-11-27 10:01"))
    claim.status = "C2"
    assert next_reminder(claim, kst("2026-11-27 10:05")) is None


@pytest.mark.parametrize(("seconds", "own"), [(-1, False), (0, True), (1, True), (600, True)])
def test_what_is_completed_at_the_deadline_or_later_was_tmons_own_decision(seconds: int, own: bool) -> None:
    deadline = deadline_of(C, kst("2026-11-25 10:00"))
    assert is_tmons_own_decision(C, deadline + timedelta(seconds=seconds), deadline) is own


def test_tmon_decides_no_redelivery_by_itself() -> None:
    deadline = deadline_of(D, kst("2026-11-25 10:00"))
    assert not is_tmons_own_decision(D, deadline + timedelta(days=1), deadline)
