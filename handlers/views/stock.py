"""SKUs in lists and forms, options that are not synchronised, and what the channel is told of stock."""

from collections.abc import Mapping, Sequence

from handlers.ids import StockAction, StockView
from handlers.payloads import MismatchRef, StockRef, pack
from handlers.texts import Texts, escape
from handlers.views.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    input_block,
    modal,
    section,
    text_input,
)
from tmon.stock.rows import MAX_CODE, MAX_NAME, MAX_ROWS, Problem
from tmon.stock.service import Applied, OptionFacts, OptionPage, SkuFacts, SkuPage, Why
from tmon.stores.tables import Group, Store

_SHOWN_PROBLEMS = 40
_SHOWN_OPTIONS = 5
_SENTENCE = 300
_TITLE = 80


def sku_list(t: Texts, page: SkuPage, ref: StockRef, note: str = "") -> Block:
    """One page of a store's SKUs. `note`: what has just been done."""
    store = page.store
    here = ref.model_copy(update={"page": page.page, "sku": "", "deal": 0, "option": 0, "list_view": ""})
    blocks: list[Block] = [section(t.md("stock.heading", store=store.name, n=t.number(page.total)))]
    if note:
        blocks.append(section(note))
    if not store.group_on(Group.STOCK):
        blocks.append(section(t("stock.off")))
    if not store.group_on(Group.ORDER):
        blocks.append(section(t("stock.orders_off")))
    value = pack(here)
    buttons = [
        button(t("stock.upload"), StockAction.UPLOAD, value),
        button(t("stock.paste"), StockAction.PASTE, value),
        button(t("stock.add"), StockAction.ADD, value),
    ]
    if store.group_on(Group.STOCK):
        buttons.append(button(t("stock.sync_now"), StockAction.SYNC, value))
    if page.unmapped:
        buttons.append(
            button(
                t("stock.show_unmapped", n=t.number(page.unmapped)),
                StockAction.UNMAPPED,
                pack(StockRef(store=store.id)),
            )
        )
    blocks += [actions(*buttons), _search(t, ref.search)]
    if not page.items:
        blocks.append(section(t("stock.none_found") if ref.search else t("stock.empty")))
    for facts in page.items:
        edit = button(
            t("stock.edit"),
            f"{StockAction.EDIT}#{facts.sku.id}",
            pack(here.model_copy(update={"sku": facts.sku.id})),
            label=t("stock.edit_label", code=facts.sku.code),
        )
        blocks += [section(_sku_lines(t, facts), accessory=edit)]
    blocks += _turn(t, StockAction.PAGE, here, page.page, page.pages)
    return modal(
        t("stock.title"),
        blocks,
        callback_id=StockView.LIST,
        close=t("common.close"),
        submit=t("stock.find"),
        metadata=pack(here),
    )


def _search(t: Texts, search: str) -> Block:
    element = text_input(max_length=MAX_NAME, initial=search, placeholder=t("stock.search_placeholder"))
    return input_block("search", t("stock.search"), element, optional=True)


def _sku_lines(t: Texts, facts: SkuFacts) -> str:
    sku = facts.sku
    lines = [t.md("stock.entry", code=sku.code, name=clip(sku.name, _TITLE)), amount(t, facts)]
    if not facts.options:
        lines.append(t("stock.no_option"))
    lines += [_option_line(t, option) for option in facts.options[:_SHOWN_OPTIONS]]
    if len(facts.options) > _SHOWN_OPTIONS:
        lines.append(t("stock.more_options", n=len(facts.options) - _SHOWN_OPTIONS))
    return "\n".join(lines)


def amount(t: Texts, facts: SkuFacts) -> str:
    """What is left, and what of it is kept back."""
    sku = facts.sku
    parts = [t("stock.left", n=t.number(max(0, sku.stock)))]
    if sku.stock < 0:
        parts.append(t("stock.oversold", n=t.number(-sku.stock)))
    elif sku.stock <= sku.safety:
        parts.append(t("stock.sold_out"))
    if sku.safety:
        parts.append(t("stock.kept", n=t.number(sku.safety)))
    if sku.low_at:
        parts.append(t("stock.warns", n=t.number(sku.low_at)))
    return " · ".join(parts)


def _option_line(t: Texts, facts: OptionFacts) -> str:
    title = t.md("stock.option", deal=clip(facts.deal.title, 40), option=clip(facts.option.title, 40))
    return f"{title} — {_standing(t, facts)}"


def _standing(t: Texts, facts: OptionFacts) -> str:
    link = facts.link
    if facts.why is not Why.MAPPED or link is None:
        return t(f"stock.why_{facts.why}")
    if link.mismatch is not None:
        return t("stock.is_mismatch", n=t.number(facts.option.stock))
    if link.attempt is not None:
        return t("stock.is_unclear")
    if link.problem is not None:
        return t.md("stock.is_refused", message=clip(link.problem, _SENTENCE))
    if link.last_pushed is None or link.flying is None:
        return t("stock.is_learning", n=t.number(facts.option.stock))
    return t("stock.is_synced", n=t.number(facts.option.stock))


def option_list(t: Texts, page: OptionPage, ref: StockRef) -> Block:
    """One page of the options that are not synchronised, each with the reason."""
    here = StockRef(store=page.store.id, page=page.page, list_view=ref.list_view)
    blocks: list[Block] = [section(t.md("stock.unmapped_heading", store=page.store.name, n=t.number(page.total)))]
    for facts in page.items:
        text = "\n".join(
            [
                t.md("stock.option", deal=clip(facts.deal.title, _TITLE), option=clip(facts.option.title, _TITLE)),
                t.md("stock.option_numbers", deal=facts.deal.deal_no, number=facts.option.vendor_option_no or "–"),
                t(f"stock.why_{facts.why}"),
            ]
        )
        accessory = None
        if facts.why is Why.NO_SKU:
            place = here.model_copy(update={"deal": facts.deal.deal_no, "option": facts.option.option_no})
            accessory = button(t("stock.map"), f"{StockAction.MAP}#{facts.option.option_no}", pack(place))
        blocks.append(section(text, accessory=accessory))
    blocks += _turn(t, StockAction.UNMAPPED, here, page.page, page.pages)
    return modal(
        t("stock.unmapped_title"),
        blocks,
        callback_id=StockView.UNMAPPED,
        close=t("common.close"),
        metadata=pack(here),
    )


def _turn(t: Texts, action_id: str, here: StockRef, page: int, pages: int) -> list[Block]:
    buttons = []
    if page > 0:
        before = here.model_copy(update={"page": page - 1})
        buttons.append(button(t("stores.page_before"), f"{action_id}#before", pack(before)))
    if page < pages - 1:
        after = here.model_copy(update={"page": page + 1})
        buttons.append(button(t("stores.page_after"), f"{action_id}#after", pack(after)))
    if not buttons:
        return []
    return [context(t("stores.page", page=page + 1, pages=pages)), actions(*buttons)]


def upload_form(t: Texts, store: Store, ref: StockRef) -> Block:
    """Takes a file with a list of SKUs."""
    element: Block = {"type": "file_input", "filetypes": ["csv", "xlsx"], "max_files": 1}
    return modal(
        t("stock.upload"),
        [
            section(t.md("stock.upload_text", store=store.name, most=t.number(MAX_ROWS))),
            input_block("file", t("stock.file"), element, hint=t("stock.file_hint")),
        ],
        callback_id=StockView.UPLOAD,
        close=t("common.cancel"),
        submit=t("stock.apply"),
        metadata=pack(ref),
    )


def paste_form(t: Texts, store: Store, ref: StockRef) -> Block:
    """Takes rows as text."""
    return modal(
        t("stock.paste"),
        [
            section(t.md("stock.paste_text", store=store.name)),
            input_block(
                "rows",
                t("stock.rows"),
                text_input(max_length=3000, multiline=True, placeholder=t("stock.rows_example")),
            ),
        ],
        callback_id=StockView.PASTE,
        close=t("common.cancel"),
        submit=t("stock.apply"),
        metadata=pack(ref),
    )


def sku_form(t: Texts, ref: StockRef, facts: SkuFacts | None) -> Block:
    """One SKU. An empty stock leaves what there is, so that saving a name does not undo a sale of this minute."""
    blocks: list[Block] = []
    if facts is None:
        blocks.append(input_block("code", t("stock.code"), text_input(max_length=MAX_CODE), hint=t("stock.code_hint")))
        name = safety = low_at = ""
    else:
        sku = facts.sku
        blocks.append(section(f"{t.md('stock.entry', code=sku.code, name='')}\n{amount(t, facts)}"))
        name, safety, low_at = sku.name, str(sku.safety), str(sku.low_at)
    blocks += [
        input_block(
            "stock",
            t("stock.stock"),
            text_input(max_length=12),
            optional=facts is not None,
            hint=None if facts is None else t("stock.stock_hint"),
        ),
        input_block(
            "safety",
            t("stock.safety"),
            text_input(max_length=12, initial=safety),
            optional=True,
            hint=t("stock.safety_hint"),
        ),
        input_block(
            "low_at",
            t("stock.low_at"),
            text_input(max_length=12, initial=low_at),
            optional=True,
            hint=t("stock.low_at_hint"),
        ),
        input_block("name", t("stock.name"), text_input(max_length=MAX_NAME, initial=name), optional=True),
    ]
    if facts is not None:
        ask = confirm(
            t,
            title=t("stock.remove"),
            text=t("stock.remove_text", code=escape(facts.sku.code)),
            yes=t("stock.remove"),
            danger=True,
        )
        blocks += [
            divider(),
            actions(button(t("stock.remove"), StockAction.REMOVE, pack(ref), style="danger", confirm=ask)),
        ]
    return modal(
        t("stock.sku_title"),
        blocks,
        callback_id=StockView.SKU,
        close=t("common.cancel"),
        submit=t("stock.save"),
        metadata=pack(ref),
    )


def map_form(t: Texts, facts: OptionFacts, ref: StockRef) -> Block:
    """Asks which SKU an option sells."""
    return modal(
        t("stock.map_title"),
        [
            section(
                t.md("stock.option", deal=clip(facts.deal.title, _TITLE), option=clip(facts.option.title, _TITLE))
                + "\n"
                + t.md("stock.option_numbers", deal=facts.deal.deal_no, number=facts.option.vendor_option_no or "–")
            ),
            input_block("code", t("stock.code"), text_input(max_length=MAX_CODE), hint=t("stock.map_hint")),
        ],
        callback_id=StockView.MAP,
        close=t("common.cancel"),
        submit=t("stock.map"),
        metadata=pack(ref),
    )


def message_view(t: Texts, text: str) -> Block:
    """A modal that says one thing."""
    return modal(t("stock.title"), [section(text)], callback_id=StockView.RESULT, close=t("common.close"))


def applied_text(t: Texts, applied: Applied) -> str:
    """What a list has changed."""
    return t(
        "stock.applied", new=t.number(applied.new), changed=t.number(applied.changed), mapped=t.number(applied.mapped)
    )


def problems_text(t: Texts, problems: Sequence[Problem]) -> str:
    """What was wrong, row by row, and that nothing was changed."""
    lines = [t("stock.nothing_applied", n=t.number(len(problems)))]
    for problem in problems[:_SHOWN_PROBLEMS]:
        values = {name: clip(value, 60) if isinstance(value, str) else value for name, value in problem.values.items()}
        line = t("stock.row", line=problem.line, what=t.md(problem.key, **values))
        if len("\n".join([*lines, line])) > 2800:
            break
        lines.append(line)
    if (left := len(problems) - len(lines) + 1) > 0:
        lines.append(t("stock.more_problems", n=t.number(left)))
    return "\n".join(lines)


def synced_text(t: Texts, counts: Mapping[str, int]) -> str:
    """How a run of the sync went."""
    parts = [t("stock.synced", read=t.number(counts.get("read", 0)), pushed=t.number(counts.get("pushed", 0)))]
    parts += [
        t(key, n=t.number(counts[name]))
        for name, key in (
            ("refused", "stock.synced_refused"),
            ("unread", "stock.synced_unread"),
            ("unclear", "stock.synced_unclear"),
        )
        if counts.get(name)
    ]
    return " ".join(parts)


def shortage_text(t: Texts, store: Store, facts: SkuFacts, *, out: bool) -> str:
    """A SKU has run out, or nearly."""
    key = "stock.told_out" if out else "stock.told_low"
    name = f"{facts.sku.code} {clip(facts.sku.name, _TITLE)}".strip()
    return t.md(key, store=store.name, sku=name, n=t.number(max(0, facts.sku.stock)))


def mismatch_text(t: Texts, store: Store, facts: OptionFacts, mismatch_id: str) -> str:
    """TMON's number differs from ours by units that no order explains; or that this is over."""
    link = facts.link
    title = t.md("stock.option", deal=clip(facts.deal.title, _TITLE), option=clip(facts.option.title, _TITLE))
    if not _waits(facts, mismatch_id) or link is None or link.mismatch is None:
        return t.md("stock.mismatch_done", store=store.name) + "\n" + title
    key = "stock.mismatch_fewer" if link.mismatch > 0 else "stock.mismatch_more"
    sentence = t(key, n=t.number(abs(link.mismatch)), tmon=t.number(facts.option.stock))
    return t.md("stock.mismatch", store=store.name) + f"\n{title}\n{sentence}"


def mismatch_card(t: Texts, store: Store, facts: OptionFacts, mismatch_id: str) -> list[Block]:
    """The report, with the two ways out while it waits."""
    blocks = [section(mismatch_text(t, store, facts, mismatch_id))]
    if _waits(facts, mismatch_id):
        ref = pack(
            MismatchRef(store=store.id, deal=facts.deal.deal_no, option=facts.option.option_no, mismatch=mismatch_id)
        )
        blocks.append(
            actions(
                button(
                    t("stock.keep_ours"),
                    StockAction.KEEP_OURS,
                    ref,
                    confirm=confirm(
                        t, title=t("stock.keep_ours"), text=t("stock.keep_ours_text"), yes=t("stock.keep_ours")
                    ),
                ),
                button(
                    t("stock.keep_tmon"),
                    StockAction.KEEP_TMON,
                    ref,
                    confirm=confirm(
                        t, title=t("stock.keep_tmon"), text=t("stock.keep_tmon_text"), yes=t("stock.keep_tmon")
                    ),
                ),
            )
        )
    return blocks


def _waits(facts: OptionFacts, mismatch_id: str) -> bool:
    return facts.link is not None and facts.link.mismatch is not None and facts.link.mismatch_id == mismatch_id


def refused_text(t: Texts, store: Store, options: Sequence[OptionFacts]) -> str:
    """TMON refused the stock of options, each with its sentence."""
    lines = [t.md("stock.told_refused", store=store.name, n=len(options))]
    for facts in options[:_SHOWN_OPTIONS]:
        title = t.md("stock.option", deal=clip(facts.deal.title, 40), option=clip(facts.option.title, 40))
        message = facts.link.problem if facts.link is not None else None
        lines.append(f"{title} — " + t.md("common.tmon_said", message=clip(message or "–", _SENTENCE)))
    if len(options) > _SHOWN_OPTIONS:
        lines.append(t("stock.more_options", n=len(options) - _SHOWN_OPTIONS))
    return "\n".join(lines)
