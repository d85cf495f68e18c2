"""What the sandbox knows: vendors, partners, orders and claims as TMON would hold them (plain text, aware UTC)."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.playground.tmon.demo_catalog import LIVING, Goods


@dataclass
class Vendor:
    """The solution that holds the contract with TMON (wire contract, ch. 2.1)."""

    client_id: str
    client_secret: str = field(repr=False)
    vendor_id: str
    personal_data_key: str = field(repr=False)
    """16 ASCII characters: the AES-128 key of the buyers' data in this vendor's answers."""


@dataclass
class Partner:
    """A seller's account at TMON. `token` is what the partner centre calls the API key."""

    partner_id: str
    token: str = field(repr=False)
    name: str
    partner_no: int
    goods: tuple[Goods, ...] = field(default=LIVING, repr=False)
    orders: list["PlacedOrder"] = field(default_factory=list, repr=False)
    """The orders with at least one deal of this partner, in the order of their arrival."""


@dataclass
class AddressBookEntry:
    """An entry of a partner's address book (wire contract, ch. 6.1)."""

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
    """The road-name address, which may be missing."""
    manager_name: str
    manager_phone: str
    default: bool = False
    """One per partner at most, whatever its kind."""
    available: bool = True


@dataclass(frozen=True)
class StoredTemplate:
    """A delivery template, which nothing changes or deletes (wire contract, ch. 7)."""

    no: int
    partner_id: str
    name: str
    policy: dict[str, object]
    """The other fields of ch. 7.1 under their names there; those that do not apply are left out."""


@dataclass
class ShippingAddress:
    """Where a parcel goes. An empty text is sent as an empty text, `None` is left out."""

    zip_code: str
    lot: str | None
    detail: str
    street: str | None
    surcharge: int = 0
    """Island surcharge in KRW (도서산간); 0 on the mainland."""


@dataclass
class BuyerAccount:
    """Who ordered."""

    user_id: str
    name: str
    phone: str | None


@dataclass
class ParcelFee:
    """The fee of one delivery in KRW and who bears it; the island surcharge is separate and paid by the buyer."""

    amount: int = 0
    tmon_amount: int = 0
    partner_amount: int = 0
    island_amount: int = 0


@dataclass
class OrderedOption:
    """One line of a deal in an order."""

    option_no: int
    title: str
    price: int
    qty: int
    """What is left to ship: a completed cancel takes its share away."""
    description: str | None = None
    additional_message: str | None = None
    discount: int = 0
    """Borne half by TMON and half by the partner; told by the first-state information only."""


@dataclass
class OrderedDeal:
    """One deal of an order: the unit that bears a state, is confirmed and is shipped (wire contract, ch. 9.1)."""

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

    @property
    def open_options(self) -> list[OrderedOption]:
        """The options of which something is left to ship."""
        return [option for option in self.options if option.qty > 0]

    @property
    def cancelled(self) -> bool:
        """Whether completed cancels have taken everything."""
        return not self.open_options


@dataclass
class PlacedOrder:
    """An order; its deals may belong to several partners, each of whom sees only their own."""

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

    def deals_of(self, partner_id: str) -> list[OrderedDeal]:
        """The partner's deals that are not wholly cancelled."""
        return [deal for deal in self.deals if deal.partner_id == partner_id and not deal.cancelled]


@dataclass
class CancelClaim:
    """A buyer's cancel of some of one partner's deals in an order (wire contract, ch. 10)."""

    claim_no: int
    order: PlacedOrder
    partner_id: str
    status: str
    """C1 requested, C3 completed, C8 withdrawn."""
    reason: str
    reason_detail: str | None
    requested_at: datetime
    lines: dict[int, dict[int, int]]
    """tmonDealNo → tmonDealOptionNo → quantity."""
    completed_at: datetime | None = None

    @property
    def order_no(self) -> int:
        """The number of the order that it is about."""
        return self.order.order_no


@dataclass
class BuyerQuestion:
    """A buyer's question about a deal (상품문의, wire contract, ch. 11.1)."""

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


@dataclass
class CounselorMessage:
    """One message of a counsellor to the seller, which is answered by itself."""

    group_no: int
    message: str = field(repr=False)
    asked_at: datetime
    answered: bool = False


@dataclass
class CsCase:
    """A matter that TMON's counsellor puts to the seller for a buyer (CS문의, wire contract, ch. 11.3, 11.4)."""

    inquiry_no: int
    partner_id: str
    deal_no: int
    deal_title: str
    writer: str
    category_no: int
    category: str
    customer_message: str = field(repr=False)
    groups: list[CounselorMessage]
    """Oldest first. A list shows the last one."""
    order_no: int | None = None
    emergency: bool = False
    heavy_claim: bool = False
