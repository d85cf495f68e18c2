"""The engine's promises, and the lock that keeps a second process away."""

import asyncio
import stat
import sys
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.db import (
    WRITE_SECONDS,
    AlreadyRunning,
    SchemaUnfit,
    alembic_config,
    create_database,
    migrate,
    process_lock,
    require_schema,
    schema_is_current,
)
from tests.databases import SqliteDatabases
from tmon.database import Database
from tmon.models.processes import OldestCode


async def test_an_sqlite_file_is_its_owners_alone(tmp_path: Path) -> None:
    db = create_database(f"sqlite+aiosqlite:///{tmp_path}/new/folder/bot.db")
    async with db.write() as session:
        await session.execute(text("CREATE TABLE x (id INTEGER)"))
        files = list((tmp_path / "new" / "folder").iterdir())
        assert {file.name for file in files} == {"bot.db", "bot.db-wal", "bot.db-shm"}
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700
    await db.engine.dispose()


async def test_values_do_not_show_in_database_errors(db: Database) -> None:
    async with db.read() as session:
        with pytest.raises(Exception, match="nowhere") as failed:
            await session.execute(text("SELECT :secret FROM nowhere"), {"secret": "hush"})
    assert "hush" not in str(failed.value)


async def test_a_statement_takes_one_step_of_the_thread_of_sqlite(
    sqlite_databases: SqliteDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = 0
    execute: Any = aiosqlite.Connection._execute

    async def counted(*args: Any, **kwargs: Any) -> Any:
        nonlocal steps
        steps += 1
        return await execute(*args, **kwargs)

    db = create_database(await sqlite_databases.create(tmp_path, migrated=False))
    async with db.write() as session:
        await session.execute(text("CREATE TABLE x (id INTEGER PRIMARY KEY, name TEXT NOT NULL)"))
    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    async with db.write() as session:
        await session.execute(text("SELECT 1"))  # and what begins the transaction
        before = steps
        await session.execute(text("INSERT INTO x (id, name) VALUES (:id, 'a')"), [{"id": 1}, {"id": 2}])
        found = await session.execute(text("INSERT INTO x (name) VALUES ('b'), ('c') RETURNING id"))
        assert sorted(found.scalars()) == [3, 4]
        changed: Any = await session.execute(text("UPDATE x SET name = 'd' WHERE id > 1"))
        assert changed.rowcount == 3
        rows = await session.execute(text("SELECT id, name FROM x ORDER BY id"))
        assert rows.all() == [(1, "a"), (2, "d"), (3, "d"), (4, "d")]
        assert steps - before == 4
    async with db.write() as session:
        with pytest.raises(IntegrityError):
            await session.execute(text("INSERT INTO x (id, name) VALUES (1, 'e')"))
    async with db.read() as session:
        streamed = await session.stream(text("SELECT id FROM x ORDER BY id"))
        assert [row.id async for row in streamed] == [1, 2, 3, 4]
    await db.engine.dispose()


HOLDER = """
import asyncio, sys
from bot.db import process_lock
async def hold():
    async with process_lock(sys.argv[1], lost=lambda: None):
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(hold())
"""


async def test_one_process_per_database_until_it_is_killed(database_url: str) -> None:
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, database_url, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout
    assert await holder.stdout.readline() == b"held\n"
    with pytest.raises(AlreadyRunning):
        await enter_and_leave(database_url)
    holder.kill()
    await holder.wait()
    async with asyncio.timeout(20):  # the server notices a moment later
        while True:
            try:
                await enter_and_leave(database_url)
                break
            except AlreadyRunning:
                await asyncio.sleep(0.05)
    await enter_and_leave(database_url)


ON_POSTGRES = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
"""A file lock does not break, and nobody shares it."""


@ON_POSTGRES
async def test_many_share_a_database_or_one_has_it_alone(database_url: str) -> None:
    async with shared(database_url), shared(database_url):
        with pytest.raises(AlreadyRunning, match="another process works on this database"):
            await enter_and_leave(database_url)
    async with process_lock(database_url, lost=lambda: None):
        with pytest.raises(AlreadyRunning, match="tmon-bot run"):
            async with shared(database_url):
                pass
    async with shared(database_url):
        pass


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_nobody_shares_an_sqlite_file(database_url: str) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        async with shared(database_url):
            pass


@ON_POSTGRES
@pytest.mark.parametrize("divided", [False, True])
async def test_a_lock_that_breaks_is_told(database_url: str, divided: bool) -> None:
    lost = asyncio.Event()
    db = create_database(database_url)
    async with process_lock(database_url, lost=lost.set, shared=divided):
        async with db.read() as session:
            await session.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
                )
            )
        await asyncio.wait_for(lost.wait(), 20)
    await db.engine.dispose()


@ON_POSTGRES
@pytest.mark.parametrize(("stalled", "limit"), [(2, "2s"), (15, "15s"), (600, "15s")])
async def test_whoever_is_frozen_in_a_transaction_keeps_its_locks_until_it_counts_as_gone(
    database_url: str, stalled: int, limit: str
) -> None:
    db = create_database(database_url, stalled=timedelta(seconds=stalled))
    async with db.read() as session:
        assert await session.scalar(text("SHOW idle_in_transaction_session_timeout")) == limit
    await db.engine.dispose()


@ON_POSTGRES
async def test_whoever_is_frozen_before_a_prepared_statement_is_executed_loses_its_locks(database_url: str) -> None:
    db = create_database(database_url)
    takes_lock = text("SELECT pg_advisory_xact_lock(1)")

    async def frozen() -> None:
        async with db.write() as session:
            assert await session.scalar(text("SHOW transaction_timeout")) == f"{WRITE_SECONDS}s"
            # what ends transactions that are idle does not see it; and the test does not wait for so long
            for limit in (
                "transaction_timeout = 0",
                "transaction_timeout = '2s'",
                "idle_in_transaction_session_timeout = 500",
            ):
                await session.execute(text(f"SET LOCAL {limit}"))
            await session.execute(takes_lock)
            connection = await (await session.connection()).get_raw_connection()
            driver: Any = connection.driver_connection
            await driver.prepare("SELECT 1")
            await asyncio.sleep(1)
            async with db.write() as other:
                state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
                assert await other.scalar(state, {"pid": driver.get_server_pid()}) == "active"
                await asyncio.wait_for(other.execute(takes_lock), 15)
            await session.execute(text("SELECT 1"))

    async with db.read() as session:
        assert await session.scalar(text("SHOW transaction_timeout")) == "0"
    with pytest.raises(DBAPIError):
        await frozen()
    await db.engine.dispose()


def shared(url: str) -> AbstractAsyncContextManager[None]:
    return process_lock(url, lost=lambda: None, shared=True)


async def enter_and_leave(url: str) -> None:
    async with process_lock(url, lost=lambda: None):
        pass


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_migration_works_beside_processes_that_share_and_not_beside_one_alone(database_url: str) -> None:
    async with (
        process_lock(database_url, lost=lambda: None, shared=True),
        process_lock(database_url, lost=lambda: None, shared=True),
    ):
        await migrate(database_url)
    async with process_lock(database_url, lost=lambda: None):
        with pytest.raises(AlreadyRunning, match="`tmon-bot run` works on this database"):
            async with process_lock(database_url, lost=lambda: None, shared=True):
                pass


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_several_migrations_at_once_make_the_schema_once(empty_database_url: str) -> None:
    await asyncio.gather(*(migrate(empty_database_url) for _ in range(5)))
    db = create_database(empty_database_url)
    assert await schema_is_current(db)
    await db.engine.dispose()


async def test_the_current_schema_fits(db: Database) -> None:
    await require_schema(db)


async def test_no_schema_and_an_older_one_are_refused(empty_database_url: str) -> None:
    db = create_database(empty_database_url)
    with pytest.raises(SchemaUnfit, match="tmon-bot migrate"):
        await require_schema(db)
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0025"))
    with pytest.raises(SchemaUnfit, match="tmon-bot migrate"):
        await require_schema(db)
    await db.engine.dispose()


async def test_a_newer_schema_fits_until_it_leaves_something_out(db: Database) -> None:
    await set_revision(db, "9000")
    await require_schema(db)
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    async with db.write() as session:
        session.add(OldestCode(revision=str(newest)))
    await require_schema(db)
    async with db.write() as session:
        session.add(OldestCode(revision="8999"))
    with pytest.raises(SchemaUnfit, match="newer versions"):
        await require_schema(db)


async def set_revision(db: Database, revision: str) -> None:
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
