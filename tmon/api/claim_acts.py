"""Decisions on claims, and the seller's own immediate cancel (docs/tmon-api.md, ch. 10.5-10.9).

Every call is a write: it is never repeated. Each raises UnknownOutcome if it was sent without a conclusive answer, Unavailable
if nothing was sent, NotOffered if TMON does not offer the call, and Rejected with TMON's sentence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import MAX_NUMBER, MalformedResponse, discard

OWN_DELIVERY = "10099"
"""Carrier code of 자체배송 (docs/tmon-api.md, ch. 12.6)."""

_APPROVE = {
    "C": endpoints.CANCELLATION_APPROVE,
    "R": endpoints.REFUND_APPROVE,
    "X": endpoints.EXCHANGE_APPROVE,
    "D": endpoints.REDELIVERY_APPROVE,
}
_REJECT = {
    "C": endpoints.CANCELLATION_REJECT,
    "R": endpoints.REFUND_REJECT,
    "X": endpoints.EXCHANGE_REJECT,
    "D": endpoints.REDELIVERY_REJECT,
}
_HOLD = {"R": endpoints.REFUND_HOLD, "X": endpoints.EXCHANGE_HOLD}
_RELEASE = {"R": endpoints.REFUND_RELEASE, "X": endpoints.EXCHANGE_RELEASE}


@dataclass(frozen=True, slots=True)
class ClaimParcel:
    """A parcel as claim calls name it. An own delivery has no number there: its day takes that place (ch. 10.6)."""

    carrier: str
    number: str

    @classmethod
    def own_delivery(cls, day: date) -> "ClaimParcel":
        """Return the parcel of goods that the seller carries on that day."""
        return cls(OWN_DELIVERY, f"{day:%Y%m%d}")

    def body(self) -> dict[str, Any]:
        """Return it as TMON reads it."""
        carrier = int(self.carrier) if self.carrier.isascii() and self.carrier.isdigit() else self.carrier
        return {"deliveryCorp": carrier, "invoiceNo": self.number}


@dataclass(frozen=True, slots=True)
class CancelledOption:
    """An option to be cancelled, and how many of it."""

    deal_no: int
    option_no: int
    quantity: int


class ClaimActs:
    """What a store decides on its claims. `kind`: the letter of TMON's `claimType` (C, R, X, D)."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def approve(self, kind: str, claim_no: int, parcel: ClaimParcel | None = None) -> None:
        """Approve a claim: refunds a cancel or a return at once, finishes an exchange or a redelivery.

        `parcel`: of a return the one that came back, if known; of an exchange or redelivery the one that goes out again.
        """
        field = "returnDeliveryInvoice" if kind == "R" else "redeliveryInvoice"
        body = {} if parcel is None else {field: parcel.body()}
        await self._session.write(_APPROVE[kind], discard, body, claim_no=claim_no)

    async def reject(
        self, kind: str, claim_no: int, reason: str, detail: str = "", parcel: ClaimParcel | None = None
    ) -> None:
        """Reject a claim. A cancel is rejected by the `parcel` that has left already, all others by `detail` in words."""
        body: dict[str, Any] = {"reason": reason}
        if parcel is not None:
            body["deliveryInvoice"] = parcel.body()
        else:
            body["reasonDetail"] = detail
        await self._session.write(_REJECT[kind], discard, body, claim_no=claim_no)

    async def return_invoice(self, claim_no: int, parcel: ClaimParcel) -> None:
        """Register the parcel in which the goods of an exchange come back (교환 반송장 등록)."""
        await self._session.write(endpoints.EXCHANGE_RETURN_INVOICE, discard, parcel.body(), claim_no=claim_no)

    async def hold(
        self,
        kind: str,
        claim_no: int,
        deal_nos: Sequence[int],
        reason: str,
        detail: str,
        parcel: ClaimParcel | None = None,
    ) -> None:
        """Put an exchange or a return on hold (보류 설정), with the parcel that comes back where it is known."""
        items = [{"tmonDealNo": number, "reason": reason, "reasonDetail": detail} for number in deal_nos]
        body: dict[str, Any] = {"items": items}
        if parcel is not None:
            body = {"returnDeliveryInvoice": parcel.body(), **body}
        await self._session.write(_HOLD[kind], discard, body, claim_no=claim_no)

    async def release(self, kind: str, claim_no: int, deal_nos: Sequence[int]) -> None:
        """Take an exchange or a return off hold (보류 해제). The body is a bare array of deal numbers."""
        await self._session.write(_RELEASE[kind], discard, list(deal_nos), claim_no=claim_no)

    async def cancel(
        self, order_no: int, delivery_no: str, options: Sequence[CancelledOption], reason: str, detail: str
    ) -> int | None:
        """Cancel options of a delivery at once (즉시취소), D1 and D2 only. Return the number of the claim that it creates.

        None: TMON told no number. Unlike the other calls an empty answer is no success (docs/tmon-api.md, ch. 16, 2): it
        raises UnknownOutcome.
        """
        deals: dict[int, list[dict[str, int]]] = {}
        for one in options:
            deals.setdefault(one.deal_no, []).append({"tmonDealOptionNo": one.option_no, "qty": one.quantity})
        body = {
            "tmonOrderNo": order_no,
            "deliveryNo": delivery_no,
            "tmonDeals": [
                {"tmonDealNo": number, "reason": reason, "reasonDetail": detail, "tmonDealOptions": chosen}
                for number, chosen in deals.items()
            ],
        }
        return await self._session.write(endpoints.CANCELLATION_CREATE, _read_claim_no, body)


def _read_claim_no(data: Any) -> int | None:
    """Read the scalar with which TMON answers. Raises MalformedResponse for an empty answer, an object or an array."""
    if data is None or data == "" or isinstance(data, Mapping | list):
        raise MalformedResponse("(answer)", "missing")
    text = str(data)
    is_number = not isinstance(data, bool | float) and text.isascii() and text.isdigit() and len(text) <= 19
    return int(text) if is_number and 0 < int(text) <= MAX_NUMBER else None
