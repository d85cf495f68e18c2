"""Chores of the features and of the process: what is due is claimed, so that each is done once at a time over all processes.

Which records are due stands in tables of their own, so a chore that is late or is done twice loses nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.outbox_alarm import OutboxAlarm
from bot.rate_limit import Pace
from tmon.chores import Chores, ClaimedChore
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.database import Database
from tmon.destruction import overwrite
from tmon.envelopes import Envelopes
from tmon.feature import DAY, MINUTE, DomainFeature
from tmon.leases import Claims
from tmon.processes import forget_gone
from tmon.writes.engine import SETTLE_SECONDS

log = structlog.get_logger(__name__)

LOOK_SECONDS = 0.5
"""How often a process looks for chores that are due."""
RENEW_SECONDS = 10.0
"""How often the claim of a chore that runs is renewed: sooner than a process that stands still counts as gone."""
CLOSE_SECONDS = 3
RETRY = timedelta(minutes=10)
"""A chore that failed is due again after this time, or after its interval if that is shorter."""


@dataclass(frozen=True)
class ScheduledJob:
    """A chore, with its services."""

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    """Seconds from one start to the next."""
    in_each_process: bool = False
    """See `tmon.feature.Job`."""


def build_jobs(services: Services, features: Sequence[DomainFeature], alarm: OutboxAlarm) -> tuple[ScheduledJob, ...]:
    """Build every chore: those of the features, one for each collected kind, those of writes, of processes, the alarm."""
    collector, db = services[Coordinator], services.core.db
    return (
        *(
            ScheduledJob(f"collect {kind}", partial(collector.tick, kind), min(5, spec.interval.total_seconds()))
            for kind, spec in collector.specs.items()
        ),
        *(
            ScheduledJob(job.name, partial(job.run, services), job.every, job.in_each_process)
            for feature in features
            for job in feature.jobs
        ),
        ScheduledJob("settle writes", services.core.writes.settle, SETTLE_SECONDS),
        ScheduledJob("forget ended writes", services.core.writes.forget_ended, DAY),
        ScheduledJob("overwrite what was destroyed", partial(overwrite, db), 60 * MINUTE),
        ScheduledJob("forget envelopes", services[Envelopes].forget, 10 * MINUTE),
        ScheduledJob("watch the outbox", alarm, MINUTE),
        ScheduledJob("forget gone processes", partial(forget_gone, db), 60 * MINUTE),
        ScheduledJob("forget free leases", services.core.leases.forget_free, 60 * MINUTE),
        ScheduledJob("forget the pace of idle places", Pace(db).forget_full, 60 * MINUTE),
    )


@asynccontextmanager
async def scheduled(
    db: Database, claims: Claims, jobs: Sequence[ScheduledJob], *, alone: bool
) -> AsyncIterator["Scheduler"]:
    """Do chores within the block; at its end, what still runs is cut off. `alone`: see `Process.begin`.

    Raises ValueError on two jobs of the same name.
    """
    scheduler = Scheduler(db, claims, jobs)
    await scheduler.begin(alone=alone)
    try:
        yield scheduler
    finally:
        await scheduler.close()


@dataclass(eq=False)
class _Run:
    """A job that runs, or has ended and is not written down yet."""

    job: ScheduledJob
    task: asyncio.Task[bool]
    claimed: ClaimedChore | None
    """None: a job of each process."""
    begun: float
    """By the event loop's monotonic clock, which nobody can set."""
    renewed: float
    again: bool = False
    """It was made due while it ran."""

    def due_in(self, now: float) -> timedelta:
        """Return in how long the job is due again, once it has ended."""
        if self.again or self.task.cancelled():
            return timedelta()
        every = timedelta(seconds=self.job.every)
        if not self.task.result():
            every = min(every, RETRY)
        # one that took longer is followed by one run, not by all that were missed
        return max(timedelta(), every - timedelta(seconds=now - self.begun))


class Scheduler:
    """Does what is due, in tasks of this process."""

    def __init__(self, db: Database, claims: Claims, jobs: Sequence[ScheduledJob]) -> None:
        """Raise ValueError on two jobs of the same name."""
        self._db = db
        self._chores = Chores(db, claims)
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            raise ValueError("two jobs of the same name")
        self._own = {job.name: 0.0 for job in jobs if job.in_each_process}
        """When the jobs that run in each process are due here, by the event loop's clock."""
        self._shared = frozenset(self._jobs.keys() - self._own.keys())
        self._runs: dict[str, _Run] = {}
        self._all_due = self._stopping = False
        self._wake = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None

    async def begin(self, *, alone: bool) -> None:
        """Add new chores, and look for due ones from now on.

        `alone`: only the frequent ones find what a crash has left half-way, so they are due at once.
        """
        async with self._db.write() as session:
            await self._chores.add(session, self._shared)
            if alone:
                frequent = [name for name in self._shared if self._jobs[name].every <= MINUTE]
                await self._chores.make_due(session, frequent)
        self._looking = asyncio.create_task(self._keep_looking(), name="chores")

    async def late_by(self, db: Database) -> timedelta | None:
        """Return how long the oldest chore that is due has waited for a process to begin it; None if there is none.

        `db`: through which health asks, which has connections of its own.
        """
        return await self._chores.late_by(db, self._shared)

    def run_now(self) -> None:
        """Make everything due at once: for a clock that somebody has moved."""
        self._all_due = True
        for run in self._runs.values():
            run.again = True
        self._own = dict.fromkeys(self._own, 0.0)
        self._wake.set()

    def stop(self) -> None:
        """Begin nothing from now on."""
        self._stopping = True
        self._wake.set()

    async def drain(self) -> None:
        """Wait until nothing runs any more, after `stop`, and write down what has ended."""
        if self._looking is not None:
            await asyncio.wait({self._looking})
        while self._runs:
            await asyncio.wait([run.task for run in self._runs.values()], timeout=RENEW_SECONDS)
            await self.look()

    async def close(self) -> None:
        """Stop, cut off what still runs, and give its chores back."""
        self.stop()
        if self._looking is not None:
            self._looking.cancel()
        for run in self._runs.values():
            run.task.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.drain()
        except (SQLAlchemyError, OSError) as error:
            log.warning("chores not given back", error=type(error).__name__)

    async def look(self) -> None:
        """Write down what has ended, go on with what runs, and begin what is due."""
        now = asyncio.get_running_loop().time()
        ended = [run for run in self._runs.values() if run.task.done()]
        old = [run for run in self._runs.values() if run not in ended and now - run.renewed >= RENEW_SECONDS]
        running = {run.job.name for run in self._runs.values() if run not in ended}
        idle = frozenset[str]() if self._stopping else self._shared - running
        begun: Sequence[ClaimedChore] = ()
        if (
            any(run.claimed for run in (*ended, *old))
            or (idle and self._all_due)
            or (idle and await self._chores.is_any_due(idle))
        ):
            begun = await self._write(ended, old, idle, now)
        for run in ended:
            del self._runs[run.job.name]
        for chore in begun:
            self._start(self._jobs[chore.name], chore)
        for name, due in self._own.items():
            if due <= now and name not in self._runs and not self._stopping:
                self._own[name] = now + self._jobs[name].every
                self._start(self._jobs[name], None)

    async def _write(
        self, ended: Sequence[_Run], old: Sequence[_Run], idle: frozenset[str], now: float
    ) -> Sequence[ClaimedChore]:
        """Write down the ends, renew the old claims, and claim those of `idle` that are due."""
        async with self._db.write() as session:
            for run in ended:
                if run.claimed is not None:
                    await self._chores.end(session, run.claimed, run.due_in(now))
            lost = [
                run for run in old if run.claimed is not None and not await self._chores.renew(session, run.claimed)
            ]
            if all_due := self._all_due:
                await self._chores.make_due(session, self._shared)
            begun = await self._chores.claim(session, idle)
        if all_due:
            self._all_due = False
        for run in old:
            run.renewed = now
        for run in lost:  # this process stood still for so long that another one has begun it anew
            log.warning("job given up: another process does it", job=run.job.name)
            run.task.cancel()
        return begun

    def _start(self, job: ScheduledJob, claimed: ClaimedChore | None) -> None:
        now = asyncio.get_running_loop().time()
        self._runs[job.name] = _Run(job, asyncio.create_task(_run(job), name=job.name), claimed, now, now)

    async def _keep_looking(self) -> None:
        while not self._stopping:
            self._wake.clear()
            try:
                await self.look()
            except Exception:
                log.exception("chores not looked at")
            if not self._stopping:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)


async def _run(job: ScheduledJob) -> bool:
    """Run a job; a failure is logged. Returns whether there was none."""
    try:
        await job.run()
    except Exception:
        log.exception("job failed", job=job.name)
        return False
    return True
