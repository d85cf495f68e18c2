"""Finding out which confirmed orders were delivered or cancelled, which starts the retention period of their buyers' data.

TMON reports deliveries only when asked for D5 (docs/tmon-api.md, ch. 16, 24). Once a day is enough: retention counts days.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlmodel import col

from tmon import api
from tmon.api import DeliveryStatus, TmonError
from tmon.api.windows import MIN_AGE, split
from tmon.core import Core
from tmon.models.orders import Order, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.orders.cancel_requests import read_cancels
from tmon.orders.transitions import apply_remote, close, load, move, publish
from tmon.scope import scope
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

_LOOK_BACK = timedelta(days=60)
"""Older orders are no longer checked; their buyers' data are destroyed 180 days after payment at the latest."""


class DeliveryTracker:
    """Closes orders. Called once a day."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections = core.clients

    async def __call__(self) -> None:
        """Check every store with confirmed orders that are not closed. What fails is tried again the next day."""
        now = self._clock()
        async with self._db.read() as session:
            oldest = await session.execute(
                select(col(Order.team_id), col(Order.store_id), func.min(col(Order.ordered_at)))
                .where(
                    col(Order.state) == OrderState.CONFIRMED,
                    col(Order.closed_at).is_(None),
                    col(Order.ordered_at) >= now - _LOOK_BACK,
                )
                .group_by(col(Order.team_id), col(Order.store_id))
            )
            stores = [
                (await session.get_one(Store, (team_id, store_id)), first) for team_id, store_id, first in oldest.all()
            ]
        for store, first in stores:
            if not store.active or not store.group_on(ApiGroup.ORDER):
                continue
            try:
                await self._check_store(store, first, now - MIN_AGE)
                await self._cancelled(store, first, now)
            except (TmonError, CannotOpen) as error:
                log.info("deliveries not read", store=store.id, error=type(error).__name__)

    async def _check_store(self, store: Store, start: datetime, end: datetime) -> None:
        client = self._connections.for_store(store)
        for begin, until in split(start, end):
            async for page in client.orders.search(begin, until, DeliveryStatus.D5):
                delivered = {order.order_no: _delivered_at(order) for order in page if _delivered(order)}
                async with self._db.write() as session:
                    await close(session, store, delivered, self._clock())

    async def _cancelled(self, store: Store, start: datetime, now: datetime) -> None:
        """Cancel orders that were cancelled as a whole after their confirmation, and return to stock what was cancelled in part."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(Order.order_no), col(Order.first_seen_at)).where(
                    *scope(Order, store),
                    col(Order.state) == OrderState.CONFIRMED,
                    col(Order.closed_at).is_(None),
                    col(Order.ordered_at) >= start,
                )
            )
            first_seen = dict(list(rows))
        done = (await read_cancels(self._connections.for_store(store), start, now, first_seen)).done
        async with self._db.write() as session:
            changed = []
            loaded = await load(session, store.team_id, store.id, list(done), lock=True)
            for number, (order, deals) in loaded.items():
                change = apply_remote(session, self._sealer, order, deals, None, done[number], now)
                if order.state is OrderState.CONFIRMED and change.state is OrderState.CANCELLED:
                    move(session, order, OrderState.CANCELLED, now)
                    changed.append(order)
                elif change.cancelled:
                    changed.append(order)
            await publish(session, store, changed, now)


def _delivered(order: api.Order) -> bool:
    return bool(order.deals) and all(deal.status == DeliveryStatus.D5 for deal in order.deals)


def _delivered_at(order: api.Order) -> datetime | None:
    return max((deal.updated_at for deal in order.deals if deal.updated_at is not None), default=None)
