"""Waybills and late-shipping notices (docs/tmon-api.md, ch. 9.7, 9.8). TMON's unit of shipping is one deal of one delivery."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from tmon.api import endpoints
from tmon.api.claim_acts import OWN_DELIVERY
from tmon.api.orders import OptionQuantity
from tmon.api.session import ApiSession
from tmon.api.wire import discard


class DelayReason(StrEnum):
    """Reasons of a late-shipping notice (docs/tmon-api.md, ch. 17)."""

    NO_STOCK = "DLD1"
    MADE_TO_ORDER = "DLD2"
    CUSTOMERS_WISH = "DLD3"
    OTHER = "DLD9"


class Parcel(BaseModel):
    """A parcel as people enter it: the carrier with its numbers, or own delivery with its planned day."""

    model_config = ConfigDict(frozen=True)

    carrier: str
    number: str | None = None
    more_numbers: tuple[str, ...] = ()
    scheduled_on: date | None = None

    @property
    def is_own(self) -> bool:
        """Whether the seller delivers it (자체배송)."""
        return self.carrier == OWN_DELIVERY


class Waybills:
    """The waybills of a store. Every call is sent once; where no answer tells, the order does."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def register(
        self, order_no: int, delivery_no: str, deal_no: int, options: Sequence[OptionQuantity], parcel: Parcel
    ) -> None:
        """Register the waybill of one deal with all its options in this delivery: D2 → D3.

        Raises UnknownOutcome if it was sent without a conclusive answer, Rejected with `.current_state`, `.same_waybill` or
        `.wrong_waybill`.
        """
        body = _body(delivery_no, deal_no, options, parcel)
        await self._session.write(endpoints.WAYBILL_REGISTER, discard, body, order_no=order_no)

    async def correct(
        self, order_no: int, delivery_no: str, deal_no: int, options: Sequence[OptionQuantity], parcel: Parcel
    ) -> None:
        """Change the waybill of one deal, which TMON allows in D3 only. Raises as `register` does."""
        body = _body(delivery_no, deal_no, options, parcel)
        await self._session.write(endpoints.WAYBILL_CORRECT, discard, body, order_no=order_no)

    async def notify_delay(
        self, order_no: int, delivery_no: str, deal_no: int, *, reason: str, detail: str, ship_on: date
    ) -> None:
        """Tell TMON that one deal is shipped later, and when. The path is a proposal: be ready for NotOffered."""
        body = {
            "deliveryNo": delivery_no,
            "tmonDealNo": deal_no,
            "delayedReasonCode": reason,
            "delayedReasonDetail": detail,
            "deliveryScheduledDate": ship_on.isoformat(),
        }
        await self._session.write(endpoints.DELAY_NOTICE, discard, body, order_no=order_no)


def _body(delivery_no: str, deal_no: int, options: Sequence[OptionQuantity], parcel: Parcel) -> dict[str, Any]:
    """Own delivery has its day at the top level and no number, unlike in the calls about claims."""
    code: int | str = int(parcel.carrier) if parcel.carrier.isdecimal() else parcel.carrier
    invoice: dict[str, Any] = {"deliveryCorp": code}
    body: dict[str, Any] = {
        "deliveryNo": delivery_no,
        "tmonDealNo": deal_no,
        "tmonDealOptions": [{"tmonDealOptionNo": line.option_no, "qty": line.quantity} for line in options],
        "invoice": invoice,
    }
    if parcel.is_own:
        if parcel.scheduled_on is None:
            raise ValueError("own delivery needs its planned day")
        body["deliveryScheduledDate"] = parcel.scheduled_on.isoformat()
        return body
    if not parcel.number:
        raise ValueError("a carrier needs its number")
    invoice["invoiceNo"] = parcel.number
    if parcel.more_numbers:
        invoice["additionalInvoices"] = list(parcel.more_numbers)
    return body
