"""The machine's clock is believed when somebody else agrees."""

from datetime import timedelta

import pytest

from tests.clock import MovableClock
from tmon.clock_check import ClockCheck, http_date

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("ahead", "right"),
    [
        (timedelta(), True),
        (4 * MINUTE, True),
        (-4 * MINUTE, True),
        (6 * MINUTE, False),
        (-DAY, False),
        (200 * DAY, False),
    ],
)
async def test_a_date_header_close_to_the_clock_makes_it_plausible(
    clock: MovableClock, ahead: timedelta, right: bool
) -> None:
    check = ClockCheck(clock)
    check.heard(http_date(clock() - ahead))
    assert await check.is_plausible() is right
    assert (check.wrong_by() is None) is right


async def test_one_that_agrees_is_enough_whatever_the_other_says(clock: MovableClock) -> None:
    check = ClockCheck(clock)
    check.heard(http_date(clock()))
    check.heard(http_date(clock() - 200 * DAY))
    assert await check.is_plausible()
    assert check.wrong_by() is None


async def test_what_agreed_long_ago_says_nothing_and_one_is_asked_for(clock: MovableClock) -> None:
    check = ClockCheck(clock)
    truth = MovableClock(clock())
    asked = []

    async def ask() -> None:
        asked.append(1)
        check.heard(http_date(truth()))

    check.ask = ask
    check.heard(http_date(clock()))
    clock.advance(200 * DAY)
    assert not await check.is_plausible()
    truth.advance(200 * DAY)
    assert not await check.is_plausible(), "who disagreed a moment ago is not asked again"
    clock.advance(11 * MINUTE)
    truth.advance(11 * MINUTE)
    assert await check.is_plausible()
    assert len(asked) == 2


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 10 Mar 99999999 00:00:00 GMT"])
async def test_who_says_nothing_readable_is_not_heard(clock: MovableClock, date: str | None) -> None:
    check = ClockCheck(clock)
    check.heard(date)
    assert not await check.is_plausible()
    assert check.wrong_by() is None


async def test_nobody_answering_leaves_it_open(clock: MovableClock) -> None:
    check = ClockCheck(clock)

    async def ask() -> None:
        raise ConnectionError

    check.ask = ask
    assert not await check.is_plausible()
