"""Views of an uploaded list of waybills: form, preview, progress, result."""

from handlers.blocks import Block, actions, button, clip, context, divider, input_block, modal, option, pager, section
from handlers.files import SHEET_INPUT
from handlers.payloads import encode
from handlers.rendering import RenderedMessage
from handlers.texts import Texts
from handlers.waybills.ids import BulkAction, BulkRef, BulkView, UploadRef
from tmon.models.orders import OrderDeal
from tmon.models.shipping_files import UploadState
from tmon.pages import Page
from tmon.waybills.results import Result
from tmon.waybills.upload_rows import MAX_ROWS, RowKind, UploadContent, UploadRow, problem_cells
from tmon.waybills.uploads import Upload
from tmon.waybills.waiting import options_text

PAGE = 12
"""Rows with problems on a page: their sentences fit in one block."""
UNCHECKED = "unchecked"
"""The field with which somebody sends although cancels could not be read."""
_SENTENCE = 200


def upload_form(t: Texts, ref: BulkRef) -> Block:
    """The form that takes a filled list of waybills."""
    return modal(
        t("bulk.upload"),
        [
            section(t("bulk.upload_text", most=t.number(MAX_ROWS))),
            input_block("file", t("bulk.file"), SHEET_INPUT, hint=t("bulk.file_hint")),
        ],
        callback_id=BulkView.UPLOAD,
        close=t("common.close"),
        submit=t("bulk.preview"),
        metadata=encode(ref),
    )


def upload_view(t: Texts, upload: Upload, ref: UploadRef) -> Block:
    """The preview of a list, or once it was sent what became of it; both with the rows that have a problem."""
    if upload.state is UploadState.SENDING:
        return progress_view(t, 0, upload.content.count(RowKind.READY))
    content, is_sent = upload.content, upload.state is UploadState.SENT
    ready = content.count(RowKind.READY)
    blocks = [section(_results(t, content) if is_sent else _counts(t, content))]
    notes = []
    if content.count(RowKind.WRONG):
        notes.append(t("bulk.wrong_stay"))
    if content.blank:
        notes.append(t("bulk.blank", n=content.blank))
    if content.unread:
        notes.append(t("bulk.unread", n=content.unread))
    if notes and not is_sent:
        blocks.append(context("\n".join(notes)))
    problems = content.problems
    page = Page.of(problems, ref.page, PAGE)
    if problems:
        lines = [_line(t, content, row) for row in page.items]
        blocks += [divider(), section("\n".join(lines))]
    value = encode(UploadRef(upload=upload.id))
    buttons = [button(t("bulk.problems"), BulkAction.PROBLEMS, value)] if problems else []
    buttons.append(button(t("bulk.upload"), BulkAction.UPLOAD, encode(BulkRef())))
    blocks += pager(t, BulkAction.UPLOAD_PAGE, UploadRef(upload=upload.id, unread=ref.unread), page, *buttons)
    submit = None
    if not is_sent and ready:
        submit = t("bulk.send")
    if ref.unread and submit is not None:
        submit = t("bulk.send_unchecked")
        choice = option(t("bulk.unchecked_yes"), "yes")
        blocks += [
            section(f"⚠️ {t('waybills.claims_unread')}"),
            input_block(UNCHECKED, t("bulk.unchecked"), {"type": "checkboxes", "options": [choice]}),
        ]
    return modal(
        t("bulk.upload"),
        blocks,
        callback_id=BulkView.RESULT if is_sent else BulkView.PREVIEW,
        close=t("common.close"),
        submit=submit,
        metadata=encode(ref),
    )


def progress_view(t: Texts, done: int, total: int) -> Block:
    """How far the sending of a list has come."""
    return message_view(t, t("bulk.sending", done=done, n=total))


def message_view(t: Texts, text: str, *, again: bool = False) -> Block:
    """A view with one sentence; with `again` also the way to another file."""
    blocks = [section(text)]
    if again:
        blocks.append(actions(button(t("bulk.upload"), BulkAction.UPLOAD, encode(BulkRef()))))
    return modal(t("bulk.upload"), blocks, callback_id=BulkView.RESULT, close=t("common.close"))


def sent_message(t: Texts, upload: Upload) -> RenderedMessage:
    """The direct message about a list whose view was closed while it was sent."""
    value = encode(UploadRef(upload=upload.id))
    buttons = [button(t("bulk.show_result"), BulkAction.UPLOAD_PAGE, value)]
    if upload.content.problems:
        buttons.append(button(t("bulk.problems"), BulkAction.PROBLEMS, value))
    return RenderedMessage.of_text(_results(t, upload.content), *buttons)


def problem_row(t: Texts, row: UploadRow, deal: OrderDeal | None) -> list[str]:
    """The cells of a row with a problem: as they were, with the goods that we know, and what is wrong."""
    cells = problem_cells(row)
    if deal is not None:
        options, quantity = options_text(deal.options)
        cells[3:6] = [deal.title, options, str(quantity)]
    return [*cells, str(row.line), _outcome(t, row), sentence(t, row)]


def sentence(t: Texts, row: UploadRow) -> str:
    """What is wrong with a row, as plain text."""
    return " ".join(filter(None, (t(row.note, **row.values) if row.note else "", row.detail)))


def _counts(t: Texts, content: UploadContent) -> str:
    return "\n".join(
        t("bulk.count", word=t.of("bulk.kind", kind), n=content.count(kind))
        for kind in RowKind
        if content.count(kind) or kind is RowKind.READY
    )


def _results(t: Texts, content: UploadContent) -> str:
    counts = [
        (t.of("bulk.result", result), content.results(result)) for result in Result if result is not Result.HELD_BACK
    ]
    held = content.count(RowKind.HELD)
    lines = [t("bulk.count", word=word, n=count) for word, count in counts if count]
    if held:
        lines.append(t("bulk.count", word=t.of("bulk.kind", RowKind.HELD), n=held))
    if wrong := content.count(RowKind.WRONG):
        lines.append(t("bulk.count_not_sent", word=t.of("bulk.kind", RowKind.WRONG), n=wrong))
    return "\n".join([t("bulk.result"), *lines])


def _line(t: Texts, content: UploadContent, row: UploadRow) -> str:
    said = t.md(row.note, **row.values) if row.note else ""
    if row.detail:
        said = t.md("bulk.said", text=said, detail=row.detail)
    letter = content.letter(row)
    key = "bulk.row_column" if letter else "bulk.row"
    return t(key, line=row.line, column=letter, outcome=_outcome(t, row), what=clip(said, _SENTENCE))


def _outcome(t: Texts, row: UploadRow) -> str:
    return t.of("bulk.kind", row.kind) if row.result is None else t.of("bulk.result", row.result)
