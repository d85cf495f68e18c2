"""The writes about the shipping of one deal in one delivery: waybill, correction, late-shipping notice.

Each reads the order right before it is sent, and again where no answer says what became of it.
"""

from datetime import date, datetime
from typing import Any, ClassVar

from pydantic import Field, PrivateAttr
from sqlalchemy.ext.asyncio import AsyncSession

from tmon import api
from tmon.api import DeliveryStatus, OptionQuantity, Parcel, Rejected, TmonError, UnknownOutcome
from tmon.codes.service import note_used
from tmon.errors import AppError
from tmon.models.orders import DealState, Order, OrderDeal
from tmon.models.stores import ApiGroup
from tmon.models.waybills import DelayNotice, Waybill, WaybillState
from tmon.models.writes import WriteStep
from tmon.orders.cards import redraw_cards
from tmon.orders.mapping import SHIPPED, status_of
from tmon.orders.transitions import Deals, adopt, follow_delivery, follow_order, load
from tmon.waybills.days import end_of
from tmon.waybills.results import WAITS_FOR_SWITCH, failure_note
from tmon.writes.records import is_open
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteConflict, WriteContext


class DeliveryWrite(RemoteWrite[str]):
    """A write about one deal of one delivery; its value is the state of the deal as TMON names it."""

    switch: ClassVar[ApiGroup] = ApiGroup.ORDER
    busy: ClassVar[str] = "waybills.busy"

    order_no: int
    delivery_no: str
    deal_no: int

    @property
    def subject(self) -> str:
        """TMON's unit of shipping."""
        return f"{self.order_no}/{self.delivery_no}/{self.deal_no}"

    @property
    def key(self) -> tuple[str, str, int, str, int]:
        """The key of its row."""
        return self.team_id, self.store_id, self.order_no, self.delivery_no, self.deal_no

    async def read(self, context: WriteContext) -> tuple[api.OrderDeal | None, OrderDeal | None]:
        """The deal as TMON has it now, which is stored, and the stored one. Raises TmonError, AppError."""
        remote = await context.api.orders.get(self.order_no)
        async with context.db.write() as session:
            if await adopt(session, context.sealer, self, remote, context.clock()) is None:
                raise AppError("orders.gone")
            stored = await session.get(OrderDeal, (self.team_id, self.store_id, self.order_no, self.deal_no))
        theirs = next((deal for deal in remote.deals if deal.deal_no == self.deal_no), None)
        if theirs is not None and theirs.delivery_no != self.delivery_no:
            theirs = None
        return theirs, stored

    async def read_shipped(self, context: WriteContext, refused: Rejected) -> str:
        """The state of a deal that TMON says is so already, read again. Raises `refused` if it is not; UnknownOutcome."""
        try:
            theirs, _ = await self.read(context)
        except TmonError as error:
            raise UnknownOutcome(error.call, status=error.status, reason="said to be so, and not read again") from error
        if theirs is None or theirs.status not in SHIPPED:
            raise refused
        return status_of(theirs)

    async def stored(self, session: AsyncSession) -> tuple[Order, Deals] | None:
        """The stored order, locked."""
        return (await load(session, self.team_id, self.store_id, [self.order_no], lock=True)).get(self.order_no)

    def end_row(self, row: Waybill | DelayNotice, outcome: Outcome[str], now: datetime) -> None:
        """Give the row of a write its state and the reason for it."""
        row.updated_at, row.note, row.note_detail = now, None, None
        match outcome.state:
            case WriteStep.DONE:
                row.state, row.sent_at = WaybillState.REGISTERED, now
            case WriteStep.FAILED:
                row.state = WaybillState.FAILED
                row.note, row.note_detail = failure_note(outcome.error)
            case _:
                row.state = WaybillState.UNKNOWN
                row.note = WAITS_FOR_SWITCH if outcome.waits_for_switch else None

    def audited(self, session: AsyncSession, context: WriteContext, action: str, **details: Any) -> None:
        """Record what was done with the delivery."""
        context.audit(session, action, self.order_no, delivery=self.delivery_no, deal=self.deal_no, **details)


class WaybillWrite(DeliveryWrite):
    """A write of the number of a parcel."""

    parcel: Parcel
    cancelled: dict[int, int] = Field(default_factory=dict)
    """What completed cancels took out of the options of this deal, as read right before."""
    _options: list[OptionQuantity] = PrivateAttr(default_factory=list)
    """All options of the deal with what is left of them, as read in `precheck`."""

    def keep_options(self, theirs: api.OrderDeal, ours: OrderDeal | None) -> None:
        """Take the quantities that TMON lists, less completed cancels, whether TMON has taken these off itself or not.

        Raises AppError when nothing is left.
        """
        known = {option["no"]: option for option in (ours.options if ours is not None else [])}
        left = []
        for option in theirs.options:
            stored = known.get(option.option_no, {})
            if stored.get("cancelled"):
                continue
            ordered = stored.get("ordered", option.quantity)
            quantity = min(stored.get("quantity", option.quantity), ordered - self.cancelled.get(option.option_no, 0))
            if quantity > 0:
                left.append(OptionQuantity(option.option_no, quantity))
        if not left or (ours is not None and ours.state is DealState.CANCELLED):
            raise AppError("waybills.cancelled")
        self._options = left

    async def verify(self, context: WriteContext) -> Verdict[str]:
        """Reads the order: in D3 or later it has a waybill."""
        theirs, _ = await self.read(context)
        if theirs is not None and theirs.status in SHIPPED:
            return Verdict(Truth.DONE, status_of(theirs))
        return Verdict(Truth.NOT_DONE)


class RegisterWaybill(WaybillWrite):
    """Registers the waybill of one deal in one delivery: D2 → D3 (송장 등록)."""

    kind: ClassVar[str] = "waybill.register"

    async def precheck(self, context: WriteContext) -> None:
        """Reads the order. Raises AppError unless the deal is in D2; we never confirm by ourselves."""
        theirs, ours = await self.read(context)
        if theirs is None:
            raise AppError("waybills.cancelled")
        match theirs.status:
            case DeliveryStatus.D2:
                self.keep_options(theirs, ours)
            case DeliveryStatus.D1:
                raise AppError("waybills.confirm_first")
            case DeliveryStatus.D3 | DeliveryStatus.D4 | DeliveryStatus.D5:
                raise AppError("waybills.already")
            case _:
                raise AppError("waybills.unknown_state", state=status_of(theirs))

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Its row, which the card shows as 등록 중."""
        if await is_open(session, self.team_id, self.store_id, CorrectWaybill, self.subject):
            raise WriteConflict(self.busy)
        now = context.clock()
        row = await session.get(Waybill, self.key)
        if row is None:
            row = Waybill(**_key_values(self), carrier="", state=WaybillState.SENDING, sent_by="", updated_at=now)
            session.add(row)
        _put(row, self.parcel)
        row.state, row.corrects, row.sent_by, row.sent_at = WaybillState.SENDING, False, context.record.actor, None
        row.note, row.note_detail, row.updated_at = None, None, now
        if (found := await self.stored(session)) is not None:
            await redraw_cards(session, [found[0]], now)

    async def send(self, context: WriteContext) -> str:
        """Its state afterwards. What TMON has already counts once the order, read again, says so."""
        try:
            await context.api.waybills.register(
                self.order_no, self.delivery_no, self.deal_no, self._options, self.parcel
            )
        except Rejected as error:
            if error.same_waybill or error.current_state in SHIPPED:
                return await self.read_shipped(context, error)
            raise
        return DeliveryStatus.D3.value

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[str]) -> None:
        """The row, the state of the deal, the audit record, and the card."""
        now = context.clock()
        row, found = await session.get(Waybill, self.key), await self.stored(session)
        if row is None or found is None:
            return
        order, deals = found
        self.end_row(row, outcome, now)
        if outcome.state is WriteStep.DONE:
            ship(order, deals, self.deal_no, outcome.value or DeliveryStatus.D3.value, now)
            await note_used(session, self, row.carrier, now)
            self.audited(session, context, "waybill.register", carrier=row.carrier, settled=outcome.settled)
        elif outcome.state is WriteStep.FAILED:
            self.audited(session, context, "waybill.failed", reason=row.note)
        await redraw_cards(session, [order], now)


class CorrectWaybill(WaybillWrite):
    """Changes the number of a waybill that we sent, which TMON allows in D3 (송장 수정).

    TMON does not tell the number that it has, so of a lost answer nobody can say what became of it. The same number may be
    sent again; once the carrier has taken the parcel over, it stays open what TMON has.
    """

    kind: ClassVar[str] = "waybill.correct"

    async def precheck(self, context: WriteContext) -> None:
        """Reads the order. Raises AppError unless the deal is in D3 with a waybill of ours."""
        theirs, ours = await self.read(context)
        if theirs is None:
            raise AppError("waybills.cancelled")
        match theirs.status:
            case DeliveryStatus.D3:
                self.keep_options(theirs, ours)
            case DeliveryStatus.D4 | DeliveryStatus.D5:
                raise AppError("waybills.too_late")
            case DeliveryStatus.D1 | DeliveryStatus.D2:
                raise AppError("waybills.not_registered")
            case _:
                raise AppError("waybills.unknown_state", state=status_of(theirs))

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """The row says that a correction is under way, and keeps the number that TMON has."""
        row = await session.get(Waybill, self.key)
        if row is None or row.sent_at is None:
            raise AppError("waybills.not_ours")
        if await is_open(session, self.team_id, self.store_id, RegisterWaybill, self.subject):
            raise WriteConflict(self.busy)
        now = context.clock()
        row.state, row.corrects, row.note, row.note_detail = WaybillState.SENDING, True, None, None
        row.updated_at = now
        if (found := await self.stored(session)) is not None:
            await redraw_cards(session, [found[0]], now)

    async def send(self, context: WriteContext) -> str:
        """Its state afterwards."""
        try:
            await context.api.waybills.correct(
                self.order_no, self.delivery_no, self.deal_no, self._options, self.parcel
            )
        except Rejected as error:
            if error.same_waybill:
                return await self.read_shipped(context, error)
            raise
        return DeliveryStatus.D3.value

    async def verify(self, context: WriteContext) -> Verdict[str]:
        """Nobody is asked: no answer of TMON tells the number. From D4 on it cannot change any more."""
        async with context.db.read() as session:
            deal = await session.get(OrderDeal, (self.team_id, self.store_id, self.order_no, self.deal_no))
        is_frozen = deal is None or deal.delivery_status in (DeliveryStatus.D4, DeliveryStatus.D5)
        return Verdict(Truth.NOT_DONE if is_frozen else Truth.UNKNOWN)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[str]) -> None:
        """The row gets the new number once TMON has taken it; else it keeps the one before, with the reason."""
        now = context.clock()
        row, found = await session.get(Waybill, self.key), await self.stored(session)
        if row is None or found is None:
            return
        order, deals = found
        sent_at = row.sent_at
        self.end_row(row, outcome, now)
        row.sent_at = sent_at
        if outcome.state is WriteStep.DONE:
            _put(row, self.parcel)
            row.corrects, row.sent_by = False, context.record.actor
            ship(order, deals, self.deal_no, outcome.value or DeliveryStatus.D3.value, now)
            await note_used(session, self, row.carrier, now)
            self.audited(session, context, "waybill.correct", carrier=row.carrier, settled=outcome.settled)
        elif outcome.state is WriteStep.FAILED:
            row.state, row.corrects = WaybillState.REGISTERED, False
            if outcome.error is None:
                row.note = "waybills.note_correction_open"
            self.audited(session, context, "waybill.failed", reason=row.note)
        elif row.note is None:
            row.note = "waybills.note_correction_unknown"
        await redraw_cards(session, [order], now)


class NotifyDelay(DeliveryWrite):
    """Tells TMON that a deal is shipped later than its clock says, once per delivery and deal (발송지연 알림)."""

    kind: ClassVar[str] = "waybill.delay"
    busy: ClassVar[str] = "waybills.delay_busy"
    sealed_field: ClassVar[str | None] = "detail"

    reason: str
    detail: str = Field(default="", repr=False)
    ship_on: date

    async def precheck(self, context: WriteContext) -> None:
        """Reads the order. Raises AppError unless the deal is in D2 and TMON has no notice of it."""
        theirs, _ = await self.read(context)
        if theirs is None:
            raise AppError("waybills.cancelled")
        match theirs.status:
            case DeliveryStatus.D2:
                pass
            case DeliveryStatus.D1:
                raise AppError("waybills.confirm_first")
            case DeliveryStatus.D3 | DeliveryStatus.D4 | DeliveryStatus.D5:
                raise AppError("waybills.shipped_already")
            case _:
                raise AppError("waybills.unknown_state", state=status_of(theirs))
        if theirs.delayed_reason_code is not None:
            raise AppError("waybills.delayed_already")

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Its row. Raises AppError when there was a notice before."""
        now = context.clock()
        row = await session.get(DelayNotice, self.key)
        if row is not None and row.state is WaybillState.REGISTERED:
            raise AppError("waybills.delayed_already")
        if row is None:
            row = DelayNotice(
                **_key_values(self),
                reason=self.reason,
                ship_on=self.ship_on,
                state=WaybillState.SENDING,
                sent_by="",
                updated_at=now,
            )
            session.add(row)
        row.reason, row.ship_on, row.state, row.sent_by = (
            self.reason,
            self.ship_on,
            WaybillState.SENDING,
            context.record.actor,
        )
        row.note, row.note_detail, row.updated_at = None, None, now
        if (found := await self.stored(session)) is not None:
            await redraw_cards(session, [found[0]], now)

    async def send(self, context: WriteContext) -> str:
        """The state stays."""
        await context.api.waybills.notify_delay(
            self.order_no,
            self.delivery_no,
            self.deal_no,
            reason=self.reason,
            detail=self.detail,
            ship_on=self.ship_on,
        )
        return DeliveryStatus.D2.value

    async def verify(self, context: WriteContext) -> Verdict[str]:
        """Reads the order, which names the reason of the notice."""
        theirs, _ = await self.read(context)
        if theirs is not None and theirs.delayed_reason_code is not None:
            return Verdict(Truth.DONE, status_of(theirs))
        return Verdict(Truth.NOT_DONE)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[str]) -> None:
        """The row, the moved clock, the audit record, and the card."""
        now = context.clock()
        row, found = await session.get(DelayNotice, self.key), await self.stored(session)
        if row is None or found is None:
            return
        order, deals = found
        self.end_row(row, outcome, now)
        if outcome.state is WriteStep.DONE:
            if (deal := deals.get(self.deal_no)) is not None:
                deal.ship_by = end_of(self.ship_on)
            self.audited(session, context, "waybill.delay", reason=row.reason, until=self.ship_on.isoformat())
        elif outcome.state is WriteStep.FAILED:
            self.audited(session, context, "waybill.delay_failed", reason=row.note)
        await redraw_cards(session, [order], now)


def ship(order: Order, deals: Deals, deal_no: int, status: str, now: datetime) -> None:
    """Write down that a deal has a waybill."""
    if (deal := deals.get(deal_no)) is not None:
        if deal.delivery_status not in SHIPPED or deal.delivery_status < status:
            follow_delivery(deal, status, now)
        follow_order(order, deals.values(), now)
        order.updated_at = now


def _key_values(write: DeliveryWrite) -> dict[str, Any]:
    return {
        "team_id": write.team_id,
        "store_id": write.store_id,
        "order_no": write.order_no,
        "delivery_no": write.delivery_no,
        "deal_no": write.deal_no,
    }


def _put(row: Waybill, parcel: Parcel) -> None:
    row.carrier = parcel.carrier
    row.number = None if parcel.is_own else parcel.number
    row.more_numbers = [] if parcel.is_own else list(parcel.more_numbers)
    row.scheduled_on = parcel.scheduled_on if parcel.is_own else None


def parcel_of(row: Waybill) -> Parcel:
    """What a row tells of the parcel."""
    return Parcel(
        carrier=row.carrier, number=row.number, more_numbers=tuple(row.more_numbers), scheduled_on=row.scheduled_on
    )
