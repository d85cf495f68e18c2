"""What a seller decides on a claim, as a write to TMON: one kind of write for all acts, so that one is open per claim."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto
from typing import Any, ClassVar

import structlog
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.api import AuthError, ClaimParcel, NotOffered, Rejected, Throttled, TmonError
from tmon.api.claim_acts import ClaimActs as Calls
from tmon.claims.act_messages import ClaimActEnded
from tmon.claims.storing import conclude, redraw, store_claims
from tmon.codes.reasons import Family
from tmon.errors import AppError, state_key
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteStep
from tmon.outbox import post
from tmon.stock.allocations import add_to_stock
from tmon.writes.remote_write import Outcome, RemoteWrite, Truth, Verdict, WriteContext

log = structlog.get_logger(__name__)

WAITS_FOR_SWITCH = "claims.note_waits_for_switch"
"""Note of an act in doubt while the switch forbids to ask."""
REQUESTED, APPROVED, COMPLETED, WITHDRAWN, REFUSED = "C1", "C2", "C3", "C8", "C9"


class ClaimOver(AppError):
    """A claim is decided, withdrawn or unknown by now: its form is of no use any more. Nothing was sent."""


class ClaimAct(StrEnum):
    """What is done with a claim. Stored; only added to."""

    APPROVE = "approve"
    """승인; of an exchange and a redelivery: the goods were sent again, which finishes it."""
    REJECT = "reject"
    HOLD = "hold"
    RELEASE = "release"
    RETURN_WAYBILL = "return_waybill"


class ParcelUse(Enum):
    """Whether an act names a parcel."""

    NONE = auto()
    OPTIONAL = auto()
    REQUIRED = auto()


@dataclass(frozen=True)
class Rules:
    """What one act needs, how it is sent, and when TMON shows that it took effect."""

    send: Callable[[Calls, "ActOnClaim", Claim], Awaitable[None]]
    took_effect: Callable[["ActOnClaim", Claim], bool]
    end: ClaimEnd | None = None
    """How it ends the claim."""
    open_in: Sequence[str] = (REQUESTED,)
    """States of a claim in which it is possible."""
    held: bool | None = None
    """Whether the claim has to be on hold, or must not be; None: either."""
    reasons: Family | None = None
    """Where the reasons come from that it needs, with words of the seller's; None: it needs none."""
    parcel: ParcelUse = ParcelUse.NONE
    parcel_comes_back: bool = False
    """Whether the parcel is the one that comes back from the buyer; else it leaves the seller."""


def _deals(claim: Claim) -> list[int]:
    return [int(deal["deal"]) for deal in claim.goods]


def _number(waybill: dict[str, Any] | None) -> object:
    return None if waybill is None else waybill.get("number")


async def _register_return(calls: Calls, one: "ActOnClaim", claim: Claim) -> None:
    assert one.parcel is not None
    await calls.return_invoice(one.claim_no, one.parcel)


_UNTIL_DONE = (REQUESTED, APPROVED)
_REFUND = Rules(
    send=lambda calls, one, claim: calls.approve(one.claim_kind, one.claim_no, one.parcel),
    took_effect=lambda one, claim: claim.status in (APPROVED, COMPLETED),
    end=ClaimEnd.APPROVED,
)
_SEND_AGAIN = Rules(
    send=lambda calls, one, claim: calls.approve(one.claim_kind, one.claim_no, one.parcel),
    took_effect=lambda one, claim: claim.status == COMPLETED,
    end=ClaimEnd.APPROVED,
    open_in=_UNTIL_DONE,
    parcel=ParcelUse.REQUIRED,
)
_REJECT = Rules(
    send=lambda calls, one, claim: calls.reject(one.claim_kind, one.claim_no, one.reason, one.detail, one.parcel),
    took_effect=lambda one, claim: claim.status == REFUSED,
    end=ClaimEnd.REFUSED,
)
_HOLD = Rules(
    send=lambda calls, one, claim: calls.hold(
        one.claim_kind, one.claim_no, _deals(claim), one.reason, one.detail, one.parcel
    ),
    took_effect=lambda one, claim: claim.holding,
    open_in=_UNTIL_DONE,
    held=False,
    parcel=ParcelUse.OPTIONAL,
    parcel_comes_back=True,
)
_RELEASE = Rules(
    send=lambda calls, one, claim: calls.release(one.claim_kind, one.claim_no, _deals(claim)),
    took_effect=lambda one, claim: not claim.holding,
    open_in=_UNTIL_DONE,
    held=True,
)
RULES: dict[tuple[ClaimKind, ClaimAct], Rules] = {
    (ClaimKind.CANCEL, ClaimAct.APPROVE): _REFUND,
    (ClaimKind.CANCEL, ClaimAct.REJECT): replace(_REJECT, parcel=ParcelUse.REQUIRED),
    (ClaimKind.RETURN, ClaimAct.APPROVE): replace(_REFUND, parcel=ParcelUse.OPTIONAL, parcel_comes_back=True),
    (ClaimKind.RETURN, ClaimAct.REJECT): replace(_REJECT, reasons=Family.JRD),
    (ClaimKind.RETURN, ClaimAct.HOLD): replace(_HOLD, reasons=Family.HRD),
    (ClaimKind.RETURN, ClaimAct.RELEASE): _RELEASE,
    (ClaimKind.EXCHANGE, ClaimAct.APPROVE): _SEND_AGAIN,
    (ClaimKind.EXCHANGE, ClaimAct.REJECT): replace(_REJECT, reasons=Family.JXD),
    (ClaimKind.EXCHANGE, ClaimAct.HOLD): replace(_HOLD, reasons=Family.HXD),
    (ClaimKind.EXCHANGE, ClaimAct.RELEASE): _RELEASE,
    (ClaimKind.EXCHANGE, ClaimAct.RETURN_WAYBILL): Rules(
        send=_register_return,
        took_effect=lambda one, claim: one.number is not None and _number(claim.return_waybill) == one.number,
        open_in=_UNTIL_DONE,
        parcel=ParcelUse.REQUIRED,
        parcel_comes_back=True,
    ),
    (ClaimKind.REDELIVERY, ClaimAct.APPROVE): _SEND_AGAIN,
    (ClaimKind.REDELIVERY, ClaimAct.REJECT): replace(_REJECT, reasons=Family.JDD),
}
"""The acts that there are, by kind of claim."""


def rules_of(kind: ClaimKind, act: ClaimAct) -> Rules:
    """Return the rules of an act. Raises AppError for one that this kind of claim does not know."""
    found = RULES.get((kind, act))
    if found is None:
        raise AppError("common.stale_button")
    return found


class ActOnClaim(RemoteWrite[bool]):
    """One act on one claim. TMON answers True if this call did it, False if it was done before."""

    kind: ClassVar[str] = "claim.act"
    switch: ClassVar[ApiGroup] = ApiGroup.ORDER
    busy: ClassVar[str] = "claims.busy"
    sealed_field: ClassVar[str | None] = "detail"

    claim_kind: ClaimKind
    claim_no: int
    act: ClaimAct
    carrier: str | None = None
    """Carrier of the parcel that the act names; None: it names none."""
    number: str | None = None
    """Its number; of an own delivery the day, as claim calls write it."""
    reason: str = ""
    """Code of the reason, of a refusal or a hold."""
    detail: str = Field(default="", repr=False)
    """The seller's own words to the buyer."""
    restock: bool = False
    """Whether the goods that came back go on sale again."""

    @property
    def subject(self) -> str:
        """The claim, whatever is done with it."""
        return f"{self.claim_kind}/{self.claim_no}"

    @property
    def parcel(self) -> ClaimParcel | None:
        """The parcel that the act names."""
        return None if self.carrier is None else ClaimParcel(self.carrier, self.number or "")

    @property
    def rules(self) -> Rules:
        """Those of the act. Raises AppError for an act that this kind of claim does not know."""
        return rules_of(self.claim_kind, self.act)

    async def precheck(self, context: WriteContext) -> None:
        """Reads the claim again and stores it. Raises AppError when it is decided, withdrawn, or on hold and ought not."""
        reject_unfit(await read_again(context, self.claim_kind, self.claim_no), self.rules)

    async def intend(self, session: AsyncSession, context: WriteContext) -> None:
        """Shows on the cards who does what."""
        row = await _row(session, self)
        reject_unfit(row, self.rules)
        row.act, row.act_by, row.act_unknown = self.act, context.record.actor, False
        row.note = row.note_detail = None
        row.not_offered, row.updated_at = False, context.clock()
        await redraw(session, [row], context.clock())

    async def send(self, context: WriteContext) -> bool:
        """What TMON calls completed already counts as done only if the claim, read again, says so."""
        async with context.db.read() as session:
            row = await _row(session, self)
        try:
            await self.rules.send(context.api.claim_acts, self, row)
        except Rejected as error:
            if not error.completed:
                raise
            try:
                row = await read_again(context, self.claim_kind, self.claim_no)
                await _read_claims_of_order(context, row)
            except TmonError as unread:
                log.info("completed claim not read again", store=self.store_id, error=type(unread).__name__)
                raise error from None
            if not self.rules.took_effect(self, row):
                raise
            return False
        return True

    async def verify(self, context: WriteContext) -> Verdict[bool]:
        """Reads the claim again."""
        row = await read_again(context, self.claim_kind, self.claim_no)
        done = self.rules.took_effect(self, row)
        return Verdict(Truth.DONE if done else Truth.NOT_DONE, done)

    async def apply(self, session: AsyncSession, context: WriteContext, outcome: Outcome[bool]) -> None:
        """The claim, its cards, the goods that came back, and a message to whoever does not look any more."""
        now, actor = context.clock(), context.record.actor
        row = await session.get(Claim, (self.team_id, self.store_id, self.claim_kind, self.claim_no))
        if row is None or row.act is None:
            return
        await session.refresh(row, with_for_update=True)
        was_unknown, row.updated_at = row.act_unknown, now
        row.note = row.note_detail = None
        if outcome.state is WriteStep.UNKNOWN:
            row.act_unknown = True
            row.note = WAITS_FOR_SWITCH if outcome.waits_for_switch else None
            await redraw(session, [row], now)
            return
        row.act, row.act_by, row.act_unknown = None, None, False
        if outcome.state is WriteStep.DONE and outcome.value is not False:
            await self._done(session, context, row)
        elif outcome.state is WriteStep.FAILED:
            row.not_offered = isinstance(outcome.error, NotOffered)
            if row.ended_at is None and not row.not_offered:
                row.note, row.note_detail = failure_note(outcome.error)
            context.audit(session, "claim.act_failed", row.claim_no, kind=row.kind, act=self.act, reason=row.note)
        conclude(row, now)
        await redraw(session, [row], now)
        if was_unknown:
            message = ClaimActEnded(
                store=self.store_id,
                claim_kind=self.claim_kind,
                claim=self.claim_no,
                act=self.act,
                done=outcome.state is WriteStep.DONE,
            )
            key = f"{ClaimActEnded.kind}/{context.record.id}"
            await post(session, context.store, message, key=key, now=now, to=actor)

    async def _done(self, session: AsyncSession, context: WriteContext, row: Claim) -> None:
        now, actor = context.clock(), context.record.actor
        row.read_at = now  # an answer that was asked for before tells of the time before
        match self.act:
            case ClaimAct.HOLD:
                row.holding, row.held_at = True, now
            case ClaimAct.RELEASE:
                row.holding = False
        if self.carrier is not None:
            waybill: dict[str, Any] = {"carrier": self.carrier, "number": self.number, "more": []}
            if self.rules.parcel_comes_back:
                row.return_waybill, row.return_waybill_at = waybill, row.return_waybill_at or now
            elif self.claim_kind is not ClaimKind.CANCEL:
                row.redelivery_waybill = waybill
        if self.rules.end is not None:
            row.status = COMPLETED if self.rules.end is ClaimEnd.APPROVED else REFUSED
            row.end, row.decided_by, row.decided_at = self.rules.end, actor, now
        if self.restock:
            goods = {(int(d["deal"]), int(o["no"])): int(o["quantity"]) for d in row.goods for o in d["options"]}
            await add_to_stock(session, self.team_id, self.store_id, goods)
        audited = {"kind": row.kind, "order": row.order_no, "restock": self.restock}
        context.audit(session, _AUDITED[self.act], row.claim_no, actor=actor, **audited)


_AUDITED = {
    ClaimAct.APPROVE: "claim.approve",
    ClaimAct.REJECT: "claim.reject",
    ClaimAct.HOLD: "claim.hold",
    ClaimAct.RELEASE: "claim.release",
    ClaimAct.RETURN_WAYBILL: "claim.return_waybill",
}
"""Recorded actions."""


def reject_unfit(claim: Claim, rules: Rules) -> None:
    """Raise AppError when an act is not possible on a claim any more, with how it stands."""
    if claim.ended_at is not None or claim.status not in rules.open_in:
        raise ClaimOver(state_key("claims.over", claim.status if claim.status in _TOLD else "unknown"))
    if rules.held is True and not claim.holding:
        raise AppError("claims.not_held")
    if rules.held is False and claim.holding:
        raise AppError("claims.already_held")


_TOLD = (APPROVED, COMPLETED, "C4", WITHDRAWN, REFUSED)


async def read_again(context: WriteContext, kind: ClaimKind, claim_no: int) -> Claim:
    """Read a claim at TMON, store it, and return its row. Raises TmonError."""
    asked_at = context.clock()
    remote = await context.api.claims.get(kind, claim_no)
    async with context.db.write() as session:
        await session.get(Store, (context.store.team_id, context.store.id), with_for_update=True)
        await store_claims(session, context.sealer, context.store, kind, [remote], asked_at)
        row = await session.get(Claim, (context.store.team_id, context.store.id, kind, claim_no))
    if row is None:
        raise ClaimOver("claims.gone")
    return row


async def _read_claims_of_order(context: WriteContext, claim: Claim) -> None:
    """Store the other claims of an order of which one turned out to be completed: what came too late shows what came first."""
    now = context.clock()
    try:
        listed = await context.api.claims.of_order(claim.order_no)
    except NotOffered:
        return
    async with context.db.write() as session:
        await session.get(Store, (context.store.team_id, context.store.id), with_for_update=True)
        for kind in ClaimKind:
            whole = [one for one in listed if one.kind is kind and one.deals and one.claim_no != claim.claim_no]
            if whole:
                await store_claims(session, context.sealer, context.store, kind, whole, now)


async def _row(session: AsyncSession, write: ActOnClaim) -> Claim:
    row = await session.get(
        Claim, (write.team_id, write.store_id, write.claim_kind, write.claim_no), populate_existing=True
    )
    if row is None:
        raise ClaimOver("claims.gone")
    return row


def failure_note(error: Exception | None) -> tuple[str, str | None]:
    """Return the text key of why an act did not take effect, and TMON's own sentence. `error` None: it never arrived."""
    if error is None:
        return "claims.note_not_arrived", None
    if isinstance(error, Rejected):
        return ("claims.note_too_late" if error.completed else "claims.note_refused"), error.message
    if isinstance(error, AppError):
        return "claims.note_switched_off", None
    if isinstance(error, AuthError):
        return "claims.note_key", None
    if isinstance(error, Throttled):
        return "claims.note_throttled", None
    return "claims.note_down", None
