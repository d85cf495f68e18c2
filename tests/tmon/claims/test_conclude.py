"""How a claim ended, by its state at TMON, its deadline, and what was decided here."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tmon.claims.deadlines import deadline_of
from tmon.claims.storing import conclude
from tmon.models.claims import Claim, ClaimEnd, ClaimKind

REQUESTED = datetime(2026, 3, 10, 1, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def claim(kind: ClaimKind, status: str, **over: Any) -> Claim:
    """A claim asked for on a Tuesday morning."""
    values = {
        "team_id": "T1",
        "store_id": "st_1",
        "kind": kind,
        "claim_no": 1,
        "order_no": 2,
        "status": status,
        "requested_at": REQUESTED,
        "first_seen_at": REQUESTED,
        "read_at": REQUESTED,
        "updated_at": REQUESTED,
        **over,
    }
    return Claim(**values)


@pytest.mark.parametrize("kind", [ClaimKind.CANCEL, ClaimKind.RETURN, ClaimKind.EXCHANGE])
@pytest.mark.parametrize("field", ["completed_at", "approved_at"])
@pytest.mark.parametrize(
    ("after", "end"),
    [(-SECOND, ClaimEnd.ELSEWHERE), (timedelta(), ClaimEnd.AUTO_REFUNDED), (SECOND, ClaimEnd.AUTO_REFUNDED)],
)
def test_what_is_completed_without_us_was_decided_by_tmon_from_its_deadline_on(
    kind: ClaimKind, field: str, after: timedelta, end: ClaimEnd
) -> None:
    deadline = deadline_of(kind, REQUESTED)
    row = claim(kind, "C3", **{field: deadline + after})
    conclude(row, deadline + timedelta(days=2))
    assert (row.end, row.decided_by, row.deadline) == (end, None, deadline)
    assert row.ended_at == deadline + timedelta(days=2)
    assert row.remind_at is None


@pytest.mark.parametrize("kind", [ClaimKind.CANCEL, ClaimKind.RETURN, ClaimKind.EXCHANGE])
def test_what_was_approved_in_time_and_completed_after_the_deadline_was_not_decided_by_tmon(kind: ClaimKind) -> None:
    deadline = deadline_of(kind, REQUESTED)
    row = claim(kind, "C3", approved_at=deadline - SECOND, completed_at=deadline + timedelta(hours=5))
    conclude(row, deadline + timedelta(days=2))
    assert (row.end, row.decided_by) == (ClaimEnd.ELSEWHERE, None)


def test_a_redelivery_is_never_decided_by_tmon() -> None:
    row = claim(ClaimKind.REDELIVERY, "C3", completed_at=REQUESTED + timedelta(days=30))
    conclude(row, REQUESTED + timedelta(days=30))
    assert row.end is ClaimEnd.ELSEWHERE


@pytest.mark.parametrize(
    ("status", "end"), [("C8", ClaimEnd.WITHDRAWN), ("C9", ClaimEnd.ELSEWHERE), ("C4", ClaimEnd.UNPAID)]
)
def test_other_ends_without_us(status: str, end: ClaimEnd) -> None:
    row = claim(ClaimKind.CANCEL, status)
    conclude(row, REQUESTED)
    assert (row.end, row.ended_at) == (end, REQUESTED)


@pytest.mark.parametrize(
    ("status", "end"),
    [("C3", ClaimEnd.APPROVED), ("C9", ClaimEnd.REFUSED), ("C3", ClaimEnd.SOLD_OUT)],
)
def test_what_we_decided_stays_ours(status: str, end: ClaimEnd) -> None:
    late = REQUESTED + timedelta(days=9)
    row = claim(ClaimKind.CANCEL, status, end=end, decided_by="U1", decided_at=REQUESTED, completed_at=late)
    conclude(row, late)
    assert (row.end, row.decided_by) == (end, "U1")


def test_what_tmon_completes_although_we_refused_is_not_ours() -> None:
    row = claim(
        ClaimKind.RETURN, "C3", end=ClaimEnd.REFUSED, decided_by="U1", completed_at=REQUESTED + timedelta(days=8)
    )
    conclude(row, REQUESTED + timedelta(days=8))
    assert (row.end, row.decided_by) == (ClaimEnd.AUTO_REFUNDED, None)


def test_while_an_act_of_ours_is_under_way_nothing_is_concluded() -> None:
    row = claim(ClaimKind.CANCEL, "C3", act="approve", act_by="U1")
    conclude(row, REQUESTED)
    assert (row.end, row.ended_at) == (None, None)
    row.act = None
    conclude(row, REQUESTED)
    assert row.end is ClaimEnd.ELSEWHERE


@pytest.mark.parametrize("status", ["C1", "C2", "unknown"])
def test_an_open_claim_has_its_clock(status: str) -> None:
    row = claim(ClaimKind.CANCEL, status)
    conclude(row, REQUESTED)
    assert (row.end, row.ended_at, row.deadline) == (None, None, deadline_of(ClaimKind.CANCEL, REQUESTED))
