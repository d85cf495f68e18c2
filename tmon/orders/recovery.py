"""Recovery of confirmations that a crash or a lost answer interrupted: TMON is asked what is true."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, Rejected, TmonError, UnexpectedResponse
from tmon.core import Core
from tmon.due_times import has_come, is_over
from tmon.models.orders import TMON, DealState, Order, OrderBatch, OrderState
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.orders import mapping
from tmon.orders.cards import card_key, redraw_cards
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.confirmation_run import UNKNOWN_STATE_NOTE
from tmon.orders.order_claims import HALF_WAY, OrderClaim
from tmon.orders.summaries import is_slow
from tmon.orders.transitions import apply_remote, finish, load, load_one
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen

log = structlog.get_logger(__name__)

_UNKNOWN = "orders.note_unknown"
_UNKNOWN_OFF = "orders.note_unknown_off"
_UNREADABLE = "orders.note_unknown_unreadable"
_PATIENCE = timedelta(seconds=5)
_SLOWEST = timedelta(minutes=5)
_ANSWER_SECONDS = 20
_AT_A_TIME = 1000
_STORES_AT_ONCE = 8
_OF_STORE = and_(col(Store.team_id) == col(Order.team_id), col(Store.id) == col(Order.store_id))
_MAY_BE_ASKED = and_(col(Store.state) == StoreState.APPROVED, col(Store.sync_on), col(Store.order_on))
"""The condition of `_may_ask` for the store of an order."""
_SAYS_IT = and_(
    col(Order.state) == OrderState.UNKNOWN,
    case(
        (_MAY_BE_ASKED, func.coalesce(col(Order.note), "").in_((_UNKNOWN, _UNREADABLE))),
        else_=func.coalesce(col(Order.note), "") == _UNKNOWN_OFF,
    ),
)
"""The condition of `_says`."""


class ConfirmationRecovery:
    """Settles interrupted confirmations. Called every few seconds; the first call after a start finds what a crash left.

    It takes only orders that nobody works on, and claims each before it asks TMON: two processes never ask about the same one.
    """

    def __init__(self, core: Core, confirmation: ConfirmationService) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections = core.clients
        self._confirmation, self._claims = confirmation, confirmation.claims
        self._on_auth_error = core.report_auth_error
        self._told_slow: dict[tuple[str, str | None], int] = {}
        """Number of orders that took long when the card was last drawn for that, by team and card. Of this process: another
        one draws it once more, which does no harm."""

    async def __call__(self) -> None:
        """Mark interrupted orders as unknown, then ask TMON about them, several stores at the same time."""
        now = self._clock()
        left = await self._left(now)
        await self._say_slow(now)
        slots = asyncio.Semaphore(_STORES_AT_ONCE)

        async def settle(store: Store, numbers: Sequence[int]) -> None:
            async with slots, self._claims.open(StoreKey(store.team_id, store.id)) as claim:
                if taken := await self._take(claim, store, numbers):
                    await self._ask(claim, store, taken)

        # All of them end before a failure is raised: none is cut off because another store's fails.
        ended = await asyncio.gather(*(settle(*one) for one in left.values()), return_exceptions=True)
        await self._free_batches(now)
        for failure in ended:
            if isinstance(failure, BaseException):
                raise failure

    async def _left(self, now: datetime) -> Mapping[StoreKey, tuple[Store, list[int]]]:
        """Return interrupted orders that nobody works on and that something is to be done about now.

        Stores take turns: a thousand orders of one whose TMON does not answer do not keep others from theirs.
        """
        key = (col(Order.team_id), col(Order.store_id), col(Order.order_no))
        turn = func.row_number().over(partition_by=key[:2], order_by=(col(Order.pending_since), col(Order.order_no)))
        waiting = (
            select(*key, turn.label("turn"))
            .join(Store, _OF_STORE)
            .where(*_interrupted(now), self._claims.is_free(), or_(~_SAYS_IT, and_(_MAY_BE_ASKED, _may_ask_again(now))))
            .subquery()
        )
        left: dict[StoreKey, tuple[Store, list[int]]] = {}
        async with self._db.read() as session:
            rows = await session.execute(
                select(Store, waiting.c.order_no)
                .join(waiting, and_(waiting.c.team_id == col(Store.team_id), waiting.c.store_id == col(Store.id)))
                .order_by(waiting.c.turn)
                .limit(_AT_A_TIME)
            )
            for store, number in rows:
                left.setdefault(StoreKey(store.team_id, store.id), (store, []))[1].append(number)
        return left

    async def _say_slow(self, now: datetime) -> None:
        """Draw the cards of confirmations that take long anew, once as long as nothing moves on them."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Order)
                .join(Store, _OF_STORE)
                .where(*_interrupted(now), ~self._claims.is_free(), col(Order.state) == OrderState.CONFIRMING)
                .order_by(col(Order.pending_since))
                .limit(_AT_A_TIME)
            )
            slow = [order for order in rows if is_slow(order, now)]
        counts = Counter((order.team_id, card_key(order)) for order in slow)
        told, self._told_slow = self._told_slow, dict(counts)
        changed = [order for order in slow if told.get(key := (order.team_id, card_key(order))) != counts[key]]
        if changed:
            async with self._db.write() as session:
                await redraw_cards(session, changed, now)

    async def _take(self, claim: OrderClaim, store: Store, numbers: Sequence[int]) -> list[int]:
        """Make interrupted orders `unknown`, so that their cards say so before TMON answers, and claim those that TMON is to
        be asked about. Returns these.
        """
        now = self._clock()
        note = _UNKNOWN if _may_ask(store) else _UNKNOWN_OFF
        async with self._db.write() as session:
            free = await session.scalars(
                select(col(Order.order_no))
                .where(
                    *scope(Order, claim.store),
                    col(Order.order_no).in_(numbers),
                    col(Order.state).in_(HALF_WAY),
                    self._claims.is_free(),
                )
                .order_by(col(Order.order_no))
                .with_for_update()
            )
            found = await load(session, *claim.store, list(free), lock=True)
            due = [number for number, (order, _) in found.items() if _may_ask(store) and _is_due(order, now)]
            for order, _ in found.values():
                if not _says(order, store):
                    await finish(session, order, OrderState.UNKNOWN, now, note=note)
            await session.flush()
            await claim.take(session, due)
        asked = set(due)
        return [number for number in numbers if number in asked]

    async def _ask(self, claim: OrderClaim, store: Store, numbers: Sequence[int]) -> None:
        try:
            client = self._connections.for_store(store)
        except CannotOpen:
            log.error("credentials do not open with the configured keys", store=store.id)
            return
        for number in numbers:
            async with self._db.read() as session:
                current = await session.get_one(Store, claim.store)
            if not _may_ask(current):
                return  # turned off meanwhile: the next call of this says so on the cards
            if not await self._begin(claim, number):
                continue
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    remote = await client.orders.get(number)
            except Rejected as error:  # it does not say what is true: a person may try again
                await self._settle(claim, number, None, refusal=error.message)
            except UnexpectedResponse as error:
                log.info("order not settled yet", store=store.id, error=type(error).__name__)
                await self._say_unreadable(claim, number)
            except (TmonError, TimeoutError) as error:
                log.info("order not settled yet", store=store.id, error=type(error).__name__)
                if isinstance(error, AuthError):
                    await self._on_auth_error(store, error)
                return  # the next order would fail as well
            else:
                await self._settle(claim, number, remote)

    async def _begin(self, claim: OrderClaim, number: int) -> bool:
        """Note that TMON is asked about an order, and when it would be again. Returns whether it is still claimed."""
        async with self._db.write() as session:
            order, _ = await load_one(session, *claim.store, number)
            if not claim.holds(order):
                return False
            pause = _PATIENCE * 2 ** min(order.asked_in_vain, 10)  # more is longer than the longest anyway
            order.ask_at = self._clock() + min(pause, _SLOWEST)
            order.asked_in_vain += 1
            return True

    async def _say_unreadable(self, claim: OrderClaim, number: int) -> None:
        """Say on the card that TMON answers, but that its answer cannot be read. It is asked again all the same."""
        async with self._db.write() as session:
            order, _ = await load_one(session, *claim.store, number)
            if claim.holds(order) and order.note != _UNREADABLE:
                await finish(session, order, OrderState.UNKNOWN, self._clock(), note=_UNREADABLE)

    async def _settle(
        self, claim: OrderClaim, number: int, remote: api.Order | None, *, refusal: str | None = None
    ) -> None:
        """Move an `unknown` order to the state that it has at TMON. `refusal`: TMON's sentence if it refused to say."""
        now = self._clock()
        async with self._db.write() as session:
            order, deals = await load_one(session, *claim.store, number)
            if not claim.holds(order):
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
                select(col(OrderBatch.team_id), col(OrderBatch.id), col(OrderBatch.pending_since)).where(
                    col(OrderBatch.pending_by).is_not(None),
                    is_over(col(OrderBatch.pending_since), now, _PATIENCE),
                    ~busy,
                )
            )
            ended = [(team_id, batch_id, since) for team_id, batch_id, since in rows if since is not None]
        for team_id, batch_id, since in ended:
            await self._confirmation.finish_batch(team_id, batch_id, since)


def _interrupted(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of orders of which a confirmation has begun, and has not just begun."""
    return (
        col(Store.removed_at).is_(None),
        col(Order.state).in_(HALF_WAY),
        is_over(col(Order.pending_since), now, _PATIENCE),
    )


def _may_ask_again(now: datetime) -> ColumnElement[bool]:
    """Return the condition of `_is_due`."""
    return or_(col(Order.ask_at).is_(None), has_come(col(Order.ask_at), now, _SLOWEST))


def _may_ask(store: Store) -> bool:
    return store.active and store.group_on(ApiGroup.ORDER)


def _says(order: Order, store: Store) -> bool:
    """Return whether an order says already that it is in doubt, and why nobody is asked if that is so."""
    notes = (_UNKNOWN, _UNREADABLE) if _may_ask(store) else (_UNKNOWN_OFF,)
    return order.state is OrderState.UNKNOWN and order.note in notes


def _is_due(order: Order, now: datetime) -> bool:
    """Return whether TMON is to be asked about an order now; also if the clock was set back since it was last asked."""
    return order.ask_at is None or not now < order.ask_at <= now + _SLOWEST
