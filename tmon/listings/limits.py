"""TMON's limit of calls that create or change one deal: when the next one may leave. Pure."""

from collections.abc import Sequence
from datetime import datetime

from tmon.api.deal_limits import CALLS_PER_DEAL, CALLS_SPAN
from tmon.database import utc
from tmon.due_times import over


def free_at(calls: Sequence[str], now: datetime) -> datetime | None:
    """Return when the next call may leave, after `calls` (`ListedProduct.calls`); None: now.

    Calls that lie ahead were made before the clock was set back, and count no more.
    """
    lately = _within_span(calls, now)
    return None if len(lately) < CALLS_PER_DEAL else lately[-CALLS_PER_DEAL] + CALLS_SPAN


def with_call(calls: Sequence[str], now: datetime) -> list[str]:
    """Return the calls that still count, and one that leaves now."""
    return [one.isoformat() for one in (*_within_span(calls, now)[-CALLS_PER_DEAL + 1 :], utc(now))]


def _within_span(calls: Sequence[str], now: datetime) -> list[datetime]:
    return [at for one in calls if not over(at := utc(datetime.fromisoformat(one)), now, CALLS_SPAN)]
