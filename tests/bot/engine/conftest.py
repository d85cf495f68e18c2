"""Workers of the queue, on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import CursorResult, text

from bot.engine.queue import QueueEngine
from bot.engine.queue_worker import QueueWorker
from tests.clock import MovableClock
from tests.core import make_core
from tests.databases import PostgresDatabases
from tmon.core import Services
from tmon.database import Database
from tmon.work import Task


@dataclass
class QueueOfTasks:
    """A queue in a database, with workers that a test starts."""

    db: Database
    url: str
    services: Services

    def engine(self, *tasks: Task) -> QueueEngine:
        """An engine that knows these tasks."""
        engine = QueueEngine()
        engine.begin(self.services, tasks)
        return engine

    def worker(self, *tasks: Task, **options: Any) -> QueueWorker:
        """A worker that knows these tasks; others are gone for it after two seconds."""
        options = {"stalled": timedelta(seconds=2), "drain_seconds": 5, **options}
        return QueueWorker(self.url, self.db, self.engine(*tasks), **options)

    @asynccontextmanager
    async def running(self, *workers: QueueWorker) -> AsyncIterator[None]:
        """Lets workers run within the block."""
        running = [asyncio.create_task(worker.run()) for worker in workers]
        try:
            yield
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def ask(self, engine: QueueEngine, task: str, key: str, **ids: Any) -> None:
        """Asks for a task in a transaction of its own."""
        async with self.db.write() as session:
            await engine.ask(session, task, key, **ids)

    async def jobs(self, columns: str = "task_name, status::text") -> list[tuple[Any, ...]]:
        """The jobs as they stand, oldest first."""
        async with self.db.read() as session:
            rows = await session.execute(text(f"SELECT {columns} FROM procrastinate_jobs ORDER BY id"))
            return [tuple(row) for row in rows]

    async def execute(self, statement: str, **values: Any) -> Any:
        """Carries out a statement; its first value."""
        async with self.db.write() as session:
            result = await session.execute(text(statement), values)
            return result.scalar() if isinstance(result, CursorResult) and result.returns_rows else None

    async def fetched(self, heartbeat: str = "now()", queue: str | None = None) -> int:
        """Fetches a job for a worker that does not work; the worker's id."""
        worker_id: int = await self.execute(
            f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({heartbeat}) RETURNING id"
        )
        job = await self.execute(
            "SELECT id FROM procrastinate_fetch_job_v2(CAST(:queues AS varchar[]), :worker)",
            queues=None if queue is None else [queue],
            worker=worker_id,
        )
        assert job is not None
        return worker_id


@pytest.fixture
def databases(postgres_databases: PostgresDatabases) -> PostgresDatabases:
    """The queue is on PostgreSQL only."""
    return postgres_databases


@pytest.fixture
async def queue(db: Database, database_url: str, clock: MovableClock) -> QueueOfTasks:
    """A queue without jobs."""
    return QueueOfTasks(db, database_url, Services(make_core(db, clock)))


async def eventually(condition: Callable[[], Any], seconds: float = 30) -> None:
    """Waits until a condition holds, which may be a coroutine function."""
    async with asyncio.timeout(seconds):
        while True:
            with suppress(AssertionError):
                met = condition()
                if asyncio.iscoroutine(met):
                    met = await met
                if met:
                    return
            await asyncio.sleep(0.02)
