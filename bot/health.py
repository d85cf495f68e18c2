"""`/healthz`: whether this process works, as far as that can be proved. It reveals nothing about stores."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import web
from pydantic import BaseModel
from sqlalchemy import delete, func, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.watchdog import RECONNECT_SECONDS
from tmon.clock import Clock
from tmon.database import Database, is_busy
from tmon.models.collection import SyncState
from tmon.models.stores import Store, StoreState
from tmon.processes import Process

log = structlog.stdlib.get_logger(__name__)

DATABASE_SECONDS = 3
LATE_SECONDS = 600
"""The outbox counts as stuck if a message has waited this long."""


class Report(BaseModel):
    """The response of `/healthz`; ages in seconds, None if there is nothing yet."""

    role: str
    healthy: bool
    database: bool | None = None
    """Whether it takes writes; None: it was not asked."""
    slack_silent_seconds: int | None = None
    """None: this role is not connected to Slack by a socket."""
    outbox_late_seconds: int | None = None
    """Of a role that delivers messages."""
    jobs_late_seconds: int | None = None
    """Of a role that does what is due: how long the oldest has waited for somebody to begin it."""
    last_collection_seconds: int | None = None
    """Since the last success. However long: TMON being down is no fault of this process."""
    reason: str | None = None
    """Why it is unhealthy, for the operator."""


async def _no() -> bool:
    return False


async def _none() -> None:
    return None


@dataclass(frozen=True)
class _Ages:
    """What only the database knows; in seconds."""

    outbox: int | None
    """How late the oldest message is."""
    jobs: int | None
    collected: int | None
    """Since something was collected."""
    standing_still: bool


class Health:
    """Collects the data of the report. What a role does not do it does not judge: others do it, and say so themselves."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        silent_seconds: Callable[[], float] | None = None,
        oldest_due: Callable[[], Awaitable[datetime | None]] = _none,
        standing_still: Callable[[], Awaitable[bool]] = _no,
        clock_wrong_by: Callable[[], timedelta | None] = lambda: None,
        *,
        process: Process | None = None,
        jobs_late_by: Callable[[], Awaitable[timedelta | None]] = _none,
    ) -> None:
        """`silent_seconds`: how long the socket has been silent, if there is one; `oldest_due`: returns when the oldest
        undelivered message became due; `standing_still`: whether a collection has missed three intervals;
        `clock_wrong_by`: by how much the machine's clock differs from Slack's and TMON's; `process`: the one that this
        is about; `jobs_late_by`: how long the oldest work that is due has waited for somebody to begin it.
        """
        self._db = db
        self._clock = clock
        self._silent_seconds = silent_seconds
        self._oldest_due = oldest_due
        self._standing_still = standing_still
        self._clock_wrong_by = clock_wrong_by
        self._process = process
        self._jobs_late_by = jobs_late_by
        self._checking: asyncio.Task[_Ages] | None = None
        self._draining = False

    def drain(self) -> None:
        """Report from now on, without asking anybody, that the process ends: a balancer sends it nothing more."""
        self._draining = True

    async def report(self) -> Report:
        """Return the report; takes only seconds even if the database does not answer."""
        silent = None if self._silent_seconds is None else round(self._silent_seconds())
        role = "run" if self._process is None else self._process.role
        if self._draining:
            return Report(role=role, healthy=False, slack_silent_seconds=silent, reason="draining")
        checking = self._checking or asyncio.create_task(self._check())
        self._checking = checking
        # not cancelled when it takes too long: SQLite's thread would be waited for all the same
        await asyncio.wait({checking}, timeout=DATABASE_SECONDS)
        error: BaseException = TimeoutError()
        if checking.done():
            self._checking = None
            error = checking.exception() or error
        if not checking.done() or checking.exception() is not None:
            if not isinstance(error, SQLAlchemyError | OSError):
                raise error
            why = _why_not_written(error)
            log.warning("unhealthy", reason=why, error=type(error).__name__)
            return Report(role=role, healthy=False, database=False, slack_silent_seconds=silent, reason=why)
        ages = checking.result()
        reason = self._reason(silent or 0, ages)
        if reason is not None:
            log.warning("unhealthy", reason=reason)
        return Report(
            role=role,
            healthy=reason is None,
            database=True,
            slack_silent_seconds=silent,
            outbox_late_seconds=ages.outbox,
            jobs_late_seconds=ages.jobs,
            last_collection_seconds=ages.collected,
            reason=reason,
        )

    async def _check(self) -> _Ages:
        late = await self._jobs_late_by()
        ages = _Ages(
            outbox=self._age(await self._oldest_due()),
            jobs=None if late is None else round(late.total_seconds()),
            collected=self._age(await self._last_collection()),
            standing_still=await self._standing_still(),
        )
        await self._write()
        return ages

    def _reason(self, silent: int, ages: _Ages) -> str | None:
        if silent >= RECONNECT_SECONDS:
            return "Slack is silent"
        if self._process is not None and self._process.silent_seconds() >= self._process.stalled.total_seconds():
            return "its heartbeat does not reach the database: others may take over what it does"
        if (ages.outbox or 0) >= LATE_SECONDS:
            return "messages do not go out"
        if (ages.jobs or 0) >= LATE_SECONDS:
            return "what is due is not begun"
        if min(ages.outbox or 0, ages.collected or 0) < 0:
            return "the clock was set back: something that has happened lies ahead"
        if (wrong_by := self._clock_wrong_by()) is not None:
            return f"the clock differs from Slack's and TMON's by {round(abs(wrong_by.total_seconds()))} seconds"
        return "a collection has missed three intervals" if ages.standing_still else None

    async def _write(self) -> None:
        """Commit a change that changes nothing: a full disk, a held lock and a read-only volume still allow reading."""
        nobody = {"team_id": "", "store_id": "", "kind": "health"}
        async with self._db.write() as session:
            await session.execute(insert(SyncState).values(**nobody, due_at=self._clock(), failures=0))
            await session.execute(delete(SyncState).where(col(SyncState.team_id) == "", col(SyncState.store_id) == ""))

    async def _last_collection(self) -> datetime | None:
        async with self._db.read() as session:
            last: datetime | None = await session.scalar(
                select(func.max(col(SyncState.last_success_at)))
                .outerjoin(
                    Store, (col(Store.team_id) == col(SyncState.team_id)) & (col(Store.id) == col(SyncState.store_id))
                )
                .where(
                    or_(
                        col(Store.id).is_(None),
                        col(Store.removed_at).is_(None)
                        & col(Store.sync_on)
                        & (col(Store.state) == StoreState.APPROVED),
                    )
                )
            )
        return last

    def _age(self, moment: datetime | None) -> int | None:
        return None if moment is None else round((self._clock() - moment).total_seconds())


def _why_not_written(error: Exception) -> str:
    text = str(getattr(error, "orig", error))
    if "full" in text or "No space" in text:
        return "the disk is full: the database takes no writes"
    if "readonly" in text or "read-only" in text:
        return "the database is read-only"
    if is_busy(error) or isinstance(error, TimeoutError):
        return "the database is locked or does not answer"
    return f"the database does not answer ({type(error).__name__})"


def healthz(health: Health) -> web.RouteDef:
    """Return the route of `/healthz`: 200 or 503."""

    async def answer(_: web.Request) -> web.Response:
        report = await health.report()
        return web.Response(
            text=report.model_dump_json(exclude={"reason"} if report.healthy else None),
            content_type="application/json",
            status=200 if report.healthy else 503,
        )

    return web.get("/healthz", answer)


@asynccontextmanager
async def serving(
    health: Health, host: str, port: int, routes: Iterable[web.AbstractRouteDef] = ()
) -> AsyncIterator[int]:
    """Serve `/healthz` and `routes` within the block. Yields the port. Raises OSError if it is taken."""
    app = web.Application()
    app.add_routes([healthz(health), *routes])
    # a body that says it is compressed could become as large as memory, before anybody knows who sent it
    runner = web.AppRunner(app, access_log=None, auto_decompress=False)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
