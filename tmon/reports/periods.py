"""The days that a report tells of, and the periods that it is held against. All of them are days of Korea. Pure functions."""

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from tmon.clock import KST
from tmon.counters.months import months_later

EARLIER = 4
"""How many periods before it a report shows."""
LONGEST = 366
"""Days of the longest period."""
_WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """Some days in a row, from `first` to `last`."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """When the first day begins and the last one is over, in UTC."""
        begin, end = (datetime.combine(day, time(tzinfo=KST)).astimezone(UTC) for day in (self.first, self.last + _DAY))
        return begin, end


class Span(StrEnum):
    """The periods to choose from. Part of ids: only added to."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    WEEK = "week"  # 최근 7일: today and the six days before
    MONTH = "month"
    LAST_MONTH = "last_month"
    CUSTOM = "custom"  # 직접 선택


def period_of(span: Span, today: date) -> Period:
    """Return the period of a choice; for days that a person chooses, those of the last week."""
    match span:
        case Span.TODAY:
            return Period(today, today)
        case Span.YESTERDAY:
            return Period(today - _DAY, today - _DAY)
        case Span.MONTH:
            return Period(today.replace(day=1), today)
        case Span.LAST_MONTH:
            return _whole(months_later(today.replace(day=1), -1))
        case _:
            return Period(today - (_WEEK - 1) * _DAY, today)


def korean_day(moment: datetime) -> date:
    """Return the day in Korea in which a moment lies."""
    return moment.astimezone(KST).date()


def is_by_month(period: Period) -> bool:
    """Return whether a period is held against the same days of earlier months, not against earlier weeks."""
    one_month = (period.first.year, period.first.month) == (period.last.year, period.last.month)
    return period.first.day == 1 and one_month and period.days > _WEEK


def earlier(period: Period) -> tuple[Period, ...]:
    """Return the periods before, the oldest first: the same days of the week, or of the month."""
    backwards = range(EARLIER, 0, -1)
    if is_by_month(period):
        return tuple(_in_month(period, months_later(period.first, -count)) for count in backwards)
    step = -(-period.days // _WEEK) * _WEEK * _DAY
    return tuple(Period(period.first - count * step, period.last - count * step) for count in backwards)


def _in_month(period: Period, month: date) -> Period:
    """Return the same days of another month; of a whole month or of days that it does not have, up to its end."""
    whole = _whole(month)
    if period == _whole(period.first):
        return whole
    return Period(month, min(month.replace(day=1) + (period.days - 1) * _DAY, whole.last))


def _whole(month: date) -> Period:
    return Period(month.replace(day=1), month.replace(day=calendar.monthrange(month.year, month.month)[1]))
