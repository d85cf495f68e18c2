"""Confirming claimed orders at TMON: each is read, confirmed with one PUT per deal, and read again (docs/tmon-api.md, ch. 9.6).

If an answer never came, the order is `unknown`: TMON is asked what is true (`ConfirmationRecovery`), and the PUT is never
repeated. If the claim was lost, because this process stood still and another one took over, nothing more is sent or stored.
"""

import structlog

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
from tmon.errors import AppError
from tmon.models.orders import AUTO, DealState, Order, OrderState
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.orders import auto_confirm, mapping
from tmon.orders.cancel_requests import CancelRequests
from tmon.orders.cards import CANCEL_REQUESTED
from tmon.orders.order_claims import OrderClaim
from tmon.orders.transitions import ConfirmationResult, apply_remote, finish, load_one, order_state
from tmon.stores import switches

log = structlog.get_logger(__name__)

UNKNOWN_STATE_NOTE = "orders.note_unknown_state"
"""Note of an order of which a deal is in a state that we do not know; its detail is the state as TMON names it."""
UNREADABLE_NOTE = "orders.note_unreadable"
"""Note of an order of which TMON's answer cannot be read."""
KEY_NOTE = "orders.note_key"
"""Note of an order for which TMON refused the credentials."""
SWITCHED_OFF_NOTE = "orders.note_switched_off"
"""Note of an order whose store was switched off before it was sent."""
_UNDECIDED = (OrderState.NEW, OrderState.UNKNOWN)
"""States in which whoever took an order over may have left it before a confirmation that was on its way took effect."""


class _ClaimLost(Exception):
    """Another process has taken the order over, because it heard nothing of this one."""


class ConfirmationRun:
    """One press of a button, or one run of automatic confirmation, over orders that were claimed for it."""

    def __init__(self, core: Core, store: Store, claim: OrderClaim, actor: str, batch_id: str | None) -> None:
        """`actor`: a user id or `auto`. `batch_id`: the batch card whose progress its orders are."""
        self._db, self._clock, self._sealer = core.db, core.clock, core.sealer
        self._on_auth_error = core.report_auth_error
        self._store = store
        self._claim = claim
        self._actor = actor
        self._batch_id = batch_id

    async def confirm(self, client: StoreApi, number: int, cancels: CancelRequests) -> ConfirmationResult:
        """Read the order, confirm its deals, read it again, and store how it ended."""
        try:
            await self._check_again(number)  # others of the same press may have taken long
            remote = await client.orders.get(number)
        except _ClaimLost:
            return await self._as_it_stands(number)
        except (AppError, TmonError) as error:  # an AppError: switched off meanwhile
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
                await self._check_again(number)
                tried = True
                await client.orders.confirm(
                    number, deal.deal_no, [api.OptionQuantity(o.option_no, o.quantity) for o in deal.options]
                )
            except _ClaimLost:
                log.warning("order taken over by another process", store=self._store.id, order=number)
                return await self._as_it_stands(number)  # whoever has it asks TMON what became of the deals before
            except UnknownOutcome:
                doubt = True
                break
            except Rejected as error:
                if not error.already:
                    refusals[deal.deal_no] = error.message or ""
            except AppError:  # switched off meanwhile: no further call is sent
                refusals[deal.deal_no], note = "", SWITCHED_OFF_NOTE
                break
            except TmonError as error:
                await self._report(error)
                refusals[deal.deal_no], (note, _) = "", reason(error)
                break
        if note == SWITCHED_OFF_NOTE:
            after = None if tried else remote
        else:
            after = await self._read_again(client, number)
        result = await self._finish(number, after, waiting, refusals, doubt=doubt, note=note)
        if result.state is OrderState.CONFIRMED:
            await self._store_initial_state(client, number)
        return result

    async def _as_it_stands(self, number: int) -> ConfirmationResult:
        async with self._db.read() as session:
            order = await session.get_one(Order, (*self._claim.store, number))
        return ConfirmationResult(number, order.state, order.note, order.note_detail)

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
            if not self._claim.holds(order):
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
        """Store how the confirmation ended. That TMON has confirmed it counts even if the claim is lost.

        `after`: the order as read afterwards, if it was. `sent`: the deals to confirm. `refusals`: TMON's sentences by deal.
        `doubt`: a write was never answered. `note`: why the last write was not sent, if so.
        """
        now, batch_id = self._clock(), self._batch_id
        async with self._db.write() as session:
            order, deals = await load_one(session, self._store.team_id, self._store.id, number)
            if not self._claim.holds(order) and not (_is_confirmed(after) and order.state in _UNDECIDED):
                return ConfirmationResult(number, order.state, order.note, order.note_detail)
            if after is not None:
                state = apply_remote(session, self._sealer, order, deals, after, None, now).state
            elif doubt or refusals:
                unknown = "orders.note_unknown_off" if note == SWITCHED_OFF_NOTE else "orders.note_unknown"
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

    async def release(self, number: int, error: AppError | TmonError) -> ConfirmationResult:
        """Make an order pending again because of `error`, before anything was sent."""
        await self._report(error)
        note, detail = reason(error)
        async with self._db.write() as session:
            order, _ = await load_one(session, self._store.team_id, self._store.id, number)
            if not self._claim.holds(order):
                return ConfirmationResult(number, order.state, order.note, order.note_detail)
            now, batch_id = self._clock(), self._batch_id
            return await finish(
                session, order, OrderState.NEW, now, actor=self._actor, note=note, detail=detail, batch_id=batch_id
            )

    async def _check_again(self, number: int) -> None:
        """Called before an order is read, and right before each call that writes. Raises _ClaimLost, and AppError when the switch was turned off."""
        async with self._db.read() as session:
            switches.require_on(await session.get(Store, self._claim.store), ApiGroup.ORDER)
            if not await self._claim.is_held(session, number):
                raise _ClaimLost

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


def _is_confirmed(remote: api.Order | None) -> bool:
    """Return whether TMON has just said that every deal of an order is confirmed."""
    return (
        remote is not None
        and bool(remote.deals)
        and all(mapping.deal_state(deal) is DealState.CONFIRMED for deal in remote.deals)
    )


def reason(error: AppError | TmonError) -> tuple[str, str | None]:
    """Return the note for a failure before or instead of a write, and TMON's own sentence if it gave one.

    An AppError: the switch was turned off.
    """
    if isinstance(error, AppError):
        return SWITCHED_OFF_NOTE, None
    if isinstance(error, Rejected):
        return "orders.note_refused", error.message
    if isinstance(error, NotOffered):
        return "orders.note_not_offered", None
    if isinstance(error, AuthError):
        return KEY_NOTE, None
    if isinstance(error, UnexpectedResponse):
        return UNREADABLE_NOTE, None
    return ("orders.note_throttled" if isinstance(error, Throttled) else "orders.note_down"), None
