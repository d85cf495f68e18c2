"""The seller's own immediate cancel (품절 취소, 즉시취소) of options of one delivery (docs/tmon-api.md, ch. 10.5)."""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import CancelledOption, ClaimStatus, DeliveryStatus, Rejected, TmonError
from tmon.claims.act_messages import SoldOutEnded
from tmon.claims.own_cancels import SOLD_OUT_WRITE, goods_of, is_made_by
from tmon.claims.storing import store_claims
from tmon.claims.writes import WAITS_FOR_SWITCH, failure_note
from tmon.errors import AppError
from tmon.models.claims import Claim, ClaimKind
from tmon.models.orders import Order, OrderDeal
from tmon.models.stores import ApiGroup
from tmon.models.writes import WriteRecord, WriteStep
from tmon.orders.cards import redraw_cards
from tmon.orders.transitions import adopt, load
from tmon.outbox import post
from tmon.scope import scope
from tmon.stock.allocations import add_to_stock
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext

log = structlog.get_logger(__name__)

IN_DOUBT = "claims.sold_out_in_doubt"
FAILED = "claims.sold_out_failed"
"""Notes of an order."""
_DAY = timedelta(days=1)
_BEFORE_SHIPPING = (DeliveryStatus.D1, DeliveryStatus.D2)


class SoldOutLine(BaseModel):
    """An option to be cancelled: how many of the `had` that the order had when it was chosen."""

    model_config = ConfigDict(frozen=True)

    deal_no: int
    option_no: int
    quantity: int
    had: int


@dataclass(frozen=True)
class SoldOutResult:
    """What TMON has after an immediate cancel."""

    claim: api.Claim | None
    """The claim that it created; None: it was not read, and the collection will recognise it."""
    order: api.Order | None
    """The order; None: it was not read."""


class CancelSoldOut(RemoteWrite[SoldOutResult]):
    """Cancels options of one delivery. An empty answer tells nothing: the order and the cancels of the day are read."""

    kind: ClassVar[str] = SOLD_OUT_WRITE
    switch: ClassVar[ApiGroup] = ApiGroup.ORDER
    busy: ClassVar[str] = "claims.sold_out_busy"
    sealed_field: ClassVar[str | None] = "detail"

    order_no: int
    delivery_no: str
    lines: tuple[SoldOutLine, ...]
    reason: str
    detail: str = Field(default="", repr=False)
    restock: bool = False
    """Whether the cancelled units go on sale again."""
    before: tuple[int, ...] = ()
    """Completed cancels that the order had before: written down with the intent."""
    _before: tuple[int, ...] = PrivateAttr(default=())

    @property
    def subject(self) -> str:
        """The delivery."""
        return f"{self.order_no}/{self.delivery_no}"

    @property
    def _goods(self) -> dict[tuple[int, int], int]:
        return {(line.deal_no, line.option_no): line.quantity for line in self.lines}

    async def precheck(self, context: WriteContext) -> None:
        """Reads the order, and the cancels of the day, so that the one that follows is told from them."""
        remote = await context.api.orders.get(self.order_no)
        async with context.db.write() as session:
            if await adopt(session, context.sealer, self, remote, context.clock()) is None:
                raise AppError("orders.gone")
            _, deals = (await load(session, self.team_id, self.store_id, [self.order_no]))[self.order_no]
            requested = await session.scalar(
                select(col(Claim.claim_no)).where(
                    *scope(Claim, self),
                    col(Claim.kind) == ClaimKind.CANCEL,
                    col(Claim.order_no) == self.order_no,
                    col(Claim.ended_at).is_(None),
                )
            )
        if requested is not None:
            raise AppError("claims.sold_out_cancel_requested")
        for line in self.lines:
            deal = deals.get(line.deal_no)
            if deal is not None and deal.delivery_status not in _BEFORE_SHIPPING:
                raise AppError("claims.sold_out_shipped")
            if deal is None or deal.delivery_no != self.delivery_no or _left(deal, line.option_no) != line.had:
                raise AppError("claims.sold_out_changed")
        self._before = tuple(claim.claim_no for claim in await self._read_cancels(context))

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Units that are not to go on sale again are taken away first: the cancel brings them back."""
        await session.execute(
            update(WriteRecord)
            .where(col(WriteRecord.team_id) == self.team_id, col(WriteRecord.id) == context.record.id)
            .values(args={**self.args(), "before": self._before})
        )
        if not self.restock:
            await self._keep_off_sale(session, -1)

    async def send(self, context: WriteContext) -> SoldOutResult:
        """One call for the delivery."""
        options = [CancelledOption(line.deal_no, line.option_no, line.quantity) for line in self.lines]
        claim_no = await context.api.claim_acts.cancel(
            self.order_no, self.delivery_no, options, self.reason, self.detail
        )
        claim = order = None
        try:
            order = await context.api.orders.get(self.order_no)
            claim = await self._created(context, claim_no)
        except TmonError as error:
            log.info("order or claim not read after a cancel", store=self.store_id, error=type(error).__name__)
        return SoldOutResult(claim, order)

    async def verify(self, context: WriteContext) -> Verdict[SoldOutResult]:
        """The claim that it would have created says so, or the order that has less, unless another cancel explains that."""
        cancels = await self._read_cancels(context)
        remote = await context.api.orders.get(self.order_no)
        mine = self._mine(context, cancels)
        if mine is None:
            left = _quantities(remote)
            taken = all(left.get((line.deal_no, line.option_no), 0) <= line.had - line.quantity for line in self.lines)
            if not taken:
                return Verdict(Truth.NOT_DONE)
            if any(self._goods.keys() & goods_of(one).keys() for one in cancels):
                return Verdict(Truth.UNKNOWN)
        return Verdict(Truth.DONE, SoldOutResult(mine, remote))

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[SoldOutResult]) -> None:
        """The order and its card, the claim as our own, stock, and a message to whoever does not look any more."""
        now, record = context.clock(), context.record
        if record.sent_at is None:
            return  # nothing was begun
        order = await self._order(session)
        was_unknown = order.note in (IN_DOUBT, WAITS_FOR_SWITCH)
        if was_unknown or order.note == FAILED:
            order.note = order.note_detail = None
        if outcome.state is WriteStep.UNKNOWN:
            order.note = WAITS_FOR_SWITCH if outcome.waits_for_switch else IN_DOUBT
        elif outcome.state is WriteStep.FAILED:
            _, sentence = failure_note(outcome.error)
            order.note, order.note_detail = FAILED, sentence
            if not self.restock:
                await self._keep_off_sale(session, 1)
            context.audit(session, "order.sold_out_failed", self.order_no, delivery=self.delivery_no)
        else:
            assert outcome.value is not None
            if outcome.value.order is not None:
                await adopt(session, context.sealer, self, outcome.value.order, now)
            if outcome.value.claim is not None:  # `own_cancels` knows this write by now
                claims = [outcome.value.claim]
                await store_claims(session, context.sealer, context.store, ClaimKind.CANCEL, claims, now)
            quantity = sum(line.quantity for line in self.lines)
            context.audit(
                session,
                "order.sold_out",
                self.order_no,
                delivery=self.delivery_no,
                quantity=quantity,
                reason=self.reason,
                restock=self.restock,
            )
        order.updated_at = now
        await redraw_cards(session, [order], now)
        if was_unknown and outcome.state is not WriteStep.UNKNOWN:
            message = SoldOutEnded(store=self.store_id, order=self.order_no, done=outcome.state is WriteStep.DONE)
            key = f"{SoldOutEnded.kind}/{record.id}"
            await post(session, context.store, message, key=key, now=now, to=record.actor)

    async def _order(self, session: AsyncSession) -> Order:
        found = await load(session, self.team_id, self.store_id, [self.order_no], lock=True)
        if self.order_no not in found:
            raise AppError("orders.gone")
        return found[self.order_no][0]

    async def _keep_off_sale(self, session: AsyncSession, sign: int) -> None:
        units = {key: sign * quantity for key, quantity in self._goods.items()}
        await add_to_stock(session, self.team_id, self.store_id, units)

    async def _read_cancels(self, context: WriteContext) -> list[api.Claim]:
        """Completed cancels of the order, requested about when this one was sent, that were not there before. Raises TmonError."""
        now, sent_at = context.clock(), context.record.sent_at or context.clock()
        start, end = sent_at - _DAY, min(now, sent_at + _DAY)
        found: list[api.Claim] = []
        async for page in context.api.claims.search(ClaimKind.CANCEL, start, end, ClaimStatus.C3):
            found += [claim for claim in page if claim.order_no == self.order_no]
        return [claim for claim in found if claim.claim_no not in {*self.before, *self._before}]

    async def _created(self, context: WriteContext, claim_no: int | None) -> api.Claim | None:
        """The claim that it created. A number that was cut off, or is none of ours, does not count. Raises TmonError."""
        if claim_no is not None:
            try:
                if found := self._mine(context, [await context.api.claims.get(ClaimKind.CANCEL, claim_no)]):
                    return found
            except Rejected:
                log.info("claim of a cancel not found by its number", store=self.store_id)
        return self._mine(context, await self._read_cancels(context))

    def _mine(self, context: WriteContext, cancels: list[api.Claim]) -> api.Claim | None:
        """The claim that this write created."""
        sent_at = context.record.sent_at or context.clock()
        return next(
            (
                one
                for one in cancels
                if is_made_by({**self.args(), "before": (*self.before, *self._before)}, sent_at, one)
            ),
            None,
        )


def _left(deal: OrderDeal, option_no: int) -> int:
    option = next((one for one in deal.options if one["no"] == option_no and not one.get("cancelled")), None)
    return 0 if option is None else int(option["quantity"])


def _quantities(order: api.Order) -> dict[tuple[int, int], int]:
    return {(deal.deal_no, one.option_no): one.quantity for deal in order.deals for one in deal.options}
