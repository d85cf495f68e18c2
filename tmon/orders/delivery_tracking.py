"""Following confirmed orders to the door: shipped here or elsewhere, taken over by the carrier, and delivered.

TMON reports a state only to those who ask for it (docs/tmon-api.md, ch. 16, 24), so that D3, D4 and D5 are searched. An order
that was on its way and is in none of these lists is read singly.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, select
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, DeliveryStatus, Rejected, StoreApi, Throttled, TmonError, UnexpectedResponse
from tmon.api.windows import MAX_WINDOW, MIN_AGE
from tmon.core import Core
from tmon.database import is_busy, is_data_error
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.orders.ingest import merge_lists
from tmon.orders.mapping import SHIPPED, status_of
from tmon.orders.pending_orders import portion
from tmon.orders.transitions import adopt, follow_delivery, follow_order, load, publish
from tmon.scope import StoreKey, same_key, scope
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

FOLLOW_SECONDS = 2 * 60 * 60.0
"""Between two looks at what is on its way."""
_LOOK_BACK = timedelta(days=60)
"""Older orders are no longer checked; their buyers' data are destroyed 180 days after payment at the latest."""
_AT_A_TIME = 200
"""Orders in a transaction."""
_READ = 1000
"""Orders that are looked at at a time."""
_FURTHEST = DeliveryStatus.D5.value
_HAS_SHIPPED = (
    exists()
    .where(
        same_key(OrderDeal, Order, "order_no"),
        col(OrderDeal.state) != DealState.CANCELLED,
        col(OrderDeal.delivery_status).in_([DeliveryStatus.D3.value, DeliveryStatus.D4.value]),
    )
    .correlate(Order)
)
_STORES_AT_ONCE = 8
"""Stores that are asked about at the same time: one whose TMON does not answer holds up no other."""


class DeliveryTracker:
    """Follows confirmed orders until they are closed."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections = core.clients

    async def __call__(self) -> None:
        """Ask for the state of everything that is not delivered, of several stores at the same time.

        Called every two hours; what fails is tried again then, and keeps no other store from its turn.
        """
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.team_id), col(Order.store_id)).where(*_followed(now)).distinct()
            )
            keys = rows.all()
        busy: list[Exception] = []
        slots = asyncio.Semaphore(_STORES_AT_ONCE)

        async def follow(team_id: str, store_id: str) -> None:
            async with slots:
                try:
                    async with self._db.read() as session:  # not sooner: those before it may have taken hours
                        store = await session.get(Store, (team_id, store_id))
                    if store is not None and store.active and store.group_on(ApiGroup.ORDER):
                        await self._follow(store, now)
                except (TmonError, CannotOpen) as error:
                    log.info("deliveries not read", store=store_id, error=type(error).__name__)
                except Exception as error:
                    log.exception("deliveries not followed", store=store_id)
                    if is_busy(error):
                        busy.append(error)

        await asyncio.gather(*(follow(team_id, store_id) for team_id, store_id in keys))
        if busy:
            raise busy[0]  # so that it is tried again soon

    async def _follow(self, store: Store, now: datetime) -> None:
        """Search D3, D4 and D5 in the weeks of the orders that are followed, then read what is missing."""
        key = StoreKey(store.team_id, store.id)
        followed: dict[int, datetime] = {}
        on_their_way = set[int]()
        async for number, ordered_at, shipped in self._orders(key, now):
            if ordered_at < now - MIN_AGE:
                followed[number] = ordered_at
                if shipped:
                    on_their_way.add(number)
        client = self._connections.for_store(store)
        found: set[int] = set()
        for start, end in _weeks(followed.values(), now - MIN_AGE):
            lists = [
                [one async for page in client.orders.search(start, end, status) for one in page if one.order_no in followed]
                for status in SHIPPED  # a later state is asked for later, so that it is the newer one
            ]  # fmt: skip
            listed = merge_lists(*lists)
            found.update(order.order_no for order in listed)
            for first in range(0, len(listed), _AT_A_TIME):
                await self._store(key, await self._news(key, listed[first : first + _AT_A_TIME]))
        await self._read(client, key, portion(on_their_way - found, now))

    async def _orders(self, of: StoreKey, now: datetime) -> AsyncIterator[tuple[int, datetime, bool]]:
        """Yield number and time of the orders of a store that are followed, and whether something of each is on its way.

        They are read in pieces: there may be ten thousands, and others get their turn in between.
        """
        query = (
            select(col(Order.order_no), col(Order.ordered_at), _HAS_SHIPPED)
            .where(*scope(Order, of), *_followed(now))
            .order_by(col(Order.order_no))
            .limit(_READ)
        )
        after = -1
        while True:
            async with self._db.read() as session:
                rows = (await session.execute(query.where(col(Order.order_no) > after))).all()
            for number, ordered_at, shipped in rows:
                yield number, ordered_at, shipped
            if len(rows) < _READ:
                return
            after = rows[-1][0]

    async def _news(self, of: StoreKey, listed: Sequence[api.Order]) -> list[api.Order]:
        """Return those of `listed` of which a deal is further than we know: most are where they were."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(OrderDeal.order_no), col(OrderDeal.deal_no), col(OrderDeal.delivery_status)).where(
                    *scope(OrderDeal, of), col(OrderDeal.order_no).in_([one.order_no for one in listed])
                )
            )
            known = {(number, deal_no): status for number, deal_no, status in rows}
        return [
            one
            for one in listed
            if any(known.get((one.order_no, deal.deal_no), _FURTHEST) < status_of(deal) for deal in one.deals)
        ]

    async def _store(self, of: StoreKey, listed: Sequence[api.Order]) -> None:
        """Apply a piece; if the database refuses it because of what one of the orders is, apply the others without that one."""
        if not listed:
            return
        try:
            await self._apply(of, listed)
        except Exception as error:
            if not is_data_error(error):
                raise
            if len(listed) == 1:
                number = listed[0].order_no
                log.warning("delivery not stored", store=of.store_id, order=number, error=type(error).__name__)
                return
            half = len(listed) // 2
            await self._store(of, listed[:half])
            await self._store(of, listed[half:])

    async def _apply(self, of: StoreKey, listed: Sequence[api.Order]) -> None:
        """Store the states of listed deals. A list may leave out deals in other states, and none is moved back by it."""
        now = self._clock()
        async with self._db.write() as session:
            loaded = await load(session, of.team_id, of.store_id, [one.order_no for one in listed], lock=True)
            changed = []
            for remote in listed:
                if remote.order_no not in loaded:
                    continue
                order, deals = loaded[remote.order_no]
                if order.state is not OrderState.CONFIRMED:
                    continue
                moved = False
                for theirs in remote.deals:
                    ours = deals.get(theirs.deal_no)
                    if ours is None or ours.delivery_status >= (status := status_of(theirs)):
                        continue
                    follow_delivery(ours, status, min(theirs.updated_at or now, now))
                    moved = True
                if moved:
                    follow_order(order, deals.values(), now)
                    order.updated_at = now
                    changed.append(order)
            await publish(session, of, changed, now)

    async def _read(self, client: StoreApi, of: StoreKey, numbers: Iterable[int]) -> None:
        """Read orders singly that no list tells of; one that cannot be read does not stop the others."""
        for number in numbers:
            try:
                remote = await client.orders.get(number)
            except (AuthError, Throttled):
                raise
            except (Rejected, UnexpectedResponse) as error:
                log.info("order not told", store=of.store_id, order=number, error=type(error).__name__)
                continue
            async with self._db.write() as session:
                await adopt(session, self._sealer, of, remote, self._clock())


def _followed(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions of a confirmed order that is not delivered."""
    return (
        col(Order.state) == OrderState.CONFIRMED,
        col(Order.closed_at).is_(None),
        col(Order.ordered_at) >= now - _LOOK_BACK,
    )


def _weeks(moments: Iterable[datetime], end: datetime) -> list[tuple[datetime, datetime]]:
    """Return windows of at most seven days that hold all `moments`, which lie before `end`; no window without one."""
    windows: list[tuple[datetime, datetime]] = []
    for moment in sorted(moments):
        if not windows or moment > windows[-1][1]:
            windows.append((moment, min(moment + MAX_WINDOW, end)))
    return windows
