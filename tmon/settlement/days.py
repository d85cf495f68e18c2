"""When the settlement of a day is read. Pure functions; days are Korea's, moments aware UTC.

A day is read on the day after it and on each of the seven days after that, and once more on the 1st, the 5th and the 10th of
the next month: TMON adds late rows and corrects earlier ones.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tmon.clock import KST

AGAIN_DAYS = 7
"""For so many days a day is read again after the first time."""
MONTH_READ_ON = (1, 5, 10)
"""Days of a month on which the whole month before it is read."""
LONGEST_GAP = timedelta(days=400)
"""How far back missed days are made up."""
_DAY = timedelta(days=1)


def day_of(moment: datetime) -> date:
    """Return the date in Korea."""
    return moment.astimezone(KST).date()


def first_day(today: date) -> date:
    """Return the first day that the first run of a store reads: the first of last month."""
    return (today.replace(day=1) - _DAY).replace(day=1)


def new_days(planned: Collection[date], earlier: date | None, now: datetime) -> list[date]:
    """Return the days up to yesterday that are to be planned: of this and last month, and of an absence before these.

    `planned`: the days of this and last month that are planned; `earlier`: the last planned one before them.
    """
    today = day_of(now)
    start = first_day(today)
    if earlier is not None:
        start = min(start, max(earlier + _DAY, today - LONGEST_GAP))
    return [day for n in range((today - start).days) if (day := start + n * _DAY) not in planned]


class Timetable:
    """The moments at which days are read."""

    def __init__(self, at: time, zone: ZoneInfo) -> None:
        """`at`: the time of day of readings, in `zone`."""
        self._at = at
        self._zone = zone

    def moments(self, day: date) -> list[datetime]:
        """Return all moments at which `day` is read, in order."""
        next_month = (day.replace(day=1) + 31 * _DAY).replace(day=1)
        days = {day + n * _DAY for n in range(1, AGAIN_DAYS + 2)}
        days |= {one for number in MONTH_READ_ON if (one := next_month.replace(day=number)) > day}
        return [self._moment(one) for one in sorted(days)]

    def due_at(self, day: date, read_at: datetime | None, now: datetime) -> datetime | None:
        """Return when `day` is to be read after `read_at`, which may have passed; None: it is not read any more.

        A reading that lies ahead is one of a clock that was ahead, and counts for nothing.
        """
        since = None if read_at is None or read_at > now else read_at
        return next((moment for moment in self.moments(day) if since is None or moment > since), None)

    def _moment(self, day: date) -> datetime:
        """Return the moment of the readings on a day of Korea, which may be another one in the zone."""
        around = (datetime.combine(day + n * _DAY, self._at, self._zone).astimezone(UTC) for n in (0, -1, 1))
        return next((moment for moment in around if day_of(moment) == day), datetime.combine(day, self._at, KST))
