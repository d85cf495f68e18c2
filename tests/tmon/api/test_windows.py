"""From when to when orders are asked for, on any day and after any absence."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.api.windows import order_windows, split
from tmon.clock import KST

WEEK, OVERLAP, REST = timedelta(days=7), timedelta(days=3), timedelta(minutes=30)
NOW = st.datetimes(datetime(2025, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
AWAY = st.timedeltas(timedelta(0), timedelta(days=800))


def covered(windows: list[tuple[datetime, datetime]]) -> timedelta:
    """How long all windows are together; raises where they leave a gap or overlap."""
    for (_, end), (start, _) in pairwise(windows):
        assert end == start
    return windows[-1][1] - windows[0][0]


@given(NOW)
def test_the_first_run_reads_seven_days(now: datetime) -> None:
    ((start, end),) = order_windows(None, now)
    assert end - start == WEEK
    assert timedelta(0) < now - REST - end <= timedelta(seconds=10)


@given(NOW, AWAY)
def test_later_runs_begin_three_days_before_the_watermark_and_leave_no_gap(now: datetime, away: timedelta) -> None:
    watermark = now - REST - away - timedelta(minutes=1)
    windows = order_windows(watermark, now)
    assert windows[0][0] == watermark - OVERLAP
    assert windows[-1][1] < now - REST
    assert covered(windows) == windows[-1][1] - watermark + OVERLAP
    assert all(timedelta(0) < end - start <= WEEK for start, end in windows)
    assert len(windows) == -(-covered(windows) // WEEK), "no more calls than needed"


@given(NOW, AWAY)
def test_a_watermark_in_the_future_reads_the_overlap(now: datetime, ahead: timedelta) -> None:
    """The clock of the machine was put back."""
    ((start, end),) = order_windows(now + ahead, now)
    assert end - start == OVERLAP
    assert end < now - REST


def test_a_year_of_absence_is_caught_up_week_by_week() -> None:
    now = datetime(2027, 3, 10, 10, 0, tzinfo=KST)
    windows = order_windows(now - timedelta(days=365), now)
    assert len(windows) == 53
    assert covered(windows) == timedelta(days=368) - (now - windows[-1][1])


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-03-11T00:10:00+09:00", "2026-03-07T23:39:55+09:00", "2026-03-10T23:39:55+09:00"),
        ("2027-01-01T00:00:05+09:00", "2026-12-28T23:30:00+09:00", "2026-12-31T23:30:00+09:00"),
        ("2028-03-01T00:15:05+09:00", "2028-02-26T23:45:00+09:00", "2028-02-29T23:45:00+09:00"),
    ],
    ids=["midnight", "year end", "leap day"],
)
def test_the_turn_of_a_day_and_of_a_year(now: str, start: str, end: str) -> None:
    moment = datetime.fromisoformat(now)
    assert order_windows(moment, moment) == [(datetime.fromisoformat(start), datetime.fromisoformat(end))]


@given(NOW, AWAY)
def test_split_covers_everything_in_pieces_of_a_week(start: datetime, length: timedelta) -> None:
    windows = split(start, start + length)
    if not length:
        assert windows == []
        return
    assert (windows[0][0], windows[-1][1]) == (start, start + length)
    assert covered(windows) == length
    assert all(end - begin == WEEK for begin, end in windows[:-1])


def test_nothing_lies_between_a_moment_and_an_earlier_one() -> None:
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert split(now, now - WEEK) == []
