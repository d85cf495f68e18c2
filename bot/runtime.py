"""The life of the process: start the parts in order, stop them in reverse, and finish running work first."""

import asyncio
import ctypes
import gc
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import version

import structlog
from slack_sdk.errors import SlackApiError
from sqlalchemy.exc import SQLAlchemyError

from bot import oauth
from bot.database_clock import MEASURE_SECONDS, DatabaseClock
from bot.db import AlreadyRunning, SchemaUnfit, create_database, migrate, process_lock
from bot.engine import Engine
from bot.health import Health, serving
from bot.keys import KeysDoNotFit, fingerprints, open_sealer
from bot.scheduler import scheduled
from bot.services import Bot, build_bot
from bot.settings import BotSettings, ListeningSettings, Settings
from bot.socket_mode import SlackSocket, listening
from bot.task_tracker import TaskTracker
from bot.watchdog import Watchdog
from bot.web import SlackRequests
from handlers.permissions import SLACK_ERRORS
from tmon.api import TmonApi
from tmon.clock import Clock, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.core import ExampleStore
from tmon.database import Database
from tmon.privacy import decryptions
from tmon.processes import BEATS, Process

log = structlog.stdlib.get_logger(__name__)

DRAIN_SECONDS = 15
"""Time for running work to finish, of the 20 seconds that a stop may take."""
LAST_SECONDS = 3
"""Time for what was still asked for until nothing more was taken, of the same 20 seconds."""
END_SECONDS = 23
"""After so long a process that was asked to stop ends in any case, also one that has not started yet."""
DELIVER_SECONDS = 0.25
_M_ARENA_MAX = -8
"""Of glibc's malloc.h."""
_SWITCH_SECONDS = 0.0005
EXIT_FAILED = 1
_KEYS_ADVICE = (
    "put back the key that they were stored with, older ones after a comma. "
    "If it is lost for good, the option --keys-lost of `run`, `web` and `worker` starts without those values"
)
EXIT_LOCK_LOST = 75
"""EX_TEMPFAIL of sysexits.h: start again."""


class ShutdownSignal:
    """Whether the process was asked to stop, and with which exit code; the first request decides."""

    def __init__(self) -> None:
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def request(self, code: int = 0) -> None:
        """Ask the process to stop."""
        if not self._code.done():
            self._code.set_result(code)

    async def wait(self) -> int:
        """Wait for the request to stop; returns the exit code."""
        return await asyncio.shield(self._code)


async def run(settings: Settings, clock: Clock = system_clock, *, despite_loss: bool = False) -> int:
    """Run the bot until SIGTERM or SIGINT; returns the exit code. `despite_loss`: see `open_sealer`."""
    return await run_until_stopped(lambda stop: running_bot(settings, clock, stop, despite_loss=despite_loss))


async def run_until_stopped(running: Callable[[ShutdownSignal], AbstractAsyncContextManager[object]]) -> int:
    """Run a process until SIGTERM or SIGINT; returns the exit code, and says what kept it from starting.

    `running`: its parts, which run within the block and request its stop if they cannot go on.
    """
    share_one_arena()
    let_threads_give_way()
    code: int | None = None
    stop = ShutdownSignal()
    loop = asyncio.get_running_loop()

    def asked() -> None:
        stop.request()
        _end_in_time(0)  # its start, too, may wait for somebody who does not answer

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    try:
        async with running(stop):
            log.info("running")
            code = await stop.wait()
            log.info("stopping", code=code)
            _end_in_time(code)
    except (AlreadyRunning, SchemaUnfit) as reason:
        log.error("%s; this one does not start", reason)
        return EXIT_FAILED
    except KeysDoNotFit as error:
        log.error(str(error), advice=_KEYS_ADVICE)
        return EXIT_FAILED
    except SlackApiError as error:
        log.error("Slack refused", error=error.response.get("error"))
        return EXIT_FAILED
    except (*SLACK_ERRORS, SQLAlchemyError) as error:
        if code is not None:
            log.warning("could not write down its end, which others find out", error=type(error).__name__)
            return code
        log.error("could not start", error=type(error).__name__, reason=str(error))
        return EXIT_FAILED
    log.info("stopped")
    return code


def _end_in_time(code: int) -> None:
    """End this process if it has not ended by itself in time: connections that hang can hold up the end without limit."""

    def end() -> None:
        log.critical("did not end in time", seconds=END_SECONDS)
        os._exit(code)

    timer = threading.Timer(END_SECONDS, end)
    timer.daemon = True
    timer.start()


@asynccontextmanager
async def running_bot(
    settings: Settings,
    clock: Clock,
    stop: ShutdownSignal,
    *,
    despite_loss: bool = False,
    examples: tuple[ExampleStore, ...] = (),
) -> AsyncIterator[Bot]:
    """Run the whole bot within the block; requests `stop` if it cannot go on. `examples`: see `build_bot`.

    Raises AlreadyRunning, KeysDoNotFit, SlackApiError if Slack refuses a token, OSError if something else cannot be reached.
    """
    drain = TaskTracker()
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        await enter(process_lock(settings.database_url, lost=lambda: lock_lost(stop)))
        await migrate(settings.database_url)
        db = create_database(settings.database_url, works=True, stalled=settings.stalled)
        stack.push_async_callback(db.engine.dispose)
        bot = await enter(built(settings, db, clock, despite_loss=despite_loss, examples=examples))
        core = bot.services.core
        slack = await connect(stack, settings, core.clock, bot, stop)
        scheduler = await enter(scheduled(db, core.claims, bot.jobs, alone=True))
        await enter(repeated("outbox", drain.track(bot.outbox.begin), DELIVER_SECONDS))
        await enter(repeated("mails", drain.track(bot.outbox.deliver_mails), DELIVER_SECONDS))
        health = Health(
            db,
            core.clock,
            slack.silent_seconds,
            partial(bot.outbox.turns.oldest_due, db),
            partial(bot.services[Coordinator].is_standing_still, db),
            core.clock_check.wrong_by,
            process=core.process,
            jobs_late_by=partial(scheduler.late_by, db),
        )
        pages = [] if bot.oauth is None else oauth.routes(bot.oauth)
        stack.push_async_callback(decryptions.record, core)
        stack.push_async_callback(finish, bot.guard.drain, bot.engine.drain, seconds=LAST_SECONDS)
        await enter(serving(health, settings.http_host, settings.http_port, [*slack.routes(), *pages]))
        freeze_heap()
        try:
            yield replace(bot, run_jobs_now=scheduler.run_now)
        finally:
            health.drain()
            slack.stop_listening()
            drain.close()
            scheduler.stop()
            # jobs and listeners first: they start collections
            await finish(scheduler.drain, drain.idle, bot.outbox.drain, bot.guard.drain, bot.engine.drain)


@asynccontextmanager
async def built(
    settings: BotSettings,
    db: Database,
    clock: Clock,
    *,
    role: str = "run",
    engine: Engine | None = None,
    despite_loss: bool = False,
    examples: tuple[ExampleStore, ...] = (),
) -> AsyncIterator[Bot]:
    """Build the bot, and say within the block that this process is alive. `role`: `run` is the only process of the database."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        if clock is not system_clock:  # leases and chores go by the database's, which cannot be set
            db.clock_offset = _jumps(clock)
        machine = DatabaseClock(db)
        await machine.measure()
        clock = machine.correct(clock)
        api = await enter(TmonApi(settings.tmon_api_url))
        keys = settings.fernet_keys()
        sealer = await open_sealer(db, keys, despite_loss=despite_loss)
        heart = db
        if role != "run":
            # with a connection of its own: work that waits for the others must not make this process count as gone
            heart = create_database(settings.database_url, 1, stalled=settings.stalled)
            stack.push_async_callback(heart.engine.dispose)
        facts = {"queues": list(settings.worker_queues)} if role == "worker" else {}
        process = Process(
            heart, role, stalled=settings.stalled, version=version("tmon-bot"), keys=fingerprints(keys), facts=facts
        )
        bot = await build_bot(
            settings, db, clock, api, sealer=sealer, examples=examples, process=process, engine=engine
        )
        await process.begin(alone=role == "run")
        stack.push_async_callback(_leave, process)

        async def beat() -> None:
            await process.beat(clock_behind=round(machine.behind.total_seconds()))

        await enter(repeated("heartbeat", beat, process.stalled.total_seconds() / BEATS))
        await enter(repeated("clock", machine.measure, MEASURE_SECONDS))
        yield bot


def _jumps(clock: Clock) -> Callable[[], timedelta]:
    """Return by how much a clock that is set differs from the machine's; one that stands still moves nothing until it is set."""
    last: datetime | None = None
    offset = timedelta()

    def jumped() -> timedelta:
        nonlocal last, offset
        if (now := clock()) != last:
            last, offset = now, now - system_clock()
        return offset

    return jumped


def database_of_health(stack: AsyncExitStack, settings: BotSettings) -> Database:
    """Return a database with one connection, until `stack` ends, for `/healthz` of a process that shares the work.

    Work that has all connections of the process, or waits for them, must not make it look dead.
    """
    db = create_database(settings.database_url, 1, stalled=settings.stalled)
    stack.push_async_callback(db.engine.dispose)
    return db


async def connect(
    stack: AsyncExitStack, settings: ListeningSettings, clock: Clock, bot: Bot, stop: ShutdownSignal
) -> SlackSocket | SlackRequests:
    """Listen to Slack until `stack` ends."""
    if settings.slack_transport == "http":
        assert settings.slack_signing_secret is not None
        secret = settings.slack_signing_secret.get_secret_value()
        return SlackRequests(bot.app, secret, settings.http_max_body, clock)
    assert settings.slack_app_token is not None
    socket = await stack.enter_async_context(listening(bot.app, settings.slack_app_token.get_secret_value()))
    await stack.enter_async_context(background(Watchdog(socket.silent_seconds, socket.reconnect, stop.request).run))
    return socket


def share_one_arena() -> None:
    """Let all threads take memory from one arena of the C library.

    Large answers are read in threads. Each thread would get an arena of its own and keep what its largest answer needed.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # glibc has it, musl and macOS do not
    if mallopt is not None:
        mallopt(_M_ARENA_MAX, 1)


def let_threads_give_way() -> None:
    """Let the event loop wait for its turn for less than a millisecond where a thread calculates.

    It waits after each look for what has arrived, and an acknowledgement takes several of them.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)


def freeze_heap() -> None:
    """Exclude the objects created at the start from garbage collection: they live as long as the process.

    A full collection traverses all of them while the event loop is blocked, which was the longest delay of an
    acknowledgement.
    """
    gc.collect()
    gc.freeze()


async def finish(*drains: Callable[[], Awaitable[None]], seconds: float = DRAIN_SECONDS) -> None:
    """Wait for running work; what takes too long is cancelled, and settled at the next start."""
    try:
        async with asyncio.timeout(seconds):
            for drained in drains:
                await drained()
    except TimeoutError:
        log.warning("not everything ended in time", seconds=seconds)


async def _leave(process: Process) -> None:
    """Say that this process is gone, if the database takes it; its heartbeat ends in any case."""
    try:
        await process.end()
    except (SQLAlchemyError, OSError) as error:
        log.warning("did not sign off", error=type(error).__name__)


def lock_lost(stop: ShutdownSignal) -> None:
    """Stop a process that has lost the lock of the database."""
    log.critical("the connection that locks the database broke; another process may take it over")
    stop.request(EXIT_LOCK_LOST)


@asynccontextmanager
async def background(work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run `work` beside the block, and cancel it at its end."""
    task = asyncio.ensure_future(work())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def repeated(name: str, work: Callable[[], Awaitable[object]], every: float) -> AbstractAsyncContextManager[None]:
    """Run `work` beside the block every so many seconds; a failure is logged."""

    async def repeat() -> None:
        while True:
            try:
                await work()
            except Exception:
                log.exception("repeated work failed", work=name)
            await asyncio.sleep(every)

    return background(repeat)
