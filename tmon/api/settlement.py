"""Read access to settlement (정산): the rows of one day (docs/tmon-api.md, ch. 11.6). `extraData` is not used."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import (
    ApiModel,
    Day,
    MalformedResponse,
    MaybeNumber,
    Number,
    Records,
    Title,
    TradeMoment,
    UnreadItem,
    as_array,
    as_object,
    read,
    shown,
)

MAX_WON = 10**12
"""More than any row is about; 300,000 rows of it can be summed in 64 bits."""
_NOTED_LENGTH = 20
"""Characters of a `txSeqNo` by which a row that could not be read is told."""


def _or_none(value: object) -> object:
    return None if value == "" else value


def _plain(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("not a number")
    return _or_none(value)


def _text(value: object) -> object:
    return "" if value is None else value


Won = Annotated[Number, Field(ge=-MAX_WON, le=MAX_WON)]
"""An amount of a row, in KRW; negative where something is taken back."""

WonOrZero = Annotated[Won, BeforeValidator(lambda value: 0 if value is None or value == "" else value)]
"""An amount that TMON may leave out."""

Rate = Annotated[Annotated[Decimal, Field(ge=-1000, le=1000)] | None, BeforeValidator(_plain)]
"""A rate as TMON sends it: percent, or a fraction of at most 1. None where there is none."""

OptionalDay = Annotated[Day | None, BeforeValidator(_or_none)]

TxNo = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), BeforeValidator(_plain)]
"""`txSeqNo`."""

Code = Annotated[str, BeforeValidator(_text), shown(60)]
"""A code whose meaning is not known; empty where there is none."""

OptionalNumber = Annotated[Number | None, BeforeValidator(_or_none)]


class SettledOrder(ApiModel):
    """Which order a row is about; rows about none have no number."""

    order_no: OptionalNumber = Field(default=None, validation_alias="tmonOrderNo")
    sub_no: OptionalNumber = Field(default=None, validation_alias="tmonOrderSubNo")
    individual_no: OptionalNumber = Field(default=None, validation_alias="individualOrderNo")


class SettledGoods(ApiModel):
    """Which goods a row is about."""

    deal_no: OptionalNumber = Field(default=None, validation_alias="tmonDealNo")
    option_no: OptionalNumber = Field(default=None, validation_alias="tmonDealOptionNo")
    title: Title = Field(default="", validation_alias="managedTitle")
    option_title: Title = Field(default="", validation_alias="dealOptionTitle")


class SettlementItem(ApiModel):
    """One row of settlement. Numbers about which sums are made are refused where they are malformed, never taken for 0."""

    tx_no: TxNo = Field(validation_alias="txSeqNo")
    order: Annotated[SettledOrder, BeforeValidator(lambda value: value or {})] = Field(
        default=SettledOrder(), validation_alias="orderNo"
    )
    goods: Annotated[SettledGoods, BeforeValidator(lambda value: value or {})] = Field(
        default=SettledGoods(), validation_alias="dealNo"
    )
    kind: Code = Field(default="", validation_alias="settleDealType")
    detail_kind: Code = Field(default="", validation_alias="settleDealDetailType")
    sold_at: TradeMoment = Field(validation_alias="salesDateTime")
    pay_due: OptionalDay = Field(default=None, validation_alias="payDueDate")
    sell_amount: Won
    base_amount: Won = Field(validation_alias="payBaseAmount")
    rate: Rate = Field(default=None, validation_alias="payRate")
    vendor_amount: WonOrZero = 0
    tmon_amount: WonOrZero = 0
    adjust_code: MaybeNumber = None
    discount_no: MaybeNumber = Field(default=None, validation_alias="discountPolicyNo")
    discount_name: Title = Field(default="", validation_alias="discountPolicyName")


def _read_day(data: Any) -> Records[SettlementItem]:
    """Parse each row by itself. A `txSeqNo` is a text, so a row that cannot be read is noted by the first part of it."""
    document = as_object(data)
    if "settlementData" not in document:
        raise MalformedResponse("settlementData", "missing")
    rows: list[SettlementItem] = []
    unread: list[UnreadItem] = []
    for item in as_array(document["settlementData"] or []):
        try:
            rows.append(read(SettlementItem, item))
        except MalformedResponse as error:
            unread.append(UnreadItem(note_of(item), error.field, error.why))
    return Records(rows, unread)


def noted(tx_no: str) -> str:
    """Return the number by which the row `tx_no` is told where it cannot be read; empty if it has characters of no number."""
    number = tx_no.strip()[:_NOTED_LENGTH]
    return number if number.isascii() and number.replace("-", "").replace("_", "").isalnum() else ""


def note_of(item: Any) -> str:
    """Return the number by which a row is told that cannot be read; empty if it has none."""
    value = item.get("txSeqNo") if isinstance(item, dict) else None
    return noted(str(value)) if isinstance(value, int | str) and not isinstance(value, bool) else ""


class Settlement:
    """A store's settlement."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def day(self, day: date) -> Records[SettlementItem]:
        """Return the rows that TMON lists for one day (Korea). Raises TmonError."""
        return await self._session.read(endpoints.SETTLEMENT, _read_day, query={"searchDate": day.isoformat()})
