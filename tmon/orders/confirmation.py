"""Confirming orders at TMON, exactly once: by button, in bulk, or by itself.

The winner is decided by a conditional update; each order is read before and after; one PUT goes out per deal (wire
contract, ch. 9.6). When an answer never came the order is `unknown`: TMON is asked what is true (`sweep`), never told
again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

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
    UnknownOutcome,
)
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.notifications import redraw
from tmon.orders import facts, weighing
from tmon.orders.adoption import adopt_buyer, adopt_deals, adopt_totals, load, load_one, order_state
from tmon.orders.cancels import Cancels, mark_cancelled, read_cancels
from tmon.orders.cards import PASSING, batch_key, redraw_cards
from tmon.orders.outcome import Result, end, end_confirmed, end_unconfirmed
from tmon.orders.tables import Batch, DealState, Order, OrderState
from tmon.sealing import Sealer
from tmon.stores import switches
from tmon.stores.connections import Connections
from tmon.stores.tables import ConfirmMode, Group, Store

log = structlog.get_logger(__name__)

AUTO = "auto"
"""Who acted when nobody did: automatic confirmation."""
KEY_NOTE = "orders.note_key"
"""Note of an order for which TMON refused the credentials."""
TMON = "tmon"
"""Who confirmed what was found confirmed: somebody at TMON's own pages."""
_AT_ONCE = 4
"""Orders confirmed at the same time; TMON names no limit for orders (wire contract, ch. 17)."""

OnAuthError = Callable[[Store, AuthError], Awaitable[None]]


class Confirmation:
    """Confirms orders."""

    def __init__(
        self, db: Database, sealer: Sealer, clock: Clock, connections: Connections, on_auth_error: OnAuthError
    ) -> None:
        """`on_auth_error`: told when TMON refuses the credentials in the middle of a confirmation."""
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._connections = connections
        self._on_auth_error = on_auth_error
        self._running: set[tuple[str, str, int]] = set()

    def is_running(self, team_id: str, store_id: str, order_no: int) -> bool:
        """Whether this process is confirming that order right now."""
        return (team_id, store_id, order_no) in self._running

    async def confirm(self, team_id: str, store_id: str, order_no: int, actor: str) -> Result:
        """Confirms one order for `actor`. Raises AppError when it does not wait any more, or its switch is off."""
        won = await self._win(team_id, store_id, [order_no], actor, held_too=True)
        if not won:
            raise await self._too_late(team_id, store_id, order_no)
        return (await self._run(team_id, store_id, won, actor))[0]

    async def confirm_batch(self, team_id: str, batch_id: str, actor: str) -> list[Result]:
        """Confirms the members of a batch card that wait and are not held. Raises AppError when there are none."""
        async with self._db.read() as session:
            batch = await session.get(Batch, (team_id, batch_id))
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
        won = await self._win(team_id, batch.store_id, wanted, actor, held_too=False, batch_id=batch_id)
        if not won:
            raise AppError("orders.batch_nothing_waits")
        try:
            return await self._run(team_id, batch.store_id, won, actor, batch_id=batch_id)
        finally:
            await self.end_batch(team_id, batch_id)

    async def end_batch(self, team_id: str, batch_id: str) -> None:
        """The bulk confirmation of a batch card is over."""
        async with self._db.write() as session:
            await session.execute(
                update(Batch)
                .where(col(Batch.team_id) == team_id, col(Batch.id) == batch_id)
                .values(acting=None, acting_since=None)
            )
            await redraw(session, team_id, [batch_key(batch_id)], now=self._clock())

    async def refused(self, store: Store, error: AuthError) -> None:
        """TMON refused the credentials while an order was asked about."""
        await self._on_auth_error(store, error)

    async def confirm_by_itself(self, store: Store) -> list[Result]:
        """Confirms what automatic mode has to: waiting, not held, first seen since it began, nothing for a person to weigh.

        What a person has to weigh gets its reason noted. Raises AppError when its switch is off.
        """
        if store.auto_from is None:
            return []
        async with self._db.read() as session:
            numbers = await session.scalars(
                select(col(Order.order_no)).where(
                    col(Order.team_id) == store.team_id,
                    col(Order.store_id) == store.id,
                    col(Order.state) == OrderState.NEW,
                    col(Order.held_at).is_(None),
                    col(Order.note).is_(None) | col(Order.note).in_(PASSING),
                    col(Order.first_seen_at) >= store.auto_from,
                )
            )
            wanted = list(numbers)
        wanted = await self._leave_to_person(store.team_id, store.id, wanted) if wanted else []
        won = await self._win(store.team_id, store.id, wanted, AUTO, held_too=False) if wanted else []
        return await self._run(store.team_id, store.id, won, AUTO) if won else []

    async def _leave_to_person(self, team_id: str, store_id: str, order_nos: Sequence[int]) -> list[int]:
        """Notes on the orders that a person has to weigh why that is so; returns the others."""
        now = self._clock()
        async with self._db.write() as session:
            store = await session.get_one(Store, (team_id, store_id))
            switches.check(store, Group.ORDER)
            if store.confirm_mode is ConfirmMode.MANUAL:  # turned off meanwhile
                return []
            others: list[int] = []
            for start in range(0, len(order_nos), 500):
                loaded = await load(session, team_id, store_id, order_nos[start : start + 500])
                reasons = await weighing.left_to_person(session, store, loaded)
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

    async def _too_late(self, team_id: str, store_id: str, order_no: int) -> AppError:
        async with self._db.read() as session:
            order = await session.get(Order, (team_id, store_id, order_no))
        if order is None:
            return AppError("orders.gone")
        if order.state is OrderState.CONFIRMED:
            return AppError("orders.already_confirmed")
        if order.state is OrderState.CANCELLED:
            return AppError("orders.already_cancelled")
        return AppError("orders.being_confirmed")

    async def _win(
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
                switches.check(await session.get(Store, (team_id, store_id)), Group.ORDER)
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
                            acting=actor,
                            acting_since=now,
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
                        update(Batch)
                        .where(col(Batch.team_id) == team_id, col(Batch.id) == batch_id)
                        .values(acting=actor, acting_since=now, done=0, total=len(won))
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
    ) -> list[Result]:
        """Confirms orders that were won. Ends with each of them in a true state."""
        try:
            async with self._db.read() as session:
                store = await session.get_one(Store, (team_id, store_id))
                loaded = await load(session, team_id, store_id, won)
            press = _Press(self._db, self._sealer, self._clock, self._on_auth_error, store, actor, batch_id)
            client = self._connections.of(store)
            oldest = min(order.ordered_at for order, _ in loaded.values())
            try:
                seen = {number: order.first_seen_at for number, (order, _) in loaded.items()}
                cancels = await read_cancels(client, oldest, self._clock(), seen)
            except TmonError as error:
                return [await press.give_back(number, error) for number in won]
            limit = asyncio.Semaphore(_AT_ONCE)

            async def one(number: int) -> Result:
                async with limit:
                    return await press.confirm(client, number, cancels)

            # All of them end before any failure is told: what still runs must not look like a crash's left-over.
            ended = await asyncio.gather(*(one(number) for number in won), return_exceptions=True)
            for failure in ended:
                if isinstance(failure, BaseException):
                    raise failure
            return [result for result in ended if isinstance(result, Result)]
        finally:
            self._running.difference_update((team_id, store_id, number) for number in won)


class _Press:
    """One press of a button, or one run of automatic confirmation: its orders, one after the other."""

    def __init__(
        self,
        db: Database,
        sealer: Sealer,
        clock: Clock,
        on_auth_error: OnAuthError,
        store: Store,
        actor: str,
        batch_id: str | None,
    ) -> None:
        self._db = db
        self._sealer = sealer
        self._clock = clock
        self._on_auth_error = on_auth_error
        self._store = store
        self._actor = actor
        self._batch_id = batch_id

    async def confirm(self, client: StoreApi, number: int, cancels: Cancels) -> Result:
        """Reads the order, confirms its deals, reads it again and writes down how it ended."""
        try:
            told = await client.orders.get(number)
        except TmonError as error:
            return await self.give_back(number, error)
        waiting = await self._look(number, told, cancels)
        if isinstance(waiting, Result):
            return waiting
        refusals: dict[int, str] = {}
        doubt, tried, note = False, False, None
        for deal in told.deals:
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
            except AppError:  # switched off meanwhile: no further call leaves
                refusals[deal.deal_no], note = "", "orders.note_switched_off"
                break
            except TmonError as error:
                await self._report(error)
                refusals[deal.deal_no], (note, _) = "", reason(error)
                break
        if note == "orders.note_switched_off":
            after = None if tried else told
        else:
            after = await self._read_again(client, number)
        result = await self._conclude(number, after, waiting, refusals, doubt=doubt, note=note)
        if result.state is OrderState.CONFIRMED:
            await self._keep_first_state(client, number)
        return result

    async def _read_again(self, client: StoreApi, number: int) -> api.Order | None:
        try:
            return await client.orders.get(number)
        except TmonError as error:
            log.info("order not read after confirmation", store=self._store.id, error=type(error).__name__)
            return None

    async def _look(self, number: int, told: api.Order, cancels: Cancels) -> Result | set[int]:
        """The deals to confirm; or, when what was read differs from what was shown, the order as it is now."""
        now, batch_id = self._clock(), self._batch_id
        async with self._db.write() as session:
            order, deals = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return Result(number, order.state, order.note, order.note_detail)
            goods = adopt_deals(session, order, deals, told)
            cancelled = mark_cancelled(deals, cancels.done.get(number, {}))
            address = adopt_buyer(self._sealer, order, told, now)
            adopt_totals(order, told)
            state = order_state(deals.values())
            if state is OrderState.CANCELLED:
                return await end(session, order, state, now, note="orders.note_cancelled", batch_id=batch_id)
            if state is OrderState.CONFIRMED:
                order.confirmed_by, order.confirmed_at = TMON, now
                return await end(session, order, state, now, batch_id=batch_id)
            note = None
            if number in cancels.open:
                note = "orders.note_cancel_requested"
            elif cancelled or goods:
                note = "orders.note_goods_changed"
            elif address:
                note = "orders.note_address_changed"
            if note is None and self._actor == AUTO:
                store = await session.get_one(Store, (self._store.team_id, self._store.id))
                if store.confirm_mode is ConfirmMode.MANUAL:
                    return await end(session, order, OrderState.NEW, now)
                note = (await weighing.left_to_person(session, store, {number: (order, deals)})).get(number)
            if note is not None:
                return await end(session, order, OrderState.NEW, now, note=note, batch_id=batch_id)
            # A state that we do not know is left alone: acting on a guess leads to a wrong follow-up action.
            waiting = {
                deal_no
                for deal_no, deal in deals.items()
                if deal.state in (DealState.OPEN, DealState.REFUSED) and deal.delivery_status == facts.NEW
            }
            for deal_no in waiting:
                deals[deal_no].state, deals[deal_no].refusal = DealState.OPEN, None
            return waiting

    async def _conclude(
        self,
        number: int,
        after: api.Order | None,
        sent: set[int],
        refusals: dict[int, str],
        *,
        doubt: bool,
        note: str | None,
    ) -> Result:
        """Writes down how it ended. `note`: why the last write was not even tried, if so."""
        now, batch_id = self._clock(), self._batch_id
        async with self._db.write() as session:
            order, deals = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return Result(number, order.state, order.note, order.note_detail)
            if after is not None:
                adopt_deals(session, order, deals, after)
                adopt_totals(order, after)
                adopt_buyer(self._sealer, order, after, now)
            elif doubt or refusals:
                unknown = "orders.note_unknown_off" if note == "orders.note_switched_off" else "orders.note_unknown"
                return await end(session, order, OrderState.UNKNOWN, now, note=unknown, batch_id=batch_id)
            else:  # every write was answered with success: the second reading would only have said it again
                for deal_no in sent:
                    deals[deal_no].state, deals[deal_no].delivery_status = DealState.CONFIRMED, DeliveryStatus.D2.value
            state = order_state(deals.values())
            if state is OrderState.CONFIRMED:
                return await end_confirmed(session, order, self._actor, now, batch_id=batch_id)
            if state is OrderState.CANCELLED:
                return await end(session, order, state, now, note="orders.note_cancelled", batch_id=batch_id)
            for deal_no, sentence in refusals.items():
                if deal_no in deals and deals[deal_no].state is DealState.OPEN:
                    deals[deal_no].state, deals[deal_no].refusal = DealState.REFUSED, sentence or None
            detail = next((sentence for sentence in refusals.values() if sentence), None)
            if any(deal.state is DealState.CONFIRMED for deal in deals.values()):
                note = "orders.note_partial"
            elif detail is not None:
                note = "orders.note_refused"
            elif doubt:
                note = "orders.note_not_arrived"
            note = note or "orders.note_down"
            return await end_unconfirmed(session, order, self._actor, now, note=note, detail=detail, batch_id=batch_id)

    async def give_back(self, number: int, error: TmonError) -> Result:
        """Nothing was sent: the order waits again, and says why."""
        await self._report(error)
        note, detail = reason(error)
        async with self._db.write() as session:
            order, _ = await load_one(session, self._store.team_id, self._store.id, number)
            if order.state is not OrderState.CONFIRMING:
                return Result(number, order.state, order.note, order.note_detail)
            return await end_unconfirmed(
                session, order, self._actor, self._clock(), note=note, detail=detail, batch_id=self._batch_id
            )

    async def _check_switch_again(self) -> None:
        async with self._db.read() as session:
            switches.check(await session.get(Store, (self._store.team_id, self._store.id)), Group.ORDER)

    async def _report(self, error: Exception) -> None:
        if isinstance(error, AuthError):
            await self._on_auth_error(self._store, error)

    async def _keep_first_state(self, client: StoreApi, number: int) -> None:
        """Fees and promotions as they were (wire contract, ch. 9.5). Nice to have: a failure is only logged."""
        try:
            first = await client.orders.initial(number)
        except TmonError as error:
            log.info("first-state information not read", store=self._store.id, error=type(error).__name__)
            return
        async with self._db.write() as session:
            order, _ = await load_one(session, self._store.team_id, self._store.id, number)
            order.first_state = first.model_dump(mode="json")


def reason(error: TmonError) -> tuple[str, str | None]:
    """The note for a failure before or instead of a write, and TMON's own sentence if it gave one."""
    if isinstance(error, Rejected):
        return "orders.note_refused", error.message
    if isinstance(error, NotOffered):
        return "orders.note_not_offered", None
    if isinstance(error, AuthError):
        return KEY_NOTE, None
    return ("orders.note_throttled" if isinstance(error, Throttled) else "orders.note_down"), None
