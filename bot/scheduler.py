"""A few static jobs on APScheduler. Due times are in our tables, so a restart or a late tick loses nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.outbox_alarm import OutboxAlarm
from tmon.collection.coordinator import Coordinator
from tmon.core import Services
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
        ScheduledJob("watch the outbox", alarm, MINUTE),
    )


@asynccontextmanager
async def scheduled(jobs: tuple[ScheduledJob, ...]) -> AsyncIterator[None]:
    """Run `jobs` within the block; each at most once at a time; a failure is logged, and the job runs again."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            _logged(job),
            IntervalTrigger(seconds=job.every, timezone=UTC),
            id=job.name,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # otherwise APScheduler drops a run that is a second late
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _logged(job: ScheduledJob) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job.run()
        except Exception:
            log.exception("job failed", job=job.name)

    return run
