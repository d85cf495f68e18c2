"""Collection of orders: one run over one store, with its record and its report."""

import copy
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import (
    AuthError,
    ClaimStatus,
    DeliveryStatus,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    UnexpectedResponse,
    UnreadItem,
    unread_of,
)
from tmon.api.windows import MAX_WINDOW, order_windows
from tmon.collection.sync_state import get_sync_state
from tmon.collection.unread import UnreadLog, item_of
from tmon.core import Core
from tmon.database import is_data_error, upsert
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS, RunOutcome, SyncRun, SyncState, Unread, UnreadWhy
from tmon.models.orders import Order, OrderState
from tmon.models.stores import ConfirmMode, Store
from tmon.orders import ingest
from tmon.orders.cancel_requests import CancelledQuantities, CancelRequests, read_cancels
from tmon.orders.cards import CANCEL_REQUESTED, clear_outage_notes, create_pending_cards, redraw_cards
from tmon.orders.confirmation import KEY_NOTE, ConfirmationService
from tmon.orders.ingest import IngestChanges
from tmon.orders.messages import RunReport
from tmon.orders.seen import SeenOrders
from tmon.orders.transitions import apply_remote, load, move, publish
from tmon.outbox import enqueue_update, post
from tmon.scope import scope

log = structlog.get_logger(__name__)

_READ_SINGLY = 20
"""Missing or unreadable orders that one run reads singly; the rest follows with the next runs."""
_CANCELS_SINCE = timedelta(days=60)
"""How long an order may wait until its cancels are no longer read with each run."""
_JUST_SEEN = timedelta(hours=1)
"""How long after an order was first seen its cancels may have been completed without being seen open."""


class OrderCollector:
    """One run over the orders of one store. In automatic mode it also confirms them."""

    def __init__(
        self,
        core: Core,
        incidents: IncidentService,
        confirmation: ConfirmationService,
        store: Store,
        asked_by: str | None,
        seen: SeenOrders | None = None,
    ) -> None:
        """`seen`: what earlier runs of the process stored; None: everything is compared with the database."""
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._incidents = incidents
        self._confirmation = confirmation
        self._store = store
        self._asked_by = asked_by
        self._run_id: str | None = None
        self._changes = IngestChanges()
        self.counts: dict[str, int] = {}
        self.key_refused = False
        self.answered = True  # or it would have failed
        self._started_at = core.clock()
        self._seen = seen or SeenOrders(core.clock)
        self._window: tuple[datetime, datetime] | None = None
        self._unread = UnreadLog(core.db, store, Unread.ORDER)
        self._unread_cancels = UnreadLog(core.db, store, Unread.CANCEL)

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read D1 and D2 window by window, and store each chunk with the watermark it reaches. Raises TmonError."""
        if watermark is not None and watermark > self._started_at:
            watermark = None  # the clock was ahead: how far the orders were collected is not known
        await self._keep_auto_from()
        windows = order_windows(watermark, self._started_at)
        self._window = (windows[0][0], windows[-1][1])
        await self._unread.load()
        await self._unread_cancels.load()
        listed: set[int] = set()
        for start, end in windows:
            waiting = await client.orders.list(start, end, DeliveryStatus.D1)
            prepared = await client.orders.list(start, end, DeliveryStatus.D2)  # read later, so it is newer
            remote = ingest.merge_lists(waiting, prepared)
            listed.update(order.order_no for order in remote)
            unread = (*unread_of(waiting), *unread_of(prepared))
            changed = self._seen.changed(self._place, remote)
            for first in range(0, len(changed) or 1, ingest.CHUNK):
                last = first + ingest.CHUNK >= len(changed)
                await self._store_chunk(
                    changed[first : first + ingest.CHUNK], end if last else None, unread if last else ()
                )
        self._seen.keep(self._place, listed)
        listed |= await self._read_unread(client)
        await self._follow_pending(client, listed - self._changes.incomplete)
        if self._store.confirm_mode is not ConfirmMode.MANUAL:
            await self._auto_confirm()

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Create cards if the run is complete, and store the run if there is anything to tell."""
        if outcome is RunOutcome.DONE:
            await clear_outage_notes(session, store, self._started_at, now)
            await create_pending_cards(session, store, now)
            await self._incidents.on_personal_data(
                session, store, readable=self._changes.readable, unreadable=self._changes.unreadable, now=now
            )
        first_failure = outcome is RunOutcome.FAILED and state.failures == 1
        if self._run_id is None and self._asked_by is None and not self.counts and not first_failure:
            return
        self._run_id = self._run_id or new_id("ru")
        await self._save_run(session, outcome, now, state.error)
        if self.counts:
            await self._report(session, now)

    @property
    def _place(self) -> tuple[str, str]:
        return self._store.team_id, self._store.id

    async def _keep_auto_from(self) -> None:
        """Begin automatic confirmation now if it is to begin later: the clock was ahead when a person began it."""
        if self._store.auto_from is None or self._store.auto_from <= self._started_at:
            return
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id))
            store.auto_from = self._store.auto_from = self._started_at

    async def _auto_confirm(self) -> None:
        """Confirm automatically; do nothing if the store was switched off meanwhile."""
        try:
            results = await self._confirmation.auto_confirm(self._store)
        except AppError as error:
            log.info("not confirmed by itself", store=self._store.id, key=error.key)
            return
        self.key_refused = any(result.note == KEY_NOTE for result in results)
        if confirmed := sum(result.state is OrderState.CONFIRMED for result in results):
            self.counts["auto_confirmed"] = confirmed

    async def _store_chunk(
        self, orders: Sequence[api.Order], watermark: datetime | None = None, unread: Collection[UnreadItem] = ()
    ) -> None:
        """Store orders in one transaction; if that fails because of what one of them is, each in its own."""
        before = copy.deepcopy(self._changes)
        try:
            await self._store_at_once(orders, watermark, unread)
        except Exception as error:
            if not orders or not is_data_error(error):
                raise
            self._changes = before
            if len(orders) > 1:
                for order in orders:
                    await self._store_chunk([order])
                await self._store_chunk([], watermark, unread)
                return
            number = orders[0].order_no
            log.warning("order not stored", store=self._store.id, order=number, error=type(error).__name__)
            await self._store_chunk([], watermark, (*unread, UnreadItem(str(number), "", UnreadWhy.NOT_STORED)))

    async def _store_at_once(
        self, orders: Sequence[api.Order], watermark: datetime | None, unread: Collection[UnreadItem]
    ) -> None:
        async with self._db.read() as session:
            prepared = await ingest.prepare(session, self._sealer, self._store, orders)
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return  # buyers' data were destroyed with the store, and no new ones may be stored
            await ingest.ingest(session, self._sealer, self._store, prepared, self._changes, now)
            await self._unread.could_read(session, [order.order_no for order in orders], now)
            await self._unread.set_aside(session, unread, now)
            if watermark is not None:
                state = await get_sync_state(session, self._store, ORDERS, now)
                ahead = state.watermark is not None and state.watermark > now  # it was set when the clock was ahead
                state.watermark = watermark if ahead else max(state.watermark or watermark, watermark)
            await self._save_progress(session, now)
        self._seen.stored(
            self._place,
            (
                order
                for order in orders
                # what is being confirmed was left as it is, and is compared again when that has ended
                if prepared.known.get(order.order_no) not in (OrderState.CONFIRMING, OrderState.UNKNOWN)
                and order.order_no not in self._changes.incomplete
            ),
        )

    async def _read_unread(self, client: StoreApi) -> set[int]:
        """Read orders singly that no list could be read for, now or in an earlier run. Returns those that could be read.

        They do not hold up the others: the run goes on without them if TMON does not answer.
        """
        if not self._unread.before and not self._unread.met:
            return set()
        read: list[api.Order] = []
        for number in self._portion(int(one) for one in self._unread.before.keys() | self._unread.met if one):
            try:
                read.append(await client.orders.get(number))
            except (AuthError, Throttled):
                raise
            except (Rejected, UnexpectedResponse) as error:
                await self._still_unread(number, error)
            except TmonError as error:
                log.info("order not read", store=self._store.id, order=number, error=type(error).__name__)
                break
        await self._store_chunk([order for order in read if order.deals])
        gone = [order.order_no for order in read if not order.deals]  # cancelled as a whole, and never shown to anybody
        async with self._db.write() as session:
            await self._unread.could_read(session, gone, self._clock())
            await self._unread.could_read_unnumbered(session, self._clock())
        return {order.order_no for order in read}

    async def _still_unread(self, number: int, error: Rejected | UnexpectedResponse) -> None:
        """Note that an order cannot be read singly either; one that TMON does not know any more is dropped."""
        log.info("order not read", store=self._store.id, order=number, error=type(error).__name__)
        item = item_of(number, error) if isinstance(error, UnexpectedResponse) else None
        async with self._db.write() as session:
            if item is not None:
                await self._unread.set_aside(session, [item], self._clock())
            elif isinstance(error, Rejected) and str(number) not in self._unread.met:
                await self._unread.could_read(session, [number], self._clock())

    def _portion(self, numbers: Iterable[int]) -> list[int]:
        """Return at most `_READ_SINGLY` of `numbers`, other ones in each run."""
        left = sorted(numbers)
        turn = int(self._started_at.timestamp()) % len(left) if left else 0
        return (left[turn:] + left[:turn])[:_READ_SINGLY]

    async def _follow_pending(self, client: StoreApi, listed: set[int]) -> None:
        """Bring pending orders up to date: those that were not `listed`, and those whose buyers cancel them.

        Not listed are those older than the windows, or confirmed, shipped or cancelled elsewhere.
        """
        assert self._window is not None
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.order_no), col(Order.ordered_at), col(Order.first_seen_at)).where(
                    *scope(Order, self._store), col(Order.state) == OrderState.NEW
                )
            )
            pending = {number: (ordered_at, first_seen_at) for number, ordered_at, first_seen_at in rows}
        if not pending:
            return
        ordered = {number: ordered_at for number, (ordered_at, _) in pending.items()}
        waiting = {n: at for n, at in ordered.items() if n not in listed and at < self._window[1]}
        remote = await self._list_older(client, waiting, self._window[0])
        await self._leave_incomplete(remote)
        missing = waiting.keys() - remote.keys()
        since = max(min(ordered.values()), self._started_at - _CANCELS_SINCE)
        first_seen = {number: seen for number, (_, seen) in pending.items()}
        open_cancels = await self._read_cancels(client, since, first_seen, ClaimStatus.C1)
        noted = await self._note_open_cancels(open_cancels.open) if open_cancels is not None else True
        # Completed ones explain what is missing; they are also read where an open one is no longer, or may have been missed.
        done: dict[int, CancelledQuantities] = {}
        if missing or noted or max(first_seen.values()) >= self._started_at - _JUST_SEEN:
            completed = await self._read_cancels(client, since, first_seen, ClaimStatus.C3, needed=bool(missing))
            done = completed.done if completed is not None else {}
        gone = await self._apply_listed(sorted(waiting.keys() | done.keys()), remote, done)
        # Orders that cancels do not explain are read singly, another portion each time.
        read: dict[int, api.Order] = {}
        for number in self._portion(missing - gone):
            try:
                read[number] = await client.orders.get(number)
            except Rejected as error:
                log.info("order not told", store=self._store.id, order=number, error=type(error).__name__)
            except UnexpectedResponse as error:
                if item_of(number, error) is None:
                    raise
                await self._still_unread(number, error)
        if read:
            await self._apply_listed(sorted(read), read, done)

    async def _read_cancels(
        self,
        client: StoreApi,
        since: datetime,
        first_seen: Mapping[int, datetime],
        status: ClaimStatus,
        *,
        needed: bool = False,
    ) -> CancelRequests | None:
        """Read the cancels of pending orders. Unless `needed` to explain missing ones, TMON may fail to tell: None."""
        now = self._clock()
        try:
            cancels = await read_cancels(client, since, now, first_seen, (status,))
        except (AuthError, Throttled):
            raise
        except TmonError as error:
            if needed:
                raise
            log.info("cancels not read", store=self._store.id, error=type(error).__name__)
            return None
        if cancels.unread or self._unread_cancels.before or self._unread_cancels.met:
            async with self._db.write() as session:
                await self._unread_cancels.could_read(session, cancels.read, now)
                await self._unread_cancels.set_aside(session, cancels.unread, now)
        return cancels

    async def _note_open_cancels(self, open_cancels: Collection[int]) -> bool:
        """Note on pending orders that their buyers have asked to cancel them; take the note off where they no longer do.

        Returns whether any note was taken off: such a cancel was withdrawn, refused or completed.
        """
        now = self._clock()
        chosen = (
            *scope(Order, self._store),
            col(Order.state) == OrderState.NEW,
            col(Order.order_no).in_(open_cancels) | (col(Order.note) == CANCEL_REQUESTED),
        )
        async with self._db.write() as session:
            orders = await session.scalars(select(Order).where(*chosen).order_by(col(Order.order_no)).with_for_update())
            changed = [one for one in orders if (one.order_no in open_cancels) != (one.note == CANCEL_REQUESTED)]
            for order in changed:
                order.note = CANCEL_REQUESTED if order.order_no in open_cancels else None
                order.note_detail, order.updated_at = None, now
            await redraw_cards(session, changed, now)
        return any(order.note is None for order in changed)

    async def _list_older(
        self, client: StoreApi, waiting: Mapping[int, datetime], before: datetime
    ) -> dict[int, api.Order]:
        """Read those of `waiting` ordered earlier that are pending at TMON too: by weekly windows, not one by one."""
        remote: dict[int, api.Order] = {}
        left = sorted(ordered_at for ordered_at in waiting.values() if ordered_at < before)
        while left:
            end = min(left[0] + MAX_WINDOW, before)
            listed = await client.orders.list(left[0], end, DeliveryStatus.D1)
            remote |= {order.order_no: order for order in listed if order.order_no in waiting}
            left = [ordered_at for ordered_at in left if ordered_at > end]
        return remote

    async def _leave_incomplete(self, remote: dict[int, api.Order]) -> None:
        """Remove orders of which the list has only some deals from `remote`: they are read singly."""
        async with self._db.read() as session:
            known = await load(session, self._store.team_id, self._store.id, list(remote))
        for number, (_, deals) in known.items():
            if not ingest.is_complete(remote[number], deals):
                del remote[number]
                self._changes.incomplete.add(number)

    async def _apply_listed(
        self, numbers: Sequence[int], remote: Mapping[int, api.Order], done: Mapping[int, CancelledQuantities]
    ) -> set[int]:
        """Update pending orders from `remote` orders and completed cancels. Returns those that are no longer pending."""
        now = self._clock()
        gone: set[int] = set()
        async with self._db.write() as session:
            changed = []
            loaded = await load(session, self._store.team_id, self._store.id, numbers, lock=True)
            for number, (order, deals) in loaded.items():
                if order.state is not OrderState.NEW:
                    continue
                cancels = done.get(number)
                change = apply_remote(session, self._sealer, order, deals, remote.get(number), cancels, now)
                if not change.shown:
                    continue
                move(session, order, change.state, now, note=order.note, detail=order.note_detail)
                self._changes.add(order)
                changed.append(order)
                if order.state is not OrderState.NEW:
                    gone.add(number)
            await publish(session, self._store, changed, now)
            await self._save_progress(session, now)
        return gone

    async def _save_progress(self, session: AsyncSession, now: datetime) -> None:
        """Store the run and its report in the transaction of its changes; a run without changes stores nothing."""
        self.counts = self._changes.counts()
        if not self.counts:
            return
        self._run_id = self._run_id or new_id("ru")
        await self._save_run(session, RunOutcome.RUNNING, None, None)
        await self._report(session, now)

    async def _report(self, session: AsyncSession, now: datetime) -> None:
        """Enqueue the run's one message in the channel, or its update."""
        assert self._run_id is not None
        key = f"report/{self._run_id}"
        await post(session, self._store, RunReport(run=self._run_id), key=key, now=now)
        await enqueue_update(session, self._store.team_id, [key], now=now)

    async def _save_run(
        self, session: AsyncSession, outcome: RunOutcome, finished_at: datetime | None, error: str | None
    ) -> None:
        row = {
            "team_id": self._store.team_id,
            "id": self._run_id,
            "store_id": self._store.id,
            "kind": ORDERS,
            "outcome": outcome,
            "asked_by": self._asked_by,
            "started_at": self._started_at,
            "finished_at": finished_at,
            "window_start": self._window[0] if self._window else None,
            "window_end": self._window[1] if self._window else None,
            "counts": self.counts,
            "error": error,
        }
        await upsert(session, SyncRun.__table__, [row], update=["outcome", "finished_at", "counts", "error"])  # type: ignore[attr-defined]
