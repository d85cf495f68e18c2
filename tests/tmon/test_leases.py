"""Leases and claims: one holder at a time, and what becomes of one whose holder is late, gone or frozen."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlmodel import col

from tests.processes import DatabaseTime, OneOfSeveral, one_of_several
from tmon.leases import NOBODY, LeaseLost
from tmon.models.processes import Lease

LASTS = timedelta(seconds=10)
STALLED = 15


@pytest.fixture
def time() -> DatabaseTime:
    return DatabaseTime()


@pytest.fixture
async def one(database_url: str, time: DatabaseTime) -> AsyncIterator[OneOfSeveral]:
    async with one_of_several(database_url, time) as made:
        yield made


@pytest.fixture
async def other(database_url: str, time: DatabaseTime) -> AsyncIterator[OneOfSeveral]:
    async with one_of_several(database_url, time) as made:
        yield made


async def take(of: OneOfSeveral, team: str = "T1", name: str = "place/C1", lasts: timedelta = LASTS) -> str | None:
    async with of.db.write() as session:
        return await of.leases.take(session, team, name, lasts)


async def change(of: OneOfSeveral, token: str) -> bool:
    """A statement that needs the lease; whether it changed anything."""
    async with of.db.write() as session:
        changed = await session.scalar(
            update(Lease)
            .where(col(Lease.name) == "place/C1", of.leases.is_held("T1", "place/C1", token))
            .values(claim_owner=of.process.id)
            .returning(col(Lease.name)),
            execution_options={"synchronize_session": False},
        )
    return changed is not None


async def test_only_one_of_many_who_take_a_lease_at_once_gets_it(one: OneOfSeveral, other: OneOfSeveral) -> None:
    tokens = await asyncio.gather(*(take(who) for who in (one, other) * 5))
    assert len([token for token in tokens if token is not None]) == 1


async def test_whether_a_lease_is_free_depends_on_its_own_holder_alone(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    hour = timedelta(hours=1)
    assert await take(one, name="place/C1", lasts=hour)
    time.pass_by(STALLED + 1)
    await other.process.beat()
    assert await take(other, name="place/C2", lasts=hour)
    assert await take(other, name="place/C1", lasts=hour), "whoever holds another one is alive"


async def test_leases_of_other_names_and_workspaces_are_free(one: OneOfSeveral, other: OneOfSeveral) -> None:
    assert await take(one)
    assert await take(other, name="place/C2")
    assert await take(other, team="T2")
    assert await take(one) is None, "nor does its own process get it twice"


async def test_a_lease_is_free_once_it_is_over_and_its_late_holder_changes_nothing(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    late = await take(one)
    assert late
    time.pass_by(9)
    assert await take(other) is None
    assert await change(one, late)
    time.pass_by(2)
    assert not await change(one, late), "it is over, although nobody has taken it"
    assert not await one.leases.renew("T1", "place/C1", late, LASTS)
    token = await take(other)
    assert token
    assert not await change(one, late)
    await one.leases.release("T1", "place/C1", late)
    assert await change(other, token), "a late release gives back nothing of another's"


async def test_a_lease_that_is_renewed_lasts(one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime) -> None:
    token = await take(one)
    assert token
    for _ in range(3):
        time.pass_by(8)
        await one.process.beat()
        assert await one.leases.renew("T1", "place/C1", token, LASTS)
    assert await take(other) is None
    await one.leases.release("T1", "place/C1", token)
    assert await take(other)


async def test_a_lease_of_a_process_that_is_gone_is_free(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    hour = timedelta(hours=1)
    assert await take(one, lasts=hour)
    time.pass_by(STALLED - 1)
    assert await take(other, lasts=hour) is None
    await one.process.beat()
    time.pass_by(STALLED - 1)
    assert await take(other, lasts=hour) is None, "it beats"
    time.pass_by(2)
    assert await take(other, lasts=hour), "it has not been heard for so long"


async def test_a_lease_of_a_process_that_is_gone_is_free_although_the_clock_was_set_back(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    assert await take(one)
    time.pass_by(-24 * 3600)
    await other.process.beat()
    assert await take(other)


async def test_a_process_that_signs_off_leaves_its_leases_at_once(one: OneOfSeveral, other: OneOfSeveral) -> None:
    assert await take(one, lasts=timedelta(hours=1))
    await one.process.end()
    assert await take(other)


async def test_a_process_that_is_alone_takes_over_what_all_others_held(one: OneOfSeveral, other: OneOfSeveral) -> None:
    assert await take(one, lasts=timedelta(hours=1))
    await other.process.begin(alone=True)
    assert await take(other)


async def test_a_process_never_holds_itself_for_gone(one: OneOfSeveral, time: DatabaseTime) -> None:
    assert await take(one, lasts=timedelta(hours=1))
    time.pass_by(STALLED * 4)
    assert await take(one) is None


async def test_a_lease_is_held_as_long_as_its_block_and_renewed_meanwhile(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    async with one.leases.held("T1", "place/C1", timedelta(seconds=0.3)) as held:
        assert held is not None
        async with other.leases.held("T1", "place/C1", LASTS) as second:
            assert second is None
        await asyncio.sleep(0.5)
        assert await take(other) is None, "it was renewed"
        assert await change(one, held.token)
        time.pass_by(60)
        assert await take(other)
        with pytest.raises(LeaseLost):
            await held.renew()
        assert not await change(one, held.token)


async def test_a_lease_is_given_back_when_its_block_fails(one: OneOfSeveral, other: OneOfSeveral) -> None:
    with pytest.raises(LookupError):
        async with one.leases.held("T1", "place/C1", LASTS):
            raise LookupError
    assert await take(other)


async def test_a_claim_on_a_row_is_free_for_whom_it_is(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    """The columns of a claim on any table, here on one that is at hand."""

    async def claim(of: OneOfSeveral) -> bool:
        async with of.db.write() as session:
            claimed = await session.scalar(
                update(Lease)
                .where(col(Lease.name) == "row", of.claims.is_free(Lease))
                .values(**of.claims.new(LASTS))
                .returning(col(Lease.name)),
                execution_options={"synchronize_session": False},
            )
        return claimed is not None

    async with one.db.write() as session:
        await session.execute(insert(Lease).values(team_id="T1", name="row", **NOBODY))
    assert sorted(await asyncio.gather(claim(one), claim(other), claim(one))) == [False, False, True]
    time.pass_by(9)
    await asyncio.gather(one.process.beat(), other.process.beat())
    assert not await claim(one)
    assert not await claim(other)
    time.pass_by(1)
    assert await claim(other), "it is over at its last moment"


async def test_rows_of_free_leases_are_deleted_and_those_of_held_ones_stay(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime
) -> None:
    over, given_back = await take(one, name="over"), await take(one, name="given back")
    assert over is not None
    assert given_back is not None
    await one.leases.release("T1", "given back", given_back)
    time.pass_by(LASTS.total_seconds())
    held = await take(other, name="held")
    assert held is not None
    await one.leases.forget_free()
    async with one.db.read() as session:
        assert (await session.scalars(select(col(Lease.name)))).all() == ["held"]
    assert await other.leases.renew("T1", "held", held, LASTS)
    assert not await one.leases.renew("T1", "over", over, LASTS)
    assert await take(one, name="over") is not None


async def test_several_are_taken_together_but_for_those_that_another_holds(
    one: OneOfSeveral, other: OneOfSeveral
) -> None:
    assert await take(other, name="place/C2") is not None
    async with one.db.write() as session:
        leases = await one.leases.take_all(session, [("T1", f"place/C{number}") for number in range(4)], LASTS)
    assert sorted(lease.name for lease in leases) == ["place/C0", "place/C1", "place/C3"]
    await one.leases.release_all(leases)
    assert await take(other, name="place/C1") is not None
    assert await take(one, name="place/C2") is None


async def test_a_statement_that_is_kept_has_the_time_of_each_execution(one: OneOfSeveral, time: DatabaseTime) -> None:
    statement = select(one.db.now(), one.db.seconds())
    async with one.db.read() as session:
        before = (await session.execute(statement)).one()
        time.pass_by(LASTS.total_seconds())
        after = (await session.execute(statement)).one()
    assert after[0] - before[0] >= LASTS
    assert after[1] - before[1] >= LASTS.total_seconds()
