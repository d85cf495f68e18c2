"""The coordinator of periodic collection: starts due runs and records their success or failure."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, NotAsked, NotOffered, PartnerRejected, TmonError
from tmon.clock import Clock, ElapsedTime
from tmon.collection import unread
from tmon.collection.messages import KindNotOffered
from tmon.collection.retries import THROTTLED, Retries
from tmon.collection.run_claims import LASTS, CollectionKey, Run, RunClaims, RunLost, ended
from tmon.collector import Collector, CollectorSpec
from tmon.core import Core, ReportAuthError, Services
from tmon.database import Database
from tmon.errors import AppError
from tmon.incidents.service import IncidentService, error_code, error_of, may_pass
from tmon.leases import renewed
from tmon.models.collection import ORDERS, RunOutcome, SyncRun, SyncState
from tmon.models.stores import Store, StoreState
from tmon.outbox import post
from tmon.stores import switches
from tmon.work import Queue, Task, begin_press

log = structlog.get_logger(__name__)

_CONCURRENT_RUNS = 8
"""Concurrent runs per kind, and as many again that people asked for, whom a rush of due runs does not delay."""
_EXTEND_SECONDS = 5.0
"""How often a run extends its claim, and finds out that it has lost it; most runs are shorter."""
_CLAIMED_AT_ONCE = 500
"""Runs claimed in one transaction."""
_LOOK_SECONDS = 0.5
"""How often it is looked for the result of a run of another process."""
_MESSAGE = 300
"""Of what TMON said, what is kept for those who wait in other processes."""
_PATIENCE = timedelta(minutes=5)
"""How long a person's request waits for a run; the run goes on."""
MISSED = 3
"""So many intervals without a run, and collection counts as standing still."""
TICK = timedelta(minutes=1)
"""Of shorter intervals as many as fit in here may be missed: a run takes its time."""
KEY_CHECK_EVERY = timedelta(hours=1)
"""How often a rejected key is checked again automatically."""


@dataclass(frozen=True)
class CollectResult:
    """Result of a run, for the user who requested it."""

    counts: dict[str, int]
    error: TmonError | None = None

    @classmethod
    def of(cls, last_run: Mapping[str, Any] | None) -> "CollectResult":
        """Return the result that a run left for other processes."""
        found = last_run or ended({})
        return cls(found["counts"], None if found["error"] is None else error_of(**found["error"]))


class Coordinator:
    """Runs collectors for each store when they are due."""

    def __init__(self, core: Core, incidents: IncidentService, specs: Mapping[str, CollectorSpec]) -> None:
        self._db = core.db
        self._clock = core.clock
        self._clients = core.clients
        self._work = core.work
        self._incidents = incidents
        self._retries = Retries(incidents, specs)
        self._claims = RunClaims(core.db, core.claims)
        self._elapsed = ElapsedTime(core.clock)
        self.extend_seconds = _EXTEND_SECONDS
        self.specs = specs
        """Collectors by kind."""
        self._slots: defaultdict[tuple[str, Queue], asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(_CONCURRENT_RUNS)
        )
        self._awaited: dict[str, asyncio.Future[CollectResult | None]] = {}
        """Results that somebody here waits for, by the token of a claim: None if the run has lost it."""

    async def tick(self, kind: str) -> None:
        """Claim every due run of `kind` that nobody else has claimed, and ask for it. Called every few seconds."""
        now = self._clock()
        await self._claims.release_left()
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
                    col(SyncState.due_at).is_(None) | (self._retries.is_due(kind, now) & self._claims.is_free()),
                )
                .order_by(col(SyncState.due_at).nulls_first())
            )
            due = [store for store in rows if self.specs[kind].is_open(store, now)]
        for first in range(0, len(due), _CLAIMED_AT_ONCE):
            async with self._db.write() as session:
                taken = await self._claims.take_due(
                    session, kind, due[first : first + _CLAIMED_AT_ONCE], self._retries.is_due(kind, now), now
                )
                for key, token in taken.items():
                    await self._ask(session, COLLECT, key, token, None)

    async def is_standing_still(self, db: Database) -> bool:
        """Whether a collection is three intervals overdue and has neither succeeded nor failed; health asks through its `db`."""
        now, elapsed = self._clock(), self._elapsed()
        for kind, spec in self.specs.items():
            patience = MISSED * max(spec.interval, TICK)
            if elapsed < patience.total_seconds():
                continue  # what was missed before the start is under way
            async with db.read() as session:
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
        return await self._result((team_id, store_id, kind), asked_by, "" if store is None else store.name)

    async def run(self, team_id: str, run_id: str) -> SyncRun | None:
        """Return a recorded run, or None."""
        async with self._db.read() as session:
            return await session.get(SyncRun, (team_id, run_id))

    async def carry_out(
        self, queue: Queue, team_id: str, store_id: str, kind: str, token: str, asked_by: str | None
    ) -> None:
        """Carry out the run that was claimed with `token`; do nothing if another one took its place."""
        key = (team_id, store_id, kind)
        run: Run | None = None

        async def extend() -> None:
            await self._claims.extend(key, token)

        outcome: CollectResult | BaseException | None = None
        try:
            async with renewed(extend, LASTS.total_seconds() / 3, collection=key), self._slots[kind, queue]:
                run = await self._claims.begin(key, token, self._may_run(kind))
                if run is not None:
                    async with self._while_held(run):
                        outcome = await self._collect(run, kind, asked_by)
        except (RunLost, NotAsked) as error:
            log.warning("collection given up", store=store_id, kind=kind, reason=str(error))
            await self._claims.give_back(key, token if run is None else run.id)  # unless that claim was lost
        except BaseException as error:
            outcome = error
            if run is not None:
                self._claims.left.add(run.id)
            raise
        finally:
            if run is not None:
                self._claims.begun.discard(run.id)
            for one in (token, run and run.id):
                _settle(self._awaited.pop(one or "", None), outcome)

    @asynccontextmanager
    async def _while_held(self, run: Run) -> AsyncIterator[None]:
        """Let a run go on as long as it has its claim: once that is lost, TMON is not asked for it any more. Raises RunLost."""
        try:
            async with asyncio.timeout(None) as lost:

                async def extend() -> None:
                    if not await self._claims.extend(run.key, run.id):
                        lost.reschedule(0)

                async with renewed(extend, self.extend_seconds, collection=run.key):
                    yield
        except TimeoutError as error:
            if not lost.expired():
                raise
            raise RunLost from error

    async def _result(self, key: CollectionKey, asked_by: str | None, store_name: str) -> CollectResult:
        """Claim a run and return its result, or that of the run under way, in whatever process.

        Raises AppError if it takes too long.
        """
        waited = ElapsedTime(self._clock)
        token = await self._claim_now(key, asked_by)
        while True:
            result = await self._result_here(token)
            if result is not None:
                return result
            found = await self._claims.standing(key)
            if found.token is None:
                return CollectResult.of(found.last_run)
            token = await self._claim_now(key, asked_by) if found.is_free else found.token
            if waited() >= _PATIENCE.total_seconds():
                raise AppError("collect.still_under_way", store=store_name)

    async def _result_here(self, token: str) -> CollectResult | None:
        """Return the result of a run if it ends in this process within a moment; it is looked for in the database then."""
        awaited = self._awaited.setdefault(token, asyncio.get_running_loop().create_future())
        try:
            await asyncio.wait({awaited}, timeout=_LOOK_SECONDS)
        finally:
            if not awaited.done():
                self._awaited.pop(token, None)
        return awaited.result() if awaited.done() else None

    async def _claim_now(self, key: CollectionKey, asked_by: str | None) -> str:
        """Claim a run ahead of what waits for its turn; return its token, or that of the run under way."""
        press = None if asked_by is None else begin_press()
        async with self._db.write() as session:
            token = await self._claims.take(session, key, self._clock())
            if token is not None:
                await self._ask(session, COLLECT_NOW, key, token, asked_by)
            if press is not None:
                press.store(session)  # also where a run is under way, which was stored before
        return token or (await self._claims.standing(key)).token or ""

    async def _ask(
        self, session: AsyncSession, task: Task, key: CollectionKey, token: str, asked_by: str | None
    ) -> None:
        team_id, store_id, kind = key
        await self._work.ask(
            session,
            task.name,
            "/".join(key),
            team_id=team_id,
            store_id=store_id,
            kind=kind,
            token=token,
            asked_by=asked_by,
        )

    def _may_run(self, kind: str) -> Callable[[Store], bool]:
        return lambda store: store.active and store.group_on(self.specs[kind].switch)

    async def _collect(self, run: Run, kind: str, asked_by: str | None) -> CollectResult:
        spec = self.specs[kind]
        if not run.follows_own:
            spec.forget(run.store)
        collector = spec.create(run.db, run.store, asked_by)
        try:
            await collector.collect(self._clients.for_store(run.store), run.watermark)
            await self._succeeded(run, kind, collector)
        except (RunLost, NotAsked):  # whoever ends an installation takes its claims: no failure of TMON
            raise
        except TmonError as error:
            await self._failed(run, kind, collector, error)
            return CollectResult(collector.counts, error)
        except Exception:
            # A bug of ours: recorded as a failure, so that people are notified and the run is not repeated at once.
            await self._failed(run, kind, collector, TmonError(f"{kind}.collect"))
            raise
        return CollectResult(collector.counts)

    async def _succeeded(self, run: Run, kind: str, collector: Collector) -> None:
        now = self._clock()
        async with run.db.write() as session:
            state = await session.get_one(SyncState, run.key)
            if state.failures and state.error != THROTTLED:
                await self._retries.hasten_others(session, state, now)
            state.due_at = now + self.specs[kind].interval
            state.last_success_at = now
            state.failures, state.failing_since, state.error = 0, None, None
            state.not_offered_at = None
            current = await session.get_one(Store, run.key[:2])
            await collector.record(session, current, state, RunOutcome.DONE, now)
            await unread.tell(session, current, now)
            # a run cannot resolve the incident that it has just opened
            if current.state is StoreState.APPROVED and not collector.key_refused:
                await self._incidents.on_success(
                    session, run.store, kind, collector.counts, now, answered=collector.answered
                )
            _end(state, run, collector, None)

    async def _failed(self, run: Run, kind: str, collector: Collector, error: TmonError) -> None:
        now, store = self._clock(), run.store
        log.warning("collection failed", store=store.id, kind=kind, error=type(error).__name__, call=error.call)
        async with run.db.write() as session:
            state = await session.get_one(SyncState, run.key)
            state.failures += 1
            state.failing_since = state.failing_since or now
            state.last_failure_at = now
            state.error = error_code(error)
            if isinstance(error, NotOffered):
                if state.not_offered_at is None:
                    key = f"{KindNotOffered.kind}/{store.id}/{kind}/{run.id}"
                    await post(session, store, KindNotOffered(store=store.id, what=kind), key=key, now=now)
                state.not_offered_at = state.not_offered_at or now
            state.due_at = now + self.specs[kind].interval
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await collector.record(session, store, state, RunOutcome.FAILED, now)
            await unread.tell(session, store, now)
            await self._incidents.on_failure(session, store, kind, error, state, now)
            state.due_at = now + await self._retries.pause(session, state, error)
            if kind == ORDERS and state.failures == 1 and may_pass(error):
                await self._retries.ask_others(session, state, now)
            _end(state, run, collector, error)


def _end(state: SyncState, run: Run, collector: Collector, error: TmonError | None) -> None:
    """Give the claim back, and leave the result for those who wait for it in other processes."""
    state.claim_token = state.claim_owner = state.claimed_until = None
    said = (
        None
        if error is None
        else {"code": error_code(error), "call": error.call, "message": (error.message or "")[:_MESSAGE] or None}
    )
    state.last_run = ended(collector.counts, said)


def _settle(
    awaited: asyncio.Future[CollectResult | None] | None, outcome: CollectResult | BaseException | None
) -> None:
    if awaited is None or awaited.done():
        return
    if isinstance(outcome, BaseException):
        awaited.set_exception(outcome)
    else:
        awaited.set_result(outcome)


async def _collect_due(
    services: Services, *, team_id: str, store_id: str, kind: str, token: str, asked_by: str | None
) -> None:
    await services[Coordinator].carry_out(Queue.COLLECT, team_id, store_id, kind, token, asked_by)


async def _collect_now(
    services: Services, *, team_id: str, store_id: str, kind: str, token: str, asked_by: str | None
) -> None:
    await services[Coordinator].carry_out(Queue.PRESS, team_id, store_id, kind, token, asked_by)


COLLECT = Task("collect", _collect_due, Queue.COLLECT)
COLLECT_NOW = Task("collect now", _collect_now, Queue.PRESS)
TASKS = (COLLECT, COLLECT_NOW)
"""The kernel's own tasks: runs of collections."""


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
    current = await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
    if current.state is StoreState.APPROVED:
        current.state, current.pending_message = StoreState.KEY_REJECTED, error.message
        current.check_due_at, current.updated_at = now + KEY_CHECK_EVERY, now
