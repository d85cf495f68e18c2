"""A machine whose clock is wrong goes by the clock of the database."""

from datetime import datetime, timedelta

import pytest

from bot.database_clock import DatabaseClock
from tests.clock import MovableClock
from tmon.clock import system_clock
from tmon.database import Database

ON_POSTGRES = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
CLOSE = timedelta(seconds=5)


class WrongClock:
    """The clock of a machine that is wrong."""

    def __init__(self, wrong: timedelta) -> None:
        self.wrong = wrong

    def __call__(self) -> datetime:
        return system_clock() + self.wrong


def off_by(seconds: float) -> WrongClock:
    return WrongClock(timedelta(seconds=seconds))


@ON_POSTGRES
@pytest.mark.parametrize("seconds", [120, -120, 31.5, 90 * 86_400])
async def test_a_clock_that_is_wrong_is_corrected_by_the_difference(db: Database, seconds: float) -> None:
    machine = off_by(seconds)
    measured = DatabaseClock(db, machine)
    corrected = measured.correct(machine)
    assert abs(corrected() - system_clock()) > timedelta(seconds=30), "nothing was measured yet"
    await measured.measure()
    assert abs(corrected() - system_clock()) < CLOSE
    assert abs(measured.behind + machine.wrong) < CLOSE


@ON_POSTGRES
@pytest.mark.parametrize("seconds", [0, 25, -25])
async def test_a_clock_that_is_nearly_right_is_left_alone(db: Database, seconds: float) -> None:
    machine = off_by(seconds)
    measured = DatabaseClock(db, machine)
    await measured.measure()
    assert measured.correction == timedelta()
    assert abs(measured.behind + machine.wrong) < CLOSE, "but it is known"


@ON_POSTGRES
async def test_a_clock_that_is_set_right_is_corrected_no_more(db: Database) -> None:
    machine = off_by(120)
    measured = DatabaseClock(db, machine)
    corrected = measured.correct(machine)
    await measured.measure()
    machine.wrong = timedelta()
    await measured.measure()
    assert abs(corrected() - system_clock()) < CLOSE
    machine.wrong = timedelta(seconds=-3600)
    await measured.measure()
    assert abs(corrected() - system_clock()) < CLOSE


@ON_POSTGRES
async def test_an_answer_that_took_long_says_nothing(db: Database) -> None:
    moments = iter([0, 60])

    def slow() -> datetime:
        return system_clock() + timedelta(seconds=next(moments))

    measured = DatabaseClock(db, slow)
    await measured.measure()
    assert measured.behind == timedelta()


@ON_POSTGRES
async def test_a_clock_that_somebody_moves_on_purpose_is_corrected_by_the_machines_difference(db: Database) -> None:
    moved = MovableClock()
    measured = DatabaseClock(db, off_by(120))
    await measured.measure()
    assert abs(measured.correct(moved)() - (moved() - timedelta(seconds=120))) < CLOSE


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_an_sqlite_file_has_the_clock_of_its_machine(db: Database) -> None:
    measured = DatabaseClock(db, off_by(120))
    await measured.measure()
    assert measured.behind == timedelta()
