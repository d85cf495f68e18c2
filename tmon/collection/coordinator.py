"""The coordinator of periodic collection: starts due runs and records their success or failure."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, NotOffered, PartnerRejected, Throttled, TmonError
from tmon.clock import Clock
from tmon.collection.messages import KindNotOffered
from tmon.collection.sync_state import get_sync_state
from tmon.collector import Collector, CollectorSpec
from tmon.core import ReportAuthError, StoreClients
from tmon.database import Database
from tmon.errors import AppError
from tmon.incidents.service import IncidentService, error_code
from tmon.models.collection import ORDERS, RunOutcome, SyncRun, SyncState
from tmon.models.stores import Store, StoreState
from tmon.outbox import post
from tmon.stores import switches

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Concurrent runs per kind: slow answers about deals do not delay orders."""
_NOT_OFFERED_PAUSE = timedelta(days=1)
KEY_CHECK_EVERY = timedelta(hours=1)
"""How often a rejected key is checked again automatically."""


@dataclass(frozen=True)
class CollectResult:
    """Result of a run, for the user who requested it."""

    counts: dict[str, int]
    error: TmonError | None = None


class Coordinator:
    """Runs collectors for each store when they are due."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        connections: StoreClients,
        incidents: IncidentService,
        specs: Mapping[str, CollectorSpec],
    ) -> None:
        self._db = db
        self._clock = clock
        self._connections = connections
        self._incidents = incidents
        self.specs = specs
        """Collectors by kind."""
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_AT_ONCE))
        self._running: dict[tuple[str, str, str], asyncio.Task[CollectResult]] = {}

    async def tick(self, kind: str) -> None:
        """Start every due run of `kind` and return at once. Called every few seconds."""
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Store)
                .outerjoin(
                    SyncState,
                    (col(SyncState.team_id) == col(Store.team_id))
                    & (col(SyncState.store_id) == col(Store.id))
                    & (col(SyncState.kind) == kind),
                )
                .where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    getattr(Store, f"{self.specs[kind].switch}_on"),
                    col(SyncState.due_at).is_(None) | (col(SyncState.due_at) <= now),
                )
            )
            due = rows.all()
        for store in due:
            self._start(store.team_id, store.id, kind, None)

    async def collect_now(self, team_id: str, store_id: str, kind: str, asked_by: str) -> CollectResult:
        """Collect now, or wait for the run in progress.

        Raises AppError if the switch is off or the store is not approved.
        """
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        switches.require_on(store, self.specs[kind].switch)
        if store is not None and store.state is not StoreState.APPROVED:
            raise AppError("collect.inactive", store=store.name)
        return await asyncio.shield(self._start(team_id, store_id, kind, asked_by))

    async def run(self, team_id: str, run_id: str) -> SyncRun | None:
        """Return a recorded run, or None."""
        async with self._db.read() as session:
            return await session.get(SyncRun, (team_id, run_id))

    async def drain(self) -> None:
        """Wait until every run has ended."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _start(self, team_id: str, store_id: str, kind: str, asked_by: str | None) -> asyncio.Task[CollectResult]:
        place = (team_id, store_id, kind)
        if place not in self._running:
            task = asyncio.create_task(self._collect(team_id, store_id, kind, asked_by))
            self._running[place] = task
            task.add_done_callback(lambda done: self._ended(place, done))
        return self._running[place]

    def _ended(self, place: tuple[str, str, str], task: asyncio.Task[CollectResult]) -> None:
        self._running.pop(place, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("collection broke", store=place[1], kind=place[2], exc_info=error)

    async def _collect(self, team_id: str, store_id: str, kind: str, asked_by: str | None) -> CollectResult:
        async with self._slots[kind]:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                standing = await session.get(SyncState, (team_id, store_id, kind))
            if not store.active or not store.group_on(self.specs[kind].switch):
                return CollectResult({})
            run = self.specs[kind].create(store, asked_by)
            try:
                await run.collect(self._connections.for_store(store), None if standing is None else standing.watermark)
                await self._succeeded(store, kind, run)
            except TmonError as error:
                await self._failed(store, kind, run, error)
                return CollectResult(run.counts, error)
            except Exception:
                # A bug of ours: recorded as a failure, so that people are notified and the run is not repeated at once.
                await self._failed(store, kind, run, TmonError(f"{kind}.collect"))
                raise
            return CollectResult(run.counts)

    async def _succeeded(self, store: Store, kind: str, run: Collector) -> None:
        now = self._clock()
        async with self._db.write() as session:
            standing = await get_sync_state(session, store, kind, now)
            standing.due_at = now + self.specs[kind].interval
            standing.last_success_at = now
            standing.failures, standing.failing_since, standing.error = 0, None, None
            standing.not_offered_at = None
            kept = await session.get_one(Store, (store.team_id, store.id))
            await run.record(session, kept, standing, RunOutcome.DONE, now)
            # a run cannot resolve the incident that it has just opened
            if kept.state is StoreState.APPROVED and not run.key_refused:
                await self._incidents.on_success(session, store, kind, run.counts, now, answered=run.answered)

    async def _failed(self, store: Store, kind: str, run: Collector, error: TmonError) -> None:
        now = self._clock()
        log.warning("collection failed", store=store.id, kind=kind, error=type(error).__name__, call=error.call)
        async with self._db.write() as session:
            standing = await get_sync_state(session, store, kind, now)
            standing.failures += 1
            standing.failing_since = standing.failing_since or now
            standing.last_failure_at = now
            standing.error = error_code(error)
            pause = self.specs[kind].interval
            if isinstance(error, Throttled) and error.retry_after is not None:
                pause = max(pause, timedelta(seconds=error.retry_after))
            if isinstance(error, NotOffered):
                pause = max(pause, _NOT_OFFERED_PAUSE)
                if standing.not_offered_at is None:
                    key = f"{KindNotOffered.kind}/{store.id}/{kind}/{now:%Y%m%d%H%M}"
                    await post(session, store, KindNotOffered(store=store.id, what=kind), key=key, now=now)
                standing.not_offered_at = standing.not_offered_at or now
            standing.due_at = now + pause
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await run.record(session, store, standing, RunOutcome.FAILED, now)
            await self._incidents.on_failure(session, store, kind, error, standing, now)


def auth_error_reporter(db: Database, incidents: IncidentService, clock: Clock) -> ReportAuthError:
    """Return a callback for calls outside of collection that TMON answers with rejected credentials."""

    async def lay(store: Store, error: AuthError) -> None:
        now = clock()
        async with db.write() as session:
            standing = await session.get(SyncState, (store.team_id, store.id, ORDERS))
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await incidents.on_failure(session, store, ORDERS, error, standing, now)

    return lay


async def reject_key(session: AsyncSession, store: Store, error: PartnerRejected, now: datetime) -> None:
    """Mark the key of an approved store as rejected: nothing is collected until a later check accepts it."""
    kept = await session.get_one(Store, (store.team_id, store.id))
    if kept.state is StoreState.APPROVED:
        kept.state, kept.pending_message = StoreState.KEY_REJECTED, error.message
        kept.check_due_at, kept.updated_at = now + KEY_CHECK_EVERY, now
