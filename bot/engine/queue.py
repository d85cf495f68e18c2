"""The queue engine: tasks are jobs of Procrastinate in PostgreSQL, which workers carry out (`bot.engine.queue_worker`).

Asking for one needs a function of its schema and nothing of the package.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.core import Services
from tmon.database import Database
from tmon.work import Queue, Task

PRIORITIES = {Queue.PRESS: 10}
"""Of the queues that go first; the others have 0."""

# A job that waits for the same key gets the new arguments, so that there is one: many that wait for one lock make the fetch
# slow. It is locked until the caller commits, and the fetch leaves locked jobs alone; so none is taken before the fact can be
# read that it was asked for. One that another transaction has locked is left alone, which can only make a second job: waiting
# for it could be a deadlock. The queueing lock of Procrastinate would do the same, but fails when the job is revived.
_ASK = text(
    """
    WITH waiting AS (
        SELECT id FROM procrastinate_jobs WHERE lock = :lock AND status = 'todo'
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), renewed AS (
        UPDATE procrastinate_jobs AS job SET args = CAST(:args AS jsonb) FROM waiting WHERE job.id = waiting.id
        RETURNING job.id
    )
    SELECT procrastinate_defer_jobs_v1(
        ARRAY[ROW(CAST(:queue AS varchar), CAST(:task AS varchar), CAST(:priority AS integer), CAST(:lock AS text), NULL,
                  CAST(:args AS jsonb), NULL)]::procrastinate_job_to_defer_v1[]
    ) WHERE NOT EXISTS (SELECT FROM renewed)
    """
)

_STATE = text(
    """
    SELECT count(*) FILTER (WHERE job.status = 'todo') AS waiting,
        now() - min(coalesce(job.scheduled_at, event.at)) FILTER (WHERE job.status = 'todo') AS oldest,
        count(*) FILTER (WHERE job.status = 'doing' AND worker.id IS NOT NULL) AS running,
        count(*) FILTER (WHERE job.status = 'doing' AND worker.id IS NULL) AS stalled,
        count(*) FILTER (WHERE job.status = 'failed') AS unknown
    FROM procrastinate_jobs AS job
    LEFT JOIN procrastinate_workers AS worker
        ON worker.id = job.worker_id AND worker.last_heartbeat >= now() - make_interval(secs => CAST(:stalled AS float))
    LEFT JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'
    """
)


@dataclass(frozen=True)
class QueueState:
    """What is in the queue."""

    waiting: int
    oldest: timedelta | None
    """How long the oldest job has waited."""
    running: int
    stalled: int
    """Jobs whose worker is gone, which another one takes over."""
    unknown: int
    """Jobs that wait for a newer version."""


async def queue_state(db: Database, stalled: timedelta) -> QueueState:
    """Read what is in the queue. `stalled`: a worker without heartbeat for so long is gone."""
    async with db.read() as session:
        row = (await session.execute(_STATE, {"stalled": stalled.total_seconds()})).one()
    return QueueState(**row._mapping)


class QueueEngine:
    """Puts tasks into the queue, in the transaction of whoever asks for them."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """What tasks are called with."""
        assert self._services is not None
        return self._services

    @property
    def tasks(self) -> Mapping[str, Task]:
        """The tasks of all features by name."""
        return self._tasks

    def begin(self, services: Services, tasks: Iterable[Task]) -> None:
        """See `bot.engine.Engine`."""
        self._services = services
        for task in tasks:
            if self._tasks.setdefault(task.name, task) is not task:
                raise ValueError(f"two tasks named {task.name}")

    async def ask(self, session: AsyncSession, task: str, key: str, **ids: Any) -> None:
        """See `tmon.work.Work.ask`. Raises KeyError for a task that no feature has."""
        wanted = self._tasks[task]
        await session.execute(
            _ASK,
            {
                "queue": wanted.queue.value,
                "task": wanted.name,
                "priority": PRIORITIES.get(wanted.queue, 0),
                "lock": lock_of(wanted.name, key),
                "args": json.dumps(ids),
            },
        )

    async def drain(self) -> None:
        """Nothing to wait for: tasks run in workers."""


def lock_of(task: str, key: str) -> str:
    """Return the lock of Procrastinate that lets one job of a task and a key run at a time."""
    return f"{task}/{key}"
