"""What a run that fails or succeeds means for the due times of other stores, also where there are many."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import SWITCHES
from tmon.collection.retries import Retries
from tmon.database import Database
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS, SyncState
from tmon.sealing import Sealer

MINUTE = timedelta(minutes=1)
MANY = 50


@pytest.fixture
def retries(db: Database, sealer: Sealer, clock: MovableClock) -> Retries:
    return Retries(IncidentService(db, sealer, clock, after_failures=3, switches=SWITCHES), {})


async def add(db: Database, clock: MovableClock, numbers: Sequence[int], *, failing: bool) -> None:
    """Collections that are due in five minutes."""
    async with db.write() as session:
        session.add_all(
            SyncState(
                team_id="T1",
                store_id=f"st_{number:03}",
                kind=ORDERS,
                due_at=clock() + 5 * MINUTE,
                failures=int(failing),
                error="unavailable" if failing else None,
            )
            for number in numbers
        )


async def due(db: Database) -> dict[str, datetime]:
    async with db.read() as session:
        rows = await session.execute(select(col(SyncState.store_id), col(SyncState.due_at)))
        return {row.store_id: row.due_at for row in rows}


async def one(db: Database, retries: Retries, clock: MovableClock, number: int, *, succeeds: bool) -> None:
    """The run of a store is recorded."""
    async with db.write() as session:
        state = await session.get_one(SyncState, ("T1", f"st_{number:03}", ORDERS))
        if succeeds:
            await retries.hasten_others(session, state, clock())
            state.failures, state.error = 0, None
        else:
            state.failures, state.error = 1, "unavailable"
            await retries.ask_others(session, state, clock())
        state.due_at = clock() + 5 * MINUTE


async def test_the_first_success_hastens_all_and_the_next_one_moves_nothing_again(
    db: Database, retries: Retries, clock: MovableClock
) -> None:
    await add(db, clock, range(MANY), failing=True)
    await one(db, retries, clock, 0, succeeds=True)
    hastened = await due(db)
    del hastened["st_000"]
    assert all(clock() <= at <= clock() + MINUTE / 2 for at in hastened.values())
    await one(db, retries, clock, 1, succeeds=True)
    then = await due(db)
    del hastened["st_001"]
    assert {store_id: then[store_id] for store_id in hastened} == hastened


async def test_a_store_that_fails_has_a_few_others_asked(db: Database, retries: Retries, clock: MovableClock) -> None:
    await add(db, clock, range(MANY), failing=False)
    await one(db, retries, clock, 0, succeeds=False)
    asked = [at for at in (await due(db)).values() if at < clock() + MINUTE]
    assert len(asked) == 4


async def test_once_several_have_failed_no_further_ones_are_asked(
    db: Database, retries: Retries, clock: MovableClock
) -> None:
    await add(db, clock, range(10), failing=True)
    await add(db, clock, range(10, MANY), failing=False)
    await one(db, retries, clock, 10, succeeds=False)
    assert [at for at in (await due(db)).values() if at < clock() + 5 * MINUTE] == []
