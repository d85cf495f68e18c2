"""`/healthz`: whether this process works. It reveals nothing about stores."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from aiohttp import web
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col

from bot.watchdog import RECONNECT_SECONDS
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.collection import SyncState

log = structlog.stdlib.get_logger(__name__)

DATABASE_SECONDS = 3
LATE_SECONDS = 600
"""The outbox counts as stuck if a message has waited this long."""


class Report(BaseModel):
    """The response of `/healthz`; ages in seconds, None if there is nothing yet."""

    healthy: bool
    database: bool
    slack_silent_seconds: int
    outbox_late_seconds: int | None = None
    last_collection_seconds: int | None = None
    """For information only: TMON being down is no fault of this process."""


class Health:
    """Collects the data of the report."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        silent_seconds: Callable[[], float],
        oldest_due: Callable[[], Awaitable[datetime | None]],
    ) -> None:
        """`oldest_due`: returns when the oldest undelivered message became due."""
        self._db = db
        self._clock = clock
        self._silent_seconds = silent_seconds
        self._oldest_due = oldest_due

    async def report(self) -> Report:
        """Return the report; takes only seconds even if the database does not answer."""
        silent = round(self._silent_seconds())
        try:
            async with asyncio.timeout(DATABASE_SECONDS):
                late = self._age(await self._oldest_due())
                collected = self._age(await self._last_collection())
        except (SQLAlchemyError, OSError) as error:
            log.warning("the database does not answer", error=type(error).__name__)
            return Report(healthy=False, database=False, slack_silent_seconds=silent)
        return Report(
            healthy=silent < RECONNECT_SECONDS and (late or 0) < LATE_SECONDS,
            database=True,
            slack_silent_seconds=silent,
            outbox_late_seconds=late,
            last_collection_seconds=collected,
        )

    async def _last_collection(self) -> datetime | None:
        async with self._db.read() as session:
            last: datetime | None = await session.scalar(select(func.max(col(SyncState.last_success_at))))
        return last

    def _age(self, moment: datetime | None) -> int | None:
        return None if moment is None else round((self._clock() - moment).total_seconds())


@asynccontextmanager
async def serving(health: Health, host: str, port: int) -> AsyncIterator[int]:
    """Serve `/healthz` (200 or 503) within the block. Yields the port. Raises OSError if it is taken."""

    async def answer(_: web.Request) -> web.Response:
        report = await health.report()
        return web.Response(
            text=report.model_dump_json(), content_type="application/json", status=200 if report.healthy else 503
        )

    app = web.Application()
    app.router.add_get("/healthz", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
