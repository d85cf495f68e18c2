"""Recovery of confirmations that a crash or a lost answer interrupted: TMON is asked what is true."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, Rejected, TmonError, UnexpectedResponse
from tmon.clock import ElapsedTime
from tmon.core import Core
from tmon.due_times import is_over
from tmon.models.orders import TMON, DealState, Order, OrderBatch, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.orders import mapping
from tmon.orders.cards import card_key, redraw_cards
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.confirmation_run import UNKNOWN_STATE_NOTE
from tmon.orders.summaries import is_slow
from tmon.orders.transitions import apply_remote, finish, load, load_one
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

_UNREADABLE = "orders.note_unknown_unreadable"
_PATIENCE = timedelta(seconds=5)
_SLOWEST = timedelta(minutes=5)
_ANSWER_SECONDS = 20
_AT_A_TIME = 1000
_STORES_AT_ONCE = 8


class ConfirmationRecovery:
    """Settles interrupted confirmations. Called every few seconds; the first call after a start finds what a crash left."""

    def __init__(self, core: Core, confirmation: ConfirmationService) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections = core.clients
        self._confirmation = confirmation
        self._on_auth_error = core.report_auth_error
        self._elapsed = ElapsedTime(core.clock)
        self._tries: dict[tuple[str, str, int], tuple[int, float]] = {}
        """Number of tries without an answer, and when the next one is due by `_elapsed`, by order."""
        self._told_slow: dict[tuple[str, str | None], int] = {}
        """Number of orders that took long when the card was last drawn for that, by team and card."""

    async def __call__(self) -> None:
        """Mark interrupted orders as unknown, then ask TMON about them, several stores at the same time."""
        now = self._clock()
        left: dict[tuple[str, str], tuple[Store, list[int]]] = {}
        slow: list[Order] = []
        async with self._db.read() as session:
            rows = await session.execute(
                select(Order, Store)
                .join(Store, (col(Store.team_id) == col(Order.team_id)) & (col(Store.id) == col(Order.store_id)))
                .where(
                    col(Store.removed_at).is_(None),
                    col(Order.state).in_((OrderState.CONFIRMING, OrderState.UNKNOWN)),
                    is_over(col(Order.pending_since), now, _PATIENCE),
                )
                .order_by(col(Order.pending_since))
                .limit(_AT_A_TIME)
            )
            for order, store in rows:
                if self._confirmation.is_running(order.team_id, order.store_id, order.order_no):
                    if is_slow(order, now):
                        slow.append(order)
                else:
                    left.setdefault((store.team_id, store.id), (store, []))[1].append(order.order_no)
        await self._say_slow(slow, now)
        for store, numbers in left.values():
            await self._mark_unknown(store, numbers)
        slots = asyncio.Semaphore(_STORES_AT_ONCE)

        async def settle(store: Store, numbers: Sequence[int]) -> None:
            async with slots:
                await self._ask(store, numbers)

        await asyncio.gather(*(settle(store, numbers) for store, numbers in left.values() if _may_ask(store)))
        self._tries = {key: tries for key, tries in self._tries.items() if key[2] in left.get(key[:2], (None, []))[1]}
        await self._free_batches(now)

    async def _say_slow(self, slow: Sequence[Order], now: datetime) -> None:
        """Draw the cards of confirmations that take long anew, once as long as nothing moves on them."""
        counts = Counter((order.team_id, card_key(order)) for order in slow)
        told, self._told_slow = self._told_slow, dict(counts)
        changed = [order for order in slow if told.get(key := (order.team_id, card_key(order))) != counts[key]]
        if changed:
            async with self._db.write() as session:
                await redraw_cards(session, changed, now)

    async def _mark_unknown(self, store: Store, numbers: Sequence[int]) -> None:
        """Make interrupted orders `unknown`, so that their cards say so before TMON answers."""
        now = self._clock()
        note = "orders.note_unknown" if _may_ask(store) else "orders.note_unknown_off"
        async with self._db.write() as session:
            for order, _ in (await load(session, store.team_id, store.id, numbers, lock=True)).values():
                half_way = order.state in (OrderState.CONFIRMING, OrderState.UNKNOWN)
                told = (note, _UNREADABLE) if _may_ask(store) else (note,)
                if half_way and (order.state is not OrderState.UNKNOWN or order.note not in told):
                    await finish(session, order, OrderState.UNKNOWN, now, note=note)

    async def _ask(self, store: Store, numbers: Sequence[int]) -> None:
        try:
            client = self._connections.for_store(store)
        except CannotOpen:
            log.error("credentials do not open with the configured keys", store=store.id)
            return
        for number in numbers:
            key = (store.team_id, store.id, number)
            tries, next_at = self._tries.get(key, (0, 0.0))
            if next_at > self._elapsed():
                continue
            self._tries[key] = (tries + 1, self._elapsed() + min(_PATIENCE * 2**tries, _SLOWEST).total_seconds())
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    remote = await client.orders.get(number)
            except Rejected as error:  # it does not say what is true: a person may try again
                await self._settle(store, number, None, refusal=error.message)
            except UnexpectedResponse as error:
                log.info("order not settled yet", store=store.id, error=type(error).__name__)
                await self._say_unreadable(store, number)
            except (TmonError, TimeoutError) as error:
                log.info("order not settled yet", store=store.id, error=type(error).__name__)
                if isinstance(error, AuthError):
                    await self._on_auth_error(store, error)
                return  # the next order would fail as well
            else:
                await self._settle(store, number, remote)

    async def _say_unreadable(self, store: Store, number: int) -> None:
        """Say on the card that TMON answers, but that its answer cannot be read. It is asked again all the same."""
        async with self._db.write() as session:
            order, _ = await load_one(session, store.team_id, store.id, number)
            if order.state is OrderState.UNKNOWN and order.note != _UNREADABLE:
                await finish(session, order, OrderState.UNKNOWN, self._clock(), note=_UNREADABLE)

    async def _settle(self, store: Store, number: int, remote: api.Order | None, *, refusal: str | None = None) -> None:
        """Move an `unknown` order to the state that it has at TMON. `refusal`: TMON's sentence if it refused to say."""
        now = self._clock()
        async with self._db.write() as session:
            order, deals = await load_one(session, store.team_id, store.id, number)
            if order.state is not OrderState.UNKNOWN:
                return
            if remote is None:
                await finish(session, order, OrderState.NEW, now, note="orders.note_refused", detail=refusal)
                return
            state = apply_remote(session, self._sealer, order, deals, remote, None, now).state
            if state is OrderState.NEW:  # no attempt of anybody, so no audit row
                strange = mapping.strange_state(deals.values())
                note = "orders.note_interrupted"
                if strange is not None:
                    note = UNKNOWN_STATE_NOTE
                elif any(deal.state is DealState.CONFIRMED for deal in deals.values()):
                    note = "orders.note_partial"
                await finish(session, order, state, now, note=note, detail=strange)
            else:
                await finish(session, order, state, now, actor=order.pending_by or TMON, settled=True)

    async def _free_batches(self, now: datetime) -> None:
        """End bulk confirmations that a crash interrupted, or their cards would show them as running for ever."""
        async with self._db.read() as session:
            busy = (
                select(col(Order.order_no))
                .where(
                    col(Order.team_id) == col(OrderBatch.team_id),
                    col(Order.batch_id) == col(OrderBatch.id),
                    col(Order.state) == OrderState.CONFIRMING,
                )
                .exists()
            )
            rows = await session.execute(
                select(col(OrderBatch.team_id), col(OrderBatch.id)).where(
                    col(OrderBatch.pending_by).is_not(None),
                    is_over(col(OrderBatch.pending_since), now, _PATIENCE),
                    ~busy,
                )
            )
            ended = list(rows)
        for team_id, batch_id in ended:
            await self._confirmation.finish_batch(team_id, batch_id)


def _may_ask(store: Store) -> bool:
    return store.active and store.group_on(ApiGroup.ORDER)
