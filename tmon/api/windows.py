"""From when to when orders are asked for. Pure functions."""

from datetime import datetime, timedelta

MAX_WINDOW = timedelta(days=7)
"""No list may span more (docs/tmon-api.md, ch. 3)."""
MIN_AGE = timedelta(minutes=30, seconds=5)
"""Order lists must end more than 30 minutes ago (docs/tmon-api.md, ch. 9.2); 5 s for clocks that differ."""
INITIAL_LOOKBACK = timedelta(days=7)
"""How far the first run of a store looks back."""
OVERLAP = timedelta(days=3)
"""How far later runs look back behind the watermark: payments may follow an order by days."""


def order_windows(watermark: datetime | None, now: datetime) -> list[tuple[datetime, datetime]]:
    """Windows, oldest first, that lead from the watermark (less the overlap) up to what may be asked now.

    Each is at most 7 days long; together they leave no gap, however long the bot was away.
    """
    end = now - MIN_AGE
    start = end - INITIAL_LOOKBACK if watermark is None else min(watermark, end) - OVERLAP
    return split(start, end)


def split(start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """`start` to `end` in windows of at most 7 days, oldest first."""
    windows = []
    while start < end:
        windows.append((start, min(start + MAX_WINDOW, end)))
        start += MAX_WINDOW
    return windows
