"""The coordinator of periodic collection: starts due runs and records their success or failure."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, and_, case, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, NotOffered, PartnerRejected, Throttled, TmonError
from tmon.clock import Clock, ElapsedTime
from tmon.collection import unread
from tmon.collection.messages import KindNotOffered
from tmon.collection.sync_state import get_sync_state
from tmon.collector import Collector, CollectorSpec
from tmon.core import ReportAuthError, StoreClients
from tmon.database import Database
from tmon.due_times import has_come
from tmon.errors import AppError
from tmon.incidents.service import IncidentService, error_code, may_pass
from tmon.models.collection import ORDERS, RunOutcome, SyncRun, SyncState
from tmon.models.stores import Store, StoreState
from tmon.outbox import post
from tmon.stores import switches

log = structlog.get_logger(__name__)

_CONCURRENT_RUNS = 8
"""Concurrent runs per kind: slow answers about deals do not delay orders."""
_NOT_OFFERED_PAUSE = timedelta(days=1)
LONGEST_PAUSE = timedelta(days=1)
"""However long TMON asks us to wait."""
SOON_SECONDS = (30.0, 60.0)
"""After a failure that may pass by itself, the next try comes within this span, so that an outage is known in minutes."""
_AFTER_OUTAGE_SECONDS = 30.0
"""Within so many seconds of the first success, the other stores are collected, too."""
MISSED = 3
"""So many intervals without a run, and collection counts as standing still."""
TICK = timedelta(minutes=1)
"""Of shorter intervals as many as fit in here may be missed: a run takes its time."""
_ASKED = 4
"""How many other stores are asked as soon as one fails."""
_ASK_SECONDS = 15.0
_THROTTLED = error_code(Throttled(""))
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
        clients: StoreClients,
        incidents: IncidentService,
        specs: Mapping[str, CollectorSpec],
    ) -> None:
        self._db = db
        self._clock = clock
        self._clients = clients
        self._incidents = incidents
        self._elapsed = ElapsedTime(clock)
        self.specs = specs
        """Collectors by kind."""
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(_CONCURRENT_RUNS))
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
                    *self._collected(kind),
                    col(SyncState.due_at).is_(None) | self._is_due(kind, now),
                )
            )
            due = rows.all()
        for store in due:
            if self.specs[kind].is_open(store, now):
                self._start(store.team_id, store.id, kind, None)

    async def is_standing_still(self) -> bool:
        """Whether a collection has missed three intervals: it is that long overdue and has neither succeeded nor failed."""
        now, elapsed = self._clock(), self._elapsed()
        for kind, spec in self.specs.items():
            patience = MISSED * max(spec.interval, TICK)
            if elapsed < patience.total_seconds():
                continue  # what was missed before the start is under way
            async with self._db.read() as session:
                late = await session.scalars(
                    select(Store)
                    .join(
                        SyncState,
                        (col(Store.team_id) == col(SyncState.team_id)) & (col(Store.id) == col(SyncState.store_id)),
                    )
                    .where(
                        col(SyncState.kind) == kind,
                        col(SyncState.due_at) <= now - patience,
                        *self._collected(kind),
                        col(Store.updated_at) <= now - patience,  # or it has just been switched on
                    )
                )
                # a store whose hours have just begun has not been late for so long
                if any(spec.is_open(store, now) and spec.is_open(store, now - patience) for store in late):
                    return True
        return False

    def _collected(self, kind: str) -> tuple[Any, ...]:
        """Return the conditions of the stores of which `kind` is collected."""
        return (
            col(Store.removed_at).is_(None),
            col(Store.state) == StoreState.APPROVED,
            col(Store.sync_on),
            getattr(Store, f"{self.specs[kind].switch}_on"),
        )

    async def collect_now(self, team_id: str, store_id: str, kind: str, asked_by: str | None) -> CollectResult:
        """Collect now, or wait for the run in progress. `asked_by`: whom its report names; None: it is not a person's wish.

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
        key = (team_id, store_id, kind)
        if key not in self._running:
            task = asyncio.create_task(self._collect(team_id, store_id, kind, asked_by))
            self._running[key] = task
            task.add_done_callback(lambda done: self._ended(key, done))
        return self._running[key]

    def _ended(self, key: tuple[str, str, str], task: asyncio.Task[CollectResult]) -> None:
        self._running.pop(key, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("collection crashed", store=key[1], kind=key[2], exc_info=error)

    async def _collect(self, team_id: str, store_id: str, kind: str, asked_by: str | None) -> CollectResult:
        async with self._slots[kind]:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                state = await session.get(SyncState, (team_id, store_id, kind))
            if not store.active or not store.group_on(self.specs[kind].switch):
                return CollectResult({})
            run = self.specs[kind].create(store, asked_by)
            try:
                await run.collect(self._clients.for_store(store), None if state is None else state.watermark)
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
            state = await get_sync_state(session, store, kind, now)
            if state.failures and state.error != _THROTTLED:
                await self._hasten_others(session, state, now)
            state.due_at = now + self.specs[kind].interval
            state.last_success_at = now
            state.failures, state.failing_since, state.error = 0, None, None
            state.not_offered_at = None
            current = await session.get_one(Store, (store.team_id, store.id))
            await run.record(session, current, state, RunOutcome.DONE, now)
            await unread.tell(session, current, now)
            # a run cannot resolve the incident that it has just opened
            if current.state is StoreState.APPROVED and not run.key_refused:
                await self._incidents.on_success(session, store, kind, run.counts, now, answered=run.answered)

    async def _failed(self, store: Store, kind: str, run: Collector, error: TmonError) -> None:
        now = self._clock()
        log.warning("collection failed", store=store.id, kind=kind, error=type(error).__name__, call=error.call)
        async with self._db.write() as session:
            state = await get_sync_state(session, store, kind, now)
            state.failures += 1
            state.failing_since = state.failing_since or now
            state.last_failure_at = now
            state.error = error_code(error)
            if isinstance(error, NotOffered):
                if state.not_offered_at is None:
                    key = f"{KindNotOffered.kind}/{store.id}/{kind}/{now:%Y%m%d%H%M}"
                    await post(session, store, KindNotOffered(store=store.id, what=kind), key=key, now=now)
                state.not_offered_at = state.not_offered_at or now
            state.due_at = now + self.specs[kind].interval
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await run.record(session, store, state, RunOutcome.FAILED, now)
            await unread.tell(session, store, now)
            await self._incidents.on_failure(session, store, kind, error, state, now)
            state.due_at = now + await self._pause(session, state, error)
            if kind == ORDERS and state.failures == 1 and may_pass(error):
                await self._ask_others(session, state, now)

    async def _ask_others(self, session: AsyncSession, state: SyncState, now: datetime) -> None:
        """Make a few other stores due: by the time an incident opens, it is known whether TMON fails for them, too."""
        rows = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind))
            .where(
                col(SyncState.team_id) == state.team_id,
                col(SyncState.kind) == ORDERS,
                col(SyncState.store_id) != state.store_id,
                col(SyncState.failures) == 0,
                col(SyncState.due_at) > now,
            )
            .order_by(col(SyncState.due_at))
            .limit(_ASKED)
        )
        await self._hasten(session, state.team_id, rows.all(), now, _ASK_SECONDS)

    async def _pause(self, session: AsyncSession, state: SyncState, error: TmonError) -> timedelta:
        """Return how long the next run waits after a failure; `state` already includes it."""
        interval = self.specs[state.kind].interval
        if isinstance(error, NotOffered):
            return max(interval, _NOT_OFFERED_PAUSE)
        if not may_pass(error):
            return interval
        soon = min(interval, timedelta(seconds=random.uniform(*SOON_SECONDS)))  # noqa: S311 - jitter
        if isinstance(error, Throttled) and error.retry_after is not None:
            return min(max(soon, timedelta(seconds=error.retry_after)), LONGEST_PAUSE)
        if state.failures < self._incidents.after_failures and not await self._incidents.is_outage(
            session, state.team_id
        ):
            return soon
        return soon if await self._is_probe(session, state) else interval

    async def _is_probe(self, session: AsyncSession, state: SyncState) -> bool:
        """Whether this is the one collection that asks often whether an outage is over, while all others wait."""
        await session.flush()
        first = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind))
            .join(Store, and_(col(Store.team_id) == col(SyncState.team_id), col(Store.id) == col(SyncState.store_id)))
            .where(
                *_failing_alike(state),
                col(Store.removed_at).is_(None),
                col(Store.state) == StoreState.APPROVED,
                col(Store.sync_on),
                *(
                    (col(SyncState.kind) != kind) | getattr(Store, f"{spec.switch}_on")
                    for kind, spec in self.specs.items()
                ),
            )
            .order_by(case((col(SyncState.kind) == ORDERS, 0), else_=1), col(SyncState.store_id), col(SyncState.kind))
            .limit(1)
        )
        found = first.first()
        return found is not None and tuple(found) == (state.store_id, state.kind)

    async def _hasten_others(self, session: AsyncSession, state: SyncState, now: datetime) -> None:
        """Make what failed alike due within seconds: what this run shows to be over may be over for all."""
        rows = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind)).where(
                *_failing_alike(state), col(SyncState.due_at) > now
            )
        )
        await self._hasten(session, state.team_id, rows.all(), now, _AFTER_OUTAGE_SECONDS)

    async def _hasten(
        self,
        session: AsyncSession,
        team_id: str,
        collections: Sequence[Row[str, str]],
        now: datetime,
        within_seconds: float,
    ) -> None:
        for store_id, kind in collections:
            soon = timedelta(seconds=random.uniform(0, within_seconds))  # noqa: S311 - jitter
            await session.execute(
                update(SyncState)
                .where(
                    col(SyncState.team_id) == team_id,
                    col(SyncState.store_id) == store_id,
                    col(SyncState.kind) == kind,
                    col(SyncState.due_at) > now + soon,
                )
                .values(due_at=now + soon),
                execution_options={"synchronize_session": False},
            )

    def _is_due(self, kind: str, now: datetime) -> ColumnElement[bool]:
        """Return the condition that the next run of `kind` is due. No pause is longer than a day, and few than the interval."""
        due_at, interval = col(SyncState.due_at), self.specs[kind].interval
        paused = col(SyncState.not_offered_at).is_not(None) | col(SyncState.error).is_not_distinct_from(_THROTTLED)
        return has_come(due_at, now, max(interval, LONGEST_PAUSE)) | (~paused & has_come(due_at, now, interval))


def _failing_alike(state: SyncState) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the collections of the workspace that fail for the same reason as `state`."""
    return (
        col(SyncState.team_id) == state.team_id,
        col(SyncState.failures) > 0,
        col(SyncState.error) == state.error,
    )


def auth_error_reporter(db: Database, incidents: IncidentService, clock: Clock) -> ReportAuthError:
    """Return a callback for calls outside of collection that TMON answers with rejected credentials."""

    async def report(store: Store, error: AuthError) -> None:
        now = clock()
        async with db.write() as session:
            state = await session.get(SyncState, (store.team_id, store.id, ORDERS))
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await incidents.on_failure(session, store, ORDERS, error, state, now)

    return report


async def reject_key(session: AsyncSession, store: Store, error: PartnerRejected, now: datetime) -> None:
    """Mark the key of an approved store as rejected: nothing is collected until a later check accepts it."""
    current = await session.get_one(Store, (store.team_id, store.id))
    if current.state is StoreState.APPROVED:
        current.state, current.pending_message = StoreState.KEY_REJECTED, error.message
        current.check_due_at, current.updated_at = now + KEY_CHECK_EVERY, now
