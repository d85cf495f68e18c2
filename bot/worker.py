"""`tmon-bot worker`: jobs of the queue, chores and messages, beside any number of others that do the same."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial

from bot.db import create_database, process_lock, require_schema
from bot.engine.queue import QueueEngine
from bot.engine.queue_worker import QueueWorker
from bot.health import Health, serving
from bot.runtime import (
    DELIVER_SECONDS,
    DRAIN_SECONDS,
    EXIT_LOCK_LOST,
    ShutdownSignal,
    built,
    database_of_health,
    finish,
    freeze_heap,
    lock_lost,
    repeated,
    run_until_stopped,
)
from bot.scheduler import scheduled
from bot.services import Bot
from bot.settings import QueueSettings
from bot.task_tracker import TaskTracker
from tmon.clock import Clock, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.privacy import decryptions
from tmon.processes import BEATS
from tmon.work import Queue

JOBS_DRAIN_SECONDS = 10
"""Time for running jobs to finish when the process stops; what is cut off is given back, which takes time, too."""


async def work(settings: QueueSettings, clock: Clock = system_clock, *, despite_loss: bool = False) -> int:
    """Work until SIGTERM or SIGINT; returns the exit code. `despite_loss`: see `open_sealer`."""
    return await run_until_stopped(lambda stop: running_worker(settings, clock, stop, despite_loss=despite_loss))


@asynccontextmanager
async def running_worker(
    settings: QueueSettings, clock: Clock, stop: ShutdownSignal, *, despite_loss: bool = False
) -> AsyncIterator[Bot]:
    """Work within the block; requests `stop` if it cannot go on. Raises what `bot.runtime.running_bot` does, and SchemaUnfit."""
    drain = TaskTracker()
    engine = QueueEngine()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        await enter(process_lock(settings.database_url, lost=lambda: lock_lost(stop), shared=True))
        db = create_database(settings.database_url, settings.db_pool, works=True, stalled=settings.stalled)
        stack.push_async_callback(db.engine.dispose)
        await require_schema(db)
        bot = await enter(built(settings, db, clock, role="worker", engine=engine, despite_loss=despite_loss))
        core = bot.services.core
        queue = QueueWorker(
            settings.database_url,
            db,
            engine,
            queues=settings.worker_queues,
            concurrency=settings.worker_concurrency,
            stalled=core.process.stalled,
            drain_seconds=JOBS_DRAIN_SECONDS,
            gave_up=lambda: stop.request(EXIT_LOCK_LOST),
        )
        jobs = asyncio.create_task(queue.run())
        stack.callback(jobs.cancel)
        await enter(repeated("recovery of jobs", queue.recover, settings.stalled_seconds / BEATS))
        all_chores = Queue.CHORES in settings.worker_queues
        chores = [job for job in bot.jobs if all_chores or job.in_each_process]
        scheduler = await enter(scheduled(db, core.claims, chores, alone=False))
        await enter(repeated("outbox", drain.track(bot.outbox.begin), DELIVER_SECONDS))
        await enter(repeated("mails", drain.track(bot.outbox.deliver_mails), DELIVER_SECONDS))
        asked = database_of_health(stack, settings)

        async def late_by() -> timedelta | None:
            """How long what is due, a job or a chore, has waited for a worker to begin it."""
            late = await queue.late_by(asked), await scheduler.late_by(asked)
            return max((one for one in late if one is not None), default=None)

        health = Health(
            asked,
            core.clock,
            oldest_due=partial(bot.outbox.turns.oldest_due, asked),
            standing_still=partial(bot.services[Coordinator].is_standing_still, asked),
            clock_wrong_by=core.clock_check.wrong_by,
            process=core.process,
            jobs_late_by=late_by,
        )
        await enter(serving(health, settings.http_host, settings.http_port))
        freeze_heap()
        try:
            yield bot
        finally:
            health.drain()
            drain.close()
            scheduler.stop()
            jobs.cancel()
            await asyncio.gather(
                asyncio.wait({jobs}, timeout=DRAIN_SECONDS),
                finish(scheduler.drain, drain.idle, bot.outbox.drain, bot.guard.drain),
            )
            await decryptions.record(core)
