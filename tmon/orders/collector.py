"""Collection of orders: one run over one store."""

from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from tmon import api
from tmon.api import (
    AuthError,
    DeliveryStatus,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    UnexpectedResponse,
    UnreadItem,
    unread_of,
)
from tmon.api.windows import order_windows
from tmon.collection.sync_state import get_sync_state
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.database import is_data_error
from tmon.errors import AppError
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS, RunOutcome, SyncState, Unread, UnreadWhy
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, Store
from tmon.orders import ingest
from tmon.orders.cards import clear_outage_notes, create_pending_cards
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.confirmation_run import KEY_NOTE
from tmon.orders.pending_orders import PendingOrders, portion
from tmon.orders.run_record import RunRecord
from tmon.orders.seen import SeenOrders

log = structlog.get_logger(__name__)


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
        self.key_refused = False
        self.answered = True  # or it would have failed
        self._started_at = core.clock()
        self._record = RunRecord(store, asked_by, self._started_at)
        self._seen = seen or SeenOrders(core.clock)
        self._unread = UnreadLog(core.db, store, Unread.ORDER)
        self._pending = PendingOrders(core, store, self._record, self._unread, self._started_at)
        self._reached: datetime | None = None
        """How far the orders were collected, where that is not stored yet."""

    @property
    def counts(self) -> dict[str, int]:
        """Numbers of what the run changed, by name."""
        return self._record.counts

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read D1 and D2 window by window, and store each chunk with the watermark it reaches. Raises TmonError."""
        if watermark is not None and watermark > self._started_at:
            watermark = None  # the clock was ahead: how far the orders were collected is not known
        await self._keep_auto_from()
        windows = order_windows(watermark, self._started_at)
        window = self._record.window = (windows[0][0], windows[-1][1])
        await self._unread.load()
        listed: set[int] = set()
        for start, end in windows:
            waiting = await client.orders.list(start, end, DeliveryStatus.D1)
            prepared = await client.orders.list(start, end, DeliveryStatus.D2)  # read later, so it is newer
            remote = ingest.merge_lists(waiting, prepared)
            listed.update(order.order_no for order in remote)
            unread = (*unread_of(waiting), *unread_of(prepared))
            changed = self._seen.changed(self._place, remote)
            if not changed and not unread:
                self._reached = end  # stored with what follows, at the latest with the end of the run
                continue
            for first in range(0, len(changed) or 1, ingest.CHUNK):
                last = first + ingest.CHUNK >= len(changed)
                await self._store_chunk(
                    changed[first : first + ingest.CHUNK], end if last else None, unread if last else ()
                )
        self._seen.keep(self._place, listed)
        listed |= await self._read_unread(client)
        await self._pending.follow(client, listed - self._record.changes.incomplete, window)
        if self._store.confirm_mode is not ConfirmMode.MANUAL:
            await self._auto_confirm()

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Create cards if the run is complete, and store the run if there is anything to tell."""
        _advance(state, self._reached, now)
        if outcome is RunOutcome.DONE:
            await clear_outage_notes(session, store, self._started_at, now)
            await create_pending_cards(session, store, now)
            await self._incidents.on_personal_data(
                session,
                store,
                readable=self._record.changes.readable,
                unreadable=self._record.changes.unreadable,
                now=now,
            )
        await self._record.finish(session, outcome, state, now)

    @property
    def _place(self) -> tuple[str, str]:
        return self._store.team_id, self._store.id

    async def _keep_auto_from(self) -> None:
        """Begin automatic confirmation now if it is to begin later: the clock was ahead when a person began it."""
        if self._store.auto_from is None or self._store.auto_from <= self._started_at:
            return
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.auto_from == self._store.auto_from:  # or somebody has begun it anew
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
        before = self._record.changes.copy()
        try:
            await self._store_at_once(orders, watermark, unread)
        except Exception as error:
            if not orders or not is_data_error(error):
                raise
            self._record.changes = before
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
        prepared = ingest.PreparedOrders(orders, {}, {})
        if orders:
            async with self._db.read() as session:
                prepared = await ingest.prepare(session, self._sealer, self._store, orders)
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return  # buyers' data were destroyed with the store, and no new ones may be stored
            if orders:
                await ingest.ingest(session, self._sealer, self._store, prepared, self._record.changes, now)
            await self._unread.could_read(session, [order.order_no for order in orders], now)
            await self._unread.set_aside(session, unread, now)
            if watermark is not None:
                _advance(await get_sync_state(session, self._store, ORDERS, now), watermark, now)
            await self._record.save_progress(session, now)
        if watermark is not None:
            self._reached = None
        self._seen.stored(
            self._place,
            (
                order
                for order in orders
                # what is being confirmed was left as it is, and is compared again when that has ended
                if prepared.known.get(order.order_no) not in (OrderState.CONFIRMING, OrderState.UNKNOWN)
                and order.order_no not in self._record.changes.incomplete
            ),
        )

    async def _read_unread(self, client: StoreApi) -> set[int]:
        """Read orders singly that no list could be read for, now or in an earlier run. Returns those that could be read.

        They do not hold up the others: the run goes on without them if TMON does not answer.
        """
        if not self._unread.before and not self._unread.met:
            return set()
        wanted = {int(one) for one in self._unread.before.keys() | self._unread.met if one}
        read: list[api.Order] = []
        gone: list[int] = []
        """Cancelled as a whole and never shown to anybody, or not known to TMON any more."""
        for number in portion(wanted, self._started_at):
            try:
                read.append(await client.orders.get(number))
            except (AuthError, Throttled):
                raise
            except TmonError as error:
                log.info("order not read", store=self._store.id, order=number, error=type(error).__name__)
                if isinstance(error, UnexpectedResponse):
                    await self._unread.set_one_aside(number, error, self._clock())
                elif not isinstance(error, Rejected):
                    break
                elif str(number) not in self._unread.met:
                    gone.append(number)
        await self._store_chunk([order for order in read if order.deals])
        gone += (order.order_no for order in read if not order.deals)
        async with self._db.write() as session:
            await self._unread.could_read(session, gone, self._clock())
            await self._unread.could_read_unnumbered(session, self._clock())
        return {order.order_no for order in read}


def _advance(state: SyncState, watermark: datetime | None, now: datetime) -> None:
    if watermark is not None:
        ahead = state.watermark is not None and state.watermark > now  # it was set when the clock was ahead
        state.watermark = watermark if ahead else max(state.watermark or watermark, watermark)
