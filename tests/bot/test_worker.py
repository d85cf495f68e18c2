"""`tmon-bot worker` and `tmon-bot web`: when they start and when not, beside whom they work, and how they stop."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bot.db import MIGRATIONS, create_database
from bot.keys import new_key
from bot.manifest import manifest
from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.tmon import demo_sandbox, serve
from bot.playground.tmon.demo import DEMO_VENDOR
from tests.bot.engine.conftest import eventually
from tests.bot.test_cli import Bot, free_port, healthy
from tests.clock import MovableClock
from tests.flows.world import until
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace
from tmon.clock import system_clock
from tmon.models.stores import Draft
from tmon.sealing import Sealer

pytestmark = pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
STOP_SECONDS = 25


@pytest.fixture
async def slack() -> AsyncIterator[ConnectedWorkspace]:
    async with open_workspace(system_clock, manifest=manifest()) as slack:
        yield slack


@pytest.fixture
async def bot(slack: ConnectedWorkspace, database_url: str, clock: MovableClock, tmp_path: Path) -> AsyncIterator[Bot]:
    tmon = await serve(demo_sandbox(clock))
    yield Bot(
        tmp_path,
        {
            "ENGINE": "queue",
            "SLACK_BOT_TOKEN": slack.workspace.bot_token,
            "SLACK_API_URL": slack.server.api_url,
            "TMON_API_URL": tmon.url,
            "TMON_CLIENT_ID": DEMO_VENDOR.client_id,
            "TMON_CLIENT_SECRET": DEMO_VENDOR.client_secret,
            "TMON_PERSONAL_DATA_KEY": DEMO_VENDOR.personal_data_key,
            "DATABASE_URL": database_url,
            "ENCRYPTION_KEYS": new_key(),
            "HTTP_PORT": str(free_port()),
            "SLACK_TRANSPORT": "http",
            "SLACK_SIGNING_SECRET": slack.workspace.http.signing_secret,
        },
    )
    await tmon.stop()


async def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    db = create_database(url)
    async with db.read() as session:
        found = [tuple(row) for row in await session.execute(text(query))]
    await db.engine.dispose()
    return found


async def test_it_works_beside_others_keeps_run_away_and_stops_in_order(
    bot: Bot, slack: ConnectedWorkspace, database_url: str
) -> None:
    first = await bot.start("worker")
    health = await healthy(bot)
    assert (health["role"], health["healthy"], health["slack_silent_seconds"]) == ("worker", True, None)
    port = str(free_port())
    second = await bot.start("worker", HTTP_PORT=port)
    await healthy(Bot(bot.folder, {"HTTP_PORT": port}))
    assert await rows(database_url, "SELECT role FROM process") == [("worker",)] * 2
    assert len(await rows(database_url, "SELECT id FROM procrastinate_workers")) == 2
    assert slack.workspace.sockets.connected == 0

    code, out, _ = await bot("migrate")
    assert (code, out) == (0, "the database has the current schema\n")
    code, _, err = await bot("run", ENGINE="embedded")
    assert code == 1
    assert "another process works on this database" in err

    for process in (first, second):
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(process.communicate(), STOP_SECONDS)
        assert process.returncode == 0, said.decode()
        assert "Traceback" not in said.decode()
    assert await rows(database_url, "SELECT role FROM process") == []
    assert await rows(database_url, "SELECT id FROM procrastinate_workers") == []


async def test_webs_answer_slack_in_turn_beside_a_worker_and_stop_in_order(
    bot: Bot, slack: ConnectedWorkspace, database_url: str
) -> None:
    workspace = slack.workspace
    workspace.sockets.ack_seconds = STOP_SECONDS
    worker = await bot.start("worker")
    await healthy(bot)
    ports = [str(free_port()), str(free_port())]
    webs = [await bot.start("web", HTTP_PORT=port) for port in ports]
    for port in ports:
        health = await healthy(Bot(bot.folder, {"HTTP_PORT": port}))
        assert (health["role"], health["healthy"], health["slack_silent_seconds"]) == ("web", True, 0)
    assert sorted(await rows(database_url, "SELECT role FROM process")) == [("web",), ("web",), ("worker",)]
    assert workspace.sockets.connected == 0
    await workspace.http.use(*(f"http://127.0.0.1:{port}/slack/events" for port in ports))

    for opened in (1, 2):
        assert (await workspace.slash(MINJI, ORDERS, "/tmon", "guide")).ok
        await until(lambda: len(workspace.calls_of("views.open")) == opened, STOP_SECONDS)  # noqa: B023
    taken = await rows(database_url, "SELECT count(DISTINCT owner) FROM envelope")
    assert taken == [(2,)]

    for process in (*webs, worker):
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(process.communicate(), STOP_SECONDS)
        assert process.returncode == 0, said.decode()
        assert "Traceback" not in said.decode()
    assert await rows(database_url, "SELECT role FROM process") == []


async def test_a_web_may_hear_slack_by_a_socket(bot: Bot, slack: ConnectedWorkspace) -> None:
    code, _, err = await bot("web", SLACK_TRANSPORT="socket")
    assert (code, err) == (1, "SLACK_APP_TOKEN: is missing\n")
    process = await bot.start("web", SLACK_TRANSPORT="socket", SLACK_APP_TOKEN=slack.workspace.app_token)
    await asyncio.wait_for(slack.workspace.wait_until(lambda: slack.workspace.connected), 30)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0


async def test_it_does_not_start_beside_run(bot: Bot) -> None:
    process = await bot.start("run", ENGINE="embedded")
    await healthy(bot)
    for command in ("worker", "web", "migrate"):
        code, _, err = await bot(command)
        assert code == 1
        assert "`tmon-bot run` works on this database, alone" in err
        assert "Traceback" not in err
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)


@pytest.mark.parametrize("command", ["worker", "web"])
async def test_it_starts_with_keys_that_open_nothing_only_if_they_are_said_to_be_lost(
    bot: Bot, database_url: str, clock: MovableClock, command: str
) -> None:
    db = create_database(database_url)
    async with db.write() as session:
        content = Sealer([new_key()]).seal({})
        session.add(Draft(team_id="T1", user_id="U1", store_id="", content=content, updated_at=clock()))
    await db.engine.dispose()
    code, _, err = await bot(command)
    assert code == 1
    assert "none of ENCRYPTION_KEYS opens what is stored in draft.content" in err
    assert "--keys-lost" in err
    process = await bot.start(command, "--keys-lost")
    assert (await healthy(bot))["role"] == command
    process.send_signal(signal.SIGTERM)
    _, said = await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0
    assert "Traceback" not in said.decode()


@pytest.mark.parametrize("command", ["worker", "web"])
async def test_it_does_not_migrate_and_refuses_an_old_schema(bot: Bot, empty_database_url: str, command: str) -> None:
    code, _, err = await bot(command, DATABASE_URL=empty_database_url)
    assert code == 1
    assert "run `tmon-bot migrate` first" in err
    assert "Traceback" not in err


async def test_it_refuses_a_schema_that_newer_versions_have_taken_something_from(bot: Bot, database_url: str) -> None:
    db = create_database(database_url)
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9000'"))
        await session.execute(text("INSERT INTO oldest_code (revision) VALUES ('8000')"))
    await db.engine.dispose()
    code, _, err = await bot("worker")
    assert code == 1
    assert "for newer versions of tmon-bot only" in err
    assert "Traceback" not in err


async def test_without_its_extra_it_says_what_to_install(bot: Bot, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    missing.mkdir()
    (missing / "procrastinate.py").write_text("raise ModuleNotFoundError(name='procrastinate')")
    code, out, err = await bot("worker", PYTHONPATH=os.pathsep.join([str(missing), str(MIGRATIONS.parents[1])]))
    assert (code, out) == (1, "")
    assert "pip install 'tmon-bot[scale]'" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("engine", "url"),
    [("embedded", None), ("queue", "sqlite+aiosqlite:///bot.db"), ("embedded", "sqlite+aiosqlite:///bot.db")],
)
async def test_it_refuses_what_several_processes_cannot_share(bot: Bot, engine: str, url: str | None) -> None:
    command = "worker" if engine == "queue" else "web"
    code, out, err = await bot(command, ENGINE=engine, **({} if url is None else {"DATABASE_URL": url}))
    assert (code, out) == (1, "")
    (line,) = err.splitlines()
    assert line.startswith("ENGINE: ")
    assert not (bot.folder / "bot.db").exists()


async def test_run_refuses_the_queue(bot: Bot) -> None:
    code, _, err = await bot("run")
    assert code == 1
    (line,) = err.splitlines()
    assert line.startswith("ENGINE: `tmon-bot run` ")


async def test_a_worker_goes_on_when_the_server_cuts_its_connections(bot: Bot, database_url: str) -> None:
    process = await bot.start("worker", STALLED_SECONDS="2")
    await healthy(bot)
    await rows(
        database_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name IN ('tmon-bot', 'tmon-bot queue')"
        " AND pid <> pg_backend_pid()",
    )
    await eventually(lambda: beats_again(database_url))
    assert process.returncode is None
    assert (await healthy(bot))["healthy"]
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0


async def test_a_worker_is_judged_by_the_chores_that_nobody_begins(bot: Bot, database_url: str) -> None:
    process = await bot.start("worker", WORKER_QUEUES="press,chores")
    await healthy(bot)
    assert await rows(database_url, "SELECT facts ->> 'queues' FROM process") == [('["press", "chores"]',)]

    async def all_done() -> bool:
        return not await rows(database_url, "SELECT name FROM chore WHERE done_at IS NULL")

    await eventually(all_done)
    db = create_database(database_url)
    async with db.write() as session:
        # whoever claims what is due leaves locked rows alone; the settling of writes is due every few seconds
        await session.execute(text("SELECT * FROM chore WHERE claim_token IS NULL FOR UPDATE"))

        async def late() -> bool:
            return ((await healthy(bot))["jobs_late_seconds"] or 0) >= 2

        await eventually(late)
    await db.engine.dispose()
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0


async def beats_again(url: str) -> bool:
    """Whether a process that started a while ago and its worker have a heartbeat."""
    return bool(
        await rows(
            url,
            "SELECT 1 FROM process, procrastinate_workers WHERE heartbeat_at > now() - interval '1 second'"
            " AND last_heartbeat > now() - interval '1 second' AND process.started_at < now() - interval '3 seconds'",
        )
    )


async def test_a_worker_that_loses_its_lock_ends_for_its_supervisor(bot: Bot, database_url: str) -> None:
    process = await bot.start("worker")
    await healthy(bot)
    await rows(
        database_url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'tmon-bot lock'",
    )
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 75
