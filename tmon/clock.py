"""The injected clock: every datetime in the code is aware and in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the current time, aware and in UTC."""

KST = ZoneInfo("Asia/Seoul")
"""TMON's time zone: no date-time of its API has an offset (docs/tmon-api.md, ch. 3)."""


class ElapsedTime:
    """Seconds that have passed by a clock, for waits inside the process. A clock that is set back stops no wait."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = clock()
        self._seconds = 0.0

    def __call__(self) -> float:
        """Return the seconds since the start; never less than before."""
        now = self._clock()
        self._seconds += max(0.0, (now - self._last).total_seconds())
        self._last = now
        return self._seconds


def system_clock() -> datetime:
    """Return the current time of the machine, aware and in UTC."""
    return datetime.now(UTC)
