"""`/tmon report`: a report of any period, posted to the channel or taken along as a workbook."""

from collections.abc import Sequence
from datetime import date, timedelta

from handlers.blocks import Block
from handlers.form_values import read_form, typed_date
from handlers.payloads import decode
from handlers.reports import exports, views
from handlers.reports.ids import ReportRef, ShareRef
from handlers.request import SlackRequest
from handlers.subcommands import known_stores, named_or_every
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.stores import Store
from tmon.permissions import Permission, has_permission
from tmon.reports.export import ReportExport
from tmon.reports.periods import LONGEST, Period, Span, period_of
from tmon.reports.service import Report, ReportService
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon report [store]`: open the report of today."""
    ref = ReportRef(store=await named_or_every(request, rest))
    await request.show(await _view(request, ref))


async def choose_span(request: SlackRequest) -> None:
    """Handle the choice of a period: one that is chosen day by day has fields for its days."""
    shown, typed = decode(ReportRef, request.view.get("private_metadata")), read_form(request.view)
    try:
        span = Span(request.value)
    except ValueError:
        raise AppError("common.stale_button") from None
    if span is shown.span:
        return
    period = period_of(span, _today(request))
    ref = ReportRef(
        span=span, first=period.first, last=period.last, store=views.chosen_store(str(typed.get("store") or ""))
    )
    await request.redraw(await _form(request, ref))


async def look_up(request: SlackRequest) -> None:
    """Handle 조회: show the report below the form."""
    shown, typed = decode(ReportRef, request.view.get("private_metadata")), read_form(request.view)
    try:
        span = Span(str(typed.get("span") or shown.span))
    except ValueError:
        raise AppError("common.stale_button") from None
    store = views.chosen_store(str(typed.get("store") or ""))
    first, last = None, None
    if span is Span.CUSTOM:
        first, last = typed_date(typed.get("first")), typed_date(typed.get("last"))
    ref = ReportRef(span=span, first=first, last=last, store=store)
    await request.show(await _view(request, ref))


async def back(request: SlackRequest) -> None:
    """Handle 이전: show the report again."""
    await request.show(await _view(request, decode(ReportRef, request.value)))


async def ask_to_share(request: SlackRequest) -> None:
    """Handle 채널에 올리기: name the amounts that everybody will see, and ask."""
    ref = decode(ReportRef, request.value)
    await request.show(views.share_view(request.t, await _own_report(request, ref), ref, new_id("rp")))


async def share(request: SlackRequest) -> None:
    """Handle 채널에 올리기 below the amounts: post the report to the channels of its stores."""
    ref = decode(ShareRef, request.view.get("private_metadata"))
    report = await _own_report(request, ref)
    await request.services[ReportService].post(request.person, report, ref.press)
    await request.show(views.shared_view(request.t, report, ref))


async def export(request: SlackRequest) -> None:
    """Handle 엑셀 받기: send the days and the orders of the report to the person's direct messages."""
    ref = decode(ReportRef, request.value)
    report = await _report(request, ref)
    await request.services[ReportService].record_export(request.person, report)
    money = {store.id for store, _ in report.stores if _shows_money(request)(store)}
    sheets = exports.sheets(request.t, report, money, request.services[ReportExport])
    period = views.period_text(request.t, report.period)
    name = request.t("reports.file", days=views.period_numbers(report.period))
    work = request.send_export(request.t("reports.file_text", period=period), name, *sheets)
    await request.with_progress(work, lambda: request.notify(request.t("reports.file_making")))
    await request.notify(request.t("reports.file_sent"))


async def _view(request: SlackRequest, ref: ReportRef) -> Block:
    report = await _report(request, ref)
    return await _form(request, ref, report)


async def _form(request: SlackRequest, ref: ReportRef, report: Report | None = None) -> Block:
    shows_money = _shows_money(request)
    may_post = report is not None and any(shows_money(store) for store, _ in report.stores)
    stores = await request.services[StoreService].all(request.team_id)
    return views.report_view(request.t, stores, ref, report, shows_money, may_post=may_post)


def _shows_money(request: SlackRequest) -> views.ShowsMoney:
    """Money is for those who work for a store or manage it."""
    return lambda store: has_permission(request.person, Permission.OPERATE, store)


async def _report(request: SlackRequest, ref: ReportRef) -> Report:
    stores = [await request.store(ref.store, Permission.VIEW)] if ref.store else await known_stores(request)
    await request.require(Permission.VIEW, *stores)
    return await _report_of(request, ref, stores)


async def _own_report(request: SlackRequest, ref: ReportRef) -> Report:
    """Return the report of those of its stores for which the person works. Raises AppError if there is none."""
    stores = [await request.store(ref.store, Permission.OPERATE)] if ref.store else await known_stores(request)
    await request.require(Permission.OPERATE, *stores)
    return await _report_of(request, ref, [store for store in stores if _shows_money(request)(store)])


async def _report_of(request: SlackRequest, ref: ReportRef, stores: Sequence[Store]) -> Report:
    period = _period(ref, _today(request))
    return await request.services[ReportService].report(request.team_id, [store.id for store in stores], period)


def _today(request: SlackRequest) -> date:
    return request.services[ReportService].today()


def _period(ref: ReportRef, today: date) -> Period:
    """Return the days of a report. Raises AppError, at the field, for days that make no period."""
    if ref.span is not Span.CUSTOM:
        return period_of(ref.span, today)
    if ref.first is None or ref.last is None:
        raise AppError("reports.no_day", field="first" if ref.first is None else "last")
    if ref.first > today:
        raise AppError("reports.future", field="first")
    if ref.last < ref.first:
        raise AppError("reports.backwards", field="last")
    if ref.last - ref.first >= timedelta(days=LONGEST):
        raise AppError("reports.too_long", field="last", n=LONGEST)
    return Period(ref.first, min(ref.last, today))
