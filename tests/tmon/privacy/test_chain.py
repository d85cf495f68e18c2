"""The hash chain over the audit rows: whole after any order of writers, broken by any change."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlmodel import col

from tests.clock import MovableClock
from tests.statements import written_down
from tmon.audit import record_in_team
from tmon.database import Database
from tmon.models.audit import Audit, AuditChain
from tmon.privacy import chain

TEAM = "T1"


async def record(db: Database, clock: MovableClock, count: int, action: str = "order.confirm") -> None:
    async with db.write() as session:
        for number in range(count):
            record_in_team(session, TEAM, "U1", action, clock(), subject=number, fields=["메모", "key"], n=number)
    clock.advance(timedelta(seconds=1))


async def rows(db: Database) -> list[Audit]:
    async with db.read() as session:
        return list(await session.scalars(select(Audit).order_by(col(Audit.chain_no))))


async def kept_break(db: Database) -> int | None:
    kept = await chain.last_check(db, TEAM)
    assert kept is not None
    return kept[0].broken_at


async def test_every_row_is_taken_up_once_and_the_chain_is_whole(db: Database, clock: MovableClock) -> None:
    assert await chain.verify(db, TEAM) == chain.ChainState(0, "", None)
    await record(db, clock, 3)
    assert await chain.extend(db, TEAM) == 3
    assert await chain.extend(db, TEAM) == 0
    await record(db, clock, chain.BATCH + 1)
    assert await chain.extend(db, TEAM) == chain.BATCH + 1
    state = await chain.verify(db, TEAM)
    assert (state.length, state.broken_at) == (chain.BATCH + 4, None)
    assert [row.chain_no for row in await rows(db)] == list(range(1, chain.BATCH + 5))


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_piece_costs_the_same_however_long_the_chain_and_the_backlog_are(
    db: Database, clock: MovableClock
) -> None:
    """SQLite sorts the backlog for each piece: it prefers the index of the numbers, whatever there is besides."""
    touched = []
    for pieces in (2, 10):
        await record(db, clock, pieces * chain.BATCH)
        async with written_down(db) as statements:
            await chain.extend(db, TEAM)
        await record(db, clock, pieces * chain.BATCH)
        async with db.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE audit"))  # entries of rows that are gone count as well
        touched.append(max([rows async for _, selects, rows in statements.touching("audit") if "ORDER BY" in selects]))
    assert touched[1] < 1.2 * touched[0]


async def test_writers_at_the_same_time_make_one_chain(db: Database, clock: MovableClock) -> None:
    for _ in range(5):
        await record(db, clock, 4)
        await asyncio.gather(*(chain.extend(db, TEAM) for _ in range(4)))
    state = await chain.verify(db, TEAM)
    assert (state.length, state.broken_at) == (20, None)


@pytest.mark.parametrize(
    "change",
    [
        update(Audit).where(col(Audit.chain_no) == 3).values(user_id="U2"),
        update(Audit).where(col(Audit.chain_no) == 3).values(details={"n": 99}),
        update(Audit).where(col(Audit.chain_no) == 3).values(subject="other"),
        delete(Audit).where(col(Audit.chain_no) == 3),
    ],
    ids=["who", "details", "subject", "deleted"],
)
async def test_a_changed_or_deleted_row_is_found(db: Database, clock: MovableClock, change: object) -> None:
    await record(db, clock, 5)
    await chain.extend(db, TEAM)
    async with db.write() as session:
        await session.execute(change)  # type: ignore[call-overload]
    assert (await chain.verify(db, TEAM)).broken_at == 3


async def test_a_cut_end_is_found(db: Database, clock: MovableClock) -> None:
    await record(db, clock, 5)
    await chain.extend(db, TEAM)
    async with db.write() as session:
        await session.execute(delete(Audit).where(col(Audit.chain_no) == 5))
    assert (await chain.verify(db, TEAM)).broken_at == 5
    async with db.write() as session:  # with the end moved as well, only the hash that people were told differs
        (end,) = await session.scalars(select(AuditChain))
        kept = (await session.scalars(select(Audit).where(col(Audit.chain_no) == 4))).one()
        told = end.last_hash
        end.length, end.last_hash = 4, kept.chain_hash or ""
    state = await chain.verify(db, TEAM)
    assert state.broken_at is None
    assert state.last_hash != told


async def test_an_end_that_was_moved_back_is_found(db: Database, clock: MovableClock) -> None:
    await record(db, clock, 5)
    await chain.extend(db, TEAM)
    async with db.write() as session:
        (end,) = await session.scalars(select(AuditChain))
        kept = (await session.scalars(select(Audit).where(col(Audit.chain_no) == 4))).one()
        end.length, end.last_hash = 4, kept.chain_hash or ""
    assert (await chain.verify(db, TEAM)).broken_at == 5


async def test_a_chain_that_grows_while_it_is_verified_is_whole(db: Database, clock: MovableClock) -> None:
    await record(db, clock, 5 * chain.BATCH)
    await chain.extend(db, TEAM)
    verification = asyncio.create_task(chain.verify(db, TEAM))
    while not verification.done():
        await record(db, clock, 1)
        await chain.extend(db, TEAM)
    assert verification.result().broken_at is None


async def test_a_check_takes_up_what_is_new_and_is_kept(db: Database, clock: MovableClock) -> None:
    assert await chain.last_check(db, TEAM) is None
    await record(db, clock, 5)
    state = await chain.check(db, clock, TEAM)
    assert state.length == 5
    assert await chain.last_check(db, TEAM) == (state, clock())
    async with db.write() as session:
        await session.execute(delete(Audit).where(col(Audit.chain_no) == 3))
    assert await kept_break(db) is None  # a look at the result verifies nothing
    await chain.check(db, clock, TEAM)
    assert await kept_break(db) == 3
