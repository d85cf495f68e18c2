"""Views of an uploaded list of products: the form, the preview, one product, how far the sending is, the result."""

from collections import Counter
from collections.abc import Iterator, Sequence

from handlers.blocks import (
    TEXT_LIMIT,
    Block,
    actions,
    button,
    button_beside,
    clip,
    context,
    divider,
    input_block,
    menu,
    modal,
    option,
    pager,
    section,
)
from handlers.files import SHEET_INPUT
from handlers.listings.ids import ListingAction, ListingRef, ListingView, UploadFormRef
from handlers.listings.wording import Outcome, Wording, is_steep
from handlers.payloads import encode
from handlers.rendering import RenderedMessage
from handlers.texts import Markup, Texts
from tmon.listings.checks import MAX_DEALS, MAX_OPTIONS_PER_FILE
from tmon.listings.documents import FieldChange, Judged, Kind
from tmon.listings.fields import O, Tab
from tmon.listings.names import FieldNames
from tmon.listings.uploads import Progress, Upload
from tmon.models.listings import UploadSource, UploadState
from tmon.pages import Page

PAGE = 8
"""Products on a page."""
LINES = 20
"""Lines about one product on a page."""
STEEP = "steep"
"""The field with which a person confirms prices that change by more than half."""
_SHOWN = 4
"""Changes or problems of a product in the list."""
_NOTES = 2
_LINES_A_BLOCK = 5
_KIND_ORDER = (Kind.WRONG, Kind.CHANGED, Kind.NEW, Kind.SAME)
_OUTCOME_ORDER = (
    Outcome.FAILED,
    Outcome.WRONG,
    Outcome.UNKNOWN,
    Outcome.WAITING,
    Outcome.SUPERSEDED,
    Outcome.REGISTERED,
    Outcome.CHANGED,
    Outcome.SAME,
)
_COUNTED = (Outcome.REGISTERED, Outcome.CHANGED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.WAITING, Outcome.SUPERSEDED)
_PROBLEMS = (Outcome.FAILED, Outcome.WRONG)
_TO_SEND = (Kind.NEW, Kind.CHANGED)
_SAID_OTHERWISE = "listing_sheet.old_untold"
"""A hint that the line of the change gives, too."""


def upload_form(t: Texts, ref: UploadFormRef, store: str) -> Block:
    """The form that takes a filled list of products of a store."""
    limits = {"deals": t.number(MAX_DEALS), "options": t.number(MAX_OPTIONS_PER_FILE)}
    return modal(
        t("listings.upload"),
        [
            section(t.md("listings.upload_text", store=store, **limits)),
            input_block("file", t("listings.file"), SHEET_INPUT, hint=t("listings.file_hint")),
        ],
        callback_id=ListingView.UPLOAD,
        close=t("common.close"),
        submit=t("listings.preview"),
        metadata=encode(ref),
    )


def message_view(t: Texts, text: str, *, store_id: str = "") -> Block:
    """A view with one sentence; with a store also the way to another file."""
    blocks = [section(text)]
    if store_id:
        blocks.append(actions(_upload_button(t, store_id)))
    return modal(t("listings.upload"), blocks, callback_id=ListingView.RESULT, close=t("common.close"))


def not_sent_view(t: Texts, source: UploadSource, text: str, upload: str) -> Block:
    """Why nothing of a list was sent, with the way back to its preview, where it can be sent later."""
    back = button(t("listings.back"), f"{ListingAction.PAGE}#back", encode(ListingRef(upload=upload)))
    return modal(
        _title(t, source), [section(text), actions(back)], callback_id=ListingView.RESULT, close=t("common.close")
    )


def progress_view(t: Texts, source: UploadSource, progress: Progress | None = None) -> Block:
    """How far the sending of a list has come."""
    lines = [t("listings.starting")]
    if progress is not None:
        lines = [t("listings.sending", done=t.number(progress.done), n=t.number(progress.total))]
        if progress.limited and progress.waiting_until is not None:
            lines.append(t("listings.limited", n=progress.limited, moment=t.moment(progress.waiting_until)))
    blocks = [section("\n".join(lines)), context(t("listings.goes_on"))]
    return modal(_title(t, source), blocks, callback_id=ListingView.RESULT, close=t("common.close"))


def upload_view(t: Texts, upload: Upload, names: FieldNames, ref: ListingRef) -> Block:
    """The preview of a list, or once it was accepted what became of it, or one of its products."""
    wording = Wording(t, upload, names)
    judged = upload.content.judged
    ref = ref.model_copy(update={"store": upload.store_id, "form": upload.source is UploadSource.FORM})
    if ref.deal is not None and ref.deal < len(judged):
        return _deal_view(wording, upload, judged[ref.deal], ref)
    return _preview(wording, upload, ref) if upload.state is UploadState.PREVIEWED else _result(wording, upload, ref)


def sent_message(t: Texts, upload: Upload, store: str) -> RenderedMessage:
    """The direct message about a list whose view was closed while it was sent."""
    wording = Wording(t, upload, FieldNames())
    value = encode(ListingRef(upload=upload.id))
    buttons = [button(t("listings.show_result"), ListingAction.PAGE, value)]
    if _has_problems(wording):
        buttons.append(button(t("listings.problems"), ListingAction.PROBLEMS, value))
    text = "\n".join([t.md("listings.result_of", store=store), _counts_of_results(wording)])
    return RenderedMessage.of_text(text, *buttons)


def problems_of(wording: Wording) -> dict[str, str]:
    """Why products were refused when they were sent, by `number_key`, as plain text."""
    found = {}
    for one in wording.content.judged:
        result = wording.result(one)
        if result is not None and wording.outcome(one) is Outcome.FAILED:
            found[result.product_key] = "\n".join(wording.reason(result, plain=True))
    return found


# --- the list ---


def _preview(wording: Wording, upload: Upload, ref: ListingRef) -> Block:
    t, content = wording.t, upload.content
    kinds = Counter(one.kind for one in content.judged)
    to_send = sum(kinds[kind] for kind in _TO_SEND)
    steep = [change for one in content.judged if one.kind in _TO_SEND for change in one.changes if is_steep(change)]
    ref = ref.model_copy(update={"steep": bool(steep)})
    counts = " · ".join(t("listings.count", word=t.of("listings.kind", kind), n=kinds[kind]) for kind in Kind)
    blocks = [section(_heading(wording, counts))]
    if kinds[Kind.WRONG]:
        blocks.append(context(t("listings.wrong_stay")))
    elif not to_send:
        blocks.append(section(t("listings.nothing_changes")))
    if notes := _notes(t, upload):
        blocks.append(context(" · ".join(notes)))
    blocks += _list(wording, upload, ref, [(t.of("listings.kind", one.kind), one) for one in content.judged])
    if steep and to_send:
        choice = option(t("listings.steep_yes"), "yes")
        blocks.append(
            input_block(STEEP, t("listings.steep", n=len(steep)), {"type": "checkboxes", "options": [choice]})
        )
    submit = None
    if to_send:
        submit = t("listings.register" if kinds[Kind.NEW] else "listings.apply", n=to_send)
    return modal(
        _title(t, upload.source),
        blocks,
        callback_id=ListingView.PREVIEW,
        close=t("common.close"),
        submit=submit,
        metadata=encode(ref),
    )


def _result(wording: Wording, upload: Upload, ref: ListingRef) -> Block:
    t = wording.t
    blocks = [section(_heading(wording, _counts_of_results(wording)))]
    if upload.state is UploadState.SENDING:
        blocks.append(context(t("listings.goes_on")))
    judged = [(t.of("listings.outcome", wording.outcome(one)), one) for one in upload.content.judged]
    blocks += _list(wording, upload, ref, judged)
    return modal(
        _title(t, upload.source),
        blocks,
        callback_id=ListingView.RESULT,
        close=t("common.close"),
        metadata=encode(ref),
    )


def _list(wording: Wording, upload: Upload, ref: ListingRef, judged: Sequence[tuple[str, Judged]]) -> list[Block]:
    """One page of the products, each with a word about it, and the buttons below."""
    t, is_preview = wording.t, upload.state is UploadState.PREVIEWED
    groups: list[Kind | Outcome] = [one.kind if is_preview else wording.outcome(one) for _, one in judged]
    counts = Counter(groups)
    order = [group for group in (_KIND_ORDER if is_preview else _OUTCOME_ORDER) if counts[group]]
    ref = ref if ref.kind in order else ref.model_copy(update={"kind": ""})

    def rank(position: int) -> tuple[int, bool, int]:
        return order.index(groups[position]), not any(map(is_steep, judged[position][1].changes)), position

    chosen = [position for position, group in enumerate(groups) if not ref.kind or group == ref.kind]
    page = Page.of(sorted(chosen, key=rank), ref.page, PAGE)
    here = ref.model_copy(update={"page": page.number, "deal": None, "part": 0})
    blocks: list[Block] = []
    if len(judged) > 1:
        words = {group: word for group, (word, _) in zip(groups, judged, strict=True)}
        blocks.append(actions(_group_menu(t, [(group, words[group], counts[group]) for group in order], ref)))
    blocks.append(divider())
    blocks += [_entry(wording, here, position, *judged[position], is_preview=is_preview) for position in page.items]
    buttons = []
    if upload.source is UploadSource.FILE:
        if _has_problems(wording):
            buttons.append(button(t("listings.problems"), ListingAction.PROBLEMS, encode(here)))
        buttons.append(_upload_button(t, upload.store_id))
    return [*blocks, *pager(t, ListingAction.PAGE, here, page, *buttons)]


def _group_menu(t: Texts, groups: Sequence[tuple[Kind | Outcome, str, int]], ref: ListingRef) -> Block:
    """The menu `보기`: products of one kind, or of which the same became; each with its word, and how many there are."""
    whole = ListingRef(upload=ref.upload)
    choices = [option(t("listings.all", n=sum(n for _, _, n in groups)), encode(whole))]
    choices += [
        option(t("listings.some", word=word, n=n), encode(whole.model_copy(update={"kind": group.value})))
        for group, word, n in groups
    ]
    return menu(
        ListingAction.SHOW_KIND, t("listings.show"), choices, encode(whole.model_copy(update={"kind": ref.kind}))
    )


def _entry(wording: Wording, here: ListingRef, position: int, word: str, one: Judged, *, is_preview: bool) -> Block:
    """A product of the list, with the most important lines about it."""
    t = wording.t
    lines, more = _summary(wording, one) if is_preview else _what_became(wording, one)
    if more:
        lines.append(t("listings.more", n=more))
    text = clip("\n".join([wording.heading(one, word), *lines]), TEXT_LIMIT)
    if not (one.changes or one.deal.problems or one.notes or one.kind is Kind.NEW):
        return section(text)
    value = encode(here.model_copy(update={"deal": position}))
    details = button_beside(t, t("listings.details"), wording.named(one), f"{ListingAction.DEAL}#{position}", value)
    return section(text, accessory=details)


def _summary(wording: Wording, one: Judged) -> tuple[list[str], int]:
    """What happens to a product in a few lines, and how many things are left out."""
    if one.kind is Kind.WRONG:
        return _some(wording.t, _problems(wording, one))
    lines, more = [], 0
    if one.kind is Kind.NEW:
        lines = [_item(wording.t, line) for line in wording.registered(one)]
    if one.kind is Kind.CHANGED:
        changes = _in_words(one.changes)
        lines, more = _some(wording.t, [wording.change(change) for change in changes])
    lines += [_item(wording.t, line) for line in wording.shown_and_hidden(one)]
    notes = _hints(wording, one)
    lines += notes[:_NOTES]
    return lines, more + max(0, len(notes) - _NOTES)


def _what_became(wording: Wording, one: Judged) -> tuple[list[str], int]:
    """What became of a product in a few lines, and how many problems are left out."""
    if one.kind is Kind.WRONG:
        return _some(wording.t, _problems(wording, one))
    result = wording.result(one)
    return ([] if result is None else [_item(wording.t, line) for line in wording.reason(result)]), 0


def _problems(wording: Wording, one: Judged) -> list[str]:
    """Everything that is wrong with a product, in the order of the file."""
    ordered = sorted(one.deal.problems, key=lambda problem: (problem.tab is Tab.OPTIONS, problem.line))
    return [wording.problem(problem, one) for problem in ordered]


def _hints(wording: Wording, one: Judged) -> list[str]:
    """What is worth knowing of a product, what is left out of its texts first."""
    ordered = sorted(one.notes, key=lambda note: note.note != "listing_sheet.text_cleaned")
    return [
        wording.t("listings.note", text=wording.hint(note, one)) for note in ordered if note.note != _SAID_OTHERWISE
    ]


def _some(t: Texts, lines: Sequence[str]) -> tuple[list[str], int]:
    return [_item(t, line) for line in lines[:_SHOWN]], max(0, len(lines) - _SHOWN)


def _item(t: Texts, line: str) -> str:
    return t("listings.item", text=line)


def _in_words(changes: Sequence[FieldChange]) -> list[FieldChange]:
    """Return the changes that have a line each, those of prices by more than half first."""
    return sorted(
        (one for one in changes if not (one.option and one.field == O.DISPLAY)), key=lambda one: not is_steep(one)
    )


# --- one product ---


def _deal_view(wording: Wording, upload: Upload, one: Judged, ref: ListingRef) -> Block:
    """Everything about one product of a list."""
    t, is_preview = wording.t, upload.state is UploadState.PREVIEWED
    word = t.of("listings.kind", one.kind) if is_preview else t.of("listings.outcome", wording.outcome(one))
    page = Page.of(list(_everything(wording, one)), ref.part, LINES)
    blocks = [section(wording.heading(one, word))]
    result = wording.result(one)
    if result is not None and (reason := wording.reason(result)):
        blocks.append(section("\n".join(reason)))
    blocks.append(divider())
    lines = [_item(t, line) for line in page.items]
    blocks += [
        section("\n".join(lines[start : start + _LINES_A_BLOCK])) for start in range(0, len(lines), _LINES_A_BLOCK)
    ]
    turns = []
    for text, number in ((t("stores.page_before"), page.number - 1), (t("stores.page_after"), page.number + 1)):
        if 0 <= number < page.pages:
            value = encode(ref.model_copy(update={"part": number}))
            turns.append(button(text, f"{ListingAction.DEAL}#part_{number}", value))
    if page.pages > 1:
        blocks.append(context(t("stores.page", page=page.number + 1, pages=page.pages)))
    back = encode(ref.model_copy(update={"deal": None, "part": 0}))
    blocks.append(actions(*turns, button(t("listings.back"), f"{ListingAction.PAGE}#back", back)))
    return modal(_title(t, upload.source), blocks, callback_id=ListingView.RESULT, close=t("common.close"))


def _everything(wording: Wording, one: Judged) -> Iterator[str]:
    """Yield every problem of a product; or every change, or all that is registered, with each hint."""
    if one.kind is Kind.WRONG:
        yield from _problems(wording, one)
        return
    if one.kind is Kind.NEW:
        yield from wording.filled_in(one)
    yield from (wording.change(change) for change in sorted(one.changes, key=lambda one: not is_steep(one)))
    yield from _hints(wording, one)


# --- parts ---


def _heading(wording: Wording, counts: str) -> str:
    return wording.t.md("listings.heading", store=wording.names.store, counts=Markup(counts))


def _title(t: Texts, source: UploadSource) -> str:
    return t("listings.upload" if source is UploadSource.FILE else "listings.form")


def _upload_button(t: Texts, store_id: str) -> Block:
    return button(t("listings.upload"), ListingAction.UPLOAD, encode(UploadFormRef(store=store_id)))


def _notes(t: Texts, upload: Upload) -> list[str]:
    """What of the file was not read."""
    content, notes = upload.content, []
    if content.examples:
        notes.append(t("listings.examples", n=content.examples))
    if content.unread:
        notes.append(t("listings.unread", n=content.unread))
    return notes


def _counts_of_results(wording: Wording) -> str:
    t, counts = wording.t, Counter(wording.outcome(one) for one in wording.content.judged)
    parts = [t("listings.count", word=t.of("listings.outcome", one), n=counts[one]) for one in _COUNTED if counts[one]]
    if wrong := counts[Outcome.WRONG]:
        parts.append(t("listings.count_not_sent", word=t.of("listings.outcome", Outcome.WRONG), n=wrong))
    if same := counts[Outcome.SAME]:
        parts.append(t("listings.count", word=t.of("listings.outcome", Outcome.SAME), n=same))
    return " · ".join(parts)


def _has_problems(wording: Wording) -> bool:
    return any(wording.outcome(one) in _PROBLEMS for one in wording.content.judged)


def count_problems(wording: Wording) -> int:
    """Return how many products were not sent because of an error, or refused."""
    return sum(wording.outcome(one) in _PROBLEMS for one in wording.content.judged)
