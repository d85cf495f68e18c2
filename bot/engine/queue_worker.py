"""Carries out the jobs of the queue: Procrastinate's worker, started anew when it ends, and the recovery of what others left."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.worker import Worker
from psycopg import errors
from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.engine.queue import QueueEngine
from tmon.database import Database
from tmon.processes import BEATS
from tmon.work import Queue, Task

log = structlog.stdlib.get_logger(__name__)

POLL_SECONDS = 1.0
"""How often it looks for jobs of which no notification tells: revived ones, and those whose lock has become free."""
POOL = 4
"""Connections for fetching and ending jobs, beside the one that listens."""
CONNECT_SECONDS = 10
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds between the end of a worker and the next one; doubled as long as none lives longer than the longest."""
MOST_ATTEMPTS = 5
"""A job that was begun so often and never ended is given up: it may be what ends the workers. The rows ask for it anew."""
_ALIVE = {
    # a connection whose other end is gone without a word must break within seconds, not after the hours of the defaults
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "connect_timeout": CONNECT_SECONDS,
}

# `worker_id` is NULL once another worker has removed the row of the one that stalled. Failed jobs are only those whose task
# the worker did not know: of a version that is newer than the worker.
_STALLED = text(
    """
    SELECT job.id, job.task_name, job.lock, job.attempts, job.status = 'failed' AS unknown
    FROM procrastinate_jobs AS job LEFT JOIN procrastinate_workers AS worker ON worker.id = job.worker_id
    WHERE job.status = 'doing'
        AND (worker.id IS NULL OR worker.last_heartbeat < now() - make_interval(secs => CAST(:stalled AS float)))
    OR job.status = 'failed' AND job.task_name = ANY(CAST(:known AS varchar[]))
    ORDER BY job.id FOR UPDATE OF job SKIP LOCKED
    """
)
_RETRY = text("SELECT procrastinate_retry_job_v2(:id, now(), NULL, NULL, NULL)")
_GIVE_UP = text("SELECT procrastinate_finish_job_v1(:id, 'failed', true)")
_FORGET = text(
    "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND EXISTS (SELECT FROM procrastinate_events AS event"
    " WHERE event.job_id = procrastinate_jobs.id AND event.type = 'failed' AND event.at < now() - interval '1 day')"
)
_HEARTBEAT_AGE = text(
    "SELECT CAST(extract(epoch FROM now() - last_heartbeat) AS float) FROM procrastinate_workers WHERE id = :id"
)
_DOING = text("SELECT id FROM procrastinate_jobs WHERE worker_id = :id AND status = 'doing' FOR UPDATE SKIP LOCKED")
_WAITING = text(
    "SELECT now() - min(coalesce(job.scheduled_at, event.at)) FROM procrastinate_jobs AS job"
    " JOIN procrastinate_events AS event ON event.job_id = job.id AND event.type = 'deferred'"
    " WHERE job.status = 'todo' AND job.queue_name = ANY(CAST(:queues AS varchar[]))"
    " AND coalesce(job.scheduled_at <= now(), true)"
)
_DUE = text(
    "SELECT EXISTS (SELECT FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at <= now(), true))"
)


class _WhenStopped(BaseRetryStrategy):
    """Gives a job back that the stop of its worker has cancelled."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        return RetryDecision() if isinstance(exception, asyncio.CancelledError) else None


class _Jobs(JobManager):
    """Writes down how jobs ended. In Procrastinate a failure of that ends a task which nobody looks at, with a traceback.

    It harms nothing: who was frozen, or cut off, finds that others have taken the job over, or they do so now.
    """

    async def finish_job(self, job: Job, *args: Any, **options: Any) -> None:
        await _written_down(job, super().finish_job(job, *args, **options))

    async def retry_job(self, job: Job, *args: Any, **options: Any) -> None:
        await _written_down(job, super().retry_job(job, *args, **options))


async def _written_down(job: Job, writing: Awaitable[None]) -> None:
    try:
        await writing
    except ConnectorException as error:
        if isinstance(error.__cause__, errors.RaiseException):  # by its function: the job is not there, or waits
            log.info("a job has ended here after another worker had taken it over", task=job.task_name, key=job.lock)
        else:
            reason = type(error.__cause__ or error).__name__
            log.warning("the end of a job was not written down", task=job.task_name, key=job.lock, error=reason)


class QueueWorker:
    """Carries out the jobs of some queues."""

    def __init__(
        self,
        url: str,
        db: Database,
        engine: QueueEngine,
        *,
        queues: Iterable[Queue] = tuple(Queue),
        concurrency: int = 32,
        stalled: timedelta = timedelta(seconds=15),
        drain_seconds: float = 15,
        gave_up: Callable[[], object] = lambda: None,
    ) -> None:
        """`stalled`: a worker without heartbeat for so long is gone. `drain_seconds`: how long running jobs may take at the
        end. `gave_up`: called when its connections hang so that it can neither go on nor end.
        """
        self._db = db
        self._engine = engine
        self._stalled = stalled.total_seconds()
        self._drain_seconds = drain_seconds
        self._gave_up = gave_up
        self._conninfo = conninfo(url)
        self._stopping = asyncio.Event()
        self._worker: Worker | None = None
        self._running: set[int] = set()
        """Ids of the jobs that run here."""
        self._options: dict[str, Any] = {
            "queues": sorted(queue.value for queue in queues),
            "concurrency": concurrency,
            "delete_jobs": "successful",
            "install_signal_handlers": False,
            "update_heartbeat_interval": self._stalled / BEATS,
            "stalled_worker_timeout": self._stalled,
            "fetch_job_polling_interval": POLL_SECONDS,
        }

    async def run(self) -> None:
        """Carry out jobs until it is cancelled; then the running ones get `drain_seconds`, and are given back after that."""
        self._stopping.clear()
        working = asyncio.create_task(self._keep_working())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            # it is not cancelled: psycopg swallows that while it connects, and the worker would go on
            self._stopping.set()
            if self._worker is not None:
                self._worker.stop()
            await asyncio.gather(working, return_exceptions=True)
            raise

    async def _keep_working(self) -> None:
        loop = asyncio.get_running_loop()
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            began = loop.time()
            try:
                await self._work()
            except Exception:
                log.exception("worker of the queue failed")
            else:
                if not self._stopping.is_set():
                    # it ends like this when its connections break; a supervisor would take it for done
                    log.warning("worker of the queue ended")
            pause = FIRST_PAUSE if loop.time() - began > LONGEST_PAUSE else min(2 * pause, LONGEST_PAUSE)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)

    async def recover(self) -> int:
        """Let jobs run again whose worker is gone; return how many. Any worker may do so, at any time."""
        known = list(self._engine.tasks)
        async with self._db.write() as session:
            found = (await session.execute(_STALLED, {"stalled": self._stalled, "known": known})).all()
            given_up = [job for job in found if job.attempts >= MOST_ATTEMPTS and not job.unknown]
            # few statements however many jobs: a process that is frozen in between holds up whoever ends or takes one of them
            for statement, jobs in ((_GIVE_UP, given_up), (_RETRY, [job for job in found if job not in given_up])):
                if jobs:
                    await session.execute(statement, [{"id": job.id} for job in jobs])
            await session.execute(_FORGET)
        for job in found:
            event = "job given up" if job in given_up else "job revived"
            log.warning(event, task=job.task_name, key=job.lock, attempts=job.attempts)
        return len(found)

    async def late_by(self, db: Database) -> timedelta | None:
        """Return how long the oldest job of its queues has waited for a worker to begin it; None if there is none.

        `db`: through which health asks, which has connections of its own.
        """
        async with db.read() as session:
            waited: timedelta | None = await session.scalar(_WAITING, {"queues": self._options["queues"]})
        return waited

    async def catch_up(self) -> None:
        """Carry out jobs until none is due any more: those of workers that are gone too, and those that they ask for."""
        await self.recover()
        async with self._opened(connections=1) as app:
            while await self._is_due():
                await Worker(app, **self._options, wait=False, listen_notify=False).run()

    async def _is_due(self) -> bool:
        async with self._db.read() as session:
            return bool(await session.scalar(_DUE))

    async def _work(self) -> None:
        async with self._opened(POOL) as app:
            worker = Worker(app, **self._options, shutdown_graceful_timeout=self._drain_seconds)
            watching = asyncio.create_task(self._watch(worker))
            self._worker = worker
            try:
                if not self._stopping.is_set():
                    await worker.run()
            finally:
                self._worker = None
                watching.cancel()
                await asyncio.wait({watching})

    async def _watch(self, worker: Worker) -> None:
        """Stop a worker whose heartbeat has ended, and give back jobs that it has lost.

        Without heartbeat others take its jobs away from it, while it takes new ones. Procrastinate looks after the heartbeat
        only until the first of its side tasks ends, and without periodic tasks one of them ends at once.
        """
        lost: set[int] = set()
        while True:
            await asyncio.sleep(self._stalled / BEATS)
            if worker.worker_id is None:
                continue
            try:
                age, idle = await self._look(worker.worker_id, lost)
            except (SQLAlchemyError, OSError) as error:
                log.warning("cannot look after the worker", error=type(error).__name__)
                continue
            lost = idle - lost
            if age is None or age > self._stalled:
                log.error("the heartbeat of the worker has ended; starting it anew", seconds=age)
                worker.stop()
                await asyncio.sleep(self._drain_seconds + 2 * CONNECT_SECONDS)
                log.critical("the worker does not end")
                self._gave_up()

    async def _look(self, worker_id: int, lost: set[int]) -> tuple[float | None, set[int]]:
        """Return the age of the heartbeat, and the jobs that this worker has and does not run; those of `lost` run again.

        They are those of which the answer to the fetch or to the end was lost. Two looks in a row see one that stays so.
        """
        async with self._db.write() as session:
            age: float | None = await session.scalar(_HEARTBEAT_AGE, {"id": worker_id})
            doing = set(await session.scalars(_DOING, {"id": worker_id}))
            idle = doing - self._running
            for job_id in idle & lost:
                await session.execute(_RETRY, {"id": job_id})
                log.warning("lost job revived", job=job_id)
        return age, idle

    @asynccontextmanager
    async def _opened(self, connections: int) -> AsyncIterator[App]:
        """Open an app for one life of the worker; it is closed even if its opening is cut off.

        A task of psycopg's pool swallows its cancellation while it connects, and whoever waits for the end of all tasks would
        wait for ever. For the same reason the pool does not grow.
        """
        app = self._app(connections)
        try:
            await app.open_async()
            yield app
        finally:
            await app.close_async()

    def _app(self, connections: int) -> App:
        """Build an app: the pool of one that could not connect stays closed."""
        app = App(
            connector=PsycopgConnector(
                conninfo=self._conninfo,
                min_size=connections,
                max_size=connections,
                timeout=CONNECT_SECONDS,
                kwargs={"application_name": "tmon-bot queue"},
            )
        )
        app.job_manager = _Jobs(app.connector)
        for task in self._engine.tasks.values():
            app.task(name=task.name, queue=task.queue.value, pass_context=True, retry=_WhenStopped())(self._job(task))
        return app

    def _job(self, task: Task) -> Callable[..., Awaitable[None]]:
        parameters = inspect.signature(task.run).parameters
        takes_all = any(one.kind is inspect.Parameter.VAR_KEYWORD for one in parameters.values())

        async def run(context: JobContext, **ids: Any) -> None:
            # a newer version may ask with arguments that this one does not know: they are only ever added
            known = {name: value for name, value in ids.items() if takes_all or name in parameters}
            if newer := sorted(ids.keys() - known.keys()):
                log.warning("arguments of a newer version left out", task=task.name, arguments=newer)
            self._running.add(context.job.id or 0)
            try:
                await task.run(self._engine.services, **known)
            except Exception:
                log.exception("task failed", task=task.name, key=context.job.lock)
            finally:
                self._running.discard(context.job.id or 0)

        return run


def conninfo(url: str) -> str:
    """Return the address of the database for libpq."""
    parsed = make_url(url)
    query = {name: value for name, value in parsed.query.items() if isinstance(value, str)}
    given: dict[str, Any] = {
        **_ALIVE,
        "host": parsed.host or query.get("host"),
        "port": parsed.port or query.get("port"),
        "user": parsed.username,
        "password": parsed.password,
        "dbname": parsed.database,
        "sslmode": query.get("ssl"),
    }
    return make_conninfo(**{name: value for name, value in given.items() if value is not None})
