"""Time as the code sees it: aware UTC, from a clock that is handed in."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

Clock = Callable[[], datetime]
"""Returns the present moment, aware and in UTC."""

KST = ZoneInfo("Asia/Seoul")
"""TMON's time zone: no string on its wire bears an offset (docs/tmon-api.md, ch. 3)."""


def system_clock() -> datetime:
    """The machine's clock, aware UTC."""
    return datetime.now(UTC)
