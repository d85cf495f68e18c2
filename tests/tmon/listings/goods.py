"""A product as a sheet has it, what is known of it, and a TMON that carries out steps."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from tmon.api import ProductType
from tmon.api.deals import SalesStatus
from tmon.clock import KST
from tmon.listings.documents import (
    Detail,
    Judged,
    OptionFacts,
    ProductFacts,
    RemoteDeal,
    RemoteOption,
    SheetDeal,
    SheetOption,
    Standing,
    StoreFacts,
    Values,
    Wanted,
)
from tmon.listings.fields import UNTOLD, F, O
from tmon.listings.identity import number_key, wire_key
from tmon.listings.steps import Act, Step, deal_change, kept_after, new_deal, new_options, next_step
from tmon.models.listings import Origin, ProductState, detail_hash

STORE = "st_abcdefghjkmn"
NOW = datetime(2026, 11, 2, 9, tzinfo=KST)
VALUES: Values = {
    F.MANAGED: "데일리 티셔츠 2026FW",
    F.TITLE: "가상브랜드 데일리 티셔츠",
    F.PROMO: "가을 신상 모음",
    F.CATEGORY: 51010101,
    F.TYPE: "DP07",
    F.TEMPLATE: 612345,
    F.CARRIER: "10001",
    F.IMAGES: ("https://img.example.com/1.jpg",),
    F.DETAIL: "<div>\n티셔츠</div>",
    F.KC: "N",
    F.NOTICE: "의류",
    F.NOTICE_TEXT: (("제품 소재", "면 100%"),),
    F.SECTIONS: ("색상", "사이즈"),
}
"""What has to be filled in, and two option groups."""


def store(**over: Any) -> StoreFacts:
    facts = StoreFacts(
        store_id=STORE,
        has_policy=True,
        policy_whom="store",
        product_on=True,
        stock_on=True,
        skus={"SKU-1": 7},
        option_owner={},
        tops={51010101: 51000000, 57010101: 57000000},
        template_types={612345: ProductType.DP07, 612346: ProductType.DP05, 612347: None},
        now=NOW,
    )
    return replace(facts, **over)


def row(number: str, *sections: str, line: int = 2, **over: Any) -> SheetOption:
    given: dict[str, Any] = {"price": 15900, "stock": 5} | over
    return SheetOption(line=line, number=number, sections=sections or None, **given)


def sheet(*options: SheetOption, number: str = "A-1", line: int = 2, **over: Any) -> SheetDeal:
    """A product of a sheet; `over` by the names of `F`'s members in small letters, None leaves one out."""
    changed = {F[name.upper()]: value for name, value in over.items()}
    values = {name: value for name, value in (VALUES | changed).items() if value is not None}
    rows = list(options) or [row("A-1-L", "검정", "L", line=2), row("A-1-M", "검정", "M", line=3)]
    return SheetDeal(line=line, number=number, values=values, options=rows)


def change_of(*options: SheetOption, number: str = "A-1", **over: Any) -> SheetDeal:
    """A product of a sheet in which only `over` is filled in."""
    values = {F[name.upper()]: value for name, value in over.items()}
    return SheetDeal(line=2, number=number, values=values, options=list(options))


class Tmon:
    """Carries out steps as TMON would, and keeps what the bot keeps."""

    def __init__(self, number: str = "A-1") -> None:
        self.product = ProductFacts(
            number_key=number_key(number),
            seller_no=number,
            vendor_deal_no=wire_key(STORE, number),
            deal_no=None,
            origin=Origin.REGISTERED,
            state=ProductState.PLANNED,
            intended_at=None,
        )
        self.remote: RemoteDeal | None = None
        self.kept: dict[F, Any] = {}
        self.sent: list[Step] = []
        self._hidden: Values = {}

    def standing(self, **over: Any) -> Standing:
        is_new = self.remote is None and not self.sent
        known = {"product": None if is_new else self.product, "remote": self.remote, "kept": self.kept}
        return Standing(**known | over)

    def accept(self, judged: Judged) -> Wanted:
        """Take the numbers of a judged product, as when it is accepted."""
        wanted = judged.wanted
        assert wanted is not None
        for key, option in wanted.options.items():
            self.name_option(key, option.number, option.sku_code)
        return wanted

    def name_option(self, key: str, number: str, sku_code: str | None = None) -> None:
        known = OptionFacts(number, wire_key(STORE, number), None, None)
        fact = replace(self.product.options.get(key, known), sku_code=sku_code)
        self.product = replace(self.product, options={**self.product.options, key: fact})

    def settle(self, wanted: Wanted, most: int = 6) -> list[Act]:
        """Send what is left until nothing is."""
        done: list[Act] = []
        while (step := next_step(wanted, self.product, self.remote, self.kept, done)) is not None:
            assert len(done) < most
            self.carry_out(step)
            done.append(step.act)
        return done

    def carry_out(self, step: Step) -> None:
        step = Step.model_validate_json(step.model_dump_json())  # it is kept between the two
        self.sent.append(step)
        stocks = {key: fields.get(O.STOCK, 0) for key, fields in step.options.items()}
        match step.act:
            case Act.REGISTER:
                self._register(step, new_deal(step, self.product, stocks))
            case Act.CHANGE:
                self._change(deal_change(step, self.product))
            case Act.ADD:
                assert self.remote is not None
                added = [self._option(option) for option in new_options(step, self.product, stocks)]
                self._set(options=(*self.remote.options, *added))
            case Act.PERIOD:
                self._set_values(step.values)
            case Act.DISPLAY:
                for key, fields in step.options.items():
                    self._set_option(self.product.options[key].vendor_option_no, display=fields[O.DISPLAY])
            case Act.PAUSE:
                self._set(status=SalesStatus.PAUSE.value)
            case Act.RESUME:
                self._set(status=SalesStatus.ON_SALE.value)
        if step.act in (Act.REGISTER, Act.CHANGE, Act.PERIOD):
            self.kept = Standing.model_validate({"kept": kept_after(self.kept, step)}).kept

    def _register(self, step: Step, deal: Any) -> None:
        self.product = replace(self.product, deal_no=7700112233, state=ProductState.LISTED, intended_at=NOW)
        self.remote = RemoteDeal(
            deal_no=7700112233,
            wire_no=deal.vendor_deal_no,
            status=SalesStatus.ON_SALE.value,
            values={
                F.TYPE: deal.product_type.value,
                F.SECTIONS: deal.sections or (),
                F.MOST: 999,
                F.ADULT: False,
                F.ORIGIN: "N",
                F.START: deal.sales_start or NOW,
                F.END: deal.sales_end or datetime(2900, 12, 31, 23, 59, 59, tzinfo=KST),
            },
            options=tuple(self._option(option) for option in deal.options),
        )
        self._take(deal)

    def _change(self, change: Any) -> None:
        self._take(change)
        for option in change.options or ():
            fields: dict[str, Any] = {} if option.price is None else {"price": option.price}
            if option.sections is not None or option.title is not None:
                fields["sections"] = option.sections or (option.title,)
            self._set_option(option.vendor_option_no, **fields)

    def _take(self, deal: Any) -> None:
        told = {
            F.TITLE: deal.title,
            F.MANAGED: deal.managed_title,
            F.PROMO: deal.title_decoration,
            F.CATEGORY: deal.category_no,
            F.TEMPLATE: deal.delivery_template_no,
            F.CARRIER: deal.carrier,
            F.IMAGES: deal.images,
            F.ORIGIN: None if deal.origin is None else deal.origin.value,
            F.ORIGIN_DETAIL: deal.origin_detail,
            F.MOST: deal.max_purchase_qty,
            F.ADULT: deal.adult_only,
        }
        if deal.detail is not None:
            told[F.DETAIL] = Detail(hash=detail_hash(deal.detail), length=len(deal.detail))
        if deal.notices is not None:
            told[F.NOTICE] = deal.notices[0].group
            told[F.NOTICE_TEXT] = tuple((item.section, item.description) for item in deal.notices[0].items)
        hidden = {
            F.KC: None if deal.kc is None else deal.kc.value,
            F.KC_NUMBERS: None if deal.kc_auths is None else tuple((one.section, one.no) for one in deal.kc_auths),
            F.KEYWORDS: deal.keywords,
            F.BRAND: deal.brand,
        }
        self._hidden |= {name: value for name, value in hidden.items() if value is not None}
        self._set_values({name: value for name, value in told.items() if value is not None})

    def has(self, name: F) -> Any:
        """What TMON has, told or not."""
        assert self.remote is not None
        return (self._hidden if name in UNTOLD else self.remote.values).get(name)

    def _option(self, option: Any) -> RemoteOption:
        count = 0 if self.remote is None else len(self.remote.options)
        return RemoteOption(
            option_no=hash(option.vendor_option_no) % 10**9 + count,
            wire_no=option.vendor_option_no,
            sections=option.sections or (option.title,),
            price=option.price,
            stock=option.stock,
            display=option.display,
        )

    def _set_option(self, wire_no: str | None, **fields: Any) -> None:
        assert self.remote is not None
        assert wire_no in {one.wire_no for one in self.remote.options}
        self._set(
            options=tuple(
                one.model_copy(update=fields) if one.wire_no == wire_no else one for one in self.remote.options
            )
        )

    def _set_values(self, values: Mapping[F, Any]) -> None:
        assert self.remote is not None
        self._set(values=self.remote.values | dict(values))

    def _set(self, **fields: Any) -> None:
        assert self.remote is not None
        self.remote = self.remote.model_copy(update=fields)
