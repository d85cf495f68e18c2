"""The injected clock: every datetime in the code is aware and in UTC."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the current time, aware and in UTC."""

KST = ZoneInfo("Asia/Seoul")
"""TMON's time zone: no date-time of its API has an offset (docs/tmon-api.md, ch. 3)."""


def system_clock() -> datetime:
    """Return the current time of the machine, aware and in UTC."""
    return datetime.now(UTC)
