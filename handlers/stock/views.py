"""Views of stock: the list of SKUs with the state of their options at TMON, and the unsynchronised options."""

from collections.abc import Mapping

from handlers.blocks import Block, actions, button, clip, input_block, modal, pager, section, text_input
from handlers.common_views.partner_center import partner_center_button
from handlers.payloads import encode
from handlers.stock.ids import StockAction, StockRef, StockView
from handlers.texts import Texts
from tmon.api.endpoints import DEAL_DISPLAY, DEAL_PAUSE, DEAL_RESUME
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.stock.sku_import import MAX_NAME
from tmon.stock.summary import OptionSummary, SkuPage, SkuSummary, UnsyncedReason

SHOWN_OPTIONS = 5
SENTENCE = 300
TITLE = 80
SHORT = 120
"""Maximum length of a message from TMON in a list."""
CALLS = {
    DEAL_DISPLAY.name: "stock.call_display",
    DEAL_PAUSE.name: "stock.call_pause",
    DEAL_RESUME.name: "stock.call_resume",
}
"""Text keys of the endpoints that TMON may not offer."""


def sku_list(t: Texts, page: SkuPage, ref: StockRef, note: str = "") -> Block:
    """One page of a store's SKUs. `note`: the result of the last action."""
    store = page.store
    here = ref.model_copy(update={"page": page.number, "sku": "", "deal": 0, "option": 0, "list_view": ""})
    blocks: list[Block] = [section(t.md("stock.heading", store=store.name, n=page.total))]
    if note:
        blocks.append(section(note))
    if not store.group_on(ApiGroup.STOCK):
        blocks.append(section(t("stock.off")))
    if not store.group_on(ApiGroup.ORDER):
        blocks.append(section(t("stock.orders_off")))
    if page.not_offered:
        calls = ", ".join(t(CALLS[call]) for call in page.not_offered)
        link = partner_center_button(t)
        blocks.append(section(t("stock.not_offered", call=calls), accessory=link))
    value = encode(here)
    buttons = [
        button(t("stock.upload"), StockAction.UPLOAD, value),
        button(t("stock.paste"), StockAction.PASTE, value),
        button(t("stock.add"), StockAction.ADD, value),
    ]
    if store.group_on(ApiGroup.STOCK):
        buttons.append(button(t("stock.sync_now"), StockAction.SYNC, value))
    if page.unmapped:
        buttons.append(
            button(
                t("stock.show_unmapped", n=page.unmapped),
                StockAction.UNMAPPED,
                encode(StockRef(store=store.id)),
            )
        )
    blocks += [actions(*buttons), _search(t, ref.search)]
    if not page.items:
        blocks.append(section(t("stock.none_found") if ref.search else t("stock.empty")))
    for facts in page.items:
        edit = button(
            t("stock.edit"),
            f"{StockAction.EDIT}#{facts.sku.id}",
            encode(here.model_copy(update={"sku": facts.sku.id})),
            label=t("stock.edit_label", code=facts.sku.code),
        )
        blocks += [section(_sku_lines(t, facts), accessory=edit)]
    blocks += pager(t, StockAction.PAGE, here, page)
    return modal(
        t("stock.title"),
        blocks,
        callback_id=StockView.LIST,
        close=t("common.close"),
        submit=t("stock.find"),
        metadata=encode(here),
    )


def _search(t: Texts, search: str) -> Block:
    element = text_input(max_length=MAX_NAME, initial=search, placeholder=t("stock.search_placeholder"))
    return input_block("search", t("stock.search"), element, optional=True)


def _sku_lines(t: Texts, facts: SkuSummary) -> str:
    sku = facts.sku
    lines = [t.md("stock.entry", code=sku.code, name=clip(sku.name, TITLE)), amount(t, facts)]
    if not facts.options:
        lines.append(t("stock.no_option"))
    lines += [_option_line(t, option) for option in facts.options[:SHOWN_OPTIONS]]
    if len(facts.options) > SHOWN_OPTIONS:
        lines.append(t("stock.more_options", n=len(facts.options) - SHOWN_OPTIONS))
    return "\n".join(lines)


def amount(t: Texts, facts: SkuSummary) -> str:
    """The stock, and the safety stock in it."""
    sku = facts.sku
    parts = [] if sku.selling else [t("stock.stopped")]
    parts.append(t("stock.left", n=max(0, sku.stock)))
    if sku.stock < 0:
        parts.append(t("stock.oversold", n=-sku.stock))
    elif sku.stock <= sku.safety:
        parts.append(t("stock.sold_out"))
    if sku.safety:
        parts.append(t("stock.kept", n=sku.safety))
    if sku.low_at:
        parts.append(t("stock.warns", n=sku.low_at))
    return " · ".join(parts)


def option_title(t: Texts, facts: OptionSummary, length: int = TITLE) -> str:
    """Titles of deal and option, each cut to `length`."""
    return t.md("stock.option", deal=clip(facts.deal.title, length), option=clip(facts.option.title, length))


def _option_line(t: Texts, facts: OptionSummary) -> str:
    parts = [_standing(t, facts), *(t.of("stock.sale", sale) for sale in facts.sale_flags)]
    for problem, key in (
        (facts.deal.sale_problem, "stock.is_sale_refused"),
        (facts.option.display_problem, "stock.is_display_refused"),
    ):
        if problem is not None:
            parts.append(t.md(key, message=clip(problem, SHORT)))
    return f"• {option_title(t, facts, 40)}\n{' · '.join(parts)}"


def _standing(t: Texts, facts: OptionSummary) -> str:
    link = facts.link
    if facts.unsynced_reason is not UnsyncedReason.MAPPED or link is None:
        return t.of("stock.why", facts.unsynced_reason)
    if link.mismatch is not None:
        return t("stock.is_mismatch", n=facts.option.stock)
    if link.attempt is not None:
        return t("stock.is_unclear")
    if link.problem is not None:
        return t.md("stock.is_refused", message=clip(link.problem, SHORT))
    if link.last_pushed is None or link.in_flight is None:
        return t("stock.is_learning", n=facts.option.stock)
    return t("stock.is_synced", n=facts.option.stock)


def option_list(t: Texts, store: Store, page: Page[OptionSummary], ref: StockRef) -> Block:
    """One page of the options that are not synchronised, each with the reason."""
    here = StockRef(store=store.id, page=page.number, list_view=ref.list_view)
    value = encode(here)
    blocks: list[Block] = [
        section(t.md("stock.unmapped_heading", store=store.name, n=page.total)),
        actions(
            button(t("stock.link_file"), StockAction.LINK_FILE, value),
            button(t("stock.link_upload"), StockAction.LINK_UPLOAD, value),
        ),
    ]
    shown = tuple((facts.deal.deal_no, facts.option.option_no) for facts in page.items)
    for facts in page.items:
        text = "\n".join(
            [
                option_title(t, facts),
                t.md("stock.option_numbers", deal=facts.deal.deal_no, number=facts.option.vendor_option_no or "–"),
                _unsynced(t, facts),
            ]
        )
        accessory = None
        if facts.unsynced_reason is UnsyncedReason.NO_KEY:
            accessory = partner_center_button(t, str(facts.option.option_no))
        elif facts.unsynced_reason is UnsyncedReason.NO_SKU:
            place = here.model_copy(update={"deal": facts.deal.deal_no, "option": facts.option.option_no})
            accessory = button(
                t("stock.map"),
                f"{StockAction.MAP}#{facts.option.option_no}",
                encode(place),
                label=t("stock.map_label", option=clip(facts.option.title, 50)),
            )
        blocks.append(section(text, accessory=accessory))
    blocks += pager(t, StockAction.UNMAPPED, here, page)
    return modal(
        t("stock.unmapped_title"),
        blocks,
        callback_id=StockView.UNMAPPED,
        close=t("common.close"),
        metadata=encode(here.model_copy(update={"shown": shown})),
    )


def _unsynced(t: Texts, facts: OptionSummary) -> str:
    """Why an option is not synchronised; one that was mapped while the list was open keeps its place in it."""
    if facts.unsynced_reason is UnsyncedReason.MAPPED and facts.sku is not None:
        return t.md("stock.mapped_now", code=facts.sku.code)
    return t.of("stock.why", facts.unsynced_reason)


def synced_text(t: Texts, counts: Mapping[str, int]) -> str:
    """The result of a sync run."""
    read, pushed = t("stock.synced_read", n=counts.get("read", 0)), t("stock.synced_pushed", n=counts.get("pushed", 0))
    parts = [t("stock.synced", read=read, pushed=pushed)]
    parts += [
        t(key, n=counts[name])
        for name, key in (
            ("turned", "stock.synced_turned"),
            ("refused", "stock.synced_refused"),
            ("unread", "stock.synced_unread"),
            ("unclear", "stock.synced_unclear"),
        )
        if counts.get(name)
    ]
    return " ".join(parts)
