"""A few static jobs on APScheduler. What is due stands in our tables, so a restart or a late tick loses nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from bot.outbox_alarm import OutboxAlarm
from bot.settings import Settings
from tmon.inquiries import retention as inquiries
from tmon.orders.delivery_tracking import Deliveries
from tmon.orders.recovery import Sweep
from tmon.orders.retention import destroy_due
from tmon.services import Services

log = structlog.get_logger(__name__)

_HALF_MINUTE = 30.0
_MINUTE = 60.0
_DAY = 24 * 60 * _MINUTE


@dataclass(frozen=True)
class Job:
    """Something that is done at the start and then again and again."""

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    """Seconds between runs."""


def jobs_of(
    services: Services, sweep: Sweep, deliveries: Deliveries, alarm: OutboxAlarm, settings: Settings
) -> tuple[Job, ...]:
    """Every job of the product."""

    async def destroy_buyers() -> None:
        await destroy_due(services.db, services.clock, settings.personal_data_days)
        await inquiries.destroy_due(services.db, services.clock, settings.personal_data_days)

    return (
        Job("settle confirmations", sweep, 5),
        Job("settle addresses", services.address_changes.settle, _HALF_MINUTE),
        Job("settle templates", services.delivery_templates.settle, _HALF_MINUTE),
        *(
            Job(f"collect {kind}", partial(services.collector.tick, kind), min(5, work.every.total_seconds()))
            for kind, work in services.collector.works.items()
        ),
        Job("read deals", services.catalog.read_due, _MINUTE),
        Job("extend sale periods", services.sale_periods.tick, _MINUTE),
        Job("check stores", services.stores.recheck_due, _MINUTE),
        Job("offer automatic confirmation", services.stores.offer_auto, _MINUTE),
        Job("remind", services.orders.remind, _MINUTE),
        Job("review incidents", services.incidents.tick, _MINUTE),
        Job("watch the outbox", alarm, _MINUTE),
        Job("drop old drafts", services.stores.drafts.expire, _DAY),
        Job("look for deliveries", deliveries, _DAY),
        Job("destroy buyers' data", destroy_buyers, _DAY),
    )


@asynccontextmanager
async def scheduled(jobs: tuple[Job, ...]) -> AsyncIterator[None]:
    """Runs `jobs` for as long as the block lasts; each at most once at a time, a failure is logged and tried again."""
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            _logged(job),
            IntervalTrigger(seconds=job.every, timezone=UTC),
            id=job.name,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,  # APScheduler would drop a run that is late by a second
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _logged(job: Job) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        try:
            await job.run()
        except Exception:
            log.exception("job failed", job=job.name)

    return run
