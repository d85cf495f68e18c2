"""Days of shipping: calendar days in Korea."""

from datetime import UTC, date, datetime

from tmon.business_days import DAY_END
from tmon.clock import KST


def today(now: datetime) -> date:
    """The day in Korea."""
    return now.astimezone(KST).date()


def end_of(day: date) -> datetime:
    """The last second of a day in Korea, in UTC."""
    return datetime.combine(day, DAY_END).astimezone(UTC)
