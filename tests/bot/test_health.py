"""`/healthz`."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.db import create_database
from bot.health import Health, serving
from tests.clock import MovableClock
from tmon.clock_check import ClockCheck, http_date
from tmon.database import Database
from tmon.models.collection import ORDERS, SyncState
from tmon.processes import Process


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
        "role": "run",
        "healthy": True,
        "database": True,
        "slack_silent_seconds": 1,
        "outbox_late_seconds": None,
        "jobs_late_seconds": None,
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


async def collected(db: Database, at: datetime) -> None:
    async with db.write() as session:
        session.add(SyncState(team_id="T1", store_id="st_1", kind=ORDERS, due_at=at, last_success_at=at))


async def test_what_lies_ahead_is_unhealthy(db: Database, clock: MovableClock) -> None:
    facts = Facts(clock)
    await collected(db, clock())
    clock.advance(timedelta(days=-1))
    code, report = await ask(Health(db, clock, lambda: 1, facts.oldest_due))
    assert code == 503
    assert "clock" in report["reason"]
    clock.advance(timedelta(days=1))
    assert (await ask(Health(db, clock, lambda: 1, facts.oldest_due)))[0] == 200
    facts.late = timedelta(seconds=-5)
    assert (await ask(Health(db, clock, lambda: 1, facts.oldest_due)))[0] == 503


async def test_a_clock_that_nobody_agrees_with_is_unhealthy(db: Database, clock: MovableClock) -> None:
    check = ClockCheck(clock)
    health = Health(db, clock, lambda: 1, Facts(clock).oldest_due, clock_wrong_by=check.wrong_by)
    assert (await ask(health))[0] == 200
    check.heard(http_date(clock() + timedelta(days=1)))
    code, report = await ask(health)
    assert (code, report["reason"]) == (503, "the clock differs from Slack's and TMON's by 86400 seconds")


async def test_a_role_without_a_socket_is_never_deaf(db: Database, clock: MovableClock) -> None:
    code, report = await ask(Health(db, clock, process=Process(db, "web")))
    assert (code, report["role"], report["slack_silent_seconds"]) == (200, "web", None)


async def test_work_that_nobody_begins_is_unhealthy(db: Database, clock: MovableClock) -> None:
    late = timedelta(seconds=599)

    async def jobs_late_by() -> timedelta:
        return late

    health = Health(db, clock, process=Process(db, "worker"), jobs_late_by=jobs_late_by)
    code, report = await ask(health)
    assert (code, report["jobs_late_seconds"]) == (200, 599)
    late = timedelta(seconds=600)
    code, report = await ask(health)
    assert (code, report["reason"]) == (503, "what is due is not begun")


async def test_a_process_whose_heartbeat_does_not_arrive_is_unhealthy(db: Database, clock: MovableClock) -> None:
    process = Process(db, "worker", stalled=timedelta(seconds=0.1))
    health = Health(db, clock, process=process)
    await process.begin(alone=False)
    await asyncio.sleep(0.15)
    code, report = await ask(health)
    assert code == 503
    assert "heartbeat" in report["reason"]
    await process.beat()
    process.stalled = timedelta(seconds=15)
    assert (await ask(health))[0] == 200


async def test_a_write_belongs_to_the_check_and_leaves_nothing(db: Database, clock: MovableClock) -> None:
    health = Health(db, clock, lambda: 1, Facts(clock).oldest_due)
    for _ in range(2):
        assert (await ask(health))[0] == 200
    async with db.read() as session:
        assert list(await session.scalars(select(SyncState))) == []


async def test_a_held_write_lock_is_unhealthy(db: Database, database_url: str, clock: MovableClock) -> None:
    other = create_database(database_url)
    statement = "LOCK TABLE collection IN EXCLUSIVE MODE" if "postgresql" in database_url else "SELECT 1"
    health = Health(db, clock, lambda: 1, Facts(clock).oldest_due)
    async with other.write() as session:
        await session.execute(text(statement))
        code, report = await ask(health)
    assert (code, report["reason"]) == (503, "the database is locked or does not answer")
    assert (await ask(health))[0] == 200
    await other.engine.dispose()


async def test_a_database_that_takes_no_writes_is_unhealthy(database_url: str, clock: MovableClock) -> None:
    if "postgresql" in database_url:
        settings = {"server_settings": {"default_transaction_read_only": "on"}}
        engine = create_async_engine(database_url, connect_args=settings)
    else:
        engine = create_database(database_url).engine

        @event.listens_for(engine.sync_engine, "connect")
        def connected(connection: Any, _: object) -> None:
            cursor = connection.cursor()
            cursor.execute("PRAGMA query_only = ON")
            cursor.close()

    code, report = await ask(Health(Database(engine), clock, lambda: 1, Facts(clock).oldest_due))
    assert (code, report["reason"]) == (503, "the database is read-only")
    await engine.dispose()
