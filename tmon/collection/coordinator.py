"""The one coordinator of collecting: what is due, from when to when, and what comes of success and failure."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, DeliveryStatus, NotOffered, PartnerRejected, Rejected, StoreApi, Throttled, TmonError
from tmon.clock import Clock
from tmon.collection.tables import Collection, Kind, Outcome, Run
from tmon.collection.windows import order_windows
from tmon.database import Database, upsert
from tmon.ids import new_id
from tmon.incidents.service import Incidents, error_code
from tmon.notifications import announce, message, redraw
from tmon.orders import intake
from tmon.orders.adoption import adopt, load, order_state
from tmon.orders.cancels import mark_cancelled, read_cancels
from tmon.orders.cards import deal_out, redraw_cards
from tmon.orders.confirmation import Confirmation, check_switch
from tmon.orders.intake import Changes
from tmon.orders.tables import Order, OrderState
from tmon.sealing import Sealer
from tmon.stores.connections import Connections
from tmon.stores.tables import ConfirmMode, Group, Store, StoreState

log = structlog.get_logger(__name__)

_AT_ONCE = 8
"""Stores collected at the same time."""
_READ_SINGLY = 20
"""Missing orders that one run reads one by one; the rest follows with the next runs."""
_NOT_OFFERED_PAUSE = timedelta(days=1)
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
        check_switch(store)
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
            run = _OrderRun(self._db, self._sealer, self._clock, store, asked_by)
            try:
                client = self._connections.of(store)
                await run.collect(client, None if standing is None else standing.watermark)
            except TmonError as error:
                await self._failed(store, kind, run, error)
                return Collected(run.run_id, run.changes.counts(), error)
            confirmed = 0
            if store.confirm_mode is ConfirmMode.AUTO:
                results = await self._confirmation.confirm_by_itself(store)
                confirmed = sum(result.state is OrderState.CONFIRMED for result in results)
            await self._succeeded(store, kind, run, confirmed)
            return Collected(run.run_id, run.counts)

    async def _succeeded(self, store: Store, kind: Kind, run: "_OrderRun", confirmed: int) -> None:
        now = self._clock()
        async with self._db.write() as session:
            standing = await _standing(session, store, kind, now)
            standing.due_at = now + self._orders_every
            standing.last_success_at = now
            standing.failures, standing.failing_since, standing.error = 0, None, None
            if confirmed:
                run.counts["auto_confirmed"] = confirmed
            await deal_out(session, store, now)
            await run.finish(session, Outcome.DONE, now)
            await self._incidents.on_personal_data(
                session, store, readable=run.changes.readable, unreadable=run.changes.unreadable, now=now
            )
            await self._incidents.on_success(session, store, kind, run.counts, now)

    async def _failed(self, store: Store, kind: Kind, run: "_OrderRun", error: TmonError) -> None:
        now = self._clock()
        log.warning("collection failed", store=store.id, kind=kind, error=type(error).__name__, call=error.call)
        async with self._db.write() as session:
            standing = await _standing(session, store, kind, now)
            standing.failures += 1
            standing.failing_since = standing.failing_since or now
            standing.last_failure_at = now
            standing.error = error_code(error)
            pause = self._orders_every
            if isinstance(error, Throttled) and error.retry_after is not None:
                pause = max(pause, timedelta(seconds=error.retry_after))
            if isinstance(error, NotOffered):
                pause, standing.not_offered_at = max(pause, _NOT_OFFERED_PAUSE), now
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


async def reject_key(session: AsyncSession, store: Store, error: PartnerRejected, now: datetime) -> None:
    """TMON refuses a key that it once accepted: the store is not asked for any more until the key is checked again."""
    kept = await session.get_one(Store, (store.team_id, store.id))
    if kept.state is StoreState.APPROVED:
        kept.state, kept.pending_message = StoreState.KEY_REJECTED, error.message
        kept.check_due_at, kept.updated_at = now + KEY_CHECK_EVERY, now


async def _standing(session: AsyncSession, store: Store, kind: Kind, now: datetime) -> Collection:
    place = (store.team_id, store.id, kind)
    standing = await session.get(Collection, place)
    if standing is None:
        standing = Collection(team_id=store.team_id, store_id=store.id, kind=kind, due_at=now)
        session.add(standing)
    return standing


class _OrderRun:
    """One run over the orders of one store."""

    def __init__(self, db: Database, sealer: Sealer, clock: Clock, store: Store, asked_by: str | None) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._store = store
        self.asked_by = asked_by
        self.run_id: str | None = None
        self.changes = Changes()
        self.counts: dict[str, int] = {}
        self._started_at = clock()
        self._window: tuple[datetime, datetime] | None = None

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Reads D1 and D2 window by window and stores each page batch with the watermark it reaches. Raises TmonError."""
        windows = order_windows(watermark, self._started_at)
        self._window = (windows[0][0], windows[-1][1])
        listed: set[int] = set()
        for start, end in windows:
            told = await client.orders.list(start, end, DeliveryStatus.D1)
            seen = {order.order_no for order in told}
            told += [
                order for order in await client.orders.list(start, end, DeliveryStatus.D2) if order.order_no not in seen
            ]
            listed.update(order.order_no for order in told)
            for first in range(0, len(told), intake.CHUNK):
                last = first + intake.CHUNK >= len(told)
                await self._store_chunk(told[first : first + intake.CHUNK], end if last else None)
            if not told:
                await self._store_chunk([], end)
        await self._look_for_missing(client, listed)

    async def _store_chunk(self, orders: Sequence[api.Order], watermark: datetime | None) -> None:
        async with self._db.read() as session:
            prepared = await intake.prepare(session, self._sealer, self._store, orders)
        now = self._clock()
        async with self._db.write() as session:
            await intake.take_in(session, self._sealer, self._store, prepared, self.changes, now)
            if watermark is not None:
                standing = await _standing(session, self._store, Kind.ORDERS, now)
                standing.watermark = max(standing.watermark or watermark, watermark)
            await self._write_down(session, now)

    async def _look_for_missing(self, client: StoreApi, listed: set[int]) -> None:
        """Orders that wait with us and that TMON lists no more: cancelled, or acted upon elsewhere."""
        assert self._window is not None
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.order_no), col(Order.ordered_at)).where(
                    col(Order.team_id) == self._store.team_id,
                    col(Order.store_id) == self._store.id,
                    col(Order.state) == OrderState.NEW,
                    col(Order.ordered_at) < self._window[1],
                )
            )
            missing = {number: ordered_at for number, ordered_at in rows if number not in listed}
        if not missing:
            return
        cancels = await read_cancels(client, min(missing.values()), self._clock(), set(missing))
        unexplained = [number for number in sorted(missing) if number not in cancels.done]
        told: dict[int, api.Order] = {}
        for number in unexplained[:_READ_SINGLY]:
            try:
                told[number] = await client.orders.get(number)
            except Rejected as error:
                log.info("order not told", store=self._store.id, order=number, error=type(error).__name__)
        now = self._clock()
        async with self._db.write() as session:
            redrawn = []
            for number, (order, deals) in (
                await load(session, self._store.team_id, self._store.id, sorted(missing))
            ).items():
                if order.state is not OrderState.NEW:
                    continue
                changed = mark_cancelled(deals, cancels.done.get(number, set()))
                if number in told:
                    changed |= adopt(self._sealer, order, deals, told[number], now)
                if not changed:
                    continue
                order.state, order.updated_at = order_state(deals.values()), now
                if order.state is OrderState.CANCELLED:
                    order.note, order.closed_at = "orders.note_cancelled", now
                    self.changes.cancelled.append(number)
                elif order.state is OrderState.CONFIRMED:
                    order.confirmed_by, order.confirmed_at = "tmon", now
                    self.changes.confirmed_elsewhere.append(number)
                else:
                    self.changes.changed.append(number)
                redrawn.append(order)
            await redraw_cards(session, redrawn, now)
            await self._write_down(session, now)

    async def _write_down(self, session: AsyncSession, now: datetime) -> None:
        """Keeps the run and its report in the transaction of what it changed; a run that changed nothing leaves none."""
        self.counts = self.changes.counts()
        if not self.counts:
            return
        self.run_id = self.run_id or new_id("ru")
        await self._keep(session, Outcome.RUNNING, None, None)
        await self._report(session, now)

    async def finish(self, session: AsyncSession, outcome: Outcome, now: datetime, error: str | None = None) -> None:
        """Writes down how the run ended, if there is anything to write down."""
        if self.run_id is None and outcome is Outcome.DONE and self.asked_by is None and not self.counts:
            return
        self.run_id = self.run_id or new_id("ru")
        await self._keep(session, outcome, now, error)
        if self.counts:
            await self._report(session, now)

    async def _report(self, session: AsyncSession, now: datetime) -> None:
        """The run's one message in the channel, drawn from its counts whenever they change."""
        key = f"report/{self.run_id}"
        row = message(
            team_id=self._store.team_id,
            key=key,
            kind="report",
            destination=self._store.channel_id,
            now=now,
            store_id=self._store.id,
            run=self.run_id,
        )
        await announce(session, [row])
        await redraw(session, self._store.team_id, [key], now=now)

    async def _keep(
        self, session: AsyncSession, outcome: Outcome, finished_at: datetime | None, error: str | None
    ) -> None:
        row = {
            "team_id": self._store.team_id,
            "id": self.run_id,
            "store_id": self._store.id,
            "kind": Kind.ORDERS,
            "outcome": outcome,
            "asked_by": self.asked_by,
            "started_at": self._started_at,
            "finished_at": finished_at,
            "window_start": self._window[0] if self._window else None,
            "window_end": self._window[1] if self._window else None,
            "counts": self.counts,
            "error": error,
        }
        await upsert(session, Run.__table__, [row], update=["outcome", "finished_at", "counts", "error"])  # type: ignore[attr-defined]
