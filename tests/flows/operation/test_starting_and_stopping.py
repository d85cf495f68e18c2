"""How processes start on a database that is not ready, all at once, and how each role ends."""

import asyncio
from pathlib import Path

import httpx
import pytest

from bot.db import create_database, schema_is_current
from bot.playground.tmon import CallPhase, LoggedCall
from tests.bot.old_database import IN_DOUBT, KEY, load
from tests.databases import SqliteDatabases
from tests.flows.operation.deployment import STOP_SECONDS, Deployment, Member, add_stores, deployment_on, eventually

pytestmark = pytest.mark.timeout(400)


@pytest.mark.parametrize("version", ["none", "0.1.0"])
async def test_five_workers_and_migrations_start_at_once(
    empty_database_url: str, tmp_path: Path, encryption_key: str, version: str
) -> None:
    key = encryption_key if version == "none" else KEY
    async with deployment_on(empty_database_url, key, tmp_path) as deployment:
        if version != "none":
            await load(empty_database_url, tmp_path, only=IN_DOUBT, team_id=deployment.slack.team_id)
        workers = [deployment.start("worker") for _ in range(5)]
        migrations = await asyncio.gather(*(deployment.run("migrate") for _ in range(2)))
        assert migrations == [(0, "the database has the current schema\n")] * 2
        await deployment.ready(*workers)
        db = create_database(empty_database_url)
        assert await schema_is_current(db)
        await db.engine.dispose()
        assert {code for one in workers for code in one.codes} <= {1}
        for one in workers:
            assert one.log.count("run `tmon-bot migrate` first") == len(one.codes)
            assert "Traceback" not in one.log


async def drains(member: Member) -> None:
    """Waits until a process that still has something in hand tells the balancer that it ends."""
    said: list[tuple[int, str | None]] = []

    async def unwell() -> bool:
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            answer = await client.get(f"{member.address}/healthz")
        said.append((answer.status_code, answer.json().get("reason")))
        return answer.status_code != 200

    await eventually(unwell, STOP_SECONDS, lambda: member.log[-3000:])
    assert said[-1] == (503, "draining")


async def test_every_role_ends_in_time_while_tmon_does_not_answer(
    deployment: Deployment, sqlite_databases: SqliteDatabases, encryption_key: str, tmp_path: Path
) -> None:
    folder = tmp_path / "alone"
    folder.mkdir()
    url = await sqlite_databases.create(folder, migrated=True)
    held: list[LoggedCall] = []

    async def hold(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and call.name == "orders.list":
            held.append(call)
            await asyncio.Event().wait()

    async with deployment_on(url, encryption_key, folder) as alone:
        await add_stores(alone)
        for side in (deployment, alone):
            side.tmon.on_call = hold
            side.arrive()
        members = [
            deployment.start("worker"),
            deployment.start("web"),
            alone.start("run", ENGINE="embedded"),
        ]
        await deployment.ready(*members)

        async def asked() -> bool:
            return len(held) == 4

        await eventually(asked, 60, deployment.logs)
        worker, _, run = members
        *codes, _, _ = await asyncio.gather(*(one.stop() for one in members), drains(worker), drains(run))
        assert codes == [0, 0, 0], deployment.logs()
        for one in members:
            assert one.stop_seconds < STOP_SECONDS, one.name
            assert "Traceback" not in one.log
