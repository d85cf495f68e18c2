"""Calendar months in Korea."""

from datetime import UTC, date, datetime, time

from tmon.clock import KST


def month_of(moment: datetime) -> date:
    """Return the first day of the month in which `moment` lies."""
    return moment.astimezone(KST).date().replace(day=1)


def months_later(month: date, count: int) -> date:
    """Return the first day of the month `count` months after `month`; a negative `count` leads back."""
    years, index = divmod(month.year * 12 + month.month - 1 + count, 12)
    return date(years, index + 1, 1)


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return when a month begins and when the next one does, in UTC."""
    begin, end = (datetime.combine(day, time(tzinfo=KST)).astimezone(UTC) for day in (month, months_later(month, 1)))
    return begin, end
