"""Pending orders that the lists of a run do not tell of: older ones, and those that were confirmed, shipped or cancelled elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlmodel import col

from tmon import api
from tmon.api import (
    DeliveryStatus,
    Rejected,
    StoreApi,
    UnexpectedResponse,
)
from tmon.api.windows import MAX_WINDOW
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.models.orders import Order, OrderState, is_unsettled
from tmon.models.stores import Store
from tmon.orders import ingest
from tmon.orders.cancels import cancelled_quantities
from tmon.orders.run_record import RunRecord
from tmon.orders.transitions import apply_remote, load, move, publish
from tmon.scope import StoreKey, scope

log = structlog.get_logger(__name__)

_READ_SINGLY = 20
"""Missing or unreadable orders that one run reads singly; the rest follows with the next runs."""


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

    async def follow(self, client: StoreApi, listed: set[int], window: tuple[datetime, datetime]) -> None:
        """Bring pending orders up to date that were not `listed`: older than the `window` of the lists, or confirmed, shipped or
        cancelled elsewhere. Cancels are collected with the other claims (`cancels.follow_cancels`). Raises TmonError.
        """
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.order_no), col(Order.ordered_at)).where(
                    *scope(Order, self._store), is_unsettled(OrderState.NEW)
                )
            )
            pending = dict(list(rows))
        waiting = {n: at for n, at in pending.items() if n not in listed and at < window[1]}
        if not waiting:
            return
        remote = await self._list_older(client, waiting, window[0])
        await self._leave_incomplete(remote)
        missing = waiting.keys() - remote.keys()
        await self._apply_listed(sorted(remote), remote)
        # Orders that no list has are read singly, another portion each time.
        read: dict[int, api.Order] = {}
        for number in portion(missing, self._started_at):
            try:
                read[number] = await client.orders.get(number)
            except Rejected as error:
                log.info("order not told", store=self._store.id, order=number, error=type(error).__name__)
            except UnexpectedResponse as error:
                if not await self._unread.set_one_aside(number, error, self._clock()):
                    raise
                log.info("order not read", store=self._store.id, order=number, error=type(error).__name__)
        if read:
            await self._apply_listed(sorted(read), read)

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

    async def _apply_listed(self, numbers: Sequence[int], remote: Mapping[int, api.Order]) -> None:
        """Update pending orders from `remote` orders, and from the completed cancels that are known of them."""
        now = self._clock()
        async with self._db.write() as session:
            changed = []
            loaded = await load(session, self._store.team_id, self._store.id, numbers, lock=True)
            place = StoreKey(self._store.team_id, self._store.id)
            first_seen = {number: order.first_seen_at for number, (order, _) in loaded.items()}
            done = await cancelled_quantities(session, place, first_seen)
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
            await publish(session, self._store, changed, now)
            await self._record.save_progress(session, now)


def portion(numbers: Iterable[int], started_at: datetime) -> list[int]:
    """Return at most `_READ_SINGLY` of `numbers`, other ones in each run."""
    left = sorted(numbers)
    turn = int(started_at.timestamp()) % len(left) if left else 0
    return (left[turn:] + left[:turn])[:_READ_SINGLY]
