"""Settling confirmations that a crash or a lost answer left half-way, by asking TMON what is true."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlmodel import col

from tmon import api
from tmon.api import Rejected, TmonError
from tmon.clock import Clock
from tmon.database import Database
from tmon.orders.adoption import adopt_deals, load_one, order_state
from tmon.orders.confirmation import TMON, Confirmation
from tmon.orders.outcome import end, end_confirmed
from tmon.orders.tables import Batch, DealState, Order, OrderState
from tmon.stores.connections import Connections
from tmon.stores.tables import Group, Store

log = structlog.get_logger(__name__)

_PATIENCE = timedelta(seconds=5)
_AT_A_TIME = 200


class Sweep:
    """Called every few seconds; the first call after a start finds what a crash left."""

    def __init__(self, db: Database, clock: Clock, connections: Connections, confirmation: Confirmation) -> None:
        self._db = db
        self._clock = clock
        self._connections = connections
        self._confirmation = confirmation

    async def __call__(self) -> None:
        """Settles what can be settled now; the rest says on its card that TMON must be asked."""
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Order)
                .where(
                    col(Order.state).in_((OrderState.CONFIRMING, OrderState.UNKNOWN)),
                    col(Order.acting_since) <= now - _PATIENCE,
                )
                .order_by(col(Order.acting_since))
                .limit(_AT_A_TIME)
            )
            left: dict[tuple[str, str], list[int]] = {}
            for order in rows:
                if not self._confirmation.is_running(order.team_id, order.store_id, order.order_no):
                    left.setdefault((order.team_id, order.store_id), []).append(order.order_no)
        for (team_id, store_id), numbers in left.items():
            await self._store(team_id, store_id, numbers)
        await self._free_batches(now)

    async def _store(self, team_id: str, store_id: str, numbers: Sequence[int]) -> None:
        async with self._db.read() as session:
            store = await session.get_one(Store, (team_id, store_id))
        asking = store.removed_at is None and store.group_on(Group.ORDER)
        client = self._connections.of(store) if asking else None
        for number in numbers:
            told = None
            if client is not None:
                try:
                    told = await client.orders.get(number)
                except TmonError as error:
                    log.info("order not settled yet", store=store_id, error=type(error).__name__)
                    if not isinstance(error, Rejected):
                        client = None  # the next one would fare no better
            await self._settle(store, number, told, asking=asking)

    async def _settle(self, store: Store, number: int, told: api.Order | None, *, asking: bool) -> None:
        now = self._clock()
        async with self._db.write() as session:
            order, deals = await load_one(session, store.team_id, store.id, number)
            if order.state not in (OrderState.CONFIRMING, OrderState.UNKNOWN):
                return
            if told is None:
                note = "orders.note_unknown" if asking else "orders.note_unknown_off"
                if order.state is not OrderState.UNKNOWN or order.note != note:
                    await end(session, order, OrderState.UNKNOWN, now, note=note)
                return
            adopt_deals(deals, told)
            state = order_state(deals.values())
            if state is OrderState.CONFIRMED:
                await end_confirmed(session, order, order.acting or TMON, now, settled=True)
            elif state is OrderState.CANCELLED:
                await end(session, order, state, now, note="orders.note_cancelled")
            else:
                some = any(deal.state is DealState.CONFIRMED for deal in deals.values())
                note = "orders.note_partial" if some else "orders.note_interrupted"
                await end(session, order, OrderState.NEW, now, note=note)

    async def _free_batches(self, now: datetime) -> None:
        """A bulk confirmation that a crash ended does not stand as running for ever."""
        async with self._db.read() as session:
            busy = (
                select(col(Order.order_no))
                .where(
                    col(Order.team_id) == col(Batch.team_id),
                    col(Order.batch_id) == col(Batch.id),
                    col(Order.state) == OrderState.CONFIRMING,
                )
                .exists()
            )
            rows = await session.execute(
                select(col(Batch.team_id), col(Batch.id)).where(
                    col(Batch.acting).is_not(None), col(Batch.acting_since) <= now - _PATIENCE, ~busy
                )
            )
            ended = list(rows)
        for team_id, batch_id in ended:
            await self._confirmation.end_batch(team_id, batch_id)
