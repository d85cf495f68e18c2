"""The doctor against the far sides that the product brings: what is well, what is not, and no secret said."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

import bot.doctor
from bot.block_kit_check import distinct_shapes
from bot.database_clock import DatabaseClock
from bot.db import create_database
from bot.doctor import SCOPES
from bot.engine.queue import QueueEngine
from bot.keys import fingerprints, new_key
from bot.manifest import manifest
from handlers.features import FEATURES, complete
from handlers.samples.drawing import draw_samples
from tests.bot.examination import FarSides
from tests.bot.test_cli import Bot
from tests.clock import MovableClock
from tmon.clock import system_clock
from tmon.core import Services
from tmon.models.stores import Draft
from tmon.processes import Process
from tmon.sealing import Sealer
from tmon.work import Task


def test_the_scopes_are_those_of_the_manifest() -> None:
    assert set(manifest()["oauth_config"]["scopes"]["bot"]) == SCOPES


async def test_all_is_well(far_sides: FarSides) -> None:
    code, wrong, said = await far_sides.examine(list(draw_samples(complete(FEATURES))))
    assert (code, wrong) == (0, {})
    assert f"all {len(distinct_shapes(draw_samples(complete(FEATURES))))} shapes" in said


async def test_the_command_says_the_same(far_sides: FarSides, tmp_path: Path) -> None:
    bot = Bot(tmp_path, {name.upper(): value for name, value in far_sides.settings.items()})
    code, said, complaints = await bot("doctor")
    assert (code, complaints) == (0, "")
    assert [line[:4] for line in said.splitlines()] == ["ok  "] * 11
    assert "Slack takes all" in said


async def test_a_file_that_others_can_read_is_a_warning(far_sides: FarSides, tmp_path: Path) -> None:
    bot = Bot(tmp_path, {name.upper(): value for name, value in far_sides.settings.items()})
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(0o644)
    code, said, _ = await bot("doctor")
    assert code == 0
    (warning,) = [line for line in said.splitlines() if line.startswith("warn")]
    assert f"{tmp_path / '.env'}" in warning


async def test_tokens_that_slack_refuses(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(slack_bot_token="xoxb-wrong", slack_app_token="xapp-wrong")
    assert code == 1
    assert wrong["Slack bot token"] == wrong["Slack app token"] == "Slack says invalid_auth"


async def test_a_scope_that_was_not_granted(far_sides: FarSides) -> None:
    far_sides.slack.workspace.scopes -= {"users:read.email"}
    code, wrong, _ = await far_sides.examine()
    assert code == 1
    assert "users:read.email" in wrong["Slack bot token"]


async def test_a_key_that_opens_nothing(far_sides: FarSides, encryption_key: str, clock: MovableClock) -> None:
    db = create_database(far_sides.settings["database_url"])
    async with db.write() as session:
        content = Sealer([encryption_key]).seal({})
        session.add(Draft(team_id="T1", user_id="U1", store_id="", content=content, updated_at=clock()))
    await db.engine.dispose()
    assert (await far_sides.examine())[0] == 0
    assert "older key" in (await far_sides.examine(encryption_keys=f"{new_key()},{encryption_key}"))[2]
    code, wrong, _ = await far_sides.examine(encryption_keys=new_key())
    assert code == 1
    assert "draft.content" in wrong["encryption keys"]


async def heard(far_sides: FarSides, role: str, *keys: str, ago: float = 0, **of: Any) -> None:
    """A process that has begun on the database."""
    db = create_database(far_sides.settings["database_url"])
    db.clock_offset = lambda: timedelta(seconds=-ago)
    process = Process(db, role, version=of.pop("version", "0.3.0"), keys=fingerprints(keys))
    await process.begin(alone=False)
    await process.beat(**of)
    await db.engine.dispose()


async def line(far_sides: FarSides, check: str, **settings: Any) -> str:
    """What was said of one check."""
    _, _, said = await far_sides.examine(**settings)
    (found,) = [line for line in said.splitlines() if line[6:].startswith(f"{check}: ")]
    return found


async def test_who_works_on_the_database(far_sides: FarSides, encryption_key: str) -> None:
    assert await line(far_sides, "processes") == "ok    processes: none works on this database"
    await heard(far_sides, "worker", "other", ago=100)
    assert "worker 0.3.0 was last heard 100 seconds ago and is gone" in await line(far_sides, "processes")
    await heard(far_sides, "web", encryption_key, ago=5, clock_behind=-90)
    said = await line(far_sides, "processes")
    assert said.startswith("ok")
    assert "web 0.3.0 with a clock 90 seconds ahead of the database's was heard 5 seconds ago" in said
    await heard(far_sides, "worker", encryption_key, version="0.4.0", clock_behind=20)
    said = await line(far_sides, "processes")
    assert said.startswith("warn")
    assert "worker 0.4.0 was heard 0 seconds ago" in said
    assert "Several versions" in said


async def test_a_process_whose_heart_beats_slowly_by_the_settings_is_not_gone(
    far_sides: FarSides, encryption_key: str
) -> None:
    await heard(far_sides, "web", encryption_key, ago=60)
    assert "is gone" in await line(far_sides, "processes")
    assert "web 0.3.0 was heard 60 seconds ago" in await line(far_sides, "processes", stalled_seconds=300)


async def test_processes_with_other_keys(far_sides: FarSides, encryption_key: str) -> None:
    new = new_key()
    await heard(far_sides, "web", encryption_key, new)
    await heard(far_sides, "worker", new, encryption_key)
    said = await line(far_sides, "processes")
    assert said.startswith("warn"), "each opens what the other encrypts; they are being changed"
    assert f"worker 0.3.0 with the keys {' '.join(fingerprints([new, encryption_key]))}" in said
    await heard(far_sides, "worker", new)
    code, wrong, said = await far_sides.examine()
    assert code == 1
    (old,) = fingerprints([encryption_key])
    assert f"web encrypts with the key {old}, which worker does not have" in wrong["processes"]
    assert new not in said


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_clock_that_differs_from_the_databases(far_sides: FarSides, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await line(far_sides, "clock")).startswith("ok")
    wrong = lambda: system_clock() - timedelta(seconds=120)  # noqa: E731
    monkeypatch.setattr(bot.doctor, "DatabaseClock", partial(DatabaseClock, machine=wrong))
    said = await line(far_sides, "clock")
    assert said.startswith("warn")
    assert "120 seconds behind the database's" in said


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_what_waits_in_the_queue(far_sides: FarSides, encryption_key: str) -> None:
    async def ask(task: str) -> None:
        db = create_database(far_sides.settings["database_url"])
        engine = QueueEngine()
        engine.begin(cast(Services, None), [Task(task, ask)])
        async with db.write() as session:
            await engine.ask(session, task, "st_1")
        await db.engine.dispose()

    async def change(statement: str) -> None:
        db = create_database(far_sides.settings["database_url"])
        async with db.write() as session:
            await session.execute(text(statement))
        await db.engine.dispose()

    async def queue() -> str:
        return await line(far_sides, "queue", engine="queue")

    await ask("collect")
    await heard(far_sides, "web", encryption_key)
    said = await queue()
    assert said.startswith("FAIL  queue: workers: 0; jobs: 0 running, 1 waiting, the oldest for ")
    assert "start `tmon-bot worker`" in said
    await heard(far_sides, "worker", encryption_key)
    assert (await queue()).startswith("ok    queue: workers: 1; jobs: 0 running, 1 waiting")
    await change("UPDATE procrastinate_events SET at = at - interval '2 minutes'")
    said = await queue()
    assert said.startswith("warn")
    assert "start more workers" in said
    await change("UPDATE procrastinate_jobs SET status = 'doing'")
    assert "1 of a worker that is gone, which others take over" in await queue()
    await change("UPDATE procrastinate_jobs SET status = 'failed'")
    assert "1 of a newer version" in await queue()


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_work_that_no_worker_is_meant_for(far_sides: FarSides, encryption_key: str) -> None:
    async def queue() -> str:
        return await line(far_sides, "queue", engine="queue")

    await heard(far_sides, "worker", encryption_key, queues=["press"])
    await heard(far_sides, "worker", encryption_key, queues=["chores"], ago=100)
    said = await queue()
    assert said.startswith("FAIL")
    assert "none has chores, collect in WORKER_QUEUES" in said
    await heard(far_sides, "worker", encryption_key, queues=["collect", "chores"])
    assert (await queue()).startswith("ok")


async def test_nobody_answers(far_sides: FarSides, tmp_path: Path) -> None:
    code, wrong, _ = await far_sides.examine(
        slack_api_url="http://127.0.0.1:1/api/",
        database_url="postgresql+asyncpg://bot:hush@127.0.0.1:1/none",
        smtp_url="smtp://bot:hush@127.0.0.1:1",
    )
    assert code == 1
    assert set(wrong) == {
        "database",
        "encryption keys",
        "audit log",
        "clock",
        "processes",
        "Slack bot token",
        "Slack app token",
        "views and messages",
        "mail",
    }


async def test_a_vendor_that_tmon_refuses(far_sides: FarSides) -> None:
    code, wrong, _ = await far_sides.examine(tmon_client_secret="hush")
    assert (code, set(wrong)) == (1, {"TMON"})


async def test_a_schema_that_is_not_current(far_sides: FarSides, tmp_path: Path) -> None:
    code, wrong, _ = await far_sides.examine(database_url=f"sqlite+aiosqlite:///{tmp_path}/other.db")
    assert code == 1
    assert "tmon-bot migrate" in wrong["database"]
