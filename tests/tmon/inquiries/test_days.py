"""Which days inquiries are asked for: no gap, nothing longer than TMON allows, and what waits for long is found again."""

import itertools
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tmon.inquiries.days import MAX_WINDOW, OVERLAP, windows

TODAY = date(2026, 3, 10)
DAY = timedelta(days=1)
PAST = st.integers(0, 400).map(lambda n: TODAY - n * DAY)


def test_the_first_time_a_week_is_read() -> None:
    assert windows(None, [], TODAY) == [(date(2026, 3, 4), TODAY)]


def test_later_the_last_days_are_read_again() -> None:
    assert windows(TODAY, [TODAY, TODAY - DAY], TODAY) == [(date(2026, 3, 7), TODAY)]


def test_absence_is_read_week_by_week() -> None:
    assert windows(date(2026, 2, 25), [], TODAY) == [
        (date(2026, 2, 22), date(2026, 2, 28)),
        (date(2026, 3, 1), date(2026, 3, 7)),
        (date(2026, 3, 8), TODAY),
    ]


def test_what_waits_for_long_is_asked_for_by_its_own_days() -> None:
    waiting = [date(2026, 1, 5), date(2026, 1, 8), date(2026, 3, 5)]
    assert windows(TODAY, waiting, TODAY) == [
        (date(2026, 1, 5), date(2026, 1, 11)),
        (date(2026, 1, 12), date(2026, 1, 18)),
        (date(2026, 3, 5), date(2026, 3, 6)),
        (date(2026, 3, 7), TODAY),
    ]


def test_a_clock_that_was_wrong_once_does_no_harm() -> None:
    assert windows(TODAY + 30 * DAY, [], TODAY) == [(date(2026, 3, 7), TODAY)]


@given(st.none() | PAST, st.lists(PAST, max_size=20))
def test_windows_are_short_ordered_and_leave_nothing_out(read_until: date | None, waiting: list[date]) -> None:
    found = windows(read_until, waiting, TODAY)
    assert all(start <= end <= start + MAX_WINDOW for start, end in found)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(found))
    covered = {start + n * DAY for start, end in found for n in range((end - start).days + 1)}
    since = TODAY - MAX_WINDOW if read_until is None else read_until - OVERLAP
    assert {since + n * DAY for n in range((TODAY - since).days + 1)} <= covered
    # seven days from the day that each was listed from: whichever of them TMON goes by, it is found again
    assert {day + n * DAY for day in waiting for n in range(7) if day + n * DAY <= TODAY} <= covered
