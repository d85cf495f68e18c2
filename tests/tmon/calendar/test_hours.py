"""The hours of 수집 시간: weekdays, midnight, holidays, ends of months and of years, and properties for any hours."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.samples.fixtures import store as store_row
from tmon.business_days import is_public_holiday
from tmon.calendar.hours import is_open, next_opening
from tmon.clock import KST

WORK = {"hours_days": [0, 1, 2, 3, 4], "hours_from": time(9), "hours_to": time(18), "hours_skip_holidays": True}
NIGHT = {"hours_days": [4], "hours_from": time(22), "hours_to": time(6)}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "opening"),
    [
        ({}, "2026-11-22 03:00", "2026-11-22 03:00"),  # no hours: always
        (WORK, "2026-11-26 09:00", "2026-11-26 09:00"),
        (WORK, "2026-11-26 17:59", "2026-11-26 17:59"),
        (WORK, "2026-11-26 18:00", "2026-11-27 09:00"),
        (WORK, "2026-11-26 08:59", "2026-11-26 09:00"),
        (WORK, "2026-11-26 00:00", "2026-11-26 09:00"),
        (WORK, "2026-11-27 23:59", "2026-11-30 09:00"),  # over a weekend
        (WORK, "2026-11-30 18:00", "2026-12-01 09:00"),  # a month's end
        (WORK, "2026-12-31 18:00", "2027-01-04 09:00"),  # a year's end, New Year and a weekend
        (WORK, "2026-09-23 18:00", "2026-09-28 09:00"),  # Chuseok
        ({**WORK, "hours_skip_holidays": False}, "2026-09-23 18:00", "2026-09-24 09:00"),
        ({"hours_skip_holidays": True}, "2027-01-01 10:00", "2027-01-02 00:00"),
        ({"hours_days": [6]}, "2026-11-26 12:00", "2026-11-29 00:00"),
        ({"hours_from": time(9)}, "2026-11-26 23:59", "2026-11-26 23:59"),  # to the end of the day
        ({"hours_from": time(9)}, "2026-11-27 00:00", "2026-11-27 09:00"),
        (NIGHT, "2026-11-28 05:59", "2026-11-28 05:59"),  # Saturday morning belongs to Friday's night
        (NIGHT, "2026-11-28 06:00", "2026-12-04 22:00"),
        (NIGHT, "2026-11-27 03:00", "2026-11-27 22:00"),
    ],
)
def test_the_next_opening(hours: dict[str, Any], moment: str, opening: str) -> None:
    store = store_row(**hours)
    assert next_opening(store, at(moment), KST) == at(opening)
    assert is_open(store, at(moment), KST) is (moment == opening)


def test_the_hours_are_those_of_the_zone_of_schedules() -> None:
    store = store_row(hours_from=time(9), hours_to=time(18))
    berlin = ZoneInfo("Europe/Berlin")
    assert next_opening(store, datetime(2026, 11, 26, 3, tzinfo=UTC), berlin) == datetime(2026, 11, 26, 8, tzinfo=UTC)
    assert next_opening(store, datetime(2026, 11, 26, 3, tzinfo=UTC), KST) == datetime(2026, 11, 26, 3, tzinfo=UTC)


times = st.none() | st.times(min_value=time(0)).map(lambda one: one.replace(second=0, microsecond=0))


@given(
    st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2040, 12, 31), timezones=st.just(UTC)),
    st.lists(st.integers(min_value=0, max_value=6), unique=True),
    times,
    times,
    st.booleans(),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    moment: datetime, days: list[int], start: time | None, end: time | None, skip: bool
) -> None:
    store = store_row(hours_days=days, hours_from=start, hours_to=end, hours_skip_holidays=skip)
    opening = next_opening(store, moment, KST)
    assert opening >= moment
    assert is_open(store, opening, KST)
    assert opening == moment or not is_open(store, opening - timedelta(seconds=1), KST)
    assert opening == moment or not is_open(store, moment, KST)
    if skip and opening != moment:
        assert not is_public_holiday(opening.astimezone(KST).date())
