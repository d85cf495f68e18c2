"""Business days against the announced holidays of 2025–2027, and properties of the clocks on any day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.business_days import business_day_after, confirm_by, is_business_day, ship_by
from tmon.clock import KST

CLOSED = {
    "2025-01-27": "temporary holiday before Seollal",
    "2025-10-08": "substitute for Chuseok",
    "2026-01-01": "New Year",
    "2026-02-16": "Seollal's eve",
    "2026-02-17": "Seollal",
    "2026-02-18": "day after Seollal",
    "2026-03-02": "substitute for 1 March (Sunday)",
    "2026-05-01": "Labour Day, a public holiday since 2026",
    "2026-05-25": "substitute for Buddha's birthday (Sunday)",
    "2026-06-03": "local elections",
    "2026-07-17": "Constitution Day, a public holiday again since 2026",
    "2026-08-17": "substitute for Liberation Day (Saturday)",
    "2026-09-24": "Chuseok's eve",
    "2026-09-25": "Chuseok",
    "2026-10-05": "substitute for Foundation Day (Saturday)",
    "2027-02-08": "day after Seollal",
    "2027-02-09": "substitute for Seollal (Sunday)",
    "2027-10-11": "substitute for Hangeul Day (Saturday)",
    "2027-12-27": "substitute for Christmas (Saturday)",
}


@pytest.mark.parametrize("day", CLOSED)
def test_public_and_substitute_holidays_are_closed(day: str) -> None:
    assert not is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    "day", ["2026-01-02", "2026-02-19", "2026-06-08", "2026-09-28", "2026-12-24", "2026-12-31", "2027-02-10"]
)
def test_days_between_holidays_are_open(day: str) -> None:
    assert is_business_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("paid", "confirm", "ship"),
    [
        # an ordinary week
        ("2026-11-23 09:00", "2026-11-24 18:00", "2026-11-26 23:59:59"),
        ("2026-11-23 23:59", "2026-11-24 18:00", "2026-11-26 23:59:59"),
        ("2026-11-24 00:00", "2026-11-25 18:00", "2026-11-27 23:59:59"),
        # over a weekend, and paid on one
        ("2026-11-20 10:00", "2026-11-23 18:00", "2026-11-25 23:59:59"),
        ("2026-11-21 10:00", "2026-11-23 18:00", "2026-11-25 23:59:59"),
        # Seollal 2026: Saturday to Wednesday closed
        ("2026-02-13 15:00", "2026-02-19 18:00", "2026-02-23 23:59:59"),
        # Chuseok 2026: Thursday to Sunday closed
        ("2026-09-23 15:00", "2026-09-28 18:00", "2026-09-30 23:59:59"),
        # Chuseok 2025: seven closed days from Friday, 3 October on
        ("2025-10-02 15:00", "2025-10-10 18:00", "2025-10-14 23:59:59"),
        # the year's end
        ("2026-12-31 23:30", "2027-01-04 18:00", "2027-01-06 23:59:59"),
        ("2027-12-24 09:00", "2027-12-28 18:00", "2027-12-30 23:59:59"),
        ("2026-12-24 09:00", "2026-12-28 18:00", "2026-12-30 23:59:59"),
    ],
)
def test_the_clocks(paid: str, confirm: str, ship: str) -> None:
    paid_at = datetime.fromisoformat(paid).replace(tzinfo=KST).astimezone(UTC)
    assert confirm_by(paid_at).astimezone(KST).replace(tzinfo=None) == datetime.fromisoformat(confirm)
    assert ship_by(paid_at).astimezone(KST).replace(tzinfo=None) == datetime.fromisoformat(ship)
    assert confirm_by(paid_at).tzinfo is UTC


moments = st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2040, 12, 31), timezones=st.just(UTC))


@given(moments)
def test_the_clocks_end_on_business_days_after_the_payment(paid_at: datetime) -> None:
    confirm, ship = confirm_by(paid_at), ship_by(paid_at)
    assert paid_at < confirm < ship
    assert is_business_day(confirm.astimezone(KST).date())
    assert is_business_day(ship.astimezone(KST).date())
    days = [confirm.astimezone(KST).date() + timedelta(days=n) for n in range((ship - confirm).days + 1)]
    assert sum(map(is_business_day, days)) == 3
    # no run of closed days in Korea has ever been longer than ten
    assert confirm - paid_at <= timedelta(days=12)


@given(moments, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=30)))
def test_paid_later_is_never_due_earlier(paid_at: datetime, later: timedelta) -> None:
    assert confirm_by(paid_at) <= confirm_by(paid_at + later)
    assert ship_by(paid_at) <= ship_by(paid_at + later)


@given(st.dates(min_value=date(2024, 1, 1), max_value=date(2040, 12, 31)), st.integers(min_value=1, max_value=20))
def test_counting_steps_one_by_one_is_counting_at_once(day: date, count: int) -> None:
    stepped = day
    for _ in range(count):
        stepped = business_day_after(stepped, 1)
    assert business_day_after(day, count) == stepped


@pytest.mark.parametrize(
    ("paid", "closed", "confirm"),
    [
        ("2026-11-23 09:00", ["2026-11-24"], "2026-11-25 18:00"),
        ("2026-11-23 23:59", ["2026-11-24", "2026-11-25"], "2026-11-26 18:00"),
        ("2026-11-24 00:00", ["2026-11-24"], "2026-11-25 18:00"),  # the day of payment moves nothing
        ("2026-11-23 09:00", ["2026-11-25"], "2026-11-24 18:00"),  # nor does a later one
        # never past the statutory period, which counts closed days
        ("2026-11-23 09:00", ["2026-11-24", "2026-11-25", "2026-11-26"], "2026-11-26 23:59:59"),
        ("2026-11-23 09:00", [f"2026-11-{day}" for day in range(24, 31)], "2026-11-26 23:59:59"),
        # over a weekend, a month's end, a year's end
        ("2026-11-20 10:00", ["2026-11-21", "2026-11-23"], "2026-11-24 18:00"),
        ("2026-11-30 10:00", ["2026-12-01"], "2026-12-02 18:00"),
        ("2026-12-31 23:30", ["2027-01-04"], "2027-01-05 18:00"),
        ("2026-12-31 23:30", ["2027-01-01", "2027-01-04", "2027-01-05", "2027-01-06"], "2027-01-06 23:59:59"),
    ],
)
def test_closed_days_move_the_confirmation_at_most_to_the_end_of_the_statutory_period(
    paid: str, closed: list[str], confirm: str
) -> None:
    paid_at = datetime.fromisoformat(paid).replace(tzinfo=KST).astimezone(UTC)
    moved = confirm_by(paid_at, frozenset(map(date.fromisoformat, closed)))
    assert moved.astimezone(KST).replace(tzinfo=None) == datetime.fromisoformat(confirm)


@given(moments, st.frozensets(st.integers(min_value=0, max_value=14), max_size=10))
def test_closed_days_never_make_anything_due_earlier_or_after_the_statutory_period(
    paid_at: datetime, offsets: frozenset[int]
) -> None:
    first = paid_at.astimezone(KST).date()
    closed = frozenset(first + timedelta(days=offset) for offset in offsets)
    moved = confirm_by(paid_at, closed)
    assert confirm_by(paid_at) <= moved <= ship_by(paid_at)
    assert moved == ship_by(paid_at) or moved.astimezone(KST).date() not in closed
