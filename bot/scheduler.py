"""A few static jobs, each in a task of its own. Due times are in our tables, so a restart or a late tick loses nothing."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial

import structlog

from bot.outbox_alarm import OutboxAlarm
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
from tmon.destruction import overwrite
from tmon.envelopes import Envelopes
from tmon.feature import DAY, MINUTE, DomainFeature
from tmon.writes.engine import SETTLE_SECONDS

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ScheduledJob:
    """A job that runs at the start and then periodically."""

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    """Seconds between runs."""


def build_jobs(services: Services, features: Sequence[DomainFeature], alarm: OutboxAlarm) -> tuple[ScheduledJob, ...]:
    """Build every job of the process: those of the features, one for each collected kind, those of writes, the outbox alarm."""
    collector = services[Coordinator]
    return (
        *(
            ScheduledJob(f"collect {kind}", partial(collector.tick, kind), min(5, spec.interval.total_seconds()))
            for kind, spec in collector.specs.items()
        ),
        *(
            ScheduledJob(job.name, partial(job.run, services), job.every)
            for feature in features
            for job in feature.jobs
        ),
        ScheduledJob("settle writes", services.core.writes.settle, SETTLE_SECONDS),
        ScheduledJob("forget ended writes", services.core.writes.forget_ended, DAY),
        ScheduledJob("overwrite what was destroyed", partial(overwrite, services.core.db), 60 * MINUTE),
        ScheduledJob("forget envelopes", services[Envelopes].forget, 10 * MINUTE),
        ScheduledJob("watch the outbox", alarm, MINUTE),
    )


@asynccontextmanager
async def scheduled(jobs: tuple[ScheduledJob, ...]) -> AsyncIterator[Callable[[], None]]:
    """Run `jobs` within the block; each at most once at a time; a failure is logged, and the job runs again.

    Yields a function that makes all of them due at once: for a clock that somebody has moved.
    """
    wakes = [asyncio.Event() for _ in jobs]
    tasks = [asyncio.create_task(_repeat(job, wake), name=job.name) for job, wake in zip(jobs, wakes, strict=True)]

    def run_now() -> None:
        for wake in wakes:
            wake.set()

    try:
        yield run_now
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _repeat(job: ScheduledJob, wake: asyncio.Event) -> None:
    """Run `job` now and then every `job.every` seconds of the event loop's monotonic clock, which nobody can set.

    `wake` ends a wait.     A run that took longer than that is followed by one run, not by all that were missed.
    """
    loop = asyncio.get_running_loop()
    while True:
        next_run = loop.time() + job.every
        wake.clear()
        try:
            await job.run()
        except Exception:
            log.exception("job failed", job=job.name)
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), max(0.0, next_run - loop.time()))
