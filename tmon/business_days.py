"""Korean business days, and the two deadlines of an order that count them.

TMON's API has neither deadline; both are our own rule and are shown as ours. A store's own closed days (휴무일) move the first
of them, at most to the second: the period of the Act does not know them. TMON's own decisions (refunds of cancels and
returns) run in calendar time: see `tmon/claims/deadlines.py`.
"""

from collections.abc import Set
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


def is_public_holiday(day: date) -> bool:
    """Return whether `day` is a public or substitute holiday in Korea, whatever its weekday."""
    return day in _HOLIDAYS


def is_business_day(day: date) -> bool:
    """Return whether `day` is neither a weekend nor a public or substitute holiday in Korea."""
    return day.weekday() < 5 and not is_public_holiday(day)


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


def confirm_by(paid_at: datetime, closed: Set[date] = frozenset()) -> datetime:
    """Return when an order should be confirmed by, in UTC: 18:00 KST of the first business day after payment on which the store
    is not closed. Never later than `ship_by`.

    `closed`: the store's closed days, as dates of Korea.
    """
    last = ship_by(paid_at)
    day = business_day_after(paid_at.astimezone(KST).date(), 1)
    while day in closed and day <= last.astimezone(KST).date():
        day = business_day_after(day, 1)
    return min(datetime.combine(day, CONFIRM_HOUR).astimezone(UTC), last)


def ship_by(paid_at: datetime) -> datetime:
    """Return when an order should be shipped by: the last second (KST) of the third business day after payment, in UTC."""
    return datetime.combine(business_day_after(paid_at.astimezone(KST).date(), SHIP_DAYS), DAY_END).astimezone(UTC)
