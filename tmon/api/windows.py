"""Time windows of order queries. Pure functions."""

from datetime import datetime, timedelta

MAX_WINDOW = timedelta(days=7)
"""Maximum span of a list query (docs/tmon-api.md, ch. 3)."""
MIN_AGE = timedelta(minutes=30, seconds=5)
"""Order lists must end more than 30 minutes ago (docs/tmon-api.md, ch. 9.2); 5 s for clock differences."""
INITIAL_LOOKBACK = timedelta(days=7)
"""How far the first run of a store reads back."""
OVERLAP = timedelta(days=3)
"""How far later runs read back before the watermark: payment may follow an order by days."""


def order_windows(watermark: datetime | None, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return windows, oldest first, from the watermark minus the overlap to the latest permitted end.

    Each is at most 7 days long; there are no gaps, however long the bot was down.
    """
    end = now - MIN_AGE
    start = end - INITIAL_LOOKBACK if watermark is None else min(watermark, end) - OVERLAP
    return split(start, end)


def split(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """Split `start` to `end` into windows of at most 7 days, oldest first."""
    windows = []
    while start < end:
        windows.append((start, min(start + MAX_WINDOW, end)))
        start += MAX_WINDOW
    return windows
