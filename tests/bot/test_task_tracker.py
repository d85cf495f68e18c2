"""What is under way when the process stops."""

import asyncio

import pytest

from bot.task_tracker import TaskTracker


async def test_a_drain_waits_for_what_runs_and_lets_nothing_begin() -> None:
    drain = TaskTracker()
    go_on = asyncio.Event()
    done: list[str] = []

    async def work() -> None:
        await go_on.wait()
        done.append("work")

    await drain.idle()
    running = asyncio.ensure_future(drain.track(work)())
    await asyncio.sleep(0)
    drain.close()
    await drain.track(work)()  # does not begin, so it does not wait either
    waiting = asyncio.ensure_future(drain.idle())
    await asyncio.sleep(0)
    assert not waiting.done()
    go_on.set()
    await asyncio.wait_for(waiting, 10)
    await running
    assert done == ["work"]


async def test_a_drain_forgets_what_failed() -> None:
    drain = TaskTracker()

    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await drain.track(fail)()
    await asyncio.wait_for(drain.idle(), 10)
