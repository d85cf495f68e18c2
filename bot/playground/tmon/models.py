"""Data of the sandbox: vendors, partners, orders, claims and inquiries (plain text, aware UTC)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal

from bot.playground.tmon.demo_catalog import LIVING, Goods
from tmon.clock import KST


@dataclass
class Vendor:
    """The integrator that TMON gave API credentials (docs/tmon-api.md, ch. 2.1)."""

    client_id: str
    client_secret: str = field(repr=False)
    vendor_id: str
    personal_data_key: str = field(repr=False)
    """16 ASCII characters: the AES-128 key for buyers' data in responses to this vendor."""
    policy_no: int = 999
    """The number that TMON's operator issued, without which no deal can be registered (정책번호)."""


@dataclass
class Partner:
    """A seller's account at TMON. `token` is the API key of the partner centre."""

    partner_id: str
    token: str = field(repr=False)
    name: str
    partner_no: int
    goods: tuple[Goods, ...] = field(default=LIVING, repr=False)
    orders: list[PlacedOrder] = field(default_factory=list, repr=False)
    """Orders with at least one deal of this partner, oldest first."""


@dataclass
class AddressBookEntry:
    """An entry of a partner's address book (docs/tmon-api.md, ch. 6.1)."""

    no: int
    partner_id: str
    kind: str
    """D ship-from, R return-to."""
    name: str
    """Unique per partner."""
    zip_code: str
    lot: str
    detail: str
    street: str | None
    """Road-name address, optional."""
    manager_name: str
    manager_phone: str
    default: bool = False
    """At most one per partner, regardless of kind."""
    available: bool = True


@dataclass(frozen=True)
class StoredTemplate:
    """A delivery template; immutable (docs/tmon-api.md, ch. 7)."""

    no: int
    partner_id: str
    name: str
    policy: dict[str, object]
    """The other fields of docs/tmon-api.md, ch. 7.1 by their wire names; fields that do not apply are left out."""


@dataclass
class ShippingAddress:
    """A shipping address. Empty texts are sent as such, `None` is left out."""

    zip_code: str
    lot: str | None
    detail: str
    street: str | None
    surcharge: int = 0
    """Island surcharge in KRW (도서산간); 0 on the mainland."""


@dataclass(frozen=True)
class Pickup:
    """Person and address to collect returned goods from."""

    name: str = field(repr=False)
    mobile: str = field(repr=False)
    address: ShippingAddress = field(repr=False)


@dataclass
class BuyerAccount:
    """A buyer."""

    user_id: str
    name: str
    phone: str | None


@dataclass
class ParcelFee:
    """Fee of one delivery in KRW and who bears it; the island surcharge is separate and paid by the buyer."""

    amount: int = 0
    tmon_amount: int = 0
    partner_amount: int = 0
    island_amount: int = 0


@dataclass(frozen=True)
class ParcelInvoice:
    """A waybill (송장). Own deliveries (10099) have a day instead of a number, or none at all."""

    carrier: str
    number: str | None = None
    more: tuple[str, ...] = ()


@dataclass
class OrderedOption:
    """An ordered option of a deal."""

    option_no: int
    title: str
    price: int
    qty: int
    """Quantity left to ship; completed cancels reduce it."""
    description: str | None = None
    additional_message: str | None = None
    discount: int = 0
    """In KRW, borne half by TMON and half by the partner; only in the `initial` response."""


@dataclass
class OrderedDeal:
    """A deal of an order: the unit of state, confirmation and shipment (docs/tmon-api.md, ch. 9.1)."""

    partner_id: str
    deal_no: int
    title: str
    product_type: str
    delivery_no: str
    status: str
    """D1..D5."""
    updated_at: datetime
    fee: ParcelFee
    options: list[OrderedOption]
    customs_id: str | None = None
    invoice: ParcelInvoice | None = None
    scheduled_on: date | None = None
    """Planned day of an own delivery, or of a delayed dispatch."""
    delay: tuple[str, str] | None = None
    """Code and details of a delay notice."""

    @property
    def open_options(self) -> list[OrderedOption]:
        """Options with a quantity left to ship."""
        return [option for option in self.options if option.qty > 0]

    @property
    def cancelled(self) -> bool:
        """Whether nothing is left to ship."""
        return not self.open_options


@dataclass
class PlacedOrder:
    """An order; its deals may belong to several partners, and each partner sees only their own."""

    order_no: int
    buyer: BuyerAccount = field(repr=False)
    receiver_name: str = field(repr=False)
    receiver_phone: str = field(repr=False)
    address: ShippingAddress = field(repr=False)
    ordered_at: datetime
    deposited_at: datetime
    deals: list[OrderedDeal]
    delivery_memo: str | None = field(default=None, repr=False)
    additional_message: str | None = field(default=None, repr=False)
    safety_phone_until: datetime | None = None
    claims: list[BuyerClaim] = field(default_factory=list, repr=False, compare=False)
    """All claims about it, oldest first."""

    def deals_of(self, partner_id: str) -> list[OrderedDeal]:
        """The partner's deals that are not wholly cancelled."""
        return [deal for deal in self.deals if deal.partner_id == partner_id and not deal.cancelled]


ClaimType = Literal["C", "R", "X", "D"]
"""Cancel, return, exchange, redelivery (docs/tmon-api.md, ch. 12.2)."""


@dataclass
class BuyerClaim:
    """A buyer's claim about some or all deals of one partner in an order, or a seller's immediate cancel
    (docs/tmon-api.md, ch. 10)."""

    claim_no: int
    order: PlacedOrder
    partner_id: str
    kind: ClaimType
    status: str
    """C1 requested, C2 approved, C3 completed, C4 never paid, C8 withdrawn, C9 rejected."""
    reasons: dict[int, tuple[str, str | None]]
    """tmonDealNo → code and the requester's own words."""
    requested_at: datetime
    lines: dict[int, dict[int, int]]
    """tmonDealNo → tmonDealOptionNo → quantity."""
    approved_at: datetime | None = None
    completed_at: datetime | None = None
    approval_reason: tuple[str, str | None] | None = field(default=None, repr=False)
    """Code and details of the decision."""
    decided_by: Literal["partner", "tmon", "buyer"] | None = None
    """Not on the wire: who ended it."""
    by_seller: bool = False
    """An immediate cancel."""
    holding: bool = False
    hold_reason: tuple[str, str | None] | None = field(default=None, repr=False)
    held_at: datetime | None = None
    released_at: datetime | None = None
    origin_invoice: ParcelInvoice | None = None
    return_invoice: ParcelInvoice | None = None
    return_invoice_at: datetime | None = None
    """When the number of the parcel that comes back became known."""
    redelivery_invoice: ParcelInvoice | None = None
    redelivery_status: str | None = None
    return_status: str | None = None
    """R1 requested, R2 collecting, R3 collected (docs/tmon-api.md, ch. 17)."""
    returned_at: datetime | None = None
    partner_collects: bool | None = None
    """Whether the partner, not TMON's carrier, sees to the way back."""
    pictures: dict[int, list[str]] = field(default_factory=dict, repr=False)
    """tmonDealNo → addresses."""
    pickup: Pickup | None = field(default=None, repr=False)
    return_fee: int = 0
    refund_amount: int = 0

    @property
    def order_no(self) -> int:
        """The number of the order that it is about."""
        return self.order.order_no

    @property
    def open(self) -> bool:
        """Whether it waits for a decision or for its completion."""
        return self.status in {"C1", "C2"}

    @property
    def deals(self) -> list[OrderedDeal]:
        """The deals that it is about."""
        return [d for d in self.order.deals if d.partner_id == self.partner_id and d.deal_no in self.lines]

    @property
    def deadline(self) -> datetime | None:
        """When TMON decides by itself (docs/tmon-api.md, ch. 10.6 to 10.8); None: never. A hold does not move it."""
        match self.kind:
            case "C":
                return _at(self.requested_at, 1, 23)
            case "R":
                return self.requested_at + timedelta(days=7)
            case "X":
                came_back = self.return_invoice_at
                return _at(self.requested_at, 5, 22) if came_back is None else _at(came_back, 2, 22)
            case "D":
                return None


def _at(start: datetime, days: int, hour: int) -> datetime:
    """The hour in Korea, that many days after `start`."""
    return datetime.combine(start.astimezone(KST).date() + timedelta(days=days), time(hour), KST)


@dataclass
class BuyerQuestion:
    """A buyer's question about a deal (상품문의, docs/tmon-api.md, ch. 11.1)."""

    article_no: int
    partner_id: str
    deal_no: int
    deal_title: str
    writer: str
    """Masked, as TMON shows it."""
    content: str = field(repr=False)
    asked_at: datetime
    order_no: int | None = None
    answered: bool = False
    replies: list[str] = field(default_factory=list, repr=False)
    """The seller's answers through the API. Everybody sees each of them."""


@dataclass(frozen=True)
class SellerAnswer:
    """A seller's answer to a CS inquiry (docs/tmon-api.md, ch. 11.5)."""

    message: str = field(repr=False)
    possible: bool | None
    starts_on: date | None
    ends_on: date | None


@dataclass
class CounselorMessage:
    """A counsellor's message to the seller; answered separately."""

    group_no: int
    message: str = field(repr=False)
    asked_at: datetime
    answered: bool = False
    answers: list[SellerAnswer] = field(default_factory=list)


@dataclass
class CsCase:
    """An inquiry by TMON's counsellor to the seller on behalf of a buyer (CS문의, docs/tmon-api.md, ch. 11.3, 11.4)."""

    inquiry_no: int
    partner_id: str
    deal_no: int
    deal_title: str
    writer: str
    category_no: int
    category: str
    customer_message: str = field(repr=False)
    groups: list[CounselorMessage]
    """Oldest first; lists show the last one."""
    order_no: int | None = None
    emergency: bool = False
    heavy_claim: bool = False
    files: int = 0
    takes_possibility: bool = True
    """Whether an answer may say if it can be done (처리가능여부)."""


@dataclass
class BuyerReview:
    """A buyer's review of a deal (구매후기, docs/tmon-api.md, ch. 17)."""

    review_no: int
    partner_id: str
    deal_no: int
    deal_title: str
    writer: str
    """Masked, as TMON shows it."""
    score: int
    """1 to 5."""
    content: str = field(repr=False)
    written_at: datetime
    image_count: int = 0
    order_no: int | None = None
    replies: list[str] = field(default_factory=list, repr=False)
    """The seller's public replies. Not on the wire."""


@dataclass
class SettledRow:
    """A row of settlement (정산, docs/tmon-api.md, ch. 11.6); amounts in KRW, negative where something is taken back."""

    tx_no: str
    """Unique; a corrected row keeps it."""
    partner_id: str
    partner_no: int
    day: date
    """The day for which it is listed."""
    kind: str
    sold_at: datetime
    pay_due: date
    sell_amount: int
    base_amount: int
    rate: float
    """In percent."""
    detail_kind: str | None = None
    order_no: int | None = None
    deal_no: int | None = None
    option_no: int | None = None
    title: str | None = None
    option_title: str | None = None
    tmon_amount: int = 0
    vendor_amount: int = 0
    adjust_code: int | None = None
    discount: tuple[int, str] | None = None
    """Number and name of the discount policy."""
