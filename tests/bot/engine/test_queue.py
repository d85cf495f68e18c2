"""The queue engine: what asks for a task, what carries it out, and what becomes of it when a worker ends."""

import asyncio
import gc
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from bot.engine.queue import QueueState, queue_state
from bot.engine.queue_worker import MOST_ATTEMPTS
from tests.bot.engine.conftest import QueueOfTasks, eventually
from tmon.core import Services
from tmon.work import Queue, Task


class Work:
    """Notes what it was called with; waits if it is told to."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.running = self.most = 0
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def __call__(self, services: Services, **ids: Any) -> None:
        self.calls.append(ids)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.go_on.wait()
        finally:
            self.running -= 1


@pytest.fixture
def work() -> Work:
    return Work()


async def test_a_task_is_there_once_its_transaction_is_committed(queue: QueueOfTasks, work: Work) -> None:
    engine = queue.engine(Task("look", work, Queue.COLLECT))
    async with queue.db.write() as session:
        await engine.ask(session, "look", "st_1", store_id="st_1")
        assert await queue.jobs() == []
    assert await queue.jobs("task_name, queue_name, lock, queueing_lock, args") == [
        ("look", "collect", "look/st_1", None, {"store_id": "st_1"})
    ]


async def test_a_transaction_that_fails_asks_for_nothing(queue: QueueOfTasks, work: Work) -> None:
    engine = queue.engine(Task("look", work))

    async def fail() -> None:
        async with queue.db.write() as session:
            await engine.ask(session, "look", "st_1")
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    assert await queue.jobs() == []


async def test_an_unknown_task_is_refused(queue: QueueOfTasks) -> None:
    async with queue.db.write() as session:
        with pytest.raises(KeyError):
            await queue.engine().ask(session, "look", "st_1")


async def test_a_worker_calls_it_with_the_services_and_the_ids(queue: QueueOfTasks) -> None:
    heard: list[Any] = []

    async def look(services: Services, store_id: str) -> None:
        heard.append((services, store_id))

    worker = queue.worker(task := Task("look", look))
    await queue.ask(queue.engine(task), "look", "st_1", store_id="st_1")
    await worker.catch_up()
    assert heard == [(queue.services, "st_1")]
    assert await queue.jobs() == []


async def test_what_is_asked_for_again_while_it_waits_runs_once_with_the_newest_ids(
    queue: QueueOfTasks, work: Work
) -> None:
    task = Task("look", work)
    for run in ("1", "2", "3"):
        await queue.ask(queue.engine(task), "look", "st_1", run=run)
    await queue.ask(queue.engine(task), "look", "st_2", run="other")
    assert len(await queue.jobs()) == 2
    await queue.worker(task).catch_up()
    assert work.calls == [{"run": "3"}, {"run": "other"}]


async def test_what_is_asked_for_while_it_runs_runs_again_afterwards(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    work.go_on.clear()
    await queue.ask(queue.engine(task), "look", "st_1", run="1")
    async with queue.running(queue.worker(task), queue.worker(task)):
        await eventually(lambda: work.running == 1)
        await queue.ask(queue.engine(task), "look", "st_1", run="2")
        await queue.ask(queue.engine(task), "look", "st_2", run="other")
        await eventually(lambda: work.running == 2)
        work.go_on.set()
        await eventually(lambda: len(work.calls) == 3)
        await eventually(lambda: work.running == 0)
    assert work.calls == [{"run": "1"}, {"run": "other"}, {"run": "2"}]
    assert await queue.jobs() == []


async def test_the_waiting_job_is_left_to_the_fact_that_is_being_written(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    engine = queue.engine(task)
    await queue.ask(engine, "look", "st_1", run="1")
    async with queue.db.write() as session:
        await engine.ask(session, "look", "st_1", run="2")
        taken = await queue.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)")
        assert taken is None, "a worker would have run before the fact could be read"
    await queue.worker(task).catch_up()
    assert work.calls == [{"run": "2"}]


async def test_two_transactions_that_ask_for_the_same_crosswise_both_end(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    engine = queue.engine(task)
    for key in ("st_1", "st_2"):
        await queue.ask(engine, "look", key, name=key)
    async with asyncio.timeout(10), queue.db.write() as first, queue.db.write() as second:
        await engine.ask(first, "look", "st_1", name="st_1")
        await engine.ask(second, "look", "st_2", name="st_2")
        await engine.ask(first, "look", "st_2", name="st_2")
        await engine.ask(second, "look", "st_1", name="st_1")
    await queue.worker(task).catch_up()
    assert {call["name"] for call in work.calls} == {"st_1", "st_2"}


async def test_a_job_that_is_asked_for_begins_at_once(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    async with queue.running(queue.worker(task)):
        await eventually(lambda: _workers(queue))
        await asyncio.sleep(0.5)  # it listens
        before = asyncio.get_running_loop().time()
        await queue.ask(queue.engine(task), "look", "st_1")
        await eventually(lambda: work.calls)
        assert asyncio.get_running_loop().time() - before < 0.8, "not only by looking every second"


async def test_what_a_person_waits_for_goes_first(queue: QueueOfTasks) -> None:
    order: list[str] = []

    async def note(services: Services, name: str) -> None:
        order.append(name)

    tasks = [Task(queue_.value, note, queue_) for queue_ in Queue]
    engine = queue.engine(*tasks)
    for name in ("collect", "chores", "press"):
        await queue.ask(engine, name, "1", name=name)
    await queue.worker(*tasks, concurrency=1).catch_up()
    assert order == ["press", "collect", "chores"]


async def test_a_worker_takes_its_queues_only(queue: QueueOfTasks, work: Work) -> None:
    tasks = Task("look", work, Queue.COLLECT), Task("confirm", work, Queue.PRESS)
    for task in tasks:
        await queue.ask(queue.engine(*tasks), task.name, "1", name=task.name)
    async with queue.running(queue.worker(*tasks, queues=[Queue.PRESS])):
        await eventually(lambda: work.calls)
    assert work.calls == [{"name": "confirm"}]
    assert await queue.jobs() == [("look", "todo")]


async def test_a_worker_tells_how_long_its_oldest_job_waits(queue: QueueOfTasks, work: Work) -> None:
    tasks = Task("look", work, Queue.COLLECT), Task("confirm", work, Queue.PRESS)
    worker = queue.worker(*tasks, queues=[Queue.PRESS])
    await queue.ask(queue.engine(*tasks), "look", "1")
    await queue.execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    assert await worker.late_by(queue.db) is None, "others take that queue"
    for key in ("1", "2"):
        await queue.ask(queue.engine(*tasks), "confirm", key)
    await queue.execute("UPDATE procrastinate_events SET at = at - interval '1 minute' WHERE job_id % 2 = 0")
    late = await worker.late_by(queue.db)
    assert late is not None
    assert timedelta(minutes=1) <= late < timedelta(minutes=2)


async def test_the_operator_sees_what_waits_runs_and_hangs(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    assert await queue_state(queue.db, timedelta(seconds=2)) == QueueState(0, None, 0, 0, 0)
    for key in range(5):
        await queue.ask(queue.engine(task), "look", str(key))
    await queue.fetched()
    await queue.fetched("now() - interval '3 seconds'")
    await queue.execute("UPDATE procrastinate_events SET at = at - interval '1 hour'")
    state = await queue_state(queue.db, timedelta(seconds=2))
    assert (state.waiting, state.running, state.stalled, state.unknown) == (3, 1, 1, 0)
    assert state.oldest is not None
    assert state.oldest >= timedelta(hours=1)


async def test_a_task_that_fails_is_logged_and_done(
    queue: QueueOfTasks, work: Work, capsys: pytest.CaptureFixture[str]
) -> None:
    async def fail(services: Services) -> None:
        raise LookupError("no such thing")

    tasks = Task("fail", fail), Task("look", work)
    for task in tasks:
        await queue.ask(queue.engine(*tasks), task.name, "1")
    await queue.worker(*tasks, concurrency=1).catch_up()
    assert work.calls == [{}]
    assert await queue.jobs() == []
    assert "no such thing" in capsys.readouterr().out


async def test_arguments_of_a_newer_version_are_left_out(
    queue: QueueOfTasks, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[str] = []

    async def look(services: Services, store_id: str) -> None:
        heard.append(store_id)

    worker = queue.worker(task := Task("look", look))
    await queue.ask(queue.engine(task), "look", "st_1", store_id="st_1", urgent=True)
    await worker.catch_up()
    assert heard == ["st_1"]
    said = capsys.readouterr().out
    assert "arguments of a newer version" in said
    assert "urgent" in said


async def test_a_task_of_a_newer_version_waits_for_a_worker_that_knows_it(queue: QueueOfTasks, work: Work) -> None:
    task = Task("brand new", work)
    await queue.ask(queue.engine(task), "brand new", "1", run="1")
    old = queue.worker(Task("look", work))
    await old.catch_up()
    assert await queue.jobs() == [("brand new", "failed")]
    assert await old.recover() == 0
    new = queue.worker(task)
    assert await new.recover() == 1
    await new.catch_up()
    assert work.calls == [{"run": "1"}]
    await queue.ask(queue.engine(task), "brand new", "1")
    await old.catch_up()
    await queue.execute("UPDATE procrastinate_events SET at = at - interval '25 hours'")
    await old.recover()
    assert await queue.jobs() == [], "a day later nobody waits for it any more"


@pytest.mark.parametrize("removed", [False, True])
async def test_a_job_of_a_worker_that_is_gone_runs_again(queue: QueueOfTasks, work: Work, removed: bool) -> None:
    task = Task("look", work)
    await queue.ask(queue.engine(task), "look", "st_1", run="1")
    await queue.fetched("now() - interval '3 seconds'")
    if removed:  # as each worker does when it starts
        await queue.execute("SELECT procrastinate_prune_stalled_workers_v1(2)")
        assert await queue.jobs("worker_id") == [(None,)]
    worker = queue.worker(task)
    assert await worker.recover() == 1
    await worker.catch_up()
    assert work.calls == [{"run": "1"}]


async def test_a_job_of_a_living_worker_is_left_alone(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    await queue.ask(queue.engine(task), "look", "st_1")
    await queue.fetched()
    assert await queue.worker(task).recover() == 0
    assert await queue.jobs() == [("look", "doing")]


async def test_several_workers_that_recover_at_once_revive_a_job_once(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    for key in range(20):
        await queue.ask(queue.engine(task), "look", str(key))
        await queue.fetched("now() - interval '3 seconds'")
    workers = [queue.worker(task) for _ in range(5)]
    assert sum(await asyncio.gather(*(worker.recover() for worker in workers))) == 20
    assert await queue.jobs("DISTINCT status::text, attempts, 1 AS id") == [("todo", 1, 1)]


async def test_a_job_that_ends_its_workers_is_given_up(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    await queue.ask(queue.engine(task), "look", "st_1")
    worker = queue.worker(task)
    for _ in range(MOST_ATTEMPTS):
        await queue.fetched("now() - interval '3 seconds'")
        assert await worker.recover() == 1
    await queue.fetched("now() - interval '3 seconds'")
    await worker.recover()
    assert await queue.jobs() == []


async def test_a_new_job_of_a_key_does_not_keep_the_one_of_a_gone_worker_from_running_again(
    queue: QueueOfTasks, work: Work
) -> None:
    task = Task("look", work)
    await queue.ask(queue.engine(task), "look", "st_1", run="1")
    await queue.fetched("now() - interval '3 seconds'")
    await queue.ask(queue.engine(task), "look", "st_1", run="2")
    worker = queue.worker(task)
    await worker.catch_up()
    assert work.calls == [{"run": "1"}, {"run": "2"}]


async def test_running_jobs_end_before_a_worker_stops(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    work.go_on.clear()
    await queue.ask(queue.engine(task), "look", "st_1")
    running = asyncio.create_task(queue.worker(task).run())
    await eventually(lambda: work.running)
    running.cancel()
    await asyncio.wait({running}, timeout=0.5)
    assert not running.done()
    work.go_on.set()
    await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 5)
    assert await queue.jobs() == []
    assert not await _workers(queue)


async def test_nothing_is_left_of_a_worker_that_is_stopped_while_it_starts(queue: QueueOfTasks, work: Work) -> None:
    worker = queue.worker(Task("look", work))
    for number in range(20):
        running = asyncio.create_task(worker.run())
        await asyncio.sleep(number / 500)
        running.cancel()
        await asyncio.wait({running}, timeout=30)
        assert [task.get_name() for task in asyncio.all_tasks() if "pool" in task.get_name()] == []


async def test_a_job_that_takes_too_long_when_its_worker_stops_is_given_back(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    work.go_on.clear()
    await queue.ask(queue.engine(task), "look", "st_1", run="1")
    running = asyncio.create_task(queue.worker(task, drain_seconds=0.2).run())
    await eventually(lambda: work.running)
    running.cancel()
    await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), 5)
    assert work.running == 0
    assert await queue.jobs() == [("look", "todo")]
    work.go_on.set()
    await queue.worker(task).catch_up()
    assert work.calls == [{"run": "1"}] * 2


async def test_a_worker_whose_connections_break_works_again(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    async with queue.running(queue.worker(task)):
        await queue.ask(queue.engine(task), "look", "st_1")
        await eventually(lambda: len(work.calls) == 1)
        for number in range(2, 4):
            await queue.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name = 'tmon-bot queue' AND datname = current_database()"
            )
            await queue.ask(queue.engine(task), "look", "st_1")
            await eventually(partial(_has_called, work, number))
        await eventually(lambda: _beats(queue))
        await eventually(lambda: _is(queue, []))  # one that broke off at its very end runs once more


async def test_a_worker_that_others_took_for_gone_starts_anew(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    async with queue.running(queue.worker(task)):
        await eventually(lambda: _workers(queue))
        (first,) = await _workers(queue)
        await queue.execute("DELETE FROM procrastinate_workers")
        await queue.ask(queue.engine(task), "look", "st_1")
        await eventually(lambda: work.calls)
        (second,) = await _workers(queue)
    assert second != first


async def test_a_job_of_which_the_worker_has_not_heard_runs_again(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work, Queue.COLLECT)
    async with queue.running(queue.worker(task, queues=[Queue.PRESS])):
        await eventually(lambda: _workers(queue))
        (worker_id,) = await _workers(queue)
        await queue.ask(queue.engine(task), "look", "st_1")
        assert await queue.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, :id)", id=worker_id)
        await eventually(lambda: _is(queue, [("look", "todo")]))


@pytest.mark.parametrize("taken", ["ended", "waiting", "cut off"])
async def test_the_end_of_a_job_that_is_not_this_workers_any_more_is_one_line_in_the_log(
    queue: QueueOfTasks, work: Work, taken: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    task = Task("look", work)
    work.go_on.clear()
    await queue.ask(queue.engine(task), "look", "st_1")
    async with queue.running(queue.worker(task)):
        await eventually(lambda: work.running)
        if taken == "ended":  # by the one that has taken it over while this one was frozen
            await queue.execute("SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM procrastinate_jobs")
        elif taken == "waiting":
            await queue.execute("UPDATE procrastinate_jobs SET status = 'cancelled'")
        else:
            await queue.execute("ALTER FUNCTION procrastinate_finish_job_v1 RENAME TO away")
        work.go_on.set()
        line = "was not written down" if taken == "cut off" else "another worker had taken it over"
        said = ""

        def is_said() -> bool:
            nonlocal said
            said += capsys.readouterr().out
            return line in said

        await eventually(is_said)
        if taken == "cut off":
            await queue.execute("ALTER FUNCTION away RENAME TO procrastinate_finish_job_v1")
    gc.collect()
    assert f"[{'warning' if taken == 'cut off' else 'info'}" in next(one for one in said.splitlines() if line in one)
    assert "Traceback" not in said + capsys.readouterr().out
    assert "never retrieved" not in caplog.text


async def test_a_job_that_runs_for_long_is_not_taken_for_lost(queue: QueueOfTasks, work: Work) -> None:
    task = Task("look", work)
    work.go_on.clear()
    worker = queue.worker(task)
    await queue.ask(queue.engine(task), "look", "st_1")
    async with queue.running(worker):
        await eventually(lambda: work.running)
        for _ in range(8):
            await asyncio.sleep(0.4)
            assert await worker.recover() == 0
        work.go_on.set()
    assert len(work.calls) == 1


def _has_called(work: Work, times: int) -> bool:
    return len(work.calls) >= times


async def _workers(queue: QueueOfTasks) -> list[int]:
    async with queue.db.read() as session:
        return list(await session.scalars(text("SELECT id FROM procrastinate_workers ORDER BY id")))


async def _beats(queue: QueueOfTasks) -> bool:
    return bool(
        await queue.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 second'"
        )
    )


async def _is(queue: QueueOfTasks, jobs: list[tuple[Any, ...]]) -> bool:
    return await queue.jobs() == jobs
