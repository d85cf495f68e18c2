"""Deals on TMON: stock, display, sale period and change log (docs/tmon-api.md, ch. 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.playground.tmon.demo_catalog import Goods
from bot.playground.tmon.models import Partner
from tmon.clock import KST

NO_END = datetime(2900, 12, 31, 23, 59, 59, tzinfo=KST).astimezone(UTC)
"""The end date of a sale without an end (docs/tmon-api.md, ch. 8.1)."""

_SOLD_FOR = timedelta(days=200)


@dataclass
class ListedOption:
    """An option of a deal; `price` in KRW, `stock` the remaining quantity."""

    option_no: int
    title: str
    price: int
    stock: int
    vendor_option_no: str | None
    """The seller's key of the option, needed to change stock and display."""
    display: bool = True


@dataclass(frozen=True)
class DealChange:
    """A value set by a call, even if unchanged. `option_no` is None for values of the whole deal."""

    at: datetime
    call: str
    option_no: int | None
    before: object
    after: object


@dataclass
class Listing:
    """A deal of a partner, on sale or not."""

    partner_id: str
    goods: Goods
    """The catalog entry it was made from; the listing holds the current values."""
    title: str
    template_no: int | None
    sales_start: datetime
    sales_end: datetime
    options: dict[int, ListedOption]
    """By option number."""
    paused: bool = False
    deleted: bool = False
    changes: list[DealChange] = field(default_factory=list, repr=False)
    """Values set by calls, oldest first."""
    limited_calls: list[datetime] = field(default_factory=list, repr=False)
    """Times of calls that count towards the limit of 10 in 20 minutes (docs/tmon-api.md, ch. 8.2)."""

    @property
    def deal_no(self) -> int:
        """TMON's number of the deal."""
        return self.goods.deal_no

    @property
    def vendor_deal_no(self) -> str | None:
        """The seller's own number; None for a deal created elsewhere."""
        return self.goods.key

    def sales_status(self, at: datetime) -> str:
        """`READY`, `ON_SALE`, `PAUSE` or `END` (docs/tmon-api.md, ch. 12.9). The end of the period takes precedence over a pause."""
        if at > self.sales_end:
            return "END"
        if self.paused:
            return "PAUSE"
        return "READY" if at < self.sales_start else "ON_SALE"

    def for_sale(self, at: datetime) -> list[ListedOption]:
        """Options that can be ordered at that moment."""
        if self.deleted or self.sales_status(at) != "ON_SALE":
            return []
        return [option for option in self.options.values() if option.display and option.stock > 0]


def sellable_listings(partner: Partner, deals: Mapping[int, Listing], now: datetime) -> list[Listing]:
    """The partner's deals. For a partner added without deals: listings of its goods as on the first day."""
    listed = [listing for listing in deals.values() if listing.partner_id == partner.partner_id]
    return listed or [list_goods(partner.partner_id, goods, now) for goods in partner.goods]


def list_goods(partner_id: str, goods: Goods, opened_at: datetime, template_no: int | None = None) -> Listing:
    """List `goods` with their initial values; the sale period began 200 days before `opened_at`."""
    midnight = opened_at.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)
    if goods.days_left is None:
        sales_end = NO_END
    else:
        sales_end = (midnight + timedelta(days=goods.days_left + 1, seconds=-1)).astimezone(UTC)
    return Listing(
        partner_id=partner_id,
        goods=goods,
        title=goods.title,
        template_no=template_no,
        sales_start=(midnight - _SOLD_FOR).astimezone(UTC),
        sales_end=sales_end,
        options={
            option.option_no: ListedOption(option.option_no, option.title, option.price, option.stock, option.key)
            for option in goods.options
        },
        paused=goods.paused,
    )
