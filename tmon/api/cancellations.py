"""Read access to cancellations (docs/tmon-api.md, ch. 10.1-10.3). The buyer's data is not parsed: it is not needed."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import (
    IF_READABLE,
    ApiEnum,
    ApiModel,
    Count,
    Label,
    MaybeMoment,
    Number,
    Prose,
    Records,
    Title,
    as_object,
    format_datetime,
    read,
    read_each,
)


class ClaimType(ApiEnum):
    """Type of a claim (docs/tmon-api.md, ch. 12.2)."""

    CANCEL = "C"
    REFUND = "R"
    EXCHANGE = "X"
    REDELIVERY = "D"
    UNKNOWN = "unknown"  # absent, or a type not known to us


class ClaimStatus(ApiEnum):
    """State of a claim (docs/tmon-api.md, ch. 12.3)."""

    C1 = "C1"  # 요청
    C2 = "C2"  # 승인
    C3 = "C3"  # 완료
    C4 = "C4"  # 미입금취소
    C8 = "C8"  # 철회
    C9 = "C9"  # 거절
    UNKNOWN = "unknown"  # a state not known to us


class ClaimOption(ApiModel):
    """An option of a claim; `quantity` may be less than was ordered."""

    option_no: Number = Field(validation_alias="tmonDealOptionNo")
    title: Title = Field(default="", validation_alias="dealOptionTitle")
    quantity: Count = Field(validation_alias="qty")


class ClaimDeal(ApiModel):
    """A deal of a claim. `reason` is a code (docs/tmon-api.md, ch. 12.4), `reason_detail` the buyer's free text."""

    deal_no: Number = Field(validation_alias="tmonDealNo")
    title: Title = Field(default="", validation_alias="dealTitle")
    reason: Label = Field(default=None, validation_alias="requestReason")
    reason_detail: Prose = Field(default=None, validation_alias="requestReasonDetail", repr=False)
    options: tuple[ClaimOption, ...] = Field(validation_alias="claimDealOptions")


class Claim(ApiModel):
    """One claim. It has no `delivery_no`; that comes from the order."""

    claim_no: Number
    order_no: Number = Field(validation_alias="tmonOrderNo")
    type: ClaimType = Field(default=ClaimType.UNKNOWN, validation_alias="claimType")
    status: ClaimStatus = Field(default=ClaimStatus.UNKNOWN, validation_alias="claimStatus")
    ordered_at: MaybeMoment = Field(default=None, validation_alias="orderDate")
    requested_at: MaybeMoment = Field(default=None, validation_alias="requestedDate")
    approved_at: MaybeMoment = Field(default=None, validation_alias="approvedDate")
    completed_at: MaybeMoment = Field(default=None, validation_alias="completedDate")
    deals: Annotated[tuple[ClaimDeal, ...] | None, IF_READABLE] = Field(default=None, validation_alias="claimDeals")
    """None: TMON names none, or they cannot be read; the order itself says what is left of it."""


def _read_claims(data: Any) -> Records[Claim]:
    return read_each(data, lambda item: read(Claim, item), "claimNo")


class Cancellations:
    """A store's cancellations."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    def search(self, start: datetime, end: datetime, status: ClaimStatus) -> AsyncIterator[Records[Claim]]:
        """Yield cancellations requested in a window of at most 7 days, which may end now; one list per page.

        The window applies to the time of the *request*: one withdrawn later is found on the day it was requested.
        """
        query = {"startDate": format_datetime(start), "endDate": format_datetime(end), "claimStatus": status.value}
        return self._session.pages(endpoints.CANCELLATION_SEARCH, _read_claims, query=query)

    async def get(self, claim_no: int) -> Claim:
        """Return the current state of a cancellation."""
        return await self._session.read(endpoints.CANCELLATION, lambda data: read(Claim, data), claim_no=claim_no)

    async def of_order(self, order_no: int) -> Records[Claim]:
        """Return the claims of every type of an order. The path is a proposal: be ready for NotOffered.

        Items may contain only number and status; then the type is UNKNOWN and there are no deals.
        """
        absent = {"tmonOrderNo": order_no}
        return await self._session.read(
            endpoints.ORDER_CLAIMS,
            lambda data: read_each(data, lambda item: read(Claim, absent | as_object(item)), "claimNo"),
            order_no=order_no,
        )
