"""Windows of days for inquiry queries. Pure functions; days are in Korea time."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tmon.clock import KST

MAX_WINDOW = timedelta(days=6)
"""From the first to the last day of a list query: seven days including both (docs/tmon-api.md, ch. 3)."""
OVERLAP = timedelta(days=3)
"""How far later runs read back before the last day that was read."""
_DAY = timedelta(days=1)

Window = tuple[date, date]


def day_of(moment: datetime) -> date:
    """Return the date in Korea."""
    return moment.astimezone(KST).date()


def windows(read_until: date | None, waiting: Iterable[date], today: date) -> list[Window]:
    """Return windows, oldest first, up to and including today, without a gap after `read_until`.

    They are preceded by windows over the seven days from each of `waiting`: old unanswered inquiries are queried again,
    to find out whether they have been answered.
    """
    start = today - MAX_WINDOW if read_until is None else min(read_until, today) - OVERLAP
    found = []
    covered = date.min
    for day in sorted(day for day in waiting if day < start):
        if covered < min(day + MAX_WINDOW, start - _DAY):
            begin = max(day, covered + _DAY)
            covered = min(begin + MAX_WINDOW, start - _DAY)
            found.append((begin, covered))
    while start <= today:
        found.append((start, min(start + MAX_WINDOW, today)))
        start += MAX_WINDOW + _DAY
    return found
