"""Deals on TMON: what they say, stock, display, sale period and change log (docs/tmon-api.md, ch. 8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.playground.tmon.category_tree import NEED_LEGAL_PERMISSION, TOP_OF_LEAF
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
    """As orders show it: of an option with `sections`, these."""
    price: int
    stock: int
    vendor_option_no: str | None
    """The seller's key of the option, needed to change stock and display."""
    display: bool = True
    sections: tuple[str, ...] = ()
    """A value for each of the deal's `sections`, if it has any."""
    description: str | None = None


@dataclass(frozen=True)
class DealChange:
    """A value set by a call, even if unchanged. `option_no` is None for values of the whole deal."""

    at: datetime
    call: str
    option_no: int | None
    before: object
    after: object


@dataclass(frozen=True)
class DeliveryTerms:
    """What the delivery of a deal costs in KRW. `bundled` deals are shipped in one parcel, the others each in their own."""

    fee: int
    free_from: int
    """Delivery is free from this amount on; 0: never."""
    bundled: bool


@dataclass
class Listing:
    """A deal of a partner, on sale or not."""

    partner_id: str
    deal_no: int
    """TMON's number of the deal."""
    vendor_deal_no: str | None
    """The seller's own number; None for a deal created elsewhere."""
    document: dict[str, Any]
    """The fields of docs/tmon-api.md, ch. 8.1 by their wire names, but for what the other attributes hold."""
    terms: DeliveryTerms
    created_at: datetime
    sales_start: datetime
    sales_end: datetime
    options: dict[int, ListedOption]
    """By option number."""
    paused: bool = False
    deleted: bool = False
    changes: list[DealChange] = field(default_factory=list, repr=False)
    """Values set by calls, oldest first."""

    @property
    def title(self) -> str:
        """The title that buyers read."""
        title: str = self.document["title"]
        return title

    @property
    def template_no(self) -> int | None:
        """The number of its delivery template."""
        return self.document.get("deliveryTemplateNo")

    @property
    def product_type(self) -> str:
        """DP01 to DP08 (docs/tmon-api.md, ch. 12.8)."""
        product_type: str = self.document["productType"]
        return product_type

    @property
    def limit_key(self) -> str:
        """By what its calls are counted towards the limit: the seller's number, or TMON's where it has none."""
        return self.vendor_deal_no or str(self.deal_no)

    @property
    def pictures(self) -> list[str]:
        """The addresses of its main pictures."""
        pictures: list[str] = self.document["mainImages"]
        return pictures

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

    def option_with_key(self, key: str) -> ListedOption | None:
        """The option with the seller's key."""
        return next((option for option in self.options.values() if option.vendor_option_no == key), None)

    def main_option_no(self) -> int:
        """The number of the option that gives the price in lists: the chosen one, or the first that is shown."""
        chosen = self.option_with_key(self.document.get("mainDealOptionNo", ""))
        shown = chosen or next((option for option in self.options.values() if option.display), None)
        return min(self.options) if shown is None else shown.option_no

    def note(self, at: datetime, call: str, option_no: int | None, before: object, after: object) -> None:
        """Note a value that a call sets."""
        self.changes.append(DealChange(at, call, option_no, before, after))


def sellable_listings(partner: Partner, deals: Mapping[int, Listing], now: datetime) -> list[Listing]:
    """The partner's deals. For a partner added without deals: listings of its goods as on the first day."""
    listed = [listing for listing in deals.values() if listing.partner_id == partner.partner_id]
    return listed or [list_goods(partner.partner_id, goods, now) for goods in partner.goods]


def terms_of(policy: Mapping[str, Any]) -> DeliveryTerms:
    """The terms of a delivery template (docs/tmon-api.md, ch. 7.1)."""
    free = policy["deliveryFeePolicy"] in {"FREE", "AFTER"}  # nothing is paid with the order
    return DeliveryTerms(
        fee=0 if free else policy["deliveryFee"],
        free_from=policy.get("deliveryFeeFreePrice", 0),
        bundled=policy["bundledDeliveryAble"],
    )


def list_goods(partner_id: str, goods: Goods, opened_at: datetime, template_no: int | None = None) -> Listing:
    """List `goods` with their initial values; the sale period began 200 days before `opened_at`."""
    midnight = opened_at.astimezone(KST).replace(hour=0, minute=0, second=0, microsecond=0)
    if goods.days_left is None:
        sales_end = NO_END
    else:
        sales_end = (midnight + timedelta(days=goods.days_left + 1, seconds=-1)).astimezone(UTC)
    sales_start = (midnight - _SOLD_FOR).astimezone(UTC)
    return Listing(
        partner_id=partner_id,
        deal_no=goods.deal_no,
        vendor_deal_no=goods.key,
        document=_document(goods, template_no),
        terms=DeliveryTerms(goods.fee, goods.free_from, goods.bundled),
        created_at=sales_start,
        sales_start=sales_start,
        sales_end=sales_end,
        options={
            option.option_no: ListedOption(
                option.option_no,
                option.title,
                option.price,
                option.stock,
                option.key,
                sections=tuple(option.title.split(" / ")) if goods.sections else (),
            )
            for option in goods.options
        },
        paused=goods.paused,
    )


def _document(goods: Goods, template_no: int | None) -> dict[str, Any]:
    """The catalog's goods as a vendor would have registered them."""
    pictures = f"https://image.tmon.co.kr/deal/{goods.deal_no}"
    document: dict[str, Any] = {
        "productType": goods.product_type,
        "categoryNo": goods.category_no,
        "managedTitle": goods.title,
        "title": goods.title,
        "titleDecoration": "오늘의 추천",
        "adultOnly": False,
        "maxPurchaseQty": 999,
        "purchaseResetPeriod": 7,
        "mainImages": [f"{pictures}_main.jpg"],
        "homeRecommendedImage": f"{pictures}_home.jpg",
        "detailContents": f'<div><img src="{pictures}_detail.jpg"></div>',
        "additionalInput": goods.product_type == "DP05",
        "originCountryType": "N",
        "productInfos": [
            {"productType": "기타 재화", "productInfos": [{"section": "품명 및 모델명", "description": goods.title}]}
        ],
        "kcAuthSubmitType": "N",
        "deliveryCorp": "10001",
        "search": True,
        "priceComparison": True,
        "dealProductStatus": "NEW",
        "dealSellMethod": "NOT_APPLICABLE",
        "useCustomsIdNo": goods.product_type == "DP03",
        "parallelImport": False,
        "distanceFeeGradeUsing": False,
        "extraInstallationCostUsing": False,
        "simpleRefundAble": goods.product_type not in {"DP01", "DP05"},
    }
    if template_no is not None:
        document["deliveryTemplateNo"] = template_no
    if goods.sections:
        document["sections"] = list(goods.sections)
    if TOP_OF_LEAF[goods.category_no] in NEED_LEGAL_PERMISSION:
        document["legalPermissionType"] = "NONE"
    if document["additionalInput"]:
        document["additionalInputTitle"] = "새길 글"
    if not document["simpleRefundAble"]:
        document["simpleRefundNotAvailableReason"] = "신선식품 또는 주문제작 상품입니다."
    return document
