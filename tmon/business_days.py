"""Korean business days, and the two deadlines of an order that count them.

TMON's API has neither deadline; both are our own rule and are shown as ours. TMON's own decisions (refunds of cancels and
returns) run in calendar time: see `tmon/claims/deadlines.py`.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from tmon.clock import KST

CONFIRM_HOUR = time(18, 0, tzinfo=KST)
DAY_END = time(23, 59, 59, tzinfo=KST)
SHIP_DAYS = 3
"""Shipping of prepaid goods must begin within three business days (E-Commerce Act, article 15)."""

_HOLIDAYS = holidays.country_holidays("KR")
"""Public and substitute holidays and election days; years are computed on first use. 1 May (노동절) and
17 July (제헌절) are included from 2026, when they became public holidays."""


def is_business_day(day: date) -> bool:
    """Return whether `day` is neither a weekend nor a public or substitute holiday in Korea."""
    return day.weekday() < 5 and day not in _HOLIDAYS


@lru_cache(maxsize=2048)
def business_day_after(day: date, count: int) -> date:
    """Return the `count`-th business day after `day`, excluding `day` itself. `count` is at least 1."""
    while count:
        day += timedelta(days=1)
        count -= is_business_day(day)
    return day


@lru_cache(maxsize=2048)
def business_day_before(day: date) -> date:
    """Return the last business day before `day`."""
    day -= timedelta(days=1)
    while not is_business_day(day):
        day -= timedelta(days=1)
    return day


def confirm_by(paid_at: datetime) -> datetime:
    """Return when an order should be confirmed by: 18:00 KST of the first business day after payment, in UTC."""
    return datetime.combine(business_day_after(paid_at.astimezone(KST).date(), 1), CONFIRM_HOUR).astimezone(UTC)


def ship_by(paid_at: datetime) -> datetime:
    """Return when an order should be shipped by: the last second (KST) of the third business day after payment, in UTC."""
    return datetime.combine(business_day_after(paid_at.astimezone(KST).date(), SHIP_DAYS), DAY_END).astimezone(UTC)
