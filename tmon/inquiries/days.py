"""Which days inquiries are asked for. Pure functions; days are those of Korea."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tmon.clock import KST

LONGEST = timedelta(days=6)
"""From the first to the last day of a list: seven days, the last included (docs/tmon-api.md, ch. 3)."""
OVERLAP = timedelta(days=3)
"""How far later runs look back behind what was read."""
_DAY = timedelta(days=1)

Window = tuple[date, date]


def day_of(moment: datetime) -> date:
    """The day in Korea."""
    return moment.astimezone(KST).date()


def windows(read_until: date | None, waiting: Iterable[date], today: date) -> list[Window]:
    """Windows, oldest first, up to and with today, that leave no gap behind `read_until`.

    Before them come those with the seven days from each of `waiting` on: inquiries that nobody has answered for long are
    asked for again, to see whether somebody has.
    """
    start = today - LONGEST if read_until is None else min(read_until, today) - OVERLAP
    found = []
    covered = date.min
    for day in sorted(day for day in waiting if day < start):
        if covered < min(day + LONGEST, start - _DAY):
            begin = max(day, covered + _DAY)
            covered = min(begin + LONGEST, start - _DAY)
            found.append((begin, covered))
    while start <= today:
        found.append((start, min(start + LONGEST, today)))
        start += LONGEST + _DAY
    return found
