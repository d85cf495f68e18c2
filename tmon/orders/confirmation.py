"""Confirming orders at TMON (발주확인) exactly once: by button, in bulk, or automatically.

Of several presses one gets the order, by a conditional update. Then `ConfirmationRun` reads the order, sends one PUT per deal
(docs/tmon-api.md, ch. 9.6), and reads the order again. If an answer never came, the order is `unknown`: TMON is asked what is
true (`ConfirmationRecovery`), and the PUT is never repeated.
"""

import asyncio
from collections.abc import Sequence

import structlog
from sqlalchemy import select, update
from sqlmodel import col

from tmon import api
from tmon.api import (
    AuthError,
    DeliveryStatus,
    NotOffered,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    UnexpectedResponse,
    UnknownOutcome,
)
from tmon.core import Core
from tmon.errors import AppError, RepeatedPress
from tmon.models.orders import AUTO, DealState, Order, OrderBatch, OrderState
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.orders import auto_confirm, mapping
from tmon.orders.cancel_requests import CancelRequests, read_cancels
from tmon.orders.cards import CANCEL_REQUESTED, batch_key, is_waiting, redraw_cards
from tmon.orders.transitions import ConfirmationResult, apply_remote, finish, load, load_one, lock, order_state
from tmon.outbox import enqueue_update
from tmon.scope import StoreKey, scope
from tmon.stores import switches

log = structlog.get_logger(__name__)

UNKNOWN_STATE_NOTE = "orders.note_unknown_state"
"""Note of an order of which a deal is in a state that we do not know; its detail is the state as TMON names it."""
UNREADABLE_NOTE = "orders.note_unreadable"
"""Note of an order of which TMON's answer cannot be read."""
KEY_NOTE = "orders.note_key"
"""Note of an order for which TMON refused the credentials."""
_AT_ONCE = 4
"""Orders confirmed at the same time; TMON names no limit for orders (docs/tmon-api.md, ch. 17)."""
_AT_A_TIME = 500
"""Orders claimed in one statement."""


class ConfirmationService:
    """Confirms orders: each is claimed by one actor, and handed to a `ConfirmationRun`."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db, self._clock = core.db, core.clock
        self._running: set[tuple[str, str, int]] = set()

    def is_running(self, team_id: str, store_id: str, order_no: int) -> bool:
        """Return whether this process is confirming that order now."""
        return (team_id, store_id, order_no) in self._running

    async def confirm(self, team_id: str, store_id: str, order_no: int, actor: str) -> ConfirmationResult:
        """Confirm one order for `actor`. Raises AppError when it is no longer pending, or its switch is off."""
        won = await self._acquire(team_id, store_id, [order_no], actor, held_too=True)
        if not won:
            raise await self._conflict_error(team_id, store_id, order_no, actor)
        return (await self._run(team_id, store_id, won, actor))[0]

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
        won = await self._acquire(team_id, batch.store_id, wanted, actor, held_too=False, batch_id=batch_id)
        if not won:
            raise await self._batch_conflict_error(team_id, batch_id, actor)
        try:
            return await self._run(team_id, batch.store_id, won, actor, batch_id=batch_id)
        finally:
            await self.finish_batch(team_id, batch_id)

    async def confirm_selected(
        self, team_id: str, orders: Sequence[tuple[str, int]], actor: str
    ) -> tuple[list[ConfirmationResult], list[AppError]]:
        """Confirm orders of any stores, given as store and number. Those that do not wait any more are left out.

        Returns how they ended, and why stores could not be confirmed at all: one store never stops the others.
        """
        by_store: dict[str, list[int]] = {}
        for store_id, number in orders:
            by_store.setdefault(store_id, []).append(number)

        async def confirm(store_id: str, numbers: Sequence[int]) -> list[ConfirmationResult]:
            won = await self._acquire(team_id, store_id, numbers, actor, held_too=False)
            return await self._run(team_id, store_id, won, actor) if won else []

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

    async def finish_batch(self, team_id: str, batch_id: str) -> None:
        """End the bulk confirmation of a batch card."""
        async with self._db.write() as session:
            await session.execute(
                update(OrderBatch)
                .where(col(OrderBatch.team_id) == team_id, col(OrderBatch.id) == batch_id)
                .values(pending_by=None, pending_since=None)
            )
            await enqueue_update(session, team_id, [batch_key(batch_id)], now=self._clock())

    async def refused_count(self, store: Store, error: AuthError) -> None:
        """Report that TMON refused the credentials when it was asked about an order."""
        await self._core.report_auth_error(store, error)

    async def auto_confirm(self, store: Store) -> list[ConfirmationResult]:
        """Confirm what automatic mode has to. Orders that need a person get a note that says why.

        Raises AppError when the order switch is off.
        """
        async with self._db.read() as session:
            wanted = await auto_confirm.candidates(session, store)
        if wanted:
            async with self._db.write() as session:
                wanted = await auto_confirm.leave_to_person(session, store.team_id, store.id, wanted, self._clock())
        won = await self._acquire(store.team_id, store.id, wanted, AUTO, held_too=False) if wanted else []
        return await self._run(store.team_id, store.id, won, AUTO) if won else []

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
        team_id: str,
        store_id: str,
        order_nos: Sequence[int],
        actor: str,
        *,
        held_too: bool,
        batch_id: str | None = None,
    ) -> list[int]:
        """Claim pending orders for `actor`. Returns those that were claimed: of several presses exactly one gets each order."""
        now = self._clock()
        won: list[int] = []
        try:
            async with self._db.write() as session:
                switches.require_on(await session.get(Store, (team_id, store_id)), ApiGroup.ORDER)
                for start in range(0, len(order_nos), _AT_A_TIME):
                    await lock(session, team_id, store_id, order_nos[start : start + _AT_A_TIME])
                    rows = await session.scalars(
                        update(Order)
                        .where(
                            *scope(Order, StoreKey(team_id, store_id)),
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
                        )
                        .returning(col(Order.order_no)),
                        execution_options={"synchronize_session": False},
                    )
                    won.extend(rows)
                # Marked before the commit makes them visible, or the recovery could take them for left-overs of a crash.
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
        positions = {number: index for index, number in enumerate(order_nos)}
        return sorted(won, key=positions.__getitem__)

    async def _run(
        self, team_id: str, store_id: str, won: Sequence[int], actor: str, *, batch_id: str | None = None
    ) -> list[ConfirmationResult]:
        """Confirm claimed orders. It ends with each of them in its true state, or `unknown`."""
        try:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                loaded = await load(session, team_id, store_id, won)
            run = ConfirmationRun(self._core, store, actor, batch_id)
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
        finally:
            self._running.difference_update((team_id, store_id, number) for number in won)


class ConfirmationRun:
    """One press of a button, or one run of automatic confirmation, over orders that were claimed for it."""

    def __init__(self, core: Core, store: Store, actor: str, batch_id: str | None) -> None:
        """`actor`: a user id or `auto`. `batch_id`: the batch card whose progress its orders are."""
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._on_auth_error = core.report_auth_error
        self._store = store
        self._actor = actor
        self._batch_id = batch_id

    async def confirm(self, client: StoreApi, number: int, cancels: CancelRequests) -> ConfirmationResult:
        """Read the order, confirm its deals, read it again, and store how it ended."""
        try:
            remote = await client.orders.get(number)
        except TmonError as error:
            return await self.release(number, error)
        waiting = await self._precheck(number, remote, cancels)
        if isinstance(waiting, ConfirmationResult):
            return waiting
        refusals: dict[int, str] = {}
        doubt, tried, note = False, False, None
        for deal in remote.deals:
            if deal.deal_no not in waiting:
                continue
            try:
                await self._check_switch_again()
                tried = True
                await client.orders.confirm(
                    number, deal.deal_no, [api.OptionQuantity(o.option_no, o.quantity) for o in deal.options]
                )
            except UnknownOutcome:
                doubt = True
                break
            except Rejected as error:
                if not error.already:
                    refusals[deal.deal_no] = error.message or ""
            except AppError:  # switched off meanwhile: no further call is sent
                refusals[deal.deal_no], note = "", "orders.note_switched_off"
                break
            except TmonError as error:
                await self._report(error)
                refusals[deal.deal_no], (note, _) = "", reason(error)
                break
        if note == "orders.note_switched_off":
            after = None if tried else remote
        else:
            after = await self._read_again(client, number)
        result = await self._finish(number, after, waiting, refusals, doubt=doubt, note=note)
        if result.state is OrderState.CONFIRMED:
            await self._store_initial_state(client, number)
        return result

    async def _read_again(self, client: StoreApi, number: int) -> api.Order | None:
        try:
            return await client.orders.get(number)
        except TmonError as error:
            log.info("order not read after confirmation", store=self._store.id, error=type(error).__name__)
            return None

    async def _precheck(self, number: int, remote: api.Order, cancels: CancelRequests) -> ConfirmationResult | set[int]:
        """Return the deals to confirm; or, if the order differs from what was shown, its result without a confirmation."""
        now, batch_id = self._clock(), self._batch_id
        async with self._db.write() as session:
            order, deals = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return ConfirmationResult(number, order.state, order.note, order.note_detail)
            done = cancels.done.get(number)
            change = apply_remote(session, self._sealer, order, deals, remote, done, now)
            if change.state is not OrderState.NEW:  # cancelled, or confirmed at TMON: nothing was tried here
                return await finish(session, order, change.state, now, batch_id=batch_id)
            note = None
            if number in cancels.open:
                note = CANCEL_REQUESTED
            elif change.cancelled or change.goods:
                note = "orders.note_goods_changed"
            elif change.address:
                note = "orders.note_address_changed"
            if note is None and self._actor == AUTO:
                store = await session.get_one(Store, (self._store.team_id, self._store.id))
                if store.confirm_mode is ConfirmMode.MANUAL:
                    return await finish(session, order, OrderState.NEW, now)
                note = (await auto_confirm.needs_review(session, store, {number: (order, deals)})).get(number)
            if note is not None:
                return await finish(session, order, OrderState.NEW, now, note=note, batch_id=batch_id)
            # A deal in a state that we do not know is left alone: nobody can say what confirming it would do.
            waiting = {
                deal_no
                for deal_no, deal in deals.items()
                if deal.state in (DealState.OPEN, DealState.REFUSED) and deal.delivery_status == mapping.NEW
            }
            for deal_no in waiting:
                deals[deal_no].state, deals[deal_no].refusal = DealState.OPEN, None
            return waiting

    async def _finish(
        self,
        number: int,
        after: api.Order | None,
        sent: set[int],
        refusals: dict[int, str],
        *,
        doubt: bool,
        note: str | None,
    ) -> ConfirmationResult:
        """Store how the confirmation ended.

        `after`: the order as read afterwards, if it was. `sent`: the deals to confirm. `refusals`: TMON's sentences by deal.
        `doubt`: a write was never answered. `note`: why the last write was not sent, if so.
        """
        now, batch_id = self._clock(), self._batch_id
        async with self._db.write() as session:
            order, deals = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return ConfirmationResult(number, order.state, order.note, order.note_detail)
            if after is not None:
                state = apply_remote(session, self._sealer, order, deals, after, None, now).state
            elif doubt or refusals:
                unknown = "orders.note_unknown_off" if note == "orders.note_switched_off" else "orders.note_unknown"
                return await finish(session, order, OrderState.UNKNOWN, now, note=unknown, batch_id=batch_id)
            else:  # every write succeeded, so the second reading would only have repeated it
                for deal_no in sent:
                    deals[deal_no].state, deals[deal_no].delivery_status = DealState.CONFIRMED, DeliveryStatus.D2.value
                state = order_state(deals.values())
            if state is not OrderState.NEW:
                return await finish(session, order, state, now, actor=self._actor, batch_id=batch_id)
            for deal_no, sentence in refusals.items():
                if deal_no in deals and deals[deal_no].state is DealState.OPEN:
                    deals[deal_no].state, deals[deal_no].refusal = DealState.REFUSED, sentence or None
            detail = next((sentence for sentence in refusals.values() if sentence), None)
            strange = mapping.strange_state(deals.values())
            if strange is not None and detail is None:
                note, detail = UNKNOWN_STATE_NOTE, strange
            elif any(deal.state is DealState.CONFIRMED for deal in deals.values()):
                note = "orders.note_partial"
            elif detail is not None:
                note = "orders.note_refused"
            elif doubt:
                note = "orders.note_not_arrived"
            note = note or "orders.note_down"
            return await finish(
                session, order, OrderState.NEW, now, actor=self._actor, note=note, detail=detail, batch_id=batch_id
            )

    async def release(self, number: int, error: TmonError) -> ConfirmationResult:
        """Make an order pending again because of `error`, before anything was sent."""
        await self._report(error)
        note, detail = reason(error)
        async with self._db.write() as session:
            order, _ = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return ConfirmationResult(number, order.state, order.note, order.note_detail)
            now, batch_id = self._clock(), self._batch_id
            return await finish(
                session, order, OrderState.NEW, now, actor=self._actor, note=note, detail=detail, batch_id=batch_id
            )

    async def _check_switch_again(self) -> None:
        async with self._db.read() as session:
            switches.require_on(await session.get(Store, (self._store.team_id, self._store.id)), ApiGroup.ORDER)

    async def _report(self, error: Exception) -> None:
        if isinstance(error, AuthError):
            await self._on_auth_error(self._store, error)

    async def _store_initial_state(self, client: StoreApi, number: int) -> None:
        """Store fees and promotions as they were (docs/tmon-api.md, ch. 9.5). Optional: a failure is only logged."""
        try:
            initial = await client.orders.initial(number)
        except TmonError as error:
            log.info("first-state information not read", store=self._store.id, error=type(error).__name__)
            return
        async with self._db.write() as session:
            order, _ = await load_one(session, self._store.team_id, self._store.id, number)
            order.initial_state = initial.model_dump(mode="json")


def reason(error: TmonError) -> tuple[str, str | None]:
    """Return the note for a failure before or instead of a write, and TMON's own sentence if it gave one."""
    if isinstance(error, Rejected):
        return "orders.note_refused", error.message
    if isinstance(error, NotOffered):
        return "orders.note_not_offered", None
    if isinstance(error, AuthError):
        return KEY_NOTE, None
    if isinstance(error, UnexpectedResponse):
        return UNREADABLE_NOTE, None
    return ("orders.note_throttled" if isinstance(error, Throttled) else "orders.note_down"), None
