"""`/healthz`."""

from datetime import datetime, timedelta
from typing import Any

import httpx

from bot.db import create_database
from bot.health import Health, serving
from tests.clock import MovableClock
from tmon.database import Database
from tmon.models.collection import ORDERS, SyncState


class Facts:
    """What health is told."""

    def __init__(self, clock: MovableClock) -> None:
        self.clock = clock
        self.silent = 1.0
        self.late: timedelta | None = None

    async def oldest_due(self) -> datetime | None:
        return None if self.late is None else self.clock() - self.late


async def ask(health: Health) -> tuple[int, dict[str, Any]]:
    async with serving(health, "127.0.0.1", 0) as port, httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}/healthz")
        return answer.status_code, answer.json()


async def test_healthz_tells_how_things_stand(db: Database, clock: MovableClock) -> None:
    facts = Facts(clock)
    health = Health(db, clock, lambda: facts.silent, facts.oldest_due)
    good = {
        "healthy": True,
        "database": True,
        "slack_silent_seconds": 1,
        "outbox_late_seconds": None,
        "last_collection_seconds": None,
    }
    assert await ask(health) == (200, good)
    async with db.write() as session:
        session.add(
            SyncState(
                team_id="T1",
                store_id="st_secret",
                kind=ORDERS,
                due_at=clock(),
                last_success_at=clock() - timedelta(seconds=90),
            )
        )
    facts.late = timedelta(seconds=599)
    assert await ask(health) == (200, good | {"last_collection_seconds": 90, "outbox_late_seconds": 599})
    facts.late = timedelta(seconds=600)
    assert (await ask(health))[0] == 503
    facts.late, facts.silent = None, 60
    assert (await ask(health))[0] == 503


async def test_healthz_without_a_database(clock: MovableClock) -> None:
    db = create_database("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    code, report = await ask(Health(db, clock, lambda: 1, Facts(clock).oldest_due))
    assert (code, report["healthy"], report["database"]) == (503, False, False)
    await db.engine.dispose()
