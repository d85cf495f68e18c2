"""Forms of prices: of the options of one product, and by a percentage over several products."""

from collections.abc import Mapping, Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    context,
    input_block,
    modal,
    option,
    pager,
    section,
    text_input,
)
from handlers.common_views.partner_center import partner_center_buttons
from handlers.payloads import encode
from handlers.products.ids import DealRef, PercentRef, PriceRef, ProductAction, ProductView
from handlers.products.views import title_of
from handlers.texts import Texts
from tmon.models.products import DealOption
from tmon.pages import Page
from tmon.products.detail import DealDetail

PAGE = 20
"""Options on a page."""
PERCENT = "percent"
TARGET = "target"
CHOSEN, FOUND = "chosen", "found"
"""Which products a percentage is about."""
_TYPED = 20
_LABEL = 80


def price_field(option_no: int) -> str:
    """Return the name of the field of an option's price."""
    return f"price_{option_no}"


def priced(facts: DealDetail) -> list[DealOption]:
    """Return the options whose price can be changed: they are managed here, and a call can name them."""
    return [one for one in facts.summary.options if one.option_no in facts.numbers and one.vendor_option_no]


def price_form(t: Texts, facts: DealDetail, ref: PriceRef, typed: Mapping[int, str], percent: str = "") -> Block:
    """One page of the prices of a product. `typed`: by TMON's number of the option."""
    page = Page.of(priced(facts), ref.page, PAGE)
    ref = ref.model_copy(update={"page": page.number})
    blocks = [
        section(t.md("products.deal_heading", title=title_of(t, facts.summary.deal))),
        context(t("products.price_hint")),
        input_block(
            PERCENT,
            t("products.percent"),
            text_input(max_length=_TYPED, initial=percent, placeholder=t("products.percent_example")),
            optional=True,
            hint=t("products.percent_hint"),
        ),
    ]
    blocks += [
        input_block(
            f"{price_field(one.option_no)}~{ref.version}",
            t("products.price_of", option=clip(" ".join(one.title.split()), _LABEL), price=t.money(one.price)),
            text_input(max_length=_TYPED, initial=typed.get(one.option_no)),
            optional=True,
        )
        for one in page.items
    ]
    buttons = [back_button(t, ref.store, ref.deal)]
    if left := len(facts.summary.options) - page.total:
        blocks.append(context(t("products.price_elsewhere", n=left)))
        buttons += partner_center_buttons(t)
    blocks += pager(t, ProductAction.PRICE_PAGE, ref, page, *buttons)
    return modal(
        t("products.price"),
        blocks,
        callback_id=ProductView.PRICE,
        close=t("common.close"),
        submit=t("listings.preview"),
        metadata=encode(ref),
    )


def percent_form(t: Texts, ref: PercentRef, found: int) -> Block:
    """The form of a percentage over several products. `found`: how many match the search, and are managed here."""
    targets = []
    if ref.deals:
        targets.append(option(t("products.target_chosen", n=len(ref.deals)), CHOSEN))
    if found:
        key = "products.target_found" if ref.search else "products.target_all"
        targets.append(option(t(key, n=found), FOUND))
    blocks = [
        input_block(
            TARGET, t("products.target"), {"type": "radio_buttons", "options": targets, "initial_option": targets[0]}
        ),
        input_block(
            PERCENT,
            t("products.percent"),
            text_input(max_length=_TYPED, placeholder=t("products.percent_example")),
            hint=t("products.percent_many_hint"),
        ),
    ]
    return modal(
        t("products.price"),
        blocks,
        callback_id=ProductView.PERCENT,
        close=t("common.close"),
        submit=t("listings.preview"),
        metadata=encode(ref),
    )


def waiting(t: Texts) -> Block:
    """A form is being compared with what TMON has."""
    return _said(t, t("products.comparing"))


def failed(t: Texts, why: str, buttons: Sequence[Block] = ()) -> Block:
    """Why a form could not be compared with what TMON has."""
    return _said(t, why, buttons)


def back_button(t: Texts, store_id: str, deal_no: int) -> Block:
    """The button 이전 of a form, which leads to the product's page."""
    return button(t("listings.back"), ProductAction.BACK, encode(DealRef(store=store_id, deal=deal_no)))


def _said(t: Texts, text: str, buttons: Sequence[Block] = ()) -> Block:
    blocks = [section(text), *([actions(*buttons)] if buttons else ())]
    return modal(t("products.title"), blocks, callback_id=ProductView.WAITING, close=t("common.close"))
