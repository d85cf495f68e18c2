"""Pending orders that the lists of a run do not tell of: older ones, and those that were confirmed, shipped or cancelled elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
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
)
from tmon.api.windows import MAX_WINDOW
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.models.collection import Unread
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store
from tmon.orders import ingest
from tmon.orders.cancel_requests import OPEN, CancelledQuantities, CancelRequests, read_cancels
from tmon.orders.cards import CANCEL_REQUESTED, redraw_cards
from tmon.orders.run_record import RunRecord
from tmon.orders.transitions import apply_remote, load, move, publish
from tmon.scope import scope

log = structlog.get_logger(__name__)

_READ_SINGLY = 20
"""Missing or unreadable orders that one run reads singly; the rest follows with the next runs."""
_CANCELS_SINCE = timedelta(days=60)
"""How long an order may wait until its cancels are no longer read with each run."""
_JUST_SEEN = timedelta(hours=1)
"""How long after an order was first seen its cancels may have been completed without being seen open."""


class PendingOrders:
    """The pending orders of one store, brought up to date by one run."""

    def __init__(self, core: Core, store: Store, record: RunRecord, unread: UnreadLog, started_at: datetime) -> None:
        """`unread`: the orders that the run could not read."""
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._store = store
        self._record = record
        self._started_at = started_at
        self._unread = unread
        self._unread_cancels = UnreadLog(core.db, store, Unread.CANCEL)

    async def follow(self, client: StoreApi, listed: set[int], window: tuple[datetime, datetime]) -> None:
        """Bring pending orders up to date: those that were not `listed`, and those whose buyers cancel them.

        Not listed are those older than the `window` of the lists, or confirmed, shipped or cancelled elsewhere.
        Raises TmonError.
        """
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.order_no), col(Order.ordered_at), col(Order.first_seen_at)).where(
                    *scope(Order, self._store), col(Order.state) == OrderState.NEW
                )
            )
            pending = {number: (ordered_at, first_seen_at) for number, ordered_at, first_seen_at in rows}
        await self._unread_cancels.load()
        if not pending:
            await self._drop_unread_cancels()
            return
        ordered = {number: ordered_at for number, (ordered_at, _) in pending.items()}
        waiting = {n: at for n, at in ordered.items() if n not in listed and at < window[1]}
        remote = await self._list_older(client, waiting, window[0])
        await self._leave_incomplete(remote)
        missing = waiting.keys() - remote.keys()
        since = max(min(ordered.values()), self._started_at - _CANCELS_SINCE)
        first_seen = {number: seen for number, (_, seen) in pending.items()}
        open_cancels = await self._read_cancels(client, since, first_seen, *OPEN)
        noted = await self._note_open_cancels(open_cancels.open) if open_cancels is not None else True
        # Completed ones explain what is missing; they are also read where an open one is no longer, or may have been missed,
        # and to read again those that could not be read.
        done: dict[int, CancelledQuantities] = {}
        just_seen = max(first_seen.values()) >= self._started_at - _JUST_SEEN
        if missing or noted or just_seen or self._unread_cancels.before:
            completed = await self._read_cancels(client, since, first_seen, ClaimStatus.C3, needed=bool(missing))
            if completed is not None:
                done = completed.done
                if open_cancels is not None:
                    await self._drop_unread_cancels()
        gone = await self._apply_listed(sorted(waiting.keys() | done.keys()), remote, done)
        # Orders that cancels do not explain are read singly, another portion each time.
        read: dict[int, api.Order] = {}
        for number in portion(missing - gone, self._started_at):
            try:
                read[number] = await client.orders.get(number)
            except Rejected as error:
                log.info("order not told", store=self._store.id, order=number, error=type(error).__name__)
            except UnexpectedResponse as error:
                if not await self._unread.set_one_aside(number, error, self._clock()):
                    raise
                log.info("order not read", store=self._store.id, order=number, error=type(error).__name__)
        if read:
            await self._apply_listed(sorted(read), read, done)

    async def _read_cancels(
        self,
        client: StoreApi,
        since: datetime,
        first_seen: Mapping[int, datetime],
        *statuses: ClaimStatus,
        needed: bool = False,
    ) -> CancelRequests | None:
        """Read the cancels of pending orders. Unless `needed` to explain missing ones, TMON may fail to tell: None."""
        now = self._clock()
        try:
            cancels = await read_cancels(client, since, now, first_seen, statuses)
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

    async def _drop_unread_cancels(self) -> None:
        """Drop the notes of unread cancels that are not listed any more: of orders that do not wait any more, or withdrawn."""
        if self._unread_cancels.before:
            async with self._db.write() as session:
                await self._unread_cancels.drop_others(session, self._clock())

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
                self._record.changes.incomplete.add(number)

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
                self._record.changes.add(order)
                changed.append(order)
                if order.state is not OrderState.NEW:
                    gone.add(number)
            await publish(session, self._store, changed, now)
            await self._record.save_progress(session, now)
        return gone


def portion(numbers: Iterable[int], started_at: datetime) -> list[int]:
    """Return at most `_READ_SINGLY` of `numbers`, other ones in each run."""
    left = sorted(numbers)
    turn = int(started_at.timestamp()) % len(left) if left else 0
    return (left[turn:] + left[:turn])[:_READ_SINGLY]
