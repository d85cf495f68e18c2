"""`/tmon settlement` and its views. Everything here shows amounts: it is for those who manage a store or work on it."""

from datetime import date

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.settlement import views
from handlers.settlement.counts import counts_text
from handlers.settlement.ids import SettlementRef, Shown
from handlers.settlement.workbook import sheets
from handlers.subcommands import named_store
from tmon.collection.coordinator import CollectResult, Coordinator
from tmon.errors import AppError
from tmon.models.settlement import SettlementRow
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.permissions import Permission
from tmon.settlement.collector import SETTLEMENT
from tmon.settlement.matching import MatchedOrder
from tmon.settlement.months import Basis
from tmon.settlement.order_query import Match
from tmon.settlement.service import SettlementService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon settlement [store]`: open this month."""
    store = await named_store(request, rest)
    await request.require(Permission.OPERATE, store)
    await request.show(await _month(request, store, SettlementRef(store=store.id)))


async def open_month(request: SlackRequest) -> None:
    """Handle the button of a report, and 이전 in a list: show the month."""
    ref = decode(SettlementRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    await request.show(await _month(request, store, ref))


async def show_month(request: SlackRequest) -> None:
    """Handle 조회: show the month that was chosen."""
    ref = decode(SettlementRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.OPERATE)
    values = read_form(request.view)
    try:
        month = date.fromisoformat(f"{values.get(views.MONTH)}-01")
        ref = SettlementRef(store=ref.store, month=month, basis=Basis(str(values.get(views.BASIS))))
    except ValueError:
        raise AppError("settlement.choose_month", field=views.MONTH) from None
    await request.show(await _month(request, store, ref))


async def show_products(request: SlackRequest) -> None:
    """Handle 상품별 보기, and turn its pages."""
    ref = decode(SettlementRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    service = request.services[SettlementService]
    month = ref.month_or(service.this_month())
    page = await service.products(request.team_id, store.id, month, ref.basis, ref.page)
    ref = ref.model_copy(update={"month": month, "page": page.number})
    await request.show(views.products_view(request.t, store, ref, month, page))


async def show_check(request: SlackRequest) -> None:
    """Handle 확인 필요 보기, and turn its pages."""
    await _show_check(request, decode(SettlementRef, request.value))


async def choose_shown(request: SlackRequest) -> None:
    """Handle the menu 보기: list another part."""
    ref = decode(SettlementRef, request.view.get("private_metadata"))
    try:
        shown = Shown(request.value)
    except ValueError:
        raise AppError("common.stale_button") from None
    await _show_check(request, ref.model_copy(update={"shown": shown, "page": 0}))


async def export(request: SlackRequest) -> None:
    """Handle 엑셀 받기: send a workbook to the person's direct messages."""
    ref = decode(SettlementRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    t, service = request.t, request.services[SettlementService]
    month = ref.month_or(service.this_month())
    found = await service.month(request.team_id, store.id, month, ref.basis)
    if not found.total.rows:
        raise AppError("settlement.nothing_to_export")
    rows = await service.export(
        request.person,
        store,
        month,
        ref.basis,
        matches={match: t.of("settlement.match", match) for match in Match},
        without_order=views.shown_word(t, Shown.WITHOUT_ORDER),
        gone=views.shown_word(t, Shown.GONE),
    )
    values = {"store": store.name, "month": f"{month:%Y-%m}", "basis": views.basis_word(t, ref.basis)}
    work = request.send_export(
        t.md("settlement.file_text", **values, n=found.total.rows),
        t("settlement.file_name", **values),
        *sheets(t, rows),
    )
    await request.with_progress(work, lambda: request.notify(t("settlement.file_under_way")))
    await request.notify(t("settlement.file_sent"))


async def collect(request: SlackRequest) -> None:
    """Handle 지금 수집: read the days that are due and the last ones, and show the month anew."""
    ref = decode(SettlementRef, request.value)
    store = await request.store(ref.store, Permission.OPERATE)
    t, what = request.t, request.t.of("collect.what", SETTLEMENT)
    work = request.services[Coordinator].collect_now(request.team_id, store.id, SETTLEMENT, request.user_id)
    collected = await request.with_progress(
        work, lambda: request.notify(t.md("collect.under_way", store=store.name, what=what))
    )
    said = _collected(request, store, what, collected)
    view_id = str(request.view.get("id") or "")
    await request.notify(said)
    if view_id:
        await request.replace(view_id, await _month(request, store, ref))


def _collected(request: SlackRequest, store: Store, what: str, collected: CollectResult) -> str:
    t = request.t
    if collected.error is not None:
        return t.md("collect.failed", store=store.name, what=what, why=error_text(t, collected.error))
    changes = counts_text(t, collected.counts) or t("collect.nothing")
    return t.md("collect.done", store=store.name, what=what, changes=changes)


async def _month(request: SlackRequest, store: Store, ref: SettlementRef) -> Block:
    service = request.services[SettlementService]
    month = ref.month_or(service.this_month())
    found = await service.month(request.team_id, store.id, month, ref.basis)
    ref = SettlementRef(store=store.id, month=month, basis=ref.basis)
    return views.month_view(request.t, store, ref, found)


async def _show_check(request: SlackRequest, ref: SettlementRef) -> None:
    store = await request.store(ref.store, Permission.OPERATE)
    service = request.services[SettlementService]
    month = ref.month_or(service.this_month())
    of = (request.team_id, store.id, month, ref.basis)
    page: Page[MatchedOrder] | Page[SettlementRow]
    if ref.shown in views.MATCHES:
        matches, page = await service.orders(*of, views.MATCHES[ref.shown], ref.page)
    else:
        matches = await service.matches(*of)
        listed = service.rows_without_order if ref.shown is Shown.WITHOUT_ORDER else service.rows_gone
        page = await listed(*of, ref.page)
    ref = ref.model_copy(update={"month": month, "page": page.number})
    await request.show(views.check_view(request.t, store, ref, month, matches, page))
