"""Confirming orders at TMON, exactly once: by button, in bulk, or by itself.

The winner is decided by a conditional update; each order is read before and after; one PUT goes out per deal (docs/tmon-api.md, ch. 9.6). When an answer never came the order is `unknown`: TMON is asked what is true (`sweep`), never told
again.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlmodel import col

from tmon.api import (
    AuthError,
    TmonError,
)
from tmon.core import Core
from tmon.errors import AppError
from tmon.models.orders import AUTO, Order, OrderBatch, OrderState
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.orders import auto_confirm_rules
from tmon.orders.cancel_requests import read_cancels
from tmon.orders.cards import TRANSIENT_NOTES, batch_key, redraw_cards
from tmon.orders.confirmation_run import ConfirmationRun
from tmon.orders.transitions import ConfirmationResult, load
from tmon.outbox import enqueue_update
from tmon.scope import scope
from tmon.stores import switches

log = structlog.get_logger(__name__)

_AT_ONCE = 4
"""Orders confirmed at the same time; TMON names no limit for orders (docs/tmon-api.md, ch. 17)."""


class ConfirmationService:
    """Confirms orders."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._sealer = core.sealer
        self._connections, self._on_auth_error = core.clients, core.report_auth_error
        self._running: set[tuple[str, str, int]] = set()

    def is_running(self, team_id: str, store_id: str, order_no: int) -> bool:
        """Whether this process is confirming that order right now."""
        return (team_id, store_id, order_no) in self._running

    async def confirm(self, team_id: str, store_id: str, order_no: int, actor: str) -> ConfirmationResult:
        """Confirms one order for `actor`. Raises AppError when it does not wait any more, or its switch is off."""
        won = await self._acquire(team_id, store_id, [order_no], actor, held_too=True)
        if not won:
            raise await self._conflict_error(team_id, store_id, order_no)
        return (await self._run(team_id, store_id, won, actor))[0]

    async def confirm_batch(self, team_id: str, batch_id: str, actor: str) -> list[ConfirmationResult]:
        """Confirms the members of a batch card that wait and are not held. Raises AppError when there are none."""
        async with self._db.read() as session:
            batch = await session.get(OrderBatch, (team_id, batch_id))
            if batch is None:
                raise AppError("orders.gone")
            numbers = await session.scalars(
                select(col(Order.order_no))
                .where(
                    col(Order.team_id) == team_id,
                    col(Order.batch_id) == batch_id,
                    col(Order.state) == OrderState.NEW,
                    col(Order.held_at).is_(None),
                )
                .order_by(col(Order.confirm_by), col(Order.order_no))
            )
            wanted = list(numbers)
        won = await self._acquire(team_id, batch.store_id, wanted, actor, held_too=False, batch_id=batch_id)
        if not won:
            raise AppError("orders.batch_nothing_waits")
        try:
            return await self._run(team_id, batch.store_id, won, actor, batch_id=batch_id)
        finally:
            await self.finish_batch(team_id, batch_id)

    async def finish_batch(self, team_id: str, batch_id: str) -> None:
        """The bulk confirmation of a batch card is over."""
        async with self._db.write() as session:
            await session.execute(
                update(OrderBatch)
                .where(col(OrderBatch.team_id) == team_id, col(OrderBatch.id) == batch_id)
                .values(pending_by=None, pending_since=None)
            )
            await enqueue_update(session, team_id, [batch_key(batch_id)], now=self._clock())

    async def refused_count(self, store: Store, error: AuthError) -> None:
        """TMON refused the credentials while an order was asked about."""
        await self._on_auth_error(store, error)

    async def auto_confirm(self, store: Store) -> list[ConfirmationResult]:
        """Confirms what automatic mode has to: waiting, not held, first seen since it began, nothing for a person to weigh.

        What a person has to weigh gets its reason noted. Raises AppError when its switch is off.
        """
        if store.auto_from is None:
            return []
        async with self._db.read() as session:
            numbers = await session.scalars(
                select(col(Order.order_no)).where(
                    *scope(Order, store),
                    col(Order.state) == OrderState.NEW,
                    col(Order.held_at).is_(None),
                    col(Order.note).is_(None) | col(Order.note).in_(TRANSIENT_NOTES),
                    col(Order.first_seen_at) >= store.auto_from,
                )
            )
            wanted = list(numbers)
        wanted = await self._leave_to_person(store.team_id, store.id, wanted) if wanted else []
        won = await self._acquire(store.team_id, store.id, wanted, AUTO, held_too=False) if wanted else []
        return await self._run(store.team_id, store.id, won, AUTO) if won else []

    async def _leave_to_person(self, team_id: str, store_id: str, order_nos: Sequence[int]) -> list[int]:
        """Notes on the orders that a person has to weigh why that is so; returns the others."""
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, (team_id, store_id))
            switches.require_on(store, ApiGroup.ORDER)
            if store.confirm_mode is ConfirmMode.MANUAL:  # turned off meanwhile
                return []
            others: list[int] = []
            for start in range(0, len(order_nos), 500):
                loaded = await load(session, team_id, store_id, order_nos[start : start + 500])
                reasons = await auto_confirm_rules.needs_review(session, store, loaded)
                for number, note in reasons.items():
                    await session.execute(
                        update(Order)
                        .where(
                            col(Order.team_id) == team_id,
                            col(Order.store_id) == store_id,
                            col(Order.order_no) == number,
                            col(Order.state) == OrderState.NEW,
                        )
                        .values(note=note, note_detail=None, updated_at=now),
                        execution_options={"synchronize_session": False},
                    )
                await redraw_cards(session, [loaded[number][0] for number in reasons], now)
                others += [number for number in order_nos[start : start + 500] if number not in reasons]
        return others

    async def _conflict_error(self, team_id: str, store_id: str, order_no: int) -> AppError:
        async with self._db.read() as session:
            order = await session.get(Order, (team_id, store_id, order_no))
        if order is None:
            return AppError("orders.gone")
        if order.state is OrderState.CONFIRMED:
            return AppError("orders.already_confirmed")
        if order.state is OrderState.CANCELLED:
            return AppError("orders.already_cancelled")
        return AppError("orders.being_confirmed")

    async def _acquire(
        self,
        team_id: str,
        store_id: str,
        order_nos: Sequence[int],
        actor: str,
        *,
        held_too: bool,
        batch_id: str | None = None,
    ) -> list[int]:
        """The orders that `actor` may confirm now: of several presses exactly one gets each."""
        now = self._clock()
        won: list[int] = []
        try:
            async with self._db.write() as session:
                switches.require_on(await session.get(Store, (team_id, store_id)), ApiGroup.ORDER)
                for start in range(0, len(order_nos), 500):
                    conditions = [
                        col(Order.team_id) == team_id,
                        col(Order.store_id) == store_id,
                        col(Order.order_no).in_(order_nos[start : start + 500]),
                        col(Order.state) == OrderState.NEW,
                    ]
                    if not held_too:
                        conditions.append(col(Order.held_at).is_(None))
                    rows = await session.scalars(
                        update(Order)
                        .where(*conditions)
                        .values(
                            state=OrderState.CONFIRMING,
                            pending_by=actor,
                            pending_since=now,
                            note=None,
                            note_detail=None,
                            updated_at=now,
                        )
                        .returning(col(Order.order_no)),
                        execution_options={"synchronize_session": False},
                    )
                    won.extend(rows)
                # Claimed before the commit makes them visible, or a sweep could take them for left-overs of a crash.
                self._running.update((team_id, store_id, number) for number in won)
                if batch_id is not None and won:
                    await session.execute(
                        update(OrderBatch)
                        .where(col(OrderBatch.team_id) == team_id, col(OrderBatch.id) == batch_id)
                        .values(pending_by=actor, pending_since=now, done=0, total=len(won))
                    )
                found = await load(session, team_id, store_id, won)
                await redraw_cards(session, [order for order, _ in found.values()], now)
        except BaseException:
            self._running.difference_update((team_id, store_id, number) for number in won)
            raise
        place = {number: index for index, number in enumerate(order_nos)}
        return sorted(won, key=place.__getitem__)

    async def _run(
        self, team_id: str, store_id: str, won: Sequence[int], actor: str, *, batch_id: str | None = None
    ) -> list[ConfirmationResult]:
        """Confirms orders that were won. Ends with each of them in a true state."""
        try:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                loaded = await load(session, team_id, store_id, won)
            press = ConfirmationRun(self._db, self._sealer, self._clock, self._on_auth_error, store, actor, batch_id)
            client = self._connections.for_store(store)
            oldest = min(order.ordered_at for order, _ in loaded.values())
            try:
                seen = {number: order.first_seen_at for number, (order, _) in loaded.items()}
                cancels = await read_cancels(client, oldest, self._clock(), seen)
            except TmonError as error:
                return [await press.release(number, error) for number in won]
            limit = asyncio.Semaphore(_AT_ONCE)

            async def one(number: int) -> ConfirmationResult:
                async with limit:
                    return await press.confirm(client, number, cancels)

            # All of them end before any failure is told: what still runs must not look like a crash's left-over.
            ended = await asyncio.gather(*(one(number) for number in won), return_exceptions=True)
            for failure in ended:
                if isinstance(failure, BaseException):
                    raise failure
            return [result for result in ended if isinstance(result, ConfirmationResult)]
        finally:
            self._running.difference_update((team_id, store_id, number) for number in won)
