"""Products as a sheet has them, as TMON tells them, and as they are wanted; and what a judgement of one says."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter
from pydantic import Field as Part

from tmon import api
from tmon.api import ProductType
from tmon.codes.tables import Carrier, find_carrier, is_carrier_code
from tmon.database import utc
from tmon.listings.fields import F, O, Tab, option_field
from tmon.models.listings import DealDocument, Origin, ProductState, detail_hash
from tmon.models.products import DealOption

_TEXTS = (F.IMAGES, F.KEYWORDS, F.SECTIONS)
_PAIRS = (F.KC_NUMBERS, F.NOTICE_TEXT)


class Detail(BaseModel):
    """상세설명 as TMON told it. `text`: None if it is too long to be kept."""

    model_config = ConfigDict(frozen=True)

    hash: str
    length: int
    text: str | None = Part(default=None, repr=False)


def _value(name: F, value: Any) -> Any:
    if name in _TEXTS:
        return tuple(map(str, value))
    if name in _PAIRS:
        return tuple((str(first), str(second)) for first, second in value)
    if name in (F.START, F.END):
        return utc(value if isinstance(value, datetime) else datetime.fromisoformat(value))
    if name is F.DETAIL and isinstance(value, Mapping):
        return Detail.model_validate(value)
    return value


Values = Annotated[
    dict[F, Any], AfterValidator(lambda values: {name: _value(name, value) for name, value in values.items()})
]
"""Values by field: numbers of category and template, codes of carrier, type, origin and KC, tuples of texts, pairs of an item
and its text, moments in UTC; of the detail its text, or a `Detail`. What is not there is not filled in, or not told."""
_VALUES: TypeAdapter[dict[F, Any]] = TypeAdapter(Values)


def dump_values(values: Mapping[F, Any]) -> dict[str, Any]:
    """Return values as they are stored."""
    stored: dict[str, Any] = _VALUES.dump_python(dict(values), mode="json")
    return stored


class Problem(BaseModel):
    """What is wrong with a cell, or worth knowing of it. `note` is the text key, `values` fill it."""

    tab: Tab
    line: int
    field: str
    """Name of the column: of a field, a part of it, or `NUMBER` and `OPTION_NUMBER` of `tmon.listings.fields`."""
    note: str
    values: dict[str, Any] = {}


class SheetOption(BaseModel):
    """A row of the tab of options. None: an empty cell."""

    line: int
    number: str
    sections: tuple[str, ...] | None = None
    """The cells `옵션 1` to the last that is filled, empty ones as an empty text."""
    price: int | None = None
    stock: int | None = None
    display: bool | None = None
    sku_code: str | None = None
    cells: dict[str, str] = {}
    """The cells as they were, by column."""


class SheetDeal(BaseModel):
    """A product of a sheet with its options."""

    tab: Tab = Tab.DEALS
    """The tab of `line`: that of options where the product has no row of its own."""
    line: int
    number: str
    values: Values = {}
    """Of the filled cells."""
    options: list[SheetOption] = []
    unnamed: list[SheetOption] = []
    """Rows of options without a number, or with that of another one: they are only shown again."""
    cells: dict[str, str] = {}
    problems: list[Problem] = []


class RemoteOption(BaseModel):
    """An option at TMON."""

    option_no: int
    wire_no: str | None
    sections: tuple[str, ...]
    """Its value for each of the deal's groups; of a deal without groups its title."""
    price: int
    stock: int
    display: bool


class RemoteDeal(BaseModel):
    """A deal at TMON. What is missing in `values` TMON did not tell."""

    deal_no: int
    wire_no: str | None
    status: str
    values: Values
    options: tuple[RemoteOption, ...]

    def groups(self) -> int:
        """Return how many option groups it has."""
        names = self.values.get(F.SECTIONS)
        if names is not None:
            return len(names)
        return len(self.options[0].sections) if self.options else 0


class Sale(StrEnum):
    """What is wanted of the sale of a deal: only from its page, never from a sheet."""

    PAUSE = "pause"
    RESUME = "resume"


class WantedOption(BaseModel):
    """What is wanted of an option. None: as it is."""

    number: str
    """As it was typed."""
    is_new: bool = False
    sections: tuple[str, ...] | None = None
    price: int | None = None
    stock: int | None = None
    display: bool | None = None
    sku_code: str | None = None


class Wanted(BaseModel):
    """What a person wants of a product: of the fields that they changed, and of nothing else."""

    is_new: bool = False
    values: Values = {}
    options: dict[str, WantedOption] = {}
    """By `number_key`."""
    sale: Sale | None = None
    needs_permission: bool = False
    """Its category is one of those that ask for a `legal_permission`."""


@dataclass(frozen=True)
class OptionFacts:
    """An option that is managed here."""

    seller_no: str
    vendor_option_no: str | None
    option_no: int | None
    sku_code: str | None


@dataclass(frozen=True)
class ProductFacts:
    """A product that is managed here."""

    number_key: str
    seller_no: str
    vendor_deal_no: str | None
    deal_no: int | None
    origin: Origin
    state: ProductState
    intended_at: datetime | None
    options: Mapping[str, OptionFacts] = field(default_factory=dict)
    """By `number_key`."""


@dataclass(frozen=True)
class StoreFacts:
    """What judging needs to know of the store."""

    store_id: str
    has_policy: bool
    policy_whom: Literal["store", "operator"]
    """Who has to give the policy number: the store its own, or the operator the deployment's."""
    product_on: bool
    stock_on: bool
    skus: Mapping[str, int]
    """Stock by the SKU's code."""
    option_owner: Mapping[str, str]
    """Keys of products by those of their options: of those options that no other product may have."""
    tops: Mapping[int, int]
    """Numbers of top-level categories by those of their leaves."""
    template_types: Mapping[int, ProductType | None]
    now: datetime


class Standing(BaseModel):
    """Where a product of a sheet stands: what is known of it here and at TMON."""

    product: ProductFacts | None = None
    """None: not managed here."""
    remote: RemoteDeal | None = None
    """None, of a product with a number of TMON's: TMON says that it is gone, unless `unread` says why it was not read."""
    unread: str | None = None
    """Why it could not be read: a text key."""
    kept: Values = {}
    touched: frozenset[str] = frozenset()
    """Fields that an open change of it wants: names of `F`, and of options as `option_field` makes them."""
    linked: dict[str, str] = {}
    """Codes of the SKUs that its options are linked to, by `number_key`."""


class Kind(StrEnum):
    """What becomes of a product of a sheet."""

    NEW = "new"  # 새로 등록
    CHANGED = "changed"  # 변경
    SAME = "same"  # 변경 없음
    WRONG = "wrong"  # 오류


class FieldChange(BaseModel):
    """What changes of one field. Of a detail both are its lengths."""

    field: str
    """Name of an `F`, or of an `O`."""
    option: str = ""
    """The option's number as typed; empty: a field of the product."""
    old: Any = None
    new: Any = None
    old_known: bool = True


class Judged(BaseModel):
    """The judgement of a product of a sheet."""

    deal: SheetDeal
    """With all its problems."""
    kind: Kind
    changes: list[FieldChange] = []
    notes: list[Problem] = []
    """Hints, which stop nothing."""
    steep: bool = False
    """A price changes by more than half."""
    selected: frozenset[str] = frozenset()
    """The fields that are wanted, named as in `Standing.touched`."""
    options: dict[str, WantedOption] = {}
    """All that is filled in of each option that can be sent, by `number_key`."""
    needs_permission: bool = False

    @property
    def wanted(self) -> Wanted | None:
        """What is to be sent as it was judged; None: nothing."""
        return wanted_of(self, frozenset())


def wanted_of(judged: Judged, touched: frozenset[str]) -> Wanted | None:
    """Return what is to be sent of a product; None: nothing. `touched`: as in `Standing`, as it is now."""
    if judged.kind is Kind.WRONG:
        return None
    chosen = judged.selected | touched
    values = {name: value for name, value in judged.deal.values.items() if name in chosen}
    options = {}
    for key, one in judged.options.items():
        left_out = () if one.is_new else [name for name in O if option_field(key, name) not in chosen]
        wanted = one.model_copy(update=dict.fromkeys(left_out))
        if one.is_new or any(getattr(wanted, name) is not None for name in O):
            options[key] = wanted
    if not values and not options:
        return None
    return Wanted(
        is_new=judged.kind is Kind.NEW,
        values=values,
        options=options,
        needs_permission=judged.needs_permission and F.CATEGORY in values,
    )


class SheetContent(BaseModel):
    """An uploaded list of products."""

    deals: list[SheetDeal] = []
    """As read; empty once they are judged."""
    judged: list[Judged] = []
    columns: dict[str, dict[str, str]] = {}
    """Letters of the columns by tab and name."""
    examples: int = 0
    """Rows that are examples and were skipped."""
    unread: int = 0
    """Columns that mean nothing to us."""
    one_list: bool = False
    """Both tabs are one list, as in a CSV: rows are named without a tab."""


def remote_of(deal: api.Deal, carriers: Iterable[Carrier]) -> RemoteDeal:
    """Return a deal as it was read at TMON. `carriers`: those that TMON names, of which it tells the code or the name."""
    detail = None if deal.detail is None else _detail(deal.detail)
    return _remote(deal, detail, carriers)


def stored_remote(document: DealDocument, options: Iterable[DealOption], carriers: Iterable[Carrier]) -> RemoteDeal:
    """Return a deal as it was read at TMON last. `options`: its own, with their newer stock, price and display."""
    deal = api.Deal.model_validate(document.content)
    newest = {option.option_no: option for option in options}
    now = tuple(
        one
        if (row := newest.get(one.option_no)) is None
        else one.model_copy(update={"stock": row.stock, "price": row.price, "display": row.display})
        for one in deal.options
    )
    detail = (
        None
        if document.detail_hash is None
        else Detail(hash=document.detail_hash, length=document.detail_length, text=document.detail)
    )
    return _remote(deal.model_copy(update={"options": now}), detail, carriers)


def _detail(text: str) -> Detail:
    return Detail(hash=detail_hash(text), length=len(text), text=text)


def _remote(deal: api.Deal, detail: Detail | None, carriers: Iterable[Carrier]) -> RemoteDeal:
    notice = deal.notices[0] if deal.notices and len(deal.notices) == 1 else None  # several: no sheet can say them
    no_groups = not deal.sections and not any(option.sections for option in deal.options)
    told = {
        F.TITLE: deal.title or None,
        F.MANAGED: deal.managed_title,
        F.PROMO: deal.title_decoration,
        F.CATEGORY: deal.category_no,
        F.TYPE: _known(deal.product_type),
        F.TEMPLATE: deal.delivery_template_no,
        F.CARRIER: None if deal.carrier is None else _carrier(deal.carrier, carriers),
        F.IMAGES: deal.images or None,
        F.DETAIL: detail,
        F.ORIGIN: _known(deal.origin),
        F.ORIGIN_DETAIL: deal.origin_detail,
        F.NOTICE: None if notice is None else notice.group,
        F.NOTICE_TEXT: None if notice is None else [(item.section, item.description) for item in notice.items],
        F.SECTIONS: () if no_groups else deal.sections or None,
        F.MOST: deal.max_purchase_qty,
        F.ADULT: deal.adult_only,
        F.START: deal.sales_start,
        F.END: deal.sales_end,
    }
    return RemoteDeal(
        deal_no=deal.deal_no,
        wire_no=deal.vendor_deal_no,
        status=str(deal.sales_status),
        values={name: value for name, value in told.items() if value is not None},
        options=tuple(
            RemoteOption(
                option_no=option.option_no,
                wire_no=option.vendor_option_no,
                sections=option.sections or (option.title,),
                price=option.price,
                stock=option.stock,
                display=option.display,
            )
            for option in deal.options
        ),
    )


def _known(code: StrEnum | None) -> str | None:
    return None if code is None or code.name == "UNKNOWN" else code.value


def _carrier(told: str, carriers: Iterable[Carrier]) -> str | None:
    return find_carrier(carriers, told) or (told if is_carrier_code(told) else None)
