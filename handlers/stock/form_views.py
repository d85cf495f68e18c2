"""The forms to type, paste or upload SKUs, and texts about their results."""

from collections.abc import Sequence

from handlers.blocks import (
    Block,
    actions,
    button,
    clip,
    confirm,
    context,
    divider,
    input_block,
    modal,
    option,
    plain,
    section,
    text_input,
)
from handlers.common_views.stock import push_blocks
from handlers.files import SHEET_INPUT
from handlers.payloads import encode
from handlers.stock.ids import ApplyRef, StockAction, StockRef, StockView
from handlers.stock.views import amount, option_title
from handlers.texts import Markup, Texts, escape
from tmon.models.stock import Sku
from tmon.models.stores import Store
from tmon.spreadsheets.cells import MAX_ROWS, RowProblem, Table
from tmon.stock.link_import import LinkResult
from tmon.stock.push_preview import PushPreview
from tmon.stock.service import SkuImportResult
from tmon.stock.sku_import import MAX_CODE, MAX_NAME
from tmon.stock.summary import OptionSummary, SkuSummary

_SHOWN_PROBLEMS = 40
_SHOWN_UNREAD = 10
IN_A_FIELD = 6
"""Maximum number of problems below a field, which shows them as one paragraph."""
_SELLING, _STOPPED = "onsale", "stopped"
"""The sale status as a row of a list contains it."""


def upload_form(t: Texts, store: Store, ref: StockRef) -> Block:
    """The form to upload a file with a list of SKUs."""
    return modal(
        t("stock.upload"),
        [
            section(t.md("stock.upload_text", store=store.name, most=t.number(MAX_ROWS))),
            input_block("file", t("stock.file"), SHEET_INPUT, hint=t("stock.file_hint")),
            actions(button(t("stock.sample"), StockAction.SAMPLE, encode(ref))),
        ],
        callback_id=StockView.UPLOAD,
        close=t("common.cancel"),
        submit=t("stock.apply"),
        metadata=encode(ref),
    )


def paste_form(t: Texts, store: Store, ref: ApplyRef, effects: Sequence[Block] = (), typed: str = "") -> Block:
    """The form to paste rows as text. `effects`: what the `typed` rows change, once that has been previewed."""
    return modal(
        t("stock.paste"),
        [
            section(t.md("stock.paste_text", store=store.name)),
            input_block(
                "rows",
                t("stock.rows"),
                text_input(max_length=3000, initial=typed, multiline=True, placeholder=t("stock.rows_example")),
            ),
            *effects,
        ],
        callback_id=StockView.PASTE,
        close=t("common.cancel"),
        submit=t("stock.apply"),
        metadata=encode(ref),
    )


def effects_blocks(
    t: Texts, preview: PushPreview, *, table: Table | None = None, changed_meanwhile: bool = False
) -> list[Block]:
    """What a list of SKUs changes in our list and at TMON, before anything is done."""
    counts, links = preview.counts, preview.links
    if links is not None:
        lines = [t("stock.link_effects", n=links.new, moved=links.moved, same=links.same)]
    else:
        lines = [
            t("stock.effects", new=t("stock.applied_new", n=counts.new), changed=counts.changed, same=counts.same),
            *([t("stock.effects_mapped", n=counts.mapped)] if counts.mapped else []),
        ]
    source = "" if table is None else source_text(t, table)
    return [
        *([section(t("push.changed"))] if changed_meanwhile else []),
        section("\n".join(lines)),
        *([context(source)] if source else []),
        *push_blocks(t, preview),
    ]


def preview_view(t: Texts, store: Store, effects: Sequence[Block], ref: ApplyRef) -> Block:
    """What an uploaded list changes; 반영하기 applies it."""
    return modal(
        t("stock.preview_title"),
        [section(t.md("stock.preview_text", store=store.name)), *effects],
        callback_id=StockView.PREVIEW,
        close=t("common.cancel"),
        submit=t("stock.apply"),
        metadata=encode(ref),
    )


def sku_form(t: Texts, ref: StockRef, facts: SkuSummary | None) -> Block:
    """The form of one SKU. An empty stock field means unchanged, so that saving a name does not undo a recent sale."""
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
        _selling(t, selling=facts is None or facts.sku.selling),
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
            actions(button(t("stock.remove"), StockAction.REMOVE, encode(ref), style="danger", confirm=ask)),
        ]
    return modal(
        t("stock.sku_title"),
        blocks,
        callback_id=StockView.SKU,
        close=t("common.cancel"),
        submit=t("stock.save"),
        metadata=encode(ref),
    )


def _selling(t: Texts, *, selling: bool) -> Block:
    choices = [option(t("stock.selling_on"), _SELLING), option(t("stock.selling_off"), _STOPPED)]
    element = {"type": "radio_buttons", "options": choices, "initial_option": choices[0 if selling else 1]}
    return input_block("selling", t("stock.selling"), element, hint=t("stock.selling_hint"))


def map_form(t: Texts, facts: OptionSummary, ref: StockRef, skus: Sequence[Sku], total: int) -> Block:
    """The form that asks which SKU an option sells: a menu of all, or with search where a menu cannot hold them."""
    about = section(
        option_title(t, facts)
        + "\n"
        + t.md("stock.option_numbers", deal=facts.deal.deal_no, number=facts.option.vendor_option_no or "–")
    )
    if not skus:
        return modal(
            t("stock.map_title"),
            [about, section(t("stock.map_no_sku"))],
            callback_id=StockView.MAP,
            close=t("common.close"),
            metadata=encode(ref),
        )
    if total <= len(skus):
        element: Block = {"type": "static_select", "options": [sku_option(t, sku) for sku in skus]}
        block_id = "code"
    else:
        element = {"type": "external_select", "action_id": StockAction.FIND_SKU, "min_query_length": 0}
        block_id = f"code~{ref.store}"  # Slack asks for the options without saying for which store
    element["placeholder"] = plain(t("stock.search_placeholder"), 150)
    return modal(
        t("stock.map_title"),
        [about, input_block(block_id, t("stock.code"), element, hint=t("stock.map_hint"))],
        callback_id=StockView.MAP,
        close=t("common.cancel"),
        submit=t("stock.map"),
        metadata=encode(ref),
    )


def sku_option(t: Texts, sku: Sku) -> Block:
    """A SKU in a menu."""
    return option(t("stock.sku_choice", sku=f"{sku.code} {clip(sku.name, 30)}".strip(), n=sku.stock), sku.code)


def link_upload_form(t: Texts, store: Store, ref: StockRef) -> Block:
    """The form to upload a file that links options to SKUs."""
    return modal(
        t("stock.link_upload"),
        [
            section(t.md("stock.link_upload_text", store=store.name)),
            input_block("file", t("stock.link_input"), SHEET_INPUT, hint=t("stock.link_hint")),
        ],
        callback_id=StockView.LINK_UPLOAD,
        close=t("common.cancel"),
        submit=t("stock.link_apply"),
        metadata=encode(ref),
    )


def link_preview(t: Texts, store: Store, effects: Sequence[Block], ref: ApplyRef) -> Block:
    """What a file of links changes; 연결하기 applies it."""
    return modal(
        t("stock.link_upload"),
        [section(t.md("stock.link_preview_text", store=store.name)), *effects],
        callback_id=StockView.LINK_PREVIEW,
        close=t("common.cancel"),
        submit=t("stock.link_apply"),
        metadata=encode(ref),
    )


def linked_text(t: Texts, result: LinkResult) -> str:
    """Describe what a file of links has changed."""
    return t("stock.linked", n=result.new, moved=result.moved, same=result.same)


def message_view(t: Texts, text: str) -> Block:
    """A modal with one message."""
    return modal(t("stock.title"), [section(text)], callback_id=StockView.RESULT, close=t("common.close"))


def result_view(t: Texts, text: str, ref: StockRef, *, unmapped: bool) -> Block:
    """What came of a list, and where to go from there."""
    value = encode(ref.model_copy(update={"sku": "", "deal": 0, "option": 0}))
    buttons = [
        button(t("stock.upload_again"), StockAction.UPLOAD, value),
        button(t("stock.open_list"), StockAction.OPEN_LIST, value),
    ]
    if unmapped:
        buttons.append(button(t("stock.map_options"), StockAction.UNMAPPED, value))
    return modal(
        t("stock.title"), [section(text), actions(*buttons)], callback_id=StockView.RESULT, close=t("common.close")
    )


def applied_text(t: Texts, applied: SkuImportResult) -> str:
    """Describe what a list of SKUs has changed."""
    return t(
        "stock.applied",
        new=t("stock.applied_new", n=applied.new),
        changed=applied.changed,
        same=applied.same,
        mapped=t("stock.applied_mapped", n=applied.mapped),
    )


def source_text(t: Texts, table: Table) -> str:
    """Where a list was found: sheet, row of the header, and columns; empty for pasted rows without a header."""
    if not table.header_line:
        return ""
    columns = [
        t.md("stock.read_column", letter=column.letter, title=clip(column.title, 20))
        for column in table.columns.values()
    ]
    where = Markup(", ".join(columns))
    if table.sheet:
        text = t.md("stock.read_sheet", sheet=clip(table.sheet, 40), line=table.header_line, columns=where)
    else:
        text = t.md("stock.read_rows", line=table.header_line, columns=where)
    if table.unread:
        titles = ", ".join(table.unread[:_SHOWN_UNREAD]) + (" …" if len(table.unread) > _SHOWN_UNREAD else "")
        text = f"{text}\n{t.md('stock.unread', titles=titles)}"
    return text


def problems_text(t: Texts, problems: Sequence[RowProblem], most: int = _SHOWN_PROBLEMS) -> str:
    """Describe the problems by row, and say that nothing was changed."""
    lines = [t("stock.nothing_applied", n=len(problems))]
    for problem in problems[:most]:
        values = {
            name: clip(value, 60) if isinstance(value, str) else t.number(value)
            for name, value in problem.values.items()
        }
        what = t.md(problem.key, **values)
        key = "stock.row_column" if problem.column else "stock.row"
        line = t(key, line=problem.line, column=problem.column, what=what)
        if len("\n".join([*lines, line])) > 2800:
            break
        lines.append(line)
    if (left := len(problems) - len(lines) + 1) > 0:
        lines.append(t("stock.more_problems", n=left))
    return "\n".join(lines)
