"""`tmon-bot web`: what Slack and browsers ask for, beside any number of others that do the same; workers do the rest."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from bot import oauth
from bot.db import create_database, process_lock, require_schema
from bot.engine.queue import QueueEngine
from bot.health import Health, serving
from bot.runtime import (
    LAST_SECONDS,
    ShutdownSignal,
    built,
    connect,
    database_of_health,
    finish,
    freeze_heap,
    lock_lost,
    run_until_stopped,
)
from bot.scheduler import scheduled
from bot.services import Bot
from bot.settings import WebSettings
from tmon.clock import Clock, system_clock
from tmon.privacy import decryptions


async def serve(settings: WebSettings, clock: Clock = system_clock, *, despite_loss: bool = False) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit code. `despite_loss`: see `open_sealer`."""
    return await run_until_stopped(lambda stop: running_web(settings, clock, stop, despite_loss=despite_loss))


@asynccontextmanager
async def running_web(
    settings: WebSettings, clock: Clock, stop: ShutdownSignal, *, despite_loss: bool = False
) -> AsyncIterator[Bot]:
    """Serve within the block; requests `stop` if it cannot go on. Raises what `bot.runtime.running_bot` does, and SchemaUnfit."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        await enter(process_lock(settings.database_url, lost=lambda: lock_lost(stop), shared=True))
        db = create_database(settings.database_url, settings.db_pool, stalled=settings.stalled)
        stack.push_async_callback(db.engine.dispose)
        await require_schema(db)
        bot = await enter(built(settings, db, clock, role="web", engine=QueueEngine(), despite_loss=despite_loss))
        core = bot.services.core
        slack = await connect(stack, settings, core.clock, bot, stop)
        jobs = [job for job in bot.jobs if job.in_each_process]
        scheduler = await enter(scheduled(db, core.claims, jobs, alone=False))
        health = Health(
            database_of_health(stack, settings),
            core.clock,
            slack.silent_seconds,
            clock_wrong_by=core.clock_check.wrong_by,
            process=core.process,
        )
        pages = [] if bot.oauth is None else oauth.routes(bot.oauth)
        stack.push_async_callback(decryptions.record, core)
        stack.push_async_callback(finish, bot.guard.drain, seconds=LAST_SECONDS)
        await enter(serving(health, settings.http_host, settings.http_port, [*slack.routes(), *pages]))
        freeze_heap()
        try:
            yield bot
        finally:
            health.drain()
            slack.stop_listening()
            scheduler.stop()
            await finish(scheduler.drain, bot.guard.drain)
