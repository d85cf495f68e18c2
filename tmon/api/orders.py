"""Orders (docs/tmon-api.md, ch. 9)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, PlainValidator, field_validator, model_validator
from pydantic_core import PydanticCustomError

from tmon.api import endpoints
from tmon.api.decoding import clean
from tmon.api.errors import UnreadableAnswer
from tmon.api.personal_data import Decryptor, Unreadable
from tmon.api.session import ApiSession
from tmon.api.wire import (
    IF_READABLE,
    MAX_NUMBER,
    ApiEnum,
    ApiModel,
    Count,
    Day,
    Label,
    MalformedResponse,
    MaybeMoment,
    Number,
    OrZero,
    Prose,
    Records,
    Title,
    TradeMoment,
    as_object,
    discard,
    format_datetime,
    merged,
    read,
    read_each,
)


class DeliveryStatus(ApiEnum):
    """TMON's state of a deal of an order (docs/tmon-api.md, ch. 12.1)."""

    D1 = "D1"  # 결제완료
    D2 = "D2"  # 주문확인(배송준비)
    D3 = "D3"  # 송장등록, 배송중
    D4 = "D4"  # 배송중, the waybill can no longer be changed
    D5 = "D5"  # 배송완료
    UNKNOWN = "unknown"  # a state not known to us


StatusCode = Annotated[str, PlainValidator(lambda value: str(value)[:10] if isinstance(value, str | int) else "")]


class DeliveryFee(ApiModel):
    """Shares of a delivery fee, KRW. The buyer paid `user_amount`, not `amount` (docs/tmon-api.md, ch. 9.2).

    The four `long_distance` amounts are the additional surcharge for Jeju and other islands. A `delivery_no` shared by
    several deals is paid once.
    """

    amount: Number
    tmon_amount: OrZero = 0
    partner_amount: OrZero = 0
    user_amount: Number
    long_distance_amount: OrZero = 0
    long_distance_tmon_amount: OrZero = 0
    long_distance_partner_amount: OrZero = 0
    long_distance_user_amount: OrZero = 0


class OrderOption(ApiModel):
    """An order line. `price` is per unit, `amount` for `quantity` units, both KRW."""

    option_no: Number = Field(validation_alias="tmonDealOptionNo")
    title: Title = Field(default="", validation_alias="dealOptionTitle")
    price: Number = Field(validation_alias="salesPrice")
    amount: Number = Field(validation_alias="purchasePrice")
    quantity: Count = Field(validation_alias="qty")
    descriptions: Prose = None
    additional_message: Prose = Field(default=None, repr=False)


class OrderDeal(ApiModel):
    """A deal of an order: the unit of state, confirmation and shipping."""

    deal_no: Number = Field(validation_alias="tmonDealNo")
    title: Title = Field(default="", validation_alias="dealTitle")
    delivery_no: str = Field(max_length=40)
    status: DeliveryStatus = Field(default=DeliveryStatus.UNKNOWN, validation_alias="deliveryStatus")
    status_code: StatusCode = Field(default="", validation_alias="deliveryStatus")
    """The state as TMON spells it, for people when it is UNKNOWN to us."""
    updated_at: MaybeMoment = Field(default=None, validation_alias="updatedDate")
    delivery_scheduled_date: Annotated[Day | None, IF_READABLE] = None
    delayed_reason_code: Label = None
    delayed_reason_detail: Prose = None
    customs_id: Label = Field(default=None, repr=False)
    delivery_fee: DeliveryFee | None = None
    options: tuple[OrderOption, ...] = Field(validation_alias="dealOptions")


@dataclass(frozen=True, slots=True, repr=False)
class Buyer:
    """Buyer and recipient, decrypted. Values that cannot be decrypted are None; `unreadable` has their TMON field names."""

    user_id: str | None = None
    user_name: str | None = None
    user_phone: str | None = None
    receiver_name: str | None = None
    receiver_phone: str | None = None
    """May be a safety number (안심번호), valid until `safety_phone_expires`."""
    zip_code: str | None = None
    address: str | None = None
    address_detail: str | None = None
    street_address: str | None = None
    delivery_memo: str | None = None
    additional_message: str | None = None
    safety_phone_expires: str | None = None
    """As sent by TMON; its format has never been observed."""
    unreadable: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Buyer(unreadable={self.unreadable})"


class Order(ApiModel):
    """One order."""

    order_no: Annotated[Number, Field(gt=0)] = Field(validation_alias="tmonOrderNo")
    ordered_at: TradeMoment = Field(validation_alias="orderDate")
    paid_at: TradeMoment | None = Field(default=None, validation_alias="depositDate")
    deals: tuple[OrderDeal, ...]
    buyer: Buyer

    @field_validator("deals")
    @classmethod
    def _each_once(cls, deals: tuple[OrderDeal, ...]) -> tuple[OrderDeal, ...]:
        return tuple({deal.deal_no: deal for deal in deals}.values())

    @model_validator(mode="after")
    def _sums_fit(self) -> Self:
        """The sums of an order stand in columns of 64 bits, too."""
        options = [option for deal in self.deals for option in deal.options]
        fees = [deal.delivery_fee for deal in self.deals if deal.delivery_fee is not None]
        sums = (
            sum(abs(option.amount) for option in options),
            sum(option.quantity for option in options),
            sum(abs(fee.user_amount) + abs(fee.long_distance_user_amount) for fee in fees),
        )
        if max(sums) > MAX_NUMBER:
            raise PydanticCustomError("less_than_equal", "a sum of more than 64 bits")
        return self


OrderList = Records[Order]  # an alias, because inside `Orders` the name `list` is a method


class InitialDeliveryFee(DeliveryFee):
    """The fee of one delivery as it was when the order was placed."""

    delivery_no: str


class OptionPromotion(ApiModel):
    """A discount on one option, KRW, and the seller's share of it."""

    option_no: Number = Field(validation_alias="tmonDealOptionNo")
    discount_amount: Number
    partner_discount_amount: Number
    coupon_no: str | None = None
    discount_policy_no: str | None = None


class InitialState(ApiModel):
    """주문번호 최초정보: fees and promotions of an order as initially placed (docs/tmon-api.md, ch. 9.5)."""

    delivery_fees: tuple[InitialDeliveryFee, ...] = ()
    promotions: tuple[OptionPromotion, ...] = Field(default=(), validation_alias="dealOptionPromotions")


@dataclass(frozen=True, slots=True)
class OptionQuantity:
    """An option and its quantity, as listed in a confirmation."""

    option_no: int
    quantity: int


_MEMO = 1000
"""Characters kept of each text about the buyer."""

_SEALED = {
    "userId": "user_id",
    "userName": "user_name",
    "userPhone": "user_phone",
    "receiverName": "receiver_name",
    "receiverPhone": "receiver_phone",
}
_SEALED_ADDRESS = {
    "zipCode": "zip_code",
    "address": "address",
    "addressDetail": "address_detail",
    "streetAddress": "street_address",
}
_PLAIN = {
    "deliveryMemo": "delivery_memo",
    "additionalMessage": "additional_message",
    "safetyPhoneExpirationDate": "safety_phone_expires",
}


def _read_buyer(order: dict[str, Any], decryptor: Decryptor) -> Buyer:
    # Nothing here is required: an order is valid even if its buyer cannot be read.
    values: dict[str, str | None] = {}
    unreadable: list[str] = []
    address = order.get("receiverAddress")
    for source, names, path in ((order, _SEALED, ""), (address, _SEALED_ADDRESS, "receiverAddress.")):
        if not isinstance(source, dict):
            continue
        for wire_name, name in names.items():
            try:
                text = decryptor.decrypt(source.get(wire_name))
                values[name] = None if text is None else clean(text)[:_MEMO]
            except Unreadable:
                unreadable.append(path + wire_name)
    for wire_name, name in _PLAIN.items():
        memo = order.get(wire_name)
        values[name] = str(memo)[:_MEMO] if isinstance(memo, str | int | float) and memo != "" else None
    return Buyer(**values, unreadable=tuple(unreadable))


def _read_order(data: Any, decryptor: Decryptor) -> Order:
    order = as_object(data)
    return read(Order, {**order, "buyer": _read_buyer(order, decryptor)})


_FIRST_PART, _SHORTEST_PART = timedelta(hours=1), timedelta(minutes=1)
"""Spans of a list that does not fit into one answer."""


def _read_listed(data: Any, decryptor: Decryptor) -> Order:
    """Read an order of a list, which names what was ordered: without it, it would be taken for one that is done."""
    order = _read_order(data, decryptor)
    if not any(deal.options for deal in order.deals):
        raise MalformedResponse("deals.0.dealOptions" if order.deals else "deals", "missing")
    return order


class Orders:
    """A store's orders."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    async def list(self, start: datetime, end: datetime, status: DeliveryStatus) -> OrderList:
        """Return new (D1) or confirmed (D2) orders of at most 7 days; `end` at least 30 min ago (docs/tmon-api.md, ch. 9.2).

        There are no pages: where the answer would be too large, it is asked for again in parts, down to a minute.
        Raises ValueError for another status, and TmonError.
        """
        if status not in (DeliveryStatus.D1, DeliveryStatus.D2):
            raise ValueError("GET /orders knows D1 and D2 only; search for the others")
        try:
            return await self._list(start, end, status)
        except UnreadableAnswer as error:
            if error.passing:
                raise
        # Backwards, in windows that grow as long as their answers fit: hardly any is asked for in vain.
        found: OrderList = Records()
        span = _FIRST_PART
        while end > start:
            begin = max(start, end - span)
            try:
                part = await self._list(begin, end, status)
            except UnreadableAnswer as error:
                if error.passing or span <= _SHORTEST_PART:
                    raise
                span = max(span / 4, _SHORTEST_PART)
                continue
            found = merged(found, part, lambda order: order.order_no)
            end, span = begin, 2 * span
        return found

    async def _list(self, start: datetime, end: datetime, status: DeliveryStatus) -> OrderList:
        return await self._session.read(endpoints.ORDERS, self._read_orders, query=_window(start, end, status))

    def search(self, start: datetime, end: datetime, status: DeliveryStatus) -> AsyncIterator[OrderList]:
        """Yield orders in any state, one list per page; the window as for `list` (docs/tmon-api.md, ch. 9.3)."""
        return self._session.pages(endpoints.ORDER_SEARCH, self._read_orders, query=_window(start, end, status))

    async def get(self, order_no: int) -> Order:
        """Return the current state of an order."""
        return await self._session.read(
            endpoints.ORDER, lambda data: _read_order(data, self._session.decryptor()), order_no=order_no
        )

    async def initial(self, order_no: int) -> InitialState:
        """Return fees and promotions as initially placed. The path is a proposal: be ready for NotOffered."""
        return await self._session.read(
            endpoints.ORDER_INITIAL, lambda data: read(InitialState, data), order_no=order_no
        )

    async def confirm(self, order_no: int, deal_no: int, options: Sequence[OptionQuantity]) -> None:
        """Confirm (발주확인) one deal with all its options: D1 → D2 (docs/tmon-api.md, ch. 9.6).

        Never repeated. Raises UnknownOutcome if it was sent without a conclusive answer, Unavailable if nothing was sent,
        Rejected with `.already` if the deal is no longer in D1.
        """
        body = {
            "tmonDealNo": deal_no,
            "tmonDealOptions": [{"tmonDealOptionNo": line.option_no, "qty": line.quantity} for line in options],
        }
        await self._session.write(endpoints.ORDER_CONFIRM, discard, body, order_no=order_no)

    def _read_orders(self, data: Any) -> OrderList:
        decryptor = self._session.decryptor()
        return read_each(data, lambda item: _read_listed(item, decryptor), "tmonOrderNo")


def _window(start: datetime, end: datetime, status: DeliveryStatus) -> dict[str, str]:
    return {"startDate": format_datetime(start), "endDate": format_datetime(end), "deliveryStatus": status.value}
