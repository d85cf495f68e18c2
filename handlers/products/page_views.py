"""The page of one product."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.blocks import (
    Block,
    context,
    escape_title,
    fields,
    image,
    modal,
    pager,
    section,
)
from handlers.common_views.product_changes import price_range
from handlers.payloads import encode
from handlers.products.ids import DealRef, ProductAction, ProductView
from handlers.products.page_parts import change_line, page_buttons
from handlers.products.views import end_of, status, title_of
from handlers.texts import Texts, escape
from tmon.api import ProductType, SalesStatus
from tmon.listings.changes import ChangeResult
from tmon.listings.fields import TYPE_WORDS
from tmon.models.products import DealOption
from tmon.pages import Page
from tmon.products.detail import DealDetail

OPTIONS = 20
"""Options on one page."""
_LINES = 10
"""Options in one section."""
_OPTION = 60
_NUMBER = 50
_NAME = 120
_QUESTION = 150


@dataclass(frozen=True)
class PageFacts:
    """A product, and its last changes."""

    detail: DealDetail
    changes: Sequence[ChangeResult] = ()
    """Newest first."""


def page(
    t: Texts, shown: PageFacts, ref: DealRef, note: str = "", offer: Sequence[Block] = (), *, picture: bool = True
) -> Block:
    """The page of one product. `note`: the progress or failure of reading it; `offer`: blocks that help."""
    facts = shown.detail
    deal = facts.summary.deal
    blocks = [section(t.md("products.deal_heading", title=title_of(t, deal)))]
    if note:
        blocks += [section(note), *offer]
    if picture and facts.picture:
        blocks.append(image(facts.picture, deal.title or t("products.untitled", no=deal.deal_no)))
    blocks += [fields(_short_facts(t, facts)), section("\n".join(_long_facts(t, facts)))]
    if deal.runple:
        blocks.append(context(t("products.runple")))
    if deal.paused_by_us and deal.sales_status == SalesStatus.PAUSE:
        blocks.append(context(t("products.paused_by_us")))
    blocks += page_buttons(t, facts, ref)
    if facts.summary.options:
        blocks += _options(t, facts, ref)
    blocks += [section(t("products.open_orders", what=_orders(t, facts))), *_questions(t, facts)]
    if shown.changes:
        lines = [change_line(t, one) for one in shown.changes]
        blocks.append(section("\n".join([t("products.changes"), *lines])))
    if deal.read_at is not None:
        blocks.append(context(t("products.read_at", moment=t.moment(deal.read_at))))
    return modal(
        t("products.title"), blocks, callback_id=ProductView.DEAL, close=t("common.close"), metadata=encode(ref)
    )


def _short_facts(t: Texts, facts: DealDetail) -> list[str]:
    deal = facts.summary.deal
    shown = [
        t("products.deal_status", status=status(t, deal)),
        t("products.deal_no_field", no=deal.deal_no),
    ]
    if facts.product is not None and facts.is_managed:
        shown.append(t.md("products.deal_seller_no", no=_code(facts.product.seller_no)))
    elif deal.vendor_deal_no:
        shown.append(t.md("products.deal_vendor_no", no=_code(deal.vendor_deal_no)))
    if deal.read_at is not None:
        start = t("products.not_told") if deal.sales_start is None else t.moment(deal.sales_start)
        shown.append(t("products.deal_period", start=start, end=end_of(t, deal)))
    if (kind := _kind(deal.product_type)) is not None:
        shown.append(t.md("products.deal_type", kind=kind))
    managed = "products.managed" if facts.is_managed else "products.not_managed"
    shown.append(t("products.deal_managed", managed=t(managed)))
    return shown


def _kind(code: str | None) -> str | None:
    try:
        return None if code is None else TYPE_WORDS.get(ProductType(code), code)
    except ValueError:
        return code


def _long_facts(t: Texts, facts: DealDetail) -> list[str]:
    """Price, category and delivery template: one line each."""
    deal, prices = facts.summary.deal, [one.price for one in facts.summary.options]
    lines = []
    if prices:
        lines.append(t("products.price_line", prices=price_range(t, prices)))
    for key, name, number in (
        ("products.category_line", facts.category, deal.category_no),
        ("products.template_line", facts.template, deal.template_no),
    ):
        if number is None:
            what = t("products.not_told")
        else:
            what = str(number) if name is None else f"{escape_title(name, _NAME)} ({number})"
        lines.append(t.md(key, what=what))
    return lines


def _options(t: Texts, facts: DealDetail, ref: DealRef) -> list[Block]:
    page = Page.of(facts.summary.options, ref.page, OPTIONS)
    shown = page.items
    paragraphs = [shown[start : start + _LINES] for start in range(0, len(shown), _LINES)]
    blocks = [section(t("products.options", n=len(facts.summary.options)))]
    blocks += [section("\n".join(_option(t, facts, option) for option in paragraph)) for paragraph in paragraphs]
    return blocks + pager(t, ProductAction.OPTIONS, ref, page)


def _option(t: Texts, facts: DealDetail, option: DealOption) -> str:
    line = t(
        "products.option",
        title=escape(escape_title(option.title, _OPTION)),
        price=t.money(option.price),
        stock=option.stock,
    )
    code = facts.skus.get(option.option_no)
    marks = [t("products.option_no_sku") if code is None else t.md("products.option_sku", code=_code(code))]
    if not option.display:
        marks.append(t("products.option_hidden"))
    if facts.is_managed and not option.vendor_option_no:
        marks.append(t("products.option_without_key"))
    return " · ".join([line, *marks])


def _orders(t: Texts, facts: DealDetail) -> str:
    waiting = facts.waiting
    parts = []
    if waiting.to_confirm:
        parts.append(t("products.orders_to_confirm", n=waiting.to_confirm))
    if waiting.to_ship:
        parts.append(t("products.orders_to_ship", n=waiting.to_ship))
    if not parts:
        return t("products.orders_none")
    numbers = ", ".join(map(str, waiting.numbers))
    if more := waiting.to_confirm + waiting.to_ship - len(waiting.numbers):
        numbers = t("products.orders_more", numbers=numbers, n=more)
    return f"{' · '.join(parts)} ({numbers})"


def _questions(t: Texts, facts: DealDetail) -> list[Block]:
    asked = facts.questions
    if not asked.count:
        return [section(t("products.questions_none"))]
    lines = [
        t.md(
            "products.question",
            moment=t.moment(one.asked_at),
            text=escape_title(one.text, _QUESTION) if one.text else t("products.question_untold"),
        )
        for one in asked.first
    ]
    if more := asked.count - len(asked.first):
        lines.append(t("products.questions_more", n=more))
    return [section("\n".join([t("products.questions", n=asked.count), *lines]))]


def _code(number: str) -> str:
    """A number or code for use between backticks."""
    return escape_title(number.replace("`", "'"), _NUMBER)
