"""Views of the extension of sale periods: the preview of the evening before, the report, the full list."""

from collections.abc import Sequence

from handlers.blocks import Block, actions, button, clip, context, divider, modal, pager, section
from handlers.payloads import encode
from handlers.products.ids import ExtensionRef, ProductAction, ProductView
from handlers.products.views import title_of
from handlers.texts import Texts, mention
from tmon.models.products import Deal, ExtensionNote, ExtensionState, SalePeriodExtension
from tmon.pages import Page
from tmon.products.sale_period.service import ExtensionDay

PAGE = 10
"""Deals on one page of the list."""
_IN_MESSAGE = 15
"""Maximum number of deals in a message."""
_SENTENCE = 300
_TOLD = (
    ExtensionState.FAILED,
    ExtensionState.UNKNOWN,
    ExtensionState.SENT,
    ExtensionState.SKIPPED,
    ExtensionState.DONE,
    ExtensionState.EXCLUDED,
)
"""States by urgency: those that need a person come first."""

Row = tuple[SalePeriodExtension, Deal]


def preview_text(t: Texts, day: ExtensionDay) -> str:
    """The preview in one line."""
    values = {"store": day.store.name, "day": _day(t, day)}
    if day.ran:
        return t.md("products.preview_over", **values)
    if not day.rows:
        return t.md("products.preview_dropped", store=day.store.name)
    planned = sum(row.state is not ExtensionState.EXCLUDED for row, _ in day.rows)
    if not planned:
        return t.md("products.preview_none", **values)
    return t.md("products.preview_heading", **values, n=planned, days=day.store.extend_days)


def preview(t: Texts, day: ExtensionDay) -> list[Block]:
    """The preview, with a button per deal until the run begins."""
    blocks = [section(preview_text(t, day))]
    if day.ran or not day.rows:
        return blocks
    blocks.append(context(t("products.preview_hint")))
    blocks += [_entry(t, day, row) for row in day.rows[:_IN_MESSAGE]]
    return blocks + _more(t, day)


def result_text(t: Texts, day: ExtensionDay) -> str:
    """The report in one line."""
    counts = {
        "products.count_done": (ExtensionState.DONE,),
        "products.count_failed": (ExtensionState.FAILED,),
        "products.count_unknown": (ExtensionState.UNKNOWN, ExtensionState.SENT, ExtensionState.PLANNED),
        "products.count_skipped": (ExtensionState.SKIPPED,),
        "products.count_excluded": (ExtensionState.EXCLUDED,),
    }
    numbers = {key: sum(row.state in states for row, _ in day.rows) for key, states in counts.items()}
    said = ", ".join(t(key, n=n) for key, n in numbers.items() if n)
    return t.md("products.result_heading", store=day.store.name, day=_day(t, day), counts=said)


def result(t: Texts, day: ExtensionDay) -> list[Block]:
    """The report: each deal with its result, failures first."""
    blocks = [section(result_text(t, day)), divider()]
    blocks += [section(_lines(t, row)) for row in _sorted(day.rows)[:_IN_MESSAGE]]
    return blocks + _more(t, day)


def _more(t: Texts, day: ExtensionDay) -> list[Block]:
    if len(day.rows) <= _IN_MESSAGE:
        return []
    ref = ExtensionRef(store=day.store.id, day=day.day)
    return [
        context(t("products.more", n=len(day.rows) - _IN_MESSAGE)),
        actions(button(t("products.show_all", n=len(day.rows)), ProductAction.DAY, encode(ref))),
    ]


def day_list(t: Texts, day: ExtensionDay, ref: ExtensionRef) -> Block:
    """A modal with a page of a day's deals."""
    rows = _sorted(day.rows) if day.ran else list(day.rows)
    page = Page.of(rows, ref.page, PAGE)
    here = ref.model_copy(update={"page": page.number, "deal": 0})
    blocks = [section(t.md("products.day_heading", store=day.store.name, day=_day(t, day), n=len(rows)))]
    if not rows:
        blocks.append(section(t("products.day_empty")))
    blocks += [_entry(t, day, row, page.number) for row in page.items]
    blocks += pager(t, ProductAction.DAY, here, page)
    return modal(
        t("products.day_title"), blocks, callback_id=ProductView.DAY, close=t("common.close"), metadata=encode(here)
    )


def _entry(t: Texts, day: ExtensionDay, row: Row, page: int = 0) -> Block:
    extension, deal = row
    if day.ran or extension.state not in (ExtensionState.PLANNED, ExtensionState.EXCLUDED):
        return section(_lines(t, row))
    value = encode(ExtensionRef(store=day.store.id, day=day.day, deal=deal.deal_no, page=page))
    title = clip(title_of(t, deal), 50)
    if extension.state is ExtensionState.EXCLUDED:
        action, text, label = ProductAction.INCLUDE, t("products.include"), t("products.include_label", title=title)
    else:
        action, text, label = ProductAction.EXCLUDE, t("products.exclude"), t("products.exclude_label", title=title)
    return section(_lines(t, row), accessory=button(text, f"{action}#{deal.deal_no}", value, label=label))


def _lines(t: Texts, row: Row) -> str:
    extension, deal = row
    old, new = t.dated(extension.old_end), t.dated(extension.target)
    line = t.md("products.extension", title=title_of(t, deal), old=old, new=new)
    return line if extension.state is ExtensionState.PLANNED else f"{line}\n{_standing(t, extension)}"


def _standing(t: Texts, extension: SalePeriodExtension) -> str:
    if extension.state is ExtensionState.EXCLUDED:
        return t("products.state_excluded", who=mention(extension.excluded_by or ""))
    if extension.note is None:
        return t.of("products.state", extension.state)
    if extension.note is ExtensionNote.REFUSED and extension.detail:
        return t.md("products.note_refused_why", message=clip(extension.detail, _SENTENCE))
    return t.of("products.note", extension.note)


def _sorted(rows: Sequence[Row]) -> list[Row]:
    order = {state: place for place, state in enumerate(_TOLD)}
    return sorted(rows, key=lambda row: order.get(row[0].state, -1))


def _day(t: Texts, day: ExtensionDay) -> str:
    return t.date(day.day)
