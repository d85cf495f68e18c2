"""Chores: each is done by one process at a time, when it is due by the database's clock, whatever becomes of the processes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

import bot.scheduler
from bot.scheduler import RETRY, ScheduledJob, Scheduler, scheduled
from tests.flows.world import until
from tests.processes import DatabaseTime, OneOfSeveral, one_of_several
from tmon.models.processes import Chore

HOUR = 3600.0
A_LOOK = 0.1
"""Seconds in which a process has looked for due chores more than once."""


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bot.scheduler, "LOOK_SECONDS", A_LOOK / 4)


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


class Work:
    """Counts its runs, which wait while they are held."""

    def __init__(self) -> None:
        self.begun = self.ended = self.at_once = self.most = 0
        self.go_on = asyncio.Event()
        self.go_on.set()
        self.fails = False

    async def __call__(self) -> None:
        self.begun += 1
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        try:
            await self.go_on.wait()
            if self.fails:
                raise LookupError
            self.ended += 1
        finally:
            self.at_once -= 1

    def job(self, every: float = HOUR, *, name: str = "work", in_each_process: bool = False) -> ScheduledJob:
        return ScheduledJob(name, self, every, in_each_process)


@pytest.fixture
def work() -> Work:
    return Work()


def doing(of: OneOfSeveral, *jobs: ScheduledJob, alone: bool = False) -> AbstractAsyncContextManager[Scheduler]:
    return scheduled(of.db, of.claims, jobs, alone=alone)


async def row(of: OneOfSeveral, name: str = "work") -> Chore:
    async with of.db.read() as session:
        return await session.get_one(Chore, name)


async def due_in(of: OneOfSeveral, name: str = "work") -> float:
    """Seconds until a chore is due, by the database's clock."""
    async with of.db.read() as session:
        now = await session.scalar(select(of.db.now()))
    assert now is not None
    seconds: float = ((await row(of, name)).due_at - now).total_seconds()
    return seconds


async def written(of: OneOfSeveral, name: str = "work") -> None:
    """Waits until the end of a run is written down."""
    async with asyncio.timeout(10):
        while (await row(of, name)).claim_token is not None:  # noqa: ASYNC110 - what is waited for stands in the database
            await asyncio.sleep(0.01)


async def looked(*beat: Callable[[], Awaitable[object]]) -> None:
    """Lets time pass in which every process has looked."""
    for one in beat:
        await one()
    await asyncio.sleep(4 * A_LOOK)


async def test_a_chore_is_done_when_it_is_due_whatever_another_one_does(one: OneOfSeveral, work: Work) -> None:
    failing = Work()
    failing.fails = True
    async with doing(one, failing.job(0.05, name="fail"), work.job(0.05)):
        await until(lambda: failing.begun >= 2 and work.ended >= 2)


async def test_a_chore_that_is_slow_is_not_done_twice_at_once_and_then_once(
    one: OneOfSeveral, other: OneOfSeveral, work: Work
) -> None:
    work.go_on.clear()
    async with doing(one, work.job(0.01)), doing(other, work.job(0.01)):
        await until(lambda: work.begun == 1)
        await looked()
        work.go_on.set()
        await until(lambda: work.ended >= 3)
    assert work.most == 1


async def test_a_chore_is_done_once_at_its_time_by_all_processes_together(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime, work: Work
) -> None:
    # neither counts as gone between the leap of the clock and its heartbeat
    one.process.stalled = other.process.stalled = timedelta(hours=2)
    async with doing(one, work.job()), doing(other, work.job()):
        for times in range(1, 5):
            await until(lambda times=times: work.ended == times)
            await looked()
            await written(one)
            assert work.ended == times
            time.pass_by(HOUR)
            await one.process.beat()
            await other.process.beat()


async def test_all_chores_of_a_deployment_that_starts_at_once_are_done_once(
    one: OneOfSeveral, other: OneOfSeveral
) -> None:
    works = [Work() for _ in range(30)]
    jobs = [work.job(name=f"work {number}") for number, work in enumerate(works)]
    async with doing(one, *jobs), doing(other, *reversed(jobs)):
        await until(lambda: all(work.ended for work in works))
        await looked()
    assert [work.begun for work in works] == [1] * 30


async def test_a_start_does_nothing_before_its_time(one: OneOfSeveral, time: DatabaseTime, work: Work) -> None:
    async with doing(one, work.job()):
        await until(lambda: work.ended)
    time.pass_by(HOUR - 60)
    async with doing(one, work.job()):
        await looked()
        assert work.begun == 1
        time.pass_by(61)
        await until(lambda: work.ended == 2)


async def test_frequent_chores_are_done_at_once_by_a_process_that_has_started_alone(
    one: OneOfSeveral, work: Work
) -> None:
    daily = Work()
    jobs = work.job(60), daily.job(24 * HOUR, name="daily")
    async with doing(one, *jobs):
        await until(lambda: work.ended and daily.ended)
    async with doing(one, *jobs):
        await looked()
        assert (work.begun, daily.begun) == (1, 1), "beside others nothing was left half-way"
    async with doing(one, *jobs, alone=True):
        await until(lambda: work.ended == 2)
        await looked()
    assert (work.begun, daily.begun) == (2, 1)


async def test_a_chore_is_due_an_interval_after_its_start(one: OneOfSeveral, work: Work) -> None:
    work.go_on.clear()
    async with doing(one, work.job()):
        await until(lambda: work.begun)
        await asyncio.sleep(0.5)
        work.go_on.set()
        await written(one)
        assert HOUR - 5 < await due_in(one) < HOUR - 0.5
        assert (await row(one)).done_at is not None


async def test_a_chore_that_failed_is_done_again_soon(one: OneOfSeveral, time: DatabaseTime, work: Work) -> None:
    work.fails = True
    with capture_logs() as logs:
        async with doing(one, work.job(24 * HOUR)):
            await until(lambda: work.begun)
            await written(one)
            assert RETRY.total_seconds() - 5 < await due_in(one) <= RETRY.total_seconds()
            work.fails = False
            time.pass_by(RETRY.total_seconds())
            await until(lambda: work.ended)
            await written(one)
            assert await due_in(one) > 23 * HOUR
    assert [line["job"] for line in logs if line["event"] == "job failed"] == ["work"]


async def test_a_chore_of_a_process_that_is_gone_is_begun_by_another(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime, work: Work
) -> None:
    work.go_on.clear()
    dead = Scheduler(one.db, one.claims, [work.job(24 * HOUR)])
    await dead.begin(alone=False)
    await until(lambda: work.begun == 1)
    assert dead._looking is not None
    dead._looking.cancel()  # what a killed process had claimed stays claimed
    async with doing(other, work.job(24 * HOUR)):
        time.pass_by(14)
        await looked(other.process.beat)
        assert work.begun == 1
        time.pass_by(2)
        await until(lambda: work.begun == 2)
        work.go_on.set()
        await written(other)
        assert (await row(other)).done_at is not None


async def test_a_process_that_stood_still_gives_up_what_another_has_begun(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    work.go_on.clear()
    theirs = Work()
    theirs.go_on.clear()
    with capture_logs() as logs:
        async with doing(one, work.job()):
            await until(lambda: work.begun)
            time.pass_by(16)
            await other.process.beat()
            async with doing(other, theirs.job()):
                await until(lambda: theirs.begun)
                token = (await row(one)).claim_token
                monkeypatch.setattr(bot.scheduler, "RENEW_SECONDS", 0.0)  # it wakes
                await until(lambda: work.at_once == 0)
                await looked()
                assert (await row(one)).claim_token == token, "its end is not the end of the other's"
                assert (work.ended, work.begun) == (0, 1)
                theirs.go_on.set()
                await until(lambda: theirs.ended)
    assert {line["job"] for line in logs if "another process" in line["event"]} == {"work"}


async def test_the_claim_of_a_long_chore_is_renewed(
    one: OneOfSeveral, other: OneOfSeveral, time: DatabaseTime, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot.scheduler, "RENEW_SECONDS", 0.0)
    work.go_on.clear()
    async with doing(one, work.job()), doing(other, work.job()):
        await until(lambda: work.begun)
        for _ in range(5):
            time.pass_by(14)
            await one.process.beat()
            await looked(other.process.beat)
        assert work.begun == 1
        work.go_on.set()


async def test_a_stop_lets_a_chore_end_and_writes_it_down(one: OneOfSeveral, work: Work) -> None:
    work.go_on.clear()
    async with doing(one, work.job(24 * HOUR)) as scheduler:
        await until(lambda: work.begun)
        scheduler.stop()
        draining = asyncio.ensure_future(scheduler.drain())
        scheduler.run_now()
        await looked()
        assert not draining.done()
        work.go_on.set()
        await draining
    assert (work.begun, work.ended) == (1, 1)
    assert (await row(one)).claim_token is None
    assert (await row(one)).done_at is not None


async def test_a_chore_that_is_cut_off_by_a_stop_is_still_due(
    one: OneOfSeveral, other: OneOfSeveral, work: Work
) -> None:
    work.go_on.clear()
    async with doing(one, work.job(24 * HOUR)):
        await until(lambda: work.begun)
    assert (work.at_once, work.ended) == (0, 0)
    assert (await row(one)).claim_token is None
    work.go_on.set()
    async with doing(other, work.job(24 * HOUR)):
        await until(lambda: work.ended)


async def test_chores_that_wait_are_done_at_once_when_told_to(one: OneOfSeveral, work: Work) -> None:
    here = Work()
    async with doing(one, work.job(), here.job(name="here", in_each_process=True)) as scheduler:
        await until(lambda: work.ended == here.ended == 1)
        await looked()
        assert (work.begun, here.begun) == (1, 1)
        scheduler.run_now()
        await until(lambda: work.ended == here.ended == 2)
        work.go_on.clear()
        scheduler.run_now()
        await until(lambda: work.begun == 3)
        scheduler.run_now()
        await looked()
        assert work.begun == 3
        work.go_on.set()
        await until(lambda: work.ended == 4)
        await looked()
    assert work.begun == 4


async def test_a_clock_that_is_set_back_stops_no_chore(one: OneOfSeveral, time: DatabaseTime, work: Work) -> None:
    async with doing(one, work.job(1)):
        await until(lambda: work.ended)
        await written(one)
        time.pass_by(-24 * HOUR)
        await one.process.beat()
        await until(lambda: work.ended >= 3)
    time.pass_by(-24 * HOUR)
    before = work.ended
    async with doing(one, work.job(1)):
        await until(lambda: work.ended >= before + 2)


async def test_a_job_of_each_process_runs_in_each_of_them(one: OneOfSeveral, other: OneOfSeveral, work: Work) -> None:
    theirs = Work()
    async with (
        doing(one, work.job(in_each_process=True)),
        doing(other, theirs.job(in_each_process=True)),
    ):
        await until(lambda: work.ended and theirs.ended)
        await looked()
    assert (work.begun, theirs.begun) == (1, 1)
    async with one.db.read() as session:
        assert list(await session.scalars(select(Chore))) == []


async def test_a_process_tells_for_how_long_what_is_due_has_waited(
    one: OneOfSeveral, time: DatabaseTime, work: Work
) -> None:
    async with doing(one, work.job()) as scheduler:
        await until(lambda: work.ended)
        await written(one)
        assert await scheduler.late_by(one.db) is None
        scheduler.stop()
        await scheduler.drain()
        time.pass_by(HOUR + 900)
        late = await scheduler.late_by(one.db)
        assert late is not None
        assert abs(late - timedelta(seconds=900)) < timedelta(seconds=10)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_database_that_is_away_for_a_moment_costs_no_chore(
    one: OneOfSeveral, other: OneOfSeveral, work: Work
) -> None:
    async with doing(one, work.job(0.05)):
        await until(lambda: work.ended)
        for _ in range(3):
            async with other.db.read() as session:
                await session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                )
            before = work.ended
            await until(lambda before=before: work.ended > before + 1)
    assert work.most == 1


async def test_two_jobs_of_one_name_are_refused(one: OneOfSeveral, work: Work) -> None:
    with pytest.raises(ValueError, match="same name"):
        Scheduler(one.db, one.claims, [work.job(), work.job()])
