"""Forms of one product: its sale period, its texts, a new option, and the numbers with which it is taken over."""

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.blocks import (
    Block,
    actions,
    clip,
    context,
    input_block,
    modal,
    option,
    section,
    text_input,
)
from handlers.codes.views import carrier_input
from handlers.common_views.partner_center import partner_center_buttons
from handlers.payloads import encode
from handlers.products.ids import DealRef, PeriodRef, ProductView, TakeOverRef
from handlers.products.price_views import back_button
from handlers.products.views import end_of, title_of
from handlers.texts import Texts
from tmon.api.deal_limits import (
    KEY_LENGTH,
    MANAGED_TITLE_LENGTH,
    MAX_PURCHASE_QTY,
    OPTION_TITLE_LENGTH,
    TITLE_DECORATION_LENGTH,
    TITLE_LENGTH,
)
from tmon.codes.tables import Carrier
from tmon.listings.checks import SKU_LENGTH
from tmon.listings.fields import OPTION_NUMBER, F, O, part
from tmon.listings.identity import wire_key
from tmon.listings.taking_over import NUMBER
from tmon.models.products import DealOption
from tmon.pages import Page
from tmon.products.detail import DealDetail

OPTIONS = 20
"""Options on a page of the form that takes a deal over."""
END, DAYS, SOONER = "end", "days", "sooner"
SPANS = (7, 15, 30, 60, 90)
TEXT_FIELDS: Mapping[F, int] = {
    F.MANAGED: MANAGED_TITLE_LENGTH,
    F.TITLE: TITLE_LENGTH,
    F.PROMO: TITLE_DECORATION_LENGTH,
    F.KEYWORDS: 150,
    F.BRAND: 50,
    F.MOST: len(str(MAX_PURCHASE_QTY)),
}
"""Fields of the form 내용 변경 that are typed, and how long they may be."""
_TEMPLATES = 100
_LABEL = 80
_TYPED = 20


def period_form(t: Texts, facts: DealDetail, ref: PeriodRef, typed: Mapping[str, Any]) -> Block:
    """The form of the end of the sale. `ref.sooner`: it is before the present one, which has to be meant."""
    deal = facts.summary.deal
    picker: Block = {"type": "datepicker"}
    if day := typed.get(END):
        picker["initial_date"] = str(day)
    days = [option(t("products.period_days", n=n), str(n)) for n in SPANS]
    menu: Block = {"type": "static_select", "options": days}
    if chosen := next((one for one in days if one["value"] == str(typed.get(DAYS) or "")), None):
        menu["initial_option"] = chosen
    blocks = [
        section(t.md("products.deal_heading", title=title_of(t, deal))),
        context(t("products.period_now", end=end_of(t, deal))),
        input_block(END, t("products.period_end"), picker, optional=True),
        input_block(DAYS, t("products.period_span"), menu, optional=True, hint=t("products.period_hint")),
    ]
    if ref.sooner:
        yes = option(t("products.period_sooner_yes"), "yes")
        blocks.append(
            input_block(
                SOONER, t("products.period_sooner", end=end_of(t, deal)), {"type": "checkboxes", "options": [yes]}
            )
        )
    return _form(t, t("products.period"), blocks, ProductView.PERIOD, t("products.period_save"), ref)


def option_form(t: Texts, facts: DealDetail, ref: DealRef, groups: Sequence[str], *, stock_on: bool) -> Block:
    """The form of a new option. `groups`: names of the deal's option groups, empty where TMON does not tell them."""
    blocks = [
        section(t.md("products.deal_heading", title=title_of(t, facts.summary.deal))),
        *(
            input_block(
                part(O.SECTIONS, number),
                t("products.option_group", n=number),
                text_input(max_length=OPTION_TITLE_LENGTH),
                hint=t("products.option_group_name", name=name) if name else None,
            )
            for number, name in enumerate(groups or [""], 1)
        ),
        input_block(
            OPTION_NUMBER,
            t("products.option_number"),
            text_input(max_length=KEY_LENGTH),
            hint=t("products.option_number_hint"),
        ),
        input_block(O.PRICE, t("listings.option_field_price"), text_input(max_length=_TYPED)),
        input_block(
            O.STOCK,
            t("listings.option_field_stock"),
            text_input(max_length=_TYPED),
            optional=stock_on,
            hint=t("products.option_stock_sku" if stock_on else "products.option_stock_hint"),
        ),
        input_block(O.SKU, t("products.sku_code"), text_input(max_length=SKU_LENGTH), optional=True),
    ]
    return _form(t, t("products.add_option"), blocks, ProductView.ADD_OPTION, t("listings.preview"), ref)


def edit_form(
    t: Texts,
    facts: DealDetail,
    ref: DealRef,
    values: Mapping[F, str],
    templates: Mapping[int, str],
    carrier: Carrier | None,
) -> Block:
    """The form of a product's texts, delivery template and carrier. `values`: what is known of the fields now."""
    blocks = [
        section(t.md("products.deal_heading", title=title_of(t, facts.summary.deal))),
        context(t("products.edit_hint")),
        *(
            input_block(
                name,
                t.of("listings.field", name),
                text_input(max_length=most, initial=values.get(name)),
                optional=True,
                hint=t("products.edit_keywords") if name is F.KEYWORDS else None,
            )
            for name, most in TEXT_FIELDS.items()
        ),
    ]
    if templates:
        choices = [
            option(t("products.template", name=clip(name, 50), no=no), str(no)) for no, name in templates.items()
        ]
        menu: Block = {"type": "static_select", "options": choices[:_TEMPLATES]}
        if chosen := next((one for one in menu["options"] if one["value"] == values.get(F.TEMPLATE)), None):
            menu["initial_option"] = chosen
        blocks.append(input_block(F.TEMPLATE, t("listings.field_template"), menu, optional=True))
    blocks.append(carrier_input(t, ref.store, chosen=carrier, optional=True))
    return _form(t, t("products.edit"), blocks, ProductView.EDIT, t("listings.preview"), ref)


def to_map(facts: DealDetail) -> list[DealOption]:
    """Return the options of a deal that get a number when it is taken over: those that a call can name."""
    return [one for one in facts.summary.options if one.vendor_option_no]


def take_over_form(t: Texts, facts: DealDetail, ref: TakeOverRef) -> Block:
    """One page of the numbers with which a deal is taken over."""
    deal = facts.summary.deal
    page = Page.of(to_map(facts), ref.page, OPTIONS)
    blocks = [
        section(t.md("products.deal_heading", title=title_of(t, deal))),
        context(t("products.take_over_hint")),
    ]
    if page.number == 0:
        number = ref.number or _offered(ref.store, deal.vendor_deal_no, deal.deal_no)
        blocks.append(input_block(NUMBER, t("products.seller_no"), text_input(max_length=KEY_LENGTH, initial=number)))
    blocks += [
        input_block(
            str(one.option_no),
            t("products.option_number_of", option=clip(" ".join(one.title.split()), _LABEL)),
            text_input(
                max_length=KEY_LENGTH,
                initial=facts.numbers.get(one.option_no) or _offered(ref.store, one.vendor_option_no, one.option_no),
            ),
        )
        for one in page.items
    ]
    buttons: list[Block] = []
    if left := len(facts.summary.options) - page.total:
        blocks.append(context(t("products.take_over_left", n=left)))
        buttons = partner_center_buttons(t)
    last = page.number + 1 >= page.pages
    if page.pages > 1:
        blocks.append(context(t("stores.page", page=page.number + 1, pages=page.pages)))
    submit = t("products.take_over" if last else "products.next")
    here = ref.model_copy(update={"page": page.number})
    return _form(t, t("products.take_over"), blocks, ProductView.TAKE_OVER, submit, here, buttons)


def _offered(store_id: str, wire_no: str | None, tmon_no: int) -> str:
    """Return the number that is offered: TMON's key of it, without the part that says our store, else TMON's number."""
    return (wire_no or "").removeprefix(wire_key(store_id, "")) or str(tmon_no)


def _form(
    t: Texts,
    title: str,
    blocks: Sequence[Block],
    view: ProductView,
    submit: str,
    ref: DealRef | PeriodRef | TakeOverRef,
    buttons: Sequence[Block] = (),
) -> Block:
    """A form that stands in the place of the product's page, with the way back."""
    return modal(
        title,
        [*blocks, actions(back_button(t, ref.store, ref.deal), *buttons)],
        callback_id=view,
        close=t("common.close"),
        submit=submit,
        metadata=encode(ref),
    )
