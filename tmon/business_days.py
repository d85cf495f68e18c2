"""Korean business days and the two clocks that run in them.

TMON's API knows neither clock; both are our own rule and are shown as ours. TMON's own decisions (refunds of cancels and
returns) run in calendar time and do not belong here.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from tmon.clock import KST

CONFIRM_HOUR = time(18, 0, tzinfo=KST)
DAY_END = time(23, 59, 59, tzinfo=KST)
SHIP_DAYS = 3
"""Supply of prepaid goods has to begin within three business days (E-Commerce Act, article 15)."""

_HOLIDAYS = holidays.country_holidays("KR")
"""Public and substitute holidays and election days; years are worked out when first asked for. 1 May (노동절) and
17 July (제헌절) are public holidays from 2026 on and in it from then on."""


def is_business_day(day: date) -> bool:
    """Whether `day` is neither a weekend nor a public or substitute holiday in Korea."""
    return day.weekday() < 5 and day not in _HOLIDAYS


@lru_cache(maxsize=2048)
def business_day_after(day: date, count: int) -> date:
    """The `count`-th business day after `day`, which itself never counts. `count` is at least 1."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


def confirm_by(paid_at: datetime) -> datetime:
    """Until when an order should be confirmed: 18:00 KST of the first business day after payment. In UTC."""
    return datetime.combine(business_day_after(paid_at.astimezone(KST).date(), 1), CONFIRM_HOUR).astimezone(UTC)


def ship_by(paid_at: datetime) -> datetime:
    """Until when an order should be shipped: the last second (KST) of the third business day after payment. In UTC."""
    return datetime.combine(business_day_after(paid_at.astimezone(KST).date(), SHIP_DAYS), DAY_END).astimezone(UTC)
