"""The one coordinator of collecting: what is due, from when to when, and what comes of success and failure."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, NotOffered, PartnerRejected, Throttled, TmonError
from tmon.clock import Clock
from tmon.collection.order_run import OrderRun, standing_of
from tmon.collection.tables import Collection, Kind, Outcome, Run
from tmon.database import Database
from tmon.errors import AppError
from tmon.incidents.service import Incidents, error_code
from tmon.notifications import announce, message
from tmon.orders.cards import deal_out
from tmon.orders.confirmation import KEY_NOTE, Confirmation
from tmon.orders.outcome import Result
from tmon.orders.tables import OrderState
from tmon.sealing import Sealer
from tmon.stores import switches
from tmon.stores.connections import Connections
from tmon.stores.tables import ConfirmMode, Group, Store, StoreState

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Stores collected at the same time."""
_NOT_OFFERED_PAUSE = timedelta(days=1)
NOT_OFFERED = "not_offered"
"""Kind of the message that tells of it."""
KEY_CHECK_EVERY = timedelta(hours=1)
"""How often a refused key is tried again by itself."""


@dataclass(frozen=True)
class Collected:
    """How a run ended, for whoever asked for it."""

    run_id: str | None
    """None: nothing had changed, so no run was written down."""
    counts: dict[str, int]
    error: TmonError | None = None


class Collector:
    """Collects what stores hold at TMON."""

    def __init__(
        self,
        db: Database,
        sealer: Sealer,
        clock: Clock,
        connections: Connections,
        confirmation: Confirmation,
        incidents: Incidents,
        *,
        orders_every: timedelta,
    ) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._connections = connections
        self._confirmation = confirmation
        self._incidents = incidents
        self._orders_every = orders_every
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._running: dict[tuple[str, str, Kind], asyncio.Task[Collected]] = {}

    async def tick(self) -> None:
        """Starts every run that is due and returns at once. Called every few seconds."""
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.execute(
                select(Store, Collection)
                .outerjoin(
                    Collection,
                    (col(Collection.team_id) == col(Store.team_id))
                    & (col(Collection.store_id) == col(Store.id))
                    & (col(Collection.kind) == Kind.ORDERS),
                )
                .where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.order_on),
                    col(Collection.due_at).is_(None) | (col(Collection.due_at) <= now),
                )
            )
            due = [store for store, _ in rows]
        for store in due:
            self._start(store.team_id, store.id, Kind.ORDERS, None)

    async def collect_now(self, team_id: str, store_id: str, kind: Kind, asked_by: str) -> Collected:
        """Collects at once, or waits for the run that is under way. Raises AppError when the switch is off."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        switches.check(store, Group.ORDER)
        return await asyncio.shield(self._start(team_id, store_id, kind, asked_by))

    async def run(self, team_id: str, run_id: str) -> Run | None:
        """A run that was written down."""
        async with self._db.read() as session:
            return await session.get(Run, (team_id, run_id))

    async def drain(self) -> None:
        """Returns when every run has ended."""
        while self._running:
            await asyncio.wait(list(self._running.values()))

    def _start(self, team_id: str, store_id: str, kind: Kind, asked_by: str | None) -> asyncio.Task[Collected]:
        place = (team_id, store_id, kind)
        if place not in self._running:
            task = asyncio.create_task(self._collect(team_id, store_id, kind, asked_by))
            self._running[place] = task
            task.add_done_callback(lambda done: self._ended(place, done))
        return self._running[place]

    def _ended(self, place: tuple[str, str, Kind], task: asyncio.Task[Collected]) -> None:
        self._running.pop(place, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("collection broke", store=place[1], kind=place[2], exc_info=error)

    async def _collect(self, team_id: str, store_id: str, kind: Kind, asked_by: str | None) -> Collected:
        async with self._slots:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                standing = await session.get(Collection, (team_id, store_id, kind))
            if not store.active or not store.group_on(Group.ORDER):
                return Collected(None, {})
            run = OrderRun(self._db, self._sealer, self._clock, store, asked_by)
            try:
                client = self._connections.of(store)
                await run.collect(client, None if standing is None else standing.watermark)
                results = await self._confirm_by_itself(store) if store.confirm_mode is not ConfirmMode.MANUAL else []
                await self._succeeded(store, kind, run, results)
            except TmonError as error:
                await self._failed(store, kind, run, error)
                return Collected(run.run_id, run.changes.counts(), error)
            except Exception:
                # Something is wrong with us. People must hear of that as well, and TMON must not be hammered.
                await self._failed(store, kind, run, TmonError(f"{kind}.collect"))
                raise
            return Collected(run.run_id, run.counts)

    async def _confirm_by_itself(self, store: Store) -> list[Result]:
        """What came of automatic confirmation; nothing when the store was switched off meanwhile."""
        try:
            return await self._confirmation.confirm_by_itself(store)
        except AppError as error:
            log.info("not confirmed by itself", store=store.id, key=error.key)
            return []

    async def _succeeded(self, store: Store, kind: Kind, run: OrderRun, results: Sequence[Result]) -> None:
        now = self._clock()
        confirmed = sum(result.state is OrderState.CONFIRMED for result in results)
        refused = any(result.note == KEY_NOTE for result in results)
        async with self._db.write() as session:
            standing = await standing_of(session, store, kind, now)
            standing.due_at = now + self._orders_every
            standing.last_success_at = now
            standing.failures, standing.failing_since, standing.error = 0, None, None
            standing.not_offered_at = None
            if confirmed:
                run.counts["auto_confirmed"] = confirmed
            kept = await session.get_one(Store, (store.team_id, store.id))
            await deal_out(session, kept, now)
            await run.finish(session, Outcome.DONE, now)
            await self._incidents.on_personal_data(
                session, store, readable=run.changes.readable, unreadable=run.changes.unreadable, now=now
            )
            if kept.state is StoreState.APPROVED and not refused:  # the same run cannot close what it has just opened
                await self._incidents.on_success(session, store, kind, run.counts, now)

    async def _failed(self, store: Store, kind: Kind, run: OrderRun, error: TmonError) -> None:
        now = self._clock()
        log.warning("collection failed", store=store.id, kind=kind, error=type(error).__name__, call=error.call)
        async with self._db.write() as session:
            standing = await standing_of(session, store, kind, now)
            standing.failures += 1
            standing.failing_since = standing.failing_since or now
            standing.last_failure_at = now
            standing.error = error_code(error)
            pause = self._orders_every
            if isinstance(error, Throttled) and error.retry_after is not None:
                pause = max(pause, timedelta(seconds=error.retry_after))
            if isinstance(error, NotOffered):
                pause = max(pause, _NOT_OFFERED_PAUSE)
                if standing.not_offered_at is None:
                    await announce(session, [_not_offered(store, kind, now)])
                standing.not_offered_at = standing.not_offered_at or now
            standing.due_at = now + pause
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            if run.run_id is not None or run.asked_by is not None or standing.failures == 1:
                await run.finish(session, Outcome.FAILED, now, error=standing.error)
            await self._incidents.on_failure(session, store, kind, error, standing, now)


def lay_auth_fault(db: Database, incidents: Incidents, clock: Clock) -> Callable[[Store, AuthError], Awaitable[None]]:
    """What a confirmation calls when TMON refuses the credentials in the middle of it."""

    async def lay(store: Store, error: AuthError) -> None:
        now = clock()
        async with db.write() as session:
            standing = await session.get(Collection, (store.team_id, store.id, Kind.ORDERS))
            if isinstance(error, PartnerRejected):
                await reject_key(session, store, error, now)
            await incidents.on_failure(session, store, Kind.ORDERS, error, standing, now)

    return lay


def _not_offered(store: Store, kind: Kind, now: datetime) -> dict[str, Any]:
    """The one message that TMON does not offer what the store lives on: no incident, for nobody can mend it."""
    return message(
        team_id=store.team_id,
        key=f"{NOT_OFFERED}/{store.id}/{kind}/{now:%Y%m%d%H%M}",
        kind=NOT_OFFERED,
        destination=store.channel_id,
        now=now,
        store_id=store.id,
        store=store.id,
    )


async def reject_key(session: AsyncSession, store: Store, error: PartnerRejected, now: datetime) -> None:
    """TMON refuses a key that it once accepted: the store is not asked for any more until the key is checked again."""
    kept = await session.get_one(Store, (store.team_id, store.id))
    if kept.state is StoreState.APPROVED:
        kept.state, kept.pending_message = StoreState.KEY_REJECTED, error.message
        kept.check_due_at, kept.updated_at = now + KEY_CHECK_EVERY, now
