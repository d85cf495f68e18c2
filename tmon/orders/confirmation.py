"""Confirming orders at TMON (발주확인) exactly once: by button, in bulk, or automatically.

Of several presses one gets the order, by a conditional update that claims it. Then `ConfirmationRun` confirms it at TMON: in
this process, or, where several share the work, as a task that is asked for in the transaction of the claim.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError
from tmon.core import Core
from tmon.errors import AppError, RepeatedPress
from tmon.models.orders import AUTO, Order, OrderBatch, OrderState
from tmon.models.stores import ApiGroup, Store
from tmon.orders import auto_confirm
from tmon.orders.cancel_requests import read_cancels
from tmon.orders.cards import batch_key, is_waiting, redraw_cards
from tmon.orders.confirmation_run import ConfirmationRun
from tmon.orders.order_claims import OrderClaim, OrderClaims
from tmon.orders.transitions import ConfirmationResult, load, lock
from tmon.outbox import enqueue_update
from tmon.scope import StoreKey, scope
from tmon.stores import switches
from tmon.work import Press, pressed

_AT_ONCE = 4
"""Orders confirmed at the same time; TMON names no limit for orders (docs/tmon-api.md, ch. 17)."""
_AT_A_TIME = 500
"""Orders claimed in one statement."""
CONFIRM = "confirm orders"
"""Name of the task."""
_LOOK_SECONDS = 0.2
"""How often it is looked whether orders have ended that another process confirms."""
_PATIENCE_SECONDS = 300.0
"""How long somebody waits for that; it goes on."""

log = structlog.get_logger(__name__)


class ConfirmationService:
    """Confirms orders: each is claimed by one actor, and handed to a `ConfirmationRun`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db, self._clock = core.db, core.clock
        self.claims = OrderClaims(core)

    async def confirm(self, team_id: str, store_id: str, order_no: int, actor: str) -> ConfirmationResult:
        """Confirm one order for `actor`. Raises AppError when it is no longer pending, or its switch is off."""
        store = StoreKey(team_id, store_id)
        if (results := await self._confirm(store, [order_no], actor, self._clock(), held_too=True)) is not None:
            return results[0]
        raise await self._conflict_error(team_id, store_id, order_no, actor)

    async def confirm_batch(self, team_id: str, batch_id: str, actor: str) -> list[ConfirmationResult]:
        """Confirm the pending orders of a batch card: not those on hold, nor those with an open cancel.

        Raises AppError when there are none.
        """
        async with self._db.read() as session:
            batch = await session.get(OrderBatch, (team_id, batch_id))
            if batch is None:
                raise AppError("orders.gone")
            numbers = await session.scalars(
                select(col(Order.order_no))
                .where(
                    col(Order.team_id) == team_id,
                    col(Order.batch_id) == batch_id,
                    *is_waiting(),
                )
                .order_by(col(Order.confirm_by), col(Order.order_no))
            )
            wanted = list(numbers)
        store = StoreKey(team_id, batch.store_id)
        results = await self._confirm(store, wanted, actor, self._clock(), held_too=False, batch_id=batch_id)
        if results is not None:
            return results
        raise await self._batch_conflict_error(team_id, batch_id, actor)

    async def confirm_selected(
        self, team_id: str, orders: Sequence[tuple[str, int]], actor: str
    ) -> tuple[list[ConfirmationResult], list[AppError]]:
        """Confirm orders of any stores, given as store and number. Those that do not wait any more are left out.

        Returns how they ended, and why stores could not be confirmed at all: one store never stops the others.
        """
        by_store: dict[StoreKey, list[int]] = {}
        for store_id, number in orders:
            by_store.setdefault(StoreKey(team_id, store_id), []).append(number)
        now, press = self._clock(), pressed.get()
        if press is not None:
            return await self._hand_over(press, by_store, actor, now, held_too=False)

        async def confirm(store: StoreKey, numbers: Sequence[int]) -> list[ConfirmationResult]:
            return await self._confirm(store, numbers, actor, now, held_too=False) or []

        ended = await asyncio.gather(*(confirm(*one) for one in by_store.items()), return_exceptions=True)
        results: list[ConfirmationResult] = []
        errors: list[AppError] = []
        for one in ended:
            if isinstance(one, AppError):
                errors.append(one)
            elif isinstance(one, BaseException):
                raise one
            else:
                results += one
        return results, errors

    async def finish_batch(self, team_id: str, batch_id: str, since: datetime) -> None:
        """End the bulk confirmation of a batch card that began at `since`; a later one goes on."""
        async with self._db.write() as session:
            await session.execute(
                update(OrderBatch)
                .where(
                    col(OrderBatch.team_id) == team_id,
                    col(OrderBatch.id) == batch_id,
                    col(OrderBatch.pending_since) == since,
                )
                .values(pending_by=None, pending_since=None)
            )
            await enqueue_update(session, team_id, [batch_key(batch_id)], now=self._clock())

    async def auto_confirm(self, store: Store) -> list[ConfirmationResult]:
        """Confirm what automatic mode has to. Orders that need a person get a note that says why.

        Raises AppError when the order switch is off.
        """
        async with self._db.read() as session:
            wanted = await auto_confirm.candidates(session, store)
        if wanted:
            async with self._db.write() as session:
                wanted = await auto_confirm.leave_to_person(session, store.team_id, store.id, wanted, self._clock())
        if not wanted:
            return []
        key = StoreKey(store.team_id, store.id)
        return await self._confirm(key, wanted, AUTO, self._clock(), held_too=False) or []

    async def carry_out(
        self, team_id: str, store_id: str, token: str, actor: str, batch_id: str | None, since: str
    ) -> None:
        """Confirm the orders that were claimed with `token` at `since`; do nothing if somebody has taken them already."""
        store = StoreKey(team_id, store_id)
        async with self.claims.open(store) as claim:
            async with self._db.write() as session:
                won = await claim.take_over(session, token)
            if not won:
                log.info("orders were taken over before", store=store_id)
                return
            try:
                await self._run(claim, won, actor, batch_id=batch_id)
            finally:
                if batch_id is not None:
                    await self.finish_batch(team_id, batch_id, datetime.fromisoformat(since))

    async def _confirm(
        self,
        store: StoreKey,
        order_nos: Sequence[int],
        actor: str,
        now: datetime,
        *,
        held_too: bool,
        batch_id: str | None = None,
    ) -> list[ConfirmationResult] | None:
        """Claim pending orders of a store and confirm them; None if there are none. Raises AppError when its switch is off."""
        if (press := pressed.get()) is not None:
            results, errors = await self._hand_over(
                press, {store: order_nos}, actor, now, held_too=held_too, batch_id=batch_id
            )
            if errors:
                raise errors[0]
            return results or None
        async with self.claims.open(store) as claim:
            async with self._db.write() as session:
                won = await self._acquire(session, claim, order_nos, actor, now, held_too=held_too, batch_id=batch_id)
            if not won:
                return None
            try:
                return await self._run(claim, won, actor, batch_id=batch_id)
            finally:
                if batch_id is not None:
                    await self.finish_batch(store.team_id, batch_id, now)

    async def _hand_over(
        self,
        press: Press,
        wanted: Mapping[StoreKey, Sequence[int]],
        actor: str,
        now: datetime,
        *,
        held_too: bool,
        batch_id: str | None = None,
    ) -> tuple[list[ConfirmationResult], list[AppError]]:
        """Claim pending orders and ask for the tasks that confirm them, in one transaction; then wait for how they end.

        Returns that, and why stores could not be confirmed at all.
        """
        press.begin()
        claimed: list[tuple[StoreKey, list[int]]] = []
        errors: list[AppError] = []
        async with self._db.write() as session:
            for store, order_nos in sorted(wanted.items()):
                claim = self.claims.for_task(store)
                try:
                    won = await self._acquire(
                        session, claim, order_nos, actor, now, held_too=held_too, batch_id=batch_id
                    )
                except AppError as error:
                    errors.append(error)
                    continue
                if won:
                    ids = {**store._asdict(), "token": claim.token, "actor": actor, "batch_id": batch_id}
                    await self._core.work.ask(session, CONFIRM, claim.token, **ids, since=now.isoformat())
                    claimed.append((store, won))
            if claimed:
                press.store(session)
        results = await asyncio.gather(*(self._results(store, won, actor, now) for store, won in claimed))
        return [result for of_store in results for result in of_store], errors

    async def _results(
        self, store: StoreKey, order_nos: Sequence[int], actor: str, since: datetime
    ) -> list[ConfirmationResult]:
        """Wait until orders that were claimed at `since` have ended, in whatever process, or for long; return how they stand."""
        loop = asyncio.get_running_loop()
        until = loop.time() + _PATIENCE_SECONDS
        under_way = select(col(Order.order_no)).where(
            *scope(Order, store),
            col(Order.state) == OrderState.CONFIRMING,
            col(Order.pending_by) == actor,
            col(Order.pending_since) == since,
        )
        while loop.time() < until:
            async with self._db.read() as session:
                if await session.scalar(under_way.limit(1)) is None:
                    break
            await asyncio.sleep(_LOOK_SECONDS)
        found: dict[int, ConfirmationResult] = {}
        async with self._db.read() as session:
            for start in range(0, len(order_nos), _AT_A_TIME):
                some = order_nos[start : start + _AT_A_TIME]
                rows = await session.scalars(select(Order).where(*scope(Order, store), col(Order.order_no).in_(some)))
                found |= {
                    order.order_no: ConfirmationResult(order.order_no, order.state, order.note, order.note_detail)
                    for order in rows
                }
        return [found[number] for number in order_nos if number in found]

    async def _conflict_error(self, team_id: str, store_id: str, order_no: int, actor: str) -> AppError:
        async with self._db.read() as session:
            order = await session.get(Order, (team_id, store_id, order_no))
        if order is None:
            return AppError("orders.gone")
        under_way = order.state in (OrderState.CONFIRMING, OrderState.UNKNOWN) and order.pending_by == actor
        if under_way or (order.state is OrderState.CONFIRMED and order.confirmed_by == actor):
            return RepeatedPress("orders.already_confirmed")
        if order.state is OrderState.CONFIRMED:
            return AppError("orders.already_confirmed")
        if order.state is OrderState.CANCELLED:
            return AppError("orders.already_cancelled")
        return AppError("orders.being_confirmed")

    async def _batch_conflict_error(self, team_id: str, batch_id: str, actor: str) -> AppError:
        async with self._db.read() as session:
            mine = await session.scalar(
                select(col(Order.order_no))
                .where(
                    col(Order.team_id) == team_id,
                    col(Order.batch_id) == batch_id,
                    (col(Order.pending_by) == actor) | (col(Order.confirmed_by) == actor),
                )
                .limit(1)
            )
        return AppError("orders.batch_nothing_waits") if mine is None else RepeatedPress("orders.batch_nothing_waits")

    async def _acquire(
        self,
        session: AsyncSession,
        claim: OrderClaim,
        order_nos: Sequence[int],
        actor: str,
        now: datetime,
        *,
        held_too: bool,
        batch_id: str | None = None,
    ) -> list[int]:
        """Claim pending orders for `actor`. Returns those that were claimed: of several presses exactly one gets each order."""
        team_id, store_id = claim.store
        won: list[int] = []
        switches.require_on(await session.get(Store, (team_id, store_id)), ApiGroup.ORDER)
        for start in range(0, len(order_nos), _AT_A_TIME):
            await lock(session, team_id, store_id, order_nos[start : start + _AT_A_TIME])
            rows = await session.scalars(
                update(Order)
                .where(
                    *scope(Order, claim.store),
                    col(Order.order_no).in_(order_nos[start : start + _AT_A_TIME]),
                    col(Order.state) == OrderState.NEW,
                    *(() if held_too else (col(Order.held_at).is_(None),)),
                )
                .values(
                    state=OrderState.CONFIRMING,
                    pending_by=actor,
                    pending_since=now,
                    note=None,
                    note_detail=None,
                    updated_at=now,
                    **claim.columns,
                )
                .returning(col(Order.order_no)),
                execution_options={"synchronize_session": False},
            )
            won.extend(rows)
        claim.has_taken = bool(won)
        if batch_id is not None and won:
            await session.execute(
                update(OrderBatch)
                .where(col(OrderBatch.team_id) == team_id, col(OrderBatch.id) == batch_id)
                .values(pending_by=actor, pending_since=now, done=0, total=len(won))
            )
        found = await load(session, team_id, store_id, won)
        await redraw_cards(session, [order for order, _ in found.values()], now)
        positions = {number: index for index, number in enumerate(order_nos)}
        return sorted(won, key=positions.__getitem__)

    async def _run(
        self, claim: OrderClaim, won: Sequence[int], actor: str, *, batch_id: str | None = None
    ) -> list[ConfirmationResult]:
        """Confirm claimed orders. It ends with each of them in its true state, or `unknown`."""
        team_id, store_id = claim.store
        async with self._db.read() as session:
            store = await session.get_one(Store, (team_id, store_id))
            loaded = await load(session, team_id, store_id, won)
        run = ConfirmationRun(self._core, store, claim, actor, batch_id)
        client = self._core.clients.for_store(store)
        oldest = min(order.ordered_at for order, _ in loaded.values())
        try:
            first_seen = {number: order.first_seen_at for number, (order, _) in loaded.items()}
            cancels = await read_cancels(client, oldest, self._clock(), first_seen)
        except TmonError as error:
            return [await run.release(number, error) for number in won]
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(number: int) -> ConfirmationResult:
            async with limit:
                return await run.confirm(client, number, cancels)

        # All of them end before any failure is raised: what still runs must not look like the left-over of a crash.
        ended = await asyncio.gather(*(one(number) for number in won), return_exceptions=True)
        for failure in ended:
            if isinstance(failure, BaseException):
                raise failure
        return [result for result in ended if isinstance(result, ConfirmationResult)]
