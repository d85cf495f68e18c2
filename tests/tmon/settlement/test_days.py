"""When settlement is read: a week long, with its month, without a gap, however the clock goes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.clock import KST
from tmon.settlement.days import LONGEST_GAP, MONTH_READ_ON, Timetable, day_of, first_day, new_days

DAY = timedelta(days=1)
NOON = Timetable(time(12, 10), KST)
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))


def at(day: date, hour: int = 12, minute: int = 10) -> datetime:
    """A moment in Korea."""
    return datetime.combine(day, time(hour, minute), KST).astimezone(UTC)


def read_on(timetable: Timetable, day: date) -> list[date]:
    return [day_of(moment) for moment in timetable.moments(day)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 10), [*range(11, 19), (4, 1), (4, 5), (4, 10)]),
        (date(2026, 3, 30), [31, *((4, n) for n in range(1, 8)), (4, 10)]),
        (date(2026, 3, 31), [*((4, n) for n in range(1, 9)), (4, 10)]),
        (date(2025, 12, 31), [*((1, n) for n in range(1, 9)), (1, 10)]),
        (date(2028, 2, 28), [29, *((3, n) for n in range(1, 8)), (3, 10)]),
        (date(2028, 2, 29), [*((3, n) for n in range(1, 9)), (3, 10)]),
    ],
    ids=["mid-month", "before the end", "month's end", "year's end", "before a leap day", "leap day"],
)
def test_a_day_is_read_for_a_week_and_with_its_month(day: date, expected: list[int | tuple[int, int]]) -> None:
    wanted = [one if isinstance(one, tuple) else (day.month, one) for one in expected]
    assert [(one.month, one.day) for one in read_on(NOON, day)] == wanted
    assert all((moment.astimezone(KST).hour, moment.astimezone(KST).minute) == (12, 10) for moment in NOON.moments(day))


@given(DAYS)
def test_each_noon_reads_yesterday_a_week_again_and_three_times_a_month_all_of_the_last_one(today: date) -> None:
    read = {day for n in range(1, 75) if today in read_on(NOON, day := today - n * DAY)}
    expected = {today - n * DAY for n in range(1, 9)}
    if today.day in MONTH_READ_ON:
        last = today.replace(day=1) - DAY
        expected |= {last.replace(day=n) for n in range(1, last.day + 1)}
    assert read == expected


@given(DAYS, st.sampled_from(["Asia/Seoul", "UTC", "America/Los_Angeles", "Pacific/Kiritimati"]), st.times())
def test_in_every_zone_a_day_is_read_as_often_and_never_before_it_is_over(day: date, zone: str, clock: time) -> None:
    timetable = Timetable(clock.replace(tzinfo=None), ZoneInfo(zone))
    assert read_on(timetable, day) == read_on(NOON, day)


def span(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def test_the_first_run_reads_this_and_the_last_month() -> None:
    assert first_day(date(2026, 1, 31)) == date(2025, 12, 1)
    assert new_days([], None, at(date(2026, 3, 10), 0, 0)) == span(date(2026, 2, 1), date(2026, 3, 9))
    assert new_days([], None, at(date(2026, 3, 1), 0, 0)) == span(date(2026, 2, 1), date(2026, 2, 28))


def test_after_an_absence_no_day_is_left_out() -> None:
    february = span(date(2026, 2, 1), date(2026, 3, 7))
    assert new_days(february, date(2026, 1, 31), at(date(2026, 3, 10))) == [date(2026, 3, 8), date(2026, 3, 9)]
    assert new_days(span(date(2026, 2, 1), date(2026, 3, 9)), None, at(date(2026, 3, 10))) == []
    assert new_days([], date(2025, 12, 1), at(date(2026, 3, 10))) == span(date(2025, 12, 2), date(2026, 3, 9))


def test_a_clock_that_was_wrong_leaves_out_no_day_and_plans_no_thousands() -> None:
    today = date(2026, 3, 10)
    assert len(new_days([], date(1970, 1, 2), at(today))) == LONGEST_GAP.days
    assert new_days(span(date(2026, 5, 1), date(2026, 6, 1)), None, at(today)) == span(date(2026, 2, 1), today - DAY)


@given(DAYS, st.lists(st.integers(0, 50 * 24 * 60), max_size=12))
def test_whenever_it_was_read_the_next_reading_is_the_first_after_it(day: date, minutes: list[int]) -> None:
    moments, now = NOON.moments(day), at(day) + 60 * DAY
    read_at = max((at(day, 0, 0) + timedelta(minutes=n) for n in minutes), default=None)
    due_at = NOON.due_at(day, read_at, now)
    left = [moment for moment in moments if read_at is None or moment > read_at]
    assert due_at == (left[0] if left else None)


def test_a_reading_that_lies_ahead_counts_for_nothing() -> None:
    day = date(2026, 3, 9)
    now = at(date(2026, 3, 10), 13)
    assert NOON.due_at(day, now + DAY, now) == NOON.moments(day)[0]
    assert NOON.due_at(day, now, now) == NOON.moments(day)[1]
