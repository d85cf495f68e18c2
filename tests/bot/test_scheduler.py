"""Jobs run at once and again, one at a time, and a failure ends none of them."""

import asyncio

from bot.scheduler import ScheduledJob, scheduled
from tests.flows.world import until


async def test_a_job_runs_at_the_start_and_again_whatever_happened() -> None:
    runs: list[str] = []

    async def fail() -> None:
        runs.append("fail")
        raise LookupError

    async def work() -> None:
        runs.append("work")

    async with scheduled((ScheduledJob("fail", fail, 0.05), ScheduledJob("work", work, 0.05))):
        await until(lambda: runs.count("fail") >= 2 and runs.count("work") >= 2)


async def test_a_job_that_is_slow_is_not_run_twice_at_once() -> None:
    running = most = 0

    async def slow() -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.1)
        running -= 1

    async with scheduled((ScheduledJob("slow", slow, 0.01),)):
        await asyncio.sleep(0.3)
    assert most == 1


async def test_nothing_runs_after_the_end() -> None:
    runs: list[int] = []

    async def work() -> None:
        runs.append(1)

    async with scheduled((ScheduledJob("work", work, 0.05),)):
        await until(lambda: runs)
    count = len(runs)
    await asyncio.sleep(0.15)
    assert len(runs) <= count + 1


async def test_jobs_that_wait_run_at_once_when_told_to() -> None:
    runs: list[int] = []

    async def daily() -> None:
        runs.append(1)

    async with scheduled((ScheduledJob("daily", daily, 86_400.0),)) as run_now:
        await until(lambda: len(runs) == 1)
        await asyncio.sleep(0.05)
        assert len(runs) == 1
        run_now()
        await until(lambda: len(runs) == 2)
