"""Reading claims: cancels, returns, exchanges and redeliveries (docs/tmon-api.md, ch. 10.1-10.4)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tmon.api import endpoints
from tmon.api.decoding import clean
from tmon.api.personal_data import Decryptor, Unreadable
from tmon.api.session import ApiSession
from tmon.api.wire import (
    IF_READABLE,
    ApiEnum,
    ApiModel,
    Count,
    Label,
    MaybeMoment,
    MaybeNumber,
    Number,
    Prose,
    Records,
    Title,
    TradeMoment,
    as_object,
    format_datetime,
    read,
    read_each,
    shown,
)


class ClaimKind(StrEnum):
    """Kind of a claim: TMON's `claimType` (docs/tmon-api.md, ch. 12.2)."""

    CANCEL = "C"
    RETURN = "R"
    EXCHANGE = "X"
    REDELIVERY = "D"


class ClaimStatus(ApiEnum):
    """State of a claim (docs/tmon-api.md, ch. 12.3)."""

    C1 = "C1"  # 요청
    C2 = "C2"  # 승인
    C3 = "C3"  # 완료
    C4 = "C4"  # 미입금취소
    C8 = "C8"  # 철회
    C9 = "C9"  # 거절
    UNKNOWN = "unknown"  # a state not known to us


Flag = Annotated[
    bool, BeforeValidator(lambda value: value is True or str(value).strip().lower() in ("true", "y", "yes", "1"))
]
"""A boolean that TMON may leave out, or send as a text; anything else is no."""

Short = Annotated[str | None, Field(max_length=20), IF_READABLE]
"""A code of TMON's; None where it is longer than any code."""

_NUMBERS = 20
"""Further tracking numbers of one parcel that are read."""


def _numbers(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list | tuple) else ()
    texts = [str(one).strip() for one in listed if isinstance(one, str | int) and not isinstance(one, bool)]
    return tuple(text[:60] for text in texts if text)[:_NUMBERS]


class ClaimWaybill(ApiModel):
    """A parcel of a claim. The number may be missing although TMON sends the object."""

    carrier: Short = Field(default=None, validation_alias="deliveryCorp")
    number: Annotated[str | None, Field(max_length=60), IF_READABLE] = Field(default=None, validation_alias="invoiceNo")
    more_numbers: Annotated[tuple[str, ...], BeforeValidator(_numbers)] = Field(
        default=(), validation_alias="additionalInvoices"
    )


class ClaimOption(ApiModel):
    """An option of a claim; `quantity` may be less than was ordered."""

    option_no: Number = Field(validation_alias="tmonDealOptionNo")
    title: Title = Field(default="", validation_alias="dealOptionTitle")
    quantity: Count = Field(validation_alias="qty")


class ClaimDeal(ApiModel):
    """A deal of a claim. `reason` is a code (docs/tmon-api.md, ch. 12.4), `reason_detail` the buyer's free text."""

    deal_no: Number = Field(validation_alias="tmonDealNo")
    title: Title = Field(default="", validation_alias="dealTitle")
    reason: Short = Field(default=None, validation_alias="requestReason")
    reason_detail: Annotated[str | None, shown(1000), IF_READABLE] = Field(
        default=None, validation_alias="requestReasonDetail", repr=False
    )
    options: tuple[ClaimOption, ...] = Field(validation_alias="claimDealOptions")


@dataclass(frozen=True, slots=True, repr=False)
class Claimant:
    """The buyer of a claim and whom to collect from, decrypted. What cannot be decrypted is None, and named in `unreadable`."""

    user_id: str | None = None
    user_name: str | None = None
    confirmer: str | None = None
    pickup_name: str | None = None
    pickup_mobile: str | None = None
    pickup_zip_code: str | None = None
    pickup_address: str | None = None
    pickup_address_detail: str | None = None
    pickup_street_address: str | None = None
    pictures: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """Deal numbers with the addresses of the buyer's pictures. They may be anything: check before use."""
    unreadable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Claimant(unreadable={self.unreadable})"


Waybill = Annotated[ClaimWaybill | None, IF_READABLE]


class Claim(ApiModel):
    """One claim. It has no `delivery_no`; that comes from the order."""

    claim_no: Annotated[Number, Field(gt=0)]
    order_no: Annotated[Number, Field(gt=0)] = Field(validation_alias="tmonOrderNo")
    kind: Annotated[ClaimKind | None, IF_READABLE] = Field(default=None, validation_alias="claimType")
    """None: TMON does not say it; the call does."""
    status: ClaimStatus = Field(default=ClaimStatus.UNKNOWN, validation_alias="claimStatus")
    ordered_at: MaybeMoment = Field(default=None, validation_alias="orderDate")
    requested_at: Annotated[TradeMoment | None, IF_READABLE] = Field(default=None, validation_alias="requestedDate")
    approved_at: Annotated[TradeMoment | None, IF_READABLE] = Field(default=None, validation_alias="approvedDate")
    completed_at: Annotated[TradeMoment | None, IF_READABLE] = Field(default=None, validation_alias="completedDate")
    approval_reason: Label = None
    approval_reason_detail: Prose = Field(default=None, repr=False)
    holding: Flag = False
    holding_reason: Label = None
    held_at: MaybeMoment = Field(default=None, validation_alias="holdingDate")
    released_at: MaybeMoment = Field(default=None, validation_alias="clearHoldingDate")
    seller_collects: Flag = Field(default=False, validation_alias="partnerRtnDeliveryProcess")
    auto_refund_waiting: Flag = False
    original_waybill: Waybill = Field(default=None, validation_alias="originDeliveryInvoice")
    return_waybill: Waybill = Field(default=None, validation_alias="returnDeliveryInvoice")
    redelivery_waybill: Waybill = Field(default=None, validation_alias="reDeliveryInvoice")
    return_status: Short = Field(default=None, validation_alias="returnDeliveryStatus")
    returned_at: MaybeMoment = Field(default=None, validation_alias="returnDeliveryCompletedDate")
    redelivery_status: Short = Field(default=None, validation_alias="reDeliveryStatus")
    compensatable: Flag = False
    has_pictures: Flag = Field(default=False, validation_alias="claimImageRegistration")
    deduction: MaybeNumber = None
    return_fee: MaybeNumber = Field(default=None, validation_alias="returnDeliveryFee")
    refund_amount: MaybeNumber = None
    deals: Annotated[tuple[ClaimDeal, ...] | None, IF_READABLE] = Field(default=None, validation_alias="claimDeals")
    """None: TMON names none, or they cannot be read; the order itself says what is left of it."""
    claimant: Claimant = Field(default_factory=Claimant, repr=False)


_SEALED = {
    "userId": "user_id",
    "userName": "user_name",
    "confirmer": "confirmer",
    "returnDeliveryName": "pickup_name",
    "returnDeliveryMobile": "pickup_mobile",
    "returnDeliveryZipCode": "pickup_zip_code",
    "returnDeliveryFirstAddress": "pickup_address",
    "returnDeliverySecondAddress": "pickup_address_detail",
    "returnDeliveryStreetAddress": "pickup_street_address",
}
_LONGEST = 1000
"""Characters kept of each text about a person."""
_PICTURES, _ADDRESS = 10, 1000
"""Pictures of one deal, and characters of an address, that are read."""


def _read_claimant(claim: dict[str, Any], decryptor: Decryptor) -> Claimant:
    # Nothing here is required: a claim is to be decided even if its buyer cannot be read.
    values: dict[str, str | None] = {}
    unreadable: list[str] = []
    for wire_name, name in _SEALED.items():
        try:
            text = decryptor.decrypt(claim.get(wire_name))
            values[name] = None if text is None else clean(text)[:_LONGEST]
        except Unreadable:
            unreadable.append(wire_name)
    return Claimant(**values, pictures=_pictures(claim.get("pictures")), unreadable=tuple(unreadable))


def _pictures(value: object) -> tuple[tuple[int, tuple[str, ...]], ...]:
    found: dict[int, tuple[str, ...]] = {}
    for deal_no, addresses in value.items() if isinstance(value, dict) else ():
        if not (str(deal_no).isascii() and str(deal_no).isdigit() and len(str(deal_no)) < 19):
            continue
        listed = addresses if isinstance(addresses, list) else ()
        texts = [one.strip() for one in listed if isinstance(one, str) and 0 < len(one.strip()) <= _ADDRESS]
        if texts:
            found[int(deal_no)] = tuple(texts[:_PICTURES])
    return tuple(sorted(found.items()))


def read_claim(data: Any, decryptor: Decryptor) -> Claim:
    """Parse one claim with its personal data. Raises MalformedResponse."""
    claim = as_object(data)
    return read(Claim, {**claim, "claimant": _read_claimant(claim, decryptor)})


class Claims:
    """A store's claims of every kind."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    def search(
        self, kind: ClaimKind, start: datetime, end: datetime, status: ClaimStatus
    ) -> AsyncIterator[Records[Claim]]:
        """Yield claims requested in a window of at most 7 days, which may end now, in one state; one list per page.

        The window applies to the time of the *request*: one withdrawn later is found on the day it was requested.
        """
        query = {"startDate": format_datetime(start), "endDate": format_datetime(end), "claimStatus": status.value}
        return self._session.pages(endpoints.CLAIM_SEARCH[kind], self._read_all, query=query)

    async def get(self, kind: ClaimKind, claim_no: int) -> Claim:
        """Return the current state of a claim; of returns and exchanges also amounts and pictures, where TMON tells them."""
        return await self._session.read(
            endpoints.CLAIM[kind], lambda data: read_claim(data, self._session.decryptor()), claim_no=claim_no
        )

    async def of_order(self, order_no: int) -> Records[Claim]:
        """Return the claims of every kind of an order. The path is a proposal: be ready for NotOffered.

        Items may contain only number and status; then there are neither kind nor deals.
        """
        absent = {"tmonOrderNo": order_no}
        return await self._session.read(
            endpoints.ORDER_CLAIMS,
            lambda data: self._read_all(data, absent),
            order_no=order_no,
        )

    def _read_all(self, data: Any, absent: dict[str, Any] | None = None) -> Records[Claim]:
        decryptor = self._session.decryptor()
        return read_each(data, lambda item: read_claim((absent or {}) | as_object(item), decryptor), "claimNo")
