"""Transactions, and several that write at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from bot.db import create_database
from tests.clock import MovableClock
from tmon.audit import record_in_team
from tmon.database import Database
from tmon.models.audit import Audit


async def audits(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(Audit)) or 0


async def test_a_block_that_fails_leaves_nothing(db: Database, clock: MovableClock) -> None:
    async def fail() -> None:
        async with db.write() as session:
            record_in_team(session, "T1", "U1", "x.y", clock())
            await session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await audits(db) == 0


async def test_writers_that_read_first_do_not_fail_as_locked(database_url: str, clock: MovableClock) -> None:
    """Two engines stand for two processes: without BEGIN IMMEDIATE the second one's upgrade of its lock fails."""
    databases = [create_database(database_url) for _ in range(2)]

    async def look_then_write(db: Database) -> None:
        async with db.write() as session:
            await session.scalar(select(func.count()).select_from(Audit))
            await asyncio.sleep(0)
            record_in_team(session, "T1", "U1", "x.y", clock())

    await asyncio.gather(*(look_then_write(db) for db in databases * 10))
    assert await audits(databases[0]) == 20
    for db in databases:
        await db.engine.dispose()


async def test_a_reader_is_not_kept_waiting_by_a_writer(db: Database, clock: MovableClock) -> None:
    async with db.write() as session:
        record_in_team(session, "T1", "U1", "x.y", clock())
        await session.flush()
        assert await asyncio.wait_for(audits(db), 2) == 0
    assert await audits(db) == 1
