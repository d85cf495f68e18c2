"""What the process watches and waits for: the watchdog, the drain, `/healthz`."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.db import create_database
from bot.health import Health, serving
from bot.task_tracker import TaskTracker
from bot.watchdog import EXIT_SILENT, Watchdog
from tests.clock import MovableClock
from tmon.database import Database
from tmon.models.collection import ORDERS, SyncState


class Silence:
    """A socket that has been deaf for a while."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.reconnects = 0
        self.code: int | None = None

    def deaf_seconds(self) -> float:
        return self.seconds

    async def reconnect(self) -> None:
        self.reconnects += 1

    def stop(self, code: int) -> None:
        self.code = code


@pytest.mark.parametrize(
    ("seconds", "reconnects", "code"), [(59, 0, None), (60, 1, None), (299, 1, None), (300, 0, EXIT_SILENT)]
)
async def test_the_watchdog_reconnects_and_then_gives_up(seconds: float, reconnects: int, code: int | None) -> None:
    silence = Silence()
    silence.seconds = seconds
    await Watchdog(silence.deaf_seconds, silence.reconnect, silence.stop).look()
    assert (silence.reconnects, silence.code) == (reconnects, code)


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
    await asyncio.wait_for(waiting, 1)
    await running
    assert done == ["work"]


async def test_a_drain_forgets_what_failed() -> None:
    drain = TaskTracker()

    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await drain.track(fail)()
    await asyncio.wait_for(drain.idle(), 1)


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
