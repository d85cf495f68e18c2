"""What a report says, in messages and in the modal of `/tmon report`. Every number of a chart stands in the text too."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from handlers.blocks import (
    SERIES_LIMIT,
    Block,
    actions,
    bar_chart,
    button,
    clip,
    context,
    divider,
    input_block,
    modal,
    option,
    section,
)
from handlers.common_views.counters import counters_text
from handlers.common_views.ids import CommandAction
from handlers.common_views.stores import EVERY_STORE, short_name, store_menu
from handlers.payloads import encode
from handlers.rendering import RenderedMessage
from handlers.reports.ids import ReportAction, ReportRef, ReportView, ShareRef
from handlers.texts import Markup, Texts, mention
from tmon.models.reports import ReportKind
from tmon.models.stores import Store
from tmon.reports.figures import Due, Figures, Sales, StoreFigures
from tmon.reports.periods import Period, Span, is_by_month
from tmon.reports.service import Report

_TEXT = 3_900
"""Characters of a message's plain text."""
_SECTION = 2_900
_SECTIONS = 40
"""Sections with stores: a message has 50 blocks."""
_MONTHS_OF_A_YEAR = 31
"""Periods of more days may lie in several years."""

ShowsMoney = Callable[[Store], bool]
"""Whether the amounts of a store are shown."""


def channel_report(t: Texts, report: Report, kind: ReportKind, *, late: bool) -> RenderedMessage:
    """일일 리포트 or 주간 리포트 of a channel. Amounts are those of stores that let their channel see them."""
    name = t.of("reports.kind", kind)
    head = t("reports.late" if late else "reports.head", name=name, period=period_text(t, report.period))
    if report.quiet:
        return RenderedMessage.of_text(t("reports.quiet_line", head=head, quiet=t("reports.quiet")))
    return _message(t, report, head, lambda store: store.report_revenue)


def posted_report(t: Texts, report: Report, who: str) -> RenderedMessage:
    """A report that a person posted, with the amounts that they saw."""
    head = t("reports.posted", period=period_text(t, report.period), who=mention(who))
    return _message(t, report, head, lambda _: True)


def _message(t: Texts, report: Report, head: str, shows_money: ShowsMoney) -> RenderedMessage:
    parts = _stores(t, report, shows_money)
    blocks = [
        section(head),
        *map(section, parts),
        *chart(t, report, money=_all_show(report, shows_money)),
        actions(button(t("reports.open"), f"{CommandAction.RUN}#report", "report")),
    ]
    return RenderedMessage(clip("\n\n".join([head, *parts]), _TEXT), blocks)


def _all_show(report: Report, shows_money: ShowsMoney) -> bool:
    return all(shows_money(store) for store, _ in report.stores)


def _stores(t: Texts, report: Report, shows_money: ShowsMoney) -> list[str]:
    """What is said of each store and of all together, in as many sections as a message has room for."""
    said = [_store(t, report, f"*{t.md('reports.store', name=store.name)}*", found, money=shows_money(store))
            for store, found in report.stores]  # fmt: skip
    if len(report.stores) > 1:
        title = f"*{t('reports.total', n=len(report.stores))}*"
        said.insert(0, _store(t, report, title, report.total, money=_all_show(report, shows_money)))
    packed: list[str] = []
    for number, text in enumerate(said):
        if packed and len(said) > _SECTIONS and len(packed[-1]) + len(text) < _SECTION:
            packed[-1] += f"\n\n{text}"
        elif len(packed) < _SECTIONS:
            packed.append(text)
        else:
            return [*packed, t("reports.more_stores", n=len(said) - number)]
    return packed


def _store(t: Texts, report: Report, title: str, found: StoreFigures, *, money: bool) -> str:
    if found.quiet:
        return f"{title}\n{t('reports.quiet')}"
    lines = [title, figures_text(t, found.figures)]
    if money:
        lines.append(money_text(t, found.figures.sales))
    lines += _against(t, report.period, found, money=money)
    lines += [_due(t, found.due), counters_text(t, report.month, found.late)]
    return "\n".join(lines)


def figures_text(t: Texts, figures: Figures) -> str:
    """The numbers of what happened, in one line."""
    return t(
        "reports.figures",
        n=figures.sales.orders,
        confirmed=figures.confirmed,
        shipped=figures.shipped,
        cancelled=figures.cancelled,
        returned=figures.returned,
        exchanged=figures.exchanged,
        asked=figures.asked,
    )


def money_text(t: Texts, sales: Sales) -> str:
    """매출 and 배송비."""
    return t("reports.money", revenue=t.money(sales.revenue), fees=t.money(sales.delivery_fees))


def _against(t: Texts, period: Period, found: StoreFigures, *, money: bool) -> list[str]:
    """The periods before, the oldest first, and their mean."""
    if not found.earlier:
        return []
    orders = [one.orders for one in found.earlier]
    label = _before(t, period)
    lines = [
        t(
            "reports.orders_before",
            label=label,
            orders=" · ".join(t.number(one) for one in orders),
            mean=t.number(_mean(orders)),
        )
    ]
    if money:
        revenue = [one.revenue for one in found.earlier]
        amounts = " · ".join(t.money(one) for one in revenue)
        lines.append(t("reports.revenue_before", label=label, amounts=amounts, mean=t.money(_mean(revenue))))
    return lines


def _mean(numbers: Sequence[int]) -> int:
    return (2 * sum(numbers) + len(numbers)) // (2 * len(numbers))


def _before(t: Texts, period: Period) -> str:
    if is_by_month(period):
        return t("reports.before_months")
    if period.days == 1:
        return t("reports.before_days")
    return t("reports.before_weeks" if period.days <= 7 else "reports.before_spans")


def _due(t: Texts, due: Due) -> str:
    return t("reports.due", confirm=due.confirm, ship=due.ship, claims=due.claims, unanswered=due.unanswered)


def period_text(t: Texts, period: Period) -> str:
    """`11월 25일(수)`, or `11월 16일(월)~11월 22일(일)`."""
    first, last = t.date(period.first), t.date(period.last)
    return first if period.days == 1 else f"{first}~{last}"


def period_numbers(period: Period) -> str:
    """`2026-11-25`, or `2026-11-16~2026-11-22`, for names of files."""
    return f"{period.first}" if period.days == 1 else f"{period.first}~{period.last}"


def chart(t: Texts, report: Report, *, money: bool) -> list[Block]:
    """매출, or without it the orders, of the period and of those before: by store, or of many stores together.

    Empty if there is nothing to show: nothing happened in the period, or all numbers are zero.
    """
    if report.quiet:
        return []
    rows: Mapping[str, StoreFigures] = {store.name: found for store, found in report.stores}
    if len(report.stores) > SERIES_LIMIT:
        rows = {t("reports.total", n=len(report.stores)): report.total}
    series = {
        name: [one.revenue if money else one.orders for one in (*found.earlier, found.figures.sales)]
        for name, found in rows.items()
    }
    if not any(value for values in series.values() for value in values):
        return []
    periods = [*report.earlier, report.period]
    title = t("reports.chart_money" if money else "reports.chart_orders", label=_before(t, report.period))
    return [bar_chart(title, [_category(t, one) for one in periods], series)]


def _category(t: Texts, period: Period) -> str:
    """A period in the few letters below a bar."""

    def short(day: date) -> str:
        return f"{day:%y}/{day.month}/{day.day}" if period.days > _MONTHS_OF_A_YEAR else f"{day.month}/{day.day}"

    return short(period.first) if period.days == 1 else f"{short(period.first)}~{short(period.last)}"


# --- the modal ---


def report_view(
    t: Texts,
    stores: Sequence[Store],
    ref: ReportRef,
    report: Report | None,
    shows_money: ShowsMoney,
    *,
    may_post: bool,
) -> Block:
    """The form of a report, and below it the report. `report`: None while another period is being chosen."""
    blocks = [*_inputs(t, stores, ref)]
    if report is not None:
        value = encode(ref)
        buttons = [button(t("reports.share"), ReportAction.SHARE, value)] if may_post else []
        buttons.append(button(t("reports.export"), ReportAction.EXPORT, value))
        blocks += [
            divider(),
            section(t("reports.shown", period=period_text(t, report.period))),
            *map(section, _stores(t, report, shows_money)),
            actions(*buttons),
        ]
        if not _all_show(report, shows_money):
            blocks.append(context(t("reports.money_hidden")))
    return modal(
        t("reports.title"),
        blocks,
        callback_id=ReportView.REPORT,
        close=t("common.close"),
        submit=t("reports.look_up"),
        metadata=encode(ref),
    )


def _inputs(t: Texts, stores: Sequence[Store], ref: ReportRef) -> list[Block]:
    spans = [option(t.of("reports.span", span), span) for span in Span]
    chosen = next(one for one in spans if one["value"] == ref.span)
    span = {"type": "static_select", "action_id": ReportAction.SPAN, "options": spans, "initial_option": chosen}
    store = store_menu(t, "value", stores, ref.store)
    blocks = [input_block("span", t("reports.period"), span, dispatch=True)]
    if ref.span is Span.CUSTOM:
        blocks += [_day(t("reports.first"), "first", ref.first), _day(t("reports.last"), "last", ref.last)]
    return [*blocks, input_block("store", t("reports.of_store"), store)]


def _day(label: str, field: str, day: date | None) -> Block:
    picker = {"type": "datepicker"} | ({} if day is None else {"initial_date": day.isoformat()})
    return input_block(field, label, picker)


def chosen_store(value: str) -> str | None:
    """The id of the store that was chosen in the form; None for all."""
    return None if value in ("", EVERY_STORE) else value


def share_view(t: Texts, report: Report, ref: ReportRef, press: str) -> Block:
    """Names the amounts that everybody in the channels will see, before a report is posted there. `press`: see `ShareRef`."""
    channels: dict[str, list[str]] = {}
    for store, found in report.stores:
        line = t.md("reports.share_store", name=short_name(store), money=Markup(money_text(t, found.figures.sales)))
        channels.setdefault(store.channel_id, []).append(line)
    texts = [
        "\n".join([t("reports.share_channel", channel=Markup(f"<#{channel}>")), *lines])
        for channel, lines in channels.items()
    ]
    blocks = [
        section(t("reports.share_ask", period=period_text(t, report.period))),
        *(section(text) for text in texts[:_SECTIONS]),
        actions(button(t("setup.back"), ReportAction.BACK, encode(ref))),
    ]
    return modal(
        t("reports.title"),
        blocks,
        callback_id=ReportView.SHARE,
        close=t("common.close"),
        submit=t("reports.share"),
        metadata=encode(ShareRef(**dict(ref), press=press)),
    )


def shared_view(t: Texts, report: Report, ref: ReportRef) -> Block:
    """A report was posted."""
    channels = Markup(", ".join(dict.fromkeys(f"<#{store.channel_id}>" for store, _ in report.stores)))
    blocks = [
        section(t("reports.was_shared", channels=channels)),
        actions(button(t("setup.back"), ReportAction.BACK, encode(ref))),
    ]
    return modal(t("reports.title"), blocks, callback_id=ReportView.SHARED, close=t("common.close"))
