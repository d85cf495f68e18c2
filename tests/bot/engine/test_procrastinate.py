"""What we rely on or guard against in the pinned version of Procrastinate: an upgrade that changes it has to be looked at."""

import asyncio
from importlib.metadata import version
from pathlib import Path

import asyncpg
import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.schema import SchemaManager
from procrastinate.utils import AwaitableContext
from procrastinate.worker import Worker
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.db import MIGRATIONS
from bot.engine.queue_worker import conninfo
from tests.bot.engine.conftest import QueueOfTasks, eventually
from tests.databases import PostgresDatabases

VERSION = "3.10.0"
CATALOG = {
    "columns": "SELECT table_name, column_name, ordinal_position, udt_name, column_default, is_nullable, is_identity"
    " FROM information_schema.columns WHERE table_name LIKE 'procrastinate\\_%'",
    "types": "SELECT type.typname, attname, format_type(atttypid, atttypmod), attnum FROM pg_attribute"
    " JOIN pg_type AS type ON type.typrelid = attrelid WHERE typname LIKE 'procrastinate\\_%' AND attnum > 0",
    "enums": "SELECT typname, enumlabel, enumsortorder FROM pg_enum JOIN pg_type AS type ON type.oid = enumtypid"
    " WHERE typname LIKE 'procrastinate\\_%'",
    "indexes": "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE tablename LIKE 'procrastinate\\_%'",
    "constraints": "SELECT conname, pg_get_constraintdef(pg_constraint.oid) FROM pg_constraint"
    " JOIN pg_class ON pg_class.oid = conrelid WHERE relname LIKE 'procrastinate\\_%'",
    "functions": "SELECT proname, pg_get_functiondef(oid) FROM pg_proc WHERE proname LIKE 'procrastinate\\_%'",
    "triggers": "SELECT tgname, pg_get_triggerdef(pg_trigger.oid) FROM pg_trigger"
    " JOIN pg_class ON pg_class.oid = tgrelid WHERE relname LIKE 'procrastinate\\_%' AND NOT tgisinternal",
}
DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('q', 'look', CAST(:priority AS integer), CAST(:lock AS text),"
    " CAST(:queueing AS text), CAST('{}' AS jsonb), CAST(:at AS timestamptz))]::procrastinate_job_to_defer_v1[])"
)


async def defer(
    queue: QueueOfTasks, *, lock: str | None = None, queueing: str | None = None, later: bool = False, priority: int = 0
) -> None:
    at = await queue.execute("SELECT now() + interval '1 hour'") if later else None
    await queue.execute(DEFER, priority=priority, lock=lock, queueing=queueing, at=at)


def test_the_version_is_the_pinned_one() -> None:
    assert version("procrastinate") == VERSION


async def test_the_revisions_make_the_schema_of_the_version(
    database_url: str, postgres_databases: PostgresDatabases, tmp_path: Path
) -> None:
    fresh_url = await postgres_databases.create(tmp_path, migrated=False)
    fresh, ours = [
        await asyncpg.connect(make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
        for url in (fresh_url, database_url)
    ]
    await fresh.execute(SchemaManager.get_schema())
    for kind, query in CATALOG.items():
        expected = sorted(map(tuple, await fresh.fetch(query)))
        assert expected, kind
        assert sorted(map(tuple, await ours.fetch(query))) == expected, kind
    await fresh.close()
    await ours.close()
    await postgres_databases.drop(fresh_url)


def test_the_stored_script_is_that_of_the_package() -> None:
    stored = MIGRATIONS / "procrastinate" / f"{VERSION}.sql"
    assert stored.read_text(encoding="utf-8") == SchemaManager.get_schema()


async def test_a_taken_queueing_lock_fails_and_takes_the_fact_with_it(queue: QueueOfTasks) -> None:
    await defer(queue, queueing="st_1")
    async with queue.db.write() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text(DEFER), {"priority": 0, "lock": None, "queueing": "st_1", "at": None})
        with pytest.raises(DBAPIError, match="transaction is aborted"):
            await session.execute(text("SELECT 1"))
        await session.rollback()


async def test_a_job_with_both_locks_cannot_be_revived_while_another_waits(queue: QueueOfTasks) -> None:
    await defer(queue, lock="st_1", queueing="st_1")
    await queue.fetched("now() - interval '1 hour'")
    await defer(queue, lock="st_1", queueing="st_1")
    with pytest.raises(IntegrityError):
        await queue.execute("SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs")


async def test_a_job_for_later_holds_its_lock_meanwhile(queue: QueueOfTasks) -> None:
    await defer(queue, lock="st_1", later=True)
    await defer(queue, lock="st_1")
    assert await queue.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)") is None


async def test_the_fetch_leaves_locked_jobs_alone(queue: QueueOfTasks) -> None:
    await defer(queue, lock="st_1")
    async with queue.db.write() as session:
        await session.execute(text("SELECT id FROM procrastinate_jobs FOR UPDATE"))
        assert await queue.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, NULL)") is None


async def test_the_job_of_a_removed_worker_has_none(queue: QueueOfTasks) -> None:
    await defer(queue)
    await queue.fetched("now() - interval '1 hour'")
    await queue.execute("SELECT procrastinate_prune_stalled_workers_v1(10)")
    assert await queue.jobs("status::text, worker_id") == [("doing", None)]


async def test_a_removed_worker_takes_no_jobs(queue: QueueOfTasks) -> None:
    await defer(queue)
    with pytest.raises(IntegrityError):
        await queue.execute("SELECT id FROM procrastinate_fetch_job_v2(NULL, 4711)")


async def test_a_worker_that_wakes_from_a_freeze_ends_the_job_of_its_successor(queue: QueueOfTasks) -> None:
    await defer(queue, lock="st_1")
    await queue.fetched("now() - interval '1 hour'")
    await queue.execute("SELECT procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL) FROM procrastinate_jobs")
    await queue.fetched()
    end = "SELECT procrastinate_finish_job_v1(id, 'succeeded', true) FROM procrastinate_jobs"
    await queue.execute(end)
    assert await queue.jobs() == [], "so whatever must be done once needs a claim of its own"


async def test_a_job_that_raises_is_kept_as_failed_and_not_tried_again(queue: QueueOfTasks) -> None:
    async with opened(queue) as app:

        @app.task(name="look", queue="q")
        async def look() -> None:
            raise LookupError

        await defer(queue)
        await Worker(app, wait=False, delete_jobs="successful", install_signal_handlers=False).run()
    assert await queue.jobs("status::text, attempts") == [("failed", 1)]


@pytest.mark.parametrize("periodic", [False, True])
async def test_a_heartbeat_that_fails_ends_only_a_worker_with_periodic_tasks(
    queue: QueueOfTasks, periodic: bool
) -> None:
    beats = 0

    async def broken(worker_id: int) -> None:
        nonlocal beats
        beats += 1
        raise ConnectorException

    async with opened(queue) as app:
        if periodic:

            @app.periodic(cron="0 0 1 1 *")
            @app.task(name="yearly")
            async def yearly(timestamp: int) -> None: ...

        app.job_manager.update_heartbeat = broken  # type: ignore[method-assign]
        worker = Worker(app, update_heartbeat_interval=0.1, install_signal_handlers=False)
        running = asyncio.create_task(worker.run())
        await eventually(lambda: beats)
        done, _ = await asyncio.wait({running}, timeout=2)
        assert bool(done) == periodic, "without one it goes on without heartbeat: QueueWorker looks after it"
        worker.stop()
        await running  # it ends without an exception, with which a supervisor would start it again
    assert beats == 1


def opened(queue: QueueOfTasks) -> AwaitableContext[App]:
    return App(connector=PsycopgConnector(conninfo=conninfo(queue.url), min_size=1, max_size=3)).open_async()
