"""The shops of the playground at each hour of a day: what has ended there was decided in time."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.playground.tmon.demo import demo_sandbox


@pytest.mark.parametrize("hour", range(24))
def test_what_is_cancelled_was_decided_before_tmon_would_have(hour: int) -> None:
    now = datetime(2026, 11, 27, hour, 49, tzinfo=UTC)
    sandbox = demo_sandbox(lambda: now)
    ended = [claim for claim in sandbox.claims.values() if not claim.open]
    assert ended
    for claim in ended:
        assert claim.deadline
        assert claim.approved_at
        assert claim.completed_at
        assert claim.requested_at < claim.approved_at <= claim.completed_at < min(claim.deadline, now)


@pytest.mark.parametrize("hour", range(24))
def test_what_waits_for_a_decision_waits_for_hours_yet(hour: int) -> None:
    now = datetime(2026, 11, 27, hour, 49, tzinfo=UTC)
    claims = demo_sandbox(lambda: now).claims.values()
    deadlines = [claim.deadline for claim in claims if claim.open and claim.deadline]
    assert deadlines
    assert min(deadlines) > now + timedelta(hours=20)
