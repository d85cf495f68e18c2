"""The command line, in processes of its own: what it says, and how the bot starts and stops."""

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.fernet import Fernet

from bot.db import create_database, migrate, schema_is_current
from bot.installations import Grant, Installations
from bot.keys import new_key
from bot.manifest import manifest
from bot.playground.tmon import demo_sandbox, serve
from bot.playground.tmon.demo import DEMO_VENDOR
from bot.settings import Settings
from tests.clock import MovableClock
from tests.core import make_core
from tests.playground.slack_workspace import ConnectedWorkspace, open_workspace
from tests.tmon.orders.test_retention import PAID, order, put, with_data
from tmon.clock import system_clock
from tmon.models.stores import Draft
from tmon.sealing import Sealer
from tmon.workspaces.service import Arrival

STOP_SECONDS = 20
NEVER = datetime(2900, 1, 1, tzinfo=UTC)


class Bot:
    """`tmon-bot` with nothing but `environment` set."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    async def start(self, *arguments: str, stdin: str = "", **environment: str) -> asyncio.subprocess.Process:
        """Starts it; `stdin`: what is typed."""
        inherited = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot.cli",
            *arguments,
            cwd=self.folder,
            env={**inherited, "PYTHONPATH": str(Path(__file__).parents[2]), **self.environment, **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdin is not None
        process.stdin.write(stdin.encode())
        process.stdin.close()
        return process

    async def __call__(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        process = await self.start(*arguments, **environment)
        out, err = await asyncio.wait_for(process.communicate(), 60)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


@pytest.fixture
def bare(tmp_path: Path) -> Bot:
    return Bot(tmp_path, {})


async def test_new_keys_are_keys(bare: Bot) -> None:
    code, out, _ = await bare("keys", "new")
    assert code == 0
    Fernet(out.strip())


async def test_what_is_missing_is_said_a_line_each(bare: Bot) -> None:
    code, out, err = await bare("run", DATABASE_URL="oracle://hush")
    assert (code, out) == (1, "")
    assert "ENCRYPTION_KEYS: is missing" in err.splitlines()
    assert "hush" not in err
    assert "Traceback" not in err


async def test_a_port_that_is_taken_is_said_in_a_line(bare: Bot) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, out, err = await bare("playground", "--no-browser", "--port", str(port), PYTHONIOENCODING="utf-8")
    assert (code, out) == (1, "")
    assert err.splitlines()[-1].startswith(f"{port}번 포트를")
    assert "Traceback" not in err


@pytest.mark.parametrize(("host", "warned"), [("0.0.0.0", True), ("127.0.0.1", False)])
async def test_a_playground_that_others_can_reach_says_so(bare: Bot, host: str, warned: bool) -> None:
    process = await bare.start(
        "playground", "--no-browser", "--host", host, "--port", "0", PYTHONIOENCODING="utf-8", PYTHONUNBUFFERED="1"
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 60)
    process.send_signal(signal.SIGINT)
    _, err = await asyncio.wait_for(process.communicate(), 60)
    assert ("같은 네트워크의 누구나" in err.decode()) == warned


async def test_the_manifest_is_printed_as_json(bare: Bot) -> None:
    code, out, err = await bare("manifest", PYTHONIOENCODING="utf-8")
    assert code == 0
    assert json.loads(out) == manifest()
    link = urlsplit(err.rsplit(maxsplit=1)[-1])
    assert (link.scheme, link.netloc, link.path) == ("https", "api.slack.com", "/apps")
    assert json.loads(parse_qs(link.query)["manifest_json"][0]) == manifest()


async def test_migrate_needs_the_database_only(bare: Bot, empty_database_url: str) -> None:
    code, out, err = await bare("migrate", DATABASE_URL=empty_database_url)
    assert (code, out, err) == (0, "the database has the current schema\n", "")
    db = create_database(empty_database_url)
    assert await schema_is_current(db)
    await db.engine.dispose()


async def test_a_database_that_does_not_answer(bare: Bot) -> None:
    code, out, err = await bare("migrate", DATABASE_URL="postgresql+asyncpg://bot:hush@127.0.0.1:1/none")
    assert (code, out) == (1, "")
    assert "hush" not in err
    assert "Traceback" not in err


async def test_rotate_says_what_it_did(bare: Bot, database_url: str, clock: MovableClock) -> None:
    old, new = new_key(), new_key()
    db = create_database(database_url)
    async with db.write() as session:
        session.add(Draft(team_id="T1", user_id="U1", store_id="", content=Sealer([old]).seal({}), updated_at=clock()))
    await db.engine.dispose()
    code, out, _ = await bare("keys", "rotate", DATABASE_URL=database_url, ENCRYPTION_KEYS=f"{new},{old}")
    assert code == 0
    assert "draft.content: 1 looked at, 1 re-encrypted" in out
    code, _, err = await bare("keys", "rotate", DATABASE_URL=database_url, ENCRYPTION_KEYS=new_key())
    assert code == 1
    assert "1 values open with none of the keys" in err


@pytest.fixture
async def slack() -> AsyncIterator[ConnectedWorkspace]:
    """A workspace whose clock is that of the machine, as the bot's is."""
    async with open_workspace(system_clock, manifest=manifest()) as slack:
        yield slack


@pytest.fixture
async def bot(
    slack: ConnectedWorkspace, empty_database_url: str, clock: MovableClock, tmp_path: Path
) -> AsyncIterator[Bot]:
    tmon = await serve(demo_sandbox(clock))
    yield Bot(
        tmp_path,
        {
            "SLACK_BOT_TOKEN": slack.workspace.bot_token,
            "SLACK_APP_TOKEN": slack.workspace.app_token,
            "SLACK_API_URL": slack.server.api_url,
            "TMON_API_URL": tmon.url,
            "TMON_CLIENT_ID": DEMO_VENDOR.client_id,
            "TMON_CLIENT_SECRET": DEMO_VENDOR.client_secret,
            "TMON_PERSONAL_DATA_KEY": DEMO_VENDOR.personal_data_key,
            "DATABASE_URL": empty_database_url,
            "ENCRYPTION_KEYS": new_key(),
            "HTTP_PORT": str(free_port()),
        },
    )
    await tmon.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


async def test_it_starts_keeps_others_away_and_stops_in_order(bot: Bot, slack: ConnectedWorkspace) -> None:
    process = await bot.start("run")
    await asyncio.wait_for(slack.workspace.wait_until(lambda: slack.workspace.connected), 30)
    health = await healthy(bot)
    assert (health["healthy"], health["database"]) == (True, True)

    code, _, err = await bot("run")
    assert code == 1
    assert "another process works on this database" in err
    code, _, err = await bot("migrate")
    assert code == 1
    assert "works on this database" in err

    process.send_signal(signal.SIGTERM)
    _, err_bytes = await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0, err_bytes.decode()
    assert '"event": "stopped"' in err_bytes.decode()
    assert "Traceback" not in err_bytes.decode()
    await slack.workspace.wait_until(lambda: not slack.workspace.connected)


async def test_what_is_due_for_destruction_is_counted_and_with_yes_destroyed(
    bot: Bot, database_url: str, sealer: Sealer
) -> None:
    db = create_database(database_url)
    await put(db, order(1, sealer, closed_at=PAID), order(2, sealer, closed_at=PAID), order(3, sealer, paid_at=NEVER))
    code, out, _ = await bot("destroy-due", DATABASE_URL=database_url)
    others = ["claims: 0 of 0 are due", "inquiries: 0 of 0 are due", "reviews: 0 of 0 are due"]
    assert (code, out.splitlines()[1:]) == (0, ["orders: 2 of 3 are due", *others])
    assert await with_data(db) == {1, 2, 3}
    code, out, _ = await bot("destroy-due", "--yes", DATABASE_URL=database_url)
    assert code == 0
    assert "orders: 2 destroyed" in out
    assert await with_data(db) == {3}
    await db.engine.dispose()


async def test_keys_that_open_nothing_stop_the_start(
    bot: Bot, slack: ConnectedWorkspace, empty_database_url: str, clock: MovableClock
) -> None:
    await migrate(empty_database_url)
    db = create_database(empty_database_url)
    async with db.write() as session:
        content = Sealer([new_key()]).seal({})
        session.add(Draft(team_id="T1", user_id="U1", store_id="", content=content, updated_at=clock()))
    await db.engine.dispose()
    code, _, err = await bot("run")
    assert code == 1
    assert "Traceback" not in err
    (line,) = [line for line in err.splitlines() if '"level": "error"' in line]
    assert "none of ENCRYPTION_KEYS opens what is stored in draft.content" in line
    assert "--keys-lost" in line
    process = await bot.start("run", "--keys-lost")
    await asyncio.wait_for(slack.workspace.wait_until(lambda: slack.workspace.connected), 30)
    process.send_signal(signal.SIGTERM)
    await asyncio.wait_for(process.communicate(), STOP_SECONDS)
    assert process.returncode == 0


async def test_a_token_that_slack_refuses_stops_the_start(bot: Bot) -> None:
    (bot.folder / ".env").touch()
    (bot.folder / ".env").chmod(0o644)
    code, _, err = await bot("run", SLACK_BOT_TOKEN="xoxb-wrong")
    assert code == 1
    assert "invalid_auth" in err
    (warning,) = [line for line in err.splitlines() if '"level": "warning"' in line and "chmod" in line]
    assert f"{bot.folder / '.env'}" in warning, "what others can read is told at the start"
    assert "Traceback" not in err


async def healthy(bot: Bot) -> dict[str, Any]:
    """What `/healthz` says once it answers."""
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while True:
            try:
                answer = await client.get(f"http://127.0.0.1:{bot.environment['HTTP_PORT']}/healthz")
                report: dict[str, Any] = answer.json()
                return report
            except httpx.ConnectError:
                await asyncio.sleep(0.05)


# --- workspaces ---


async def answering(bot: Bot, *answers: str) -> tuple[int, str]:
    """Exit code and output of `workspaces forget`, with answers typed."""
    process = await bot.start(
        "workspaces", "forget", "T0GONE", PYTHONIOENCODING="utf-8", stdin="\n".join(answers) + "\n"
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert b"Traceback" not in err
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_workspaces_are_listed_and_one_is_forgotten_once_it_was_confirmed_twice(
    bot: Bot, slack: ConnectedWorkspace, empty_database_url: str
) -> None:
    await migrate(empty_database_url)
    code, out, _ = await bot("workspaces")
    assert (code, out) == (0, "no workspace has installed the app yet\n")
    db = create_database(empty_database_url)
    core = make_core(db, MovableClock(), Sealer([bot.environment["ENCRYPTION_KEYS"]]))
    token = slack.workspace.bot_token
    for team_id in ("T0GONE", "T0STAYS"):
        arrival = Arrival(team_id, f"{team_id} 상회", system_clock(), installed_by="U1")
        grant = Grant(arrival, "UBOT", token, app_id="A0APP", scopes="commands,chat:write")
        await Installations(core, slack.server.api_url.rstrip("/")).store(grant)
    code, out, _ = await bot("workspaces", PYTHONIOENCODING="utf-8")
    assert code == 0
    assert [line.split("  ")[0] for line in out.splitlines()] == ["T0GONE", "T0STAYS"]
    assert token not in out

    for answers in (("",), ("T0STAYS",), ("T0GONE", "no"), ("T0GONE", "")):
        code, out = await answering(bot, *answers)
        assert (code, "nothing was changed" in out) == (1, True)
    assert slack.workspace.token_error(token) is None
    code, out = await answering(bot, "T0GONE", "yes")
    assert (code, "destroyed" in out) == (0, True)
    assert slack.workspace.token_error(token) == "token_revoked"
    code, out, _ = await bot("workspaces", PYTHONIOENCODING="utf-8")
    gone, stays = out.splitlines()
    assert "(forgotten), its data destroyed" in gone
    assert "as the app A0APP, without files:read, files:write, users:read, users:read.email: to be installed" in stays
    await db.engine.dispose()


async def test_a_workspace_that_is_not_known_is_not_forgotten(bot: Bot, empty_database_url: str) -> None:
    await migrate(empty_database_url)
    code, out, _ = await bot("workspaces", "forget", "T0NOBODY")
    assert (code, out) == (1, "there is no workspace T0NOBODY: `tmon-bot workspaces` lists them\n")
    code, _, err = await bot("workspaces", "forget")
    assert code == 2
    assert "TEAM" in err
