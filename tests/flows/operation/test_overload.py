"""More work than the connections to the database carry: a worker becomes slow, and nothing fails."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select, text
from sqlmodel import col
from structlog.testing import capture_logs

from bot import db as bot_db
from bot.playground.tmon import Partner
from bot.runtime import ShutdownSignal
from bot.settings import QueueSettings, read
from bot.worker import running_worker
from tests.bot.test_cli import free_port
from tests.flows.operation.deployment import PATIENCE_SECONDS, RealClock, eventually
from tests.flows.process import environment_of
from tests.flows.world import Scene, scene_on
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS, SyncState
from tmon.models.stores import Credentials

STORES = 16
SLOW = (
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$",
    "CREATE TRIGGER slow BEFORE UPDATE OF last_success_at ON collection FOR EACH ROW EXECUTE FUNCTION slow()",
)
"""Each run of a collection keeps its connection for as long when it is recorded."""


async def test_runs_wait_for_a_connection_however_many_they_are(
    database_url: str, encryption_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_db, "POOL_SECONDS", 0.2)
    async with scene_on(database_url, encryption_key, RealClock()) as scene:
        scene.settings = scene.settings.model_copy(
            update={"engine": "queue", "db_pool": 2, "worker_concurrency": 2 * STORES, "http_port": 0}
        )
        await add_stores(scene)
        for name, value in environment_of(scene.settings).items():
            monkeypatch.setenv(name, value)
        with capture_logs() as logs:
            async with running_worker(read(QueueSettings), scene.clock, ShutdownSignal()) as bot:
                await postpone_the_rest(scene, bot.services[Coordinator].specs)
                await run(scene, *SLOW, f"UPDATE collection SET due_at = now() WHERE kind = '{ORDERS}'")

                async def collected() -> bool:
                    query = select(func.count()).where(
                        col(SyncState.kind) == ORDERS, col(SyncState.last_success_at).is_not(None)
                    )
                    async with scene.db.read() as session:
                        return await session.scalar(query) == STORES

                await eventually(collected, PATIENCE_SECONDS, lambda: str(logs))
        calls = Counter(call.partner_id for call in scene.tmon.calls if call.name == "orders.list")
        assert len(set(calls.values())) == 1, "no run was begun again"
        assert [entry for entry in logs if entry["log_level"] in ("error", "critical")] == []
        async with scene.db.read() as session:
            assert await session.scalar(select(func.sum(col(SyncState.failures)))) == 0


async def test_a_worker_whose_work_has_all_connections_does_not_look_dead(
    database_url: str, encryption_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with scene_on(database_url, encryption_key, RealClock()) as scene, AsyncExitStack() as work:
        settings = {"engine": "queue", "db_pool": 2, "http_port": free_port(), "stalled_seconds": 7}
        scene.settings = scene.settings.model_copy(update=settings)
        for name, value in environment_of(scene.settings).items():
            monkeypatch.setenv(name, value)
        bot = await work.enter_async_context(running_worker(read(QueueSettings), scene.clock, ShutdownSignal()))
        for _ in range(2):
            session = await work.enter_async_context(bot.services.core.db.read())
            timeout = await session.scalar(text("SHOW idle_in_transaction_session_timeout"))
            assert timeout == "7s", "whoever is frozen keeps no locks when it counts as gone"
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://127.0.0.1:{settings['http_port']}/healthz")
        assert (answer.status_code, answer.json()["healthy"]) == (200, True)


async def add_stores(scene: Scene) -> None:
    """So many, each with an account of its own at TMON, of which nothing is collected yet."""
    for number in range(STORES):
        partner = Partner(
            f"seller_{number}", f"00000000-0000-4000-8000-{number:012d}", f"가게 {number}", 50_000 + number
        )
        scene.tmon.partners[partner.partner_id] = partner
        await scene.add_store(
            seller_id=partner.partner_id,
            name=partner.name,
            name_key=partner.name,
            credentials=Credentials(api_key=partner.token),
            sync_on=False,
        )


async def postpone_the_rest(scene: Scene, kinds: Mapping[str, object]) -> None:
    """Switches the stores on, of which only orders are collected soon."""
    now = scene.clock()
    async with scene.db.read() as session:
        stores = (await session.execute(text("SELECT team_id, id FROM store"))).all()
    async with scene.db.write() as session:
        session.add_all(
            SyncState(team_id=team_id, store_id=store_id, kind=kind, due_at=now + timedelta(days=1), watermark=now)
            for team_id, store_id in stores
            for kind in kinds
        )
    await run(scene, "UPDATE store SET sync_on = true")


async def run(scene: Scene, *statements: str) -> None:
    """Carries out SQL."""
    async with scene.db.write() as session:
        for statement in statements:
            await session.execute(text(statement))
