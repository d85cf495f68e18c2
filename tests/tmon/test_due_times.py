"""Stored times hold no work back for longer than they can be meant to."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, select
from sqlmodel import col

from tests.clock import TUESDAY, MovableClock
from tmon.clock import ElapsedTime
from tmon.database import Database
from tmon.due_times import has_come, is_over, over
from tmon.models.collection import ORDERS, SyncState

HOUR = timedelta(hours=1)
DUE = col(SyncState.due_at)


async def holds(db: Database, stored: datetime, condition: ColumnElement[bool]) -> bool:
    """Whether a row with a stored time is found by `condition`."""
    async with db.write() as session:
        session.add(SyncState(team_id="T1", store_id="st_1", kind=ORDERS, due_at=stored))
        await session.flush()
        return await session.scalar(select(SyncState).where(condition)) is not None


@pytest.mark.parametrize(
    ("due_in", "come"),
    [(-200 * 24 * HOUR, True), (-HOUR, True), (0 * HOUR, True), (HOUR / 2, False), (HOUR, False), (25 * HOUR, True)],
)
async def test_a_due_time_has_come_when_it_is_reached_or_further_ahead_than_any_pause(
    db: Database, due_in: timedelta, come: bool
) -> None:
    assert await holds(db, TUESDAY + due_in, has_come(DUE, TUESDAY, HOUR)) is come


@pytest.mark.parametrize(
    ("ago", "ended"), [(HOUR, True), (HOUR / 2, False), (0 * HOUR, False), (-HOUR, True), (-200 * 24 * HOUR, True)]
)
async def test_a_pause_is_over_when_it_has_passed_or_began_in_the_future(
    db: Database, ago: timedelta, ended: bool
) -> None:
    assert over(TUESDAY - ago, TUESDAY, HOUR) is ended
    assert await holds(db, TUESDAY - ago, is_over(DUE, TUESDAY, HOUR)) is ended


def test_elapsed_time_goes_on_when_the_clock_is_set_back(clock: MovableClock) -> None:
    elapsed = ElapsedTime(clock)
    clock.advance(HOUR)
    assert elapsed() == 3600
    clock.advance(-24 * HOUR)
    assert elapsed() == 3600
    clock.advance(HOUR)
    assert elapsed() == 7200
