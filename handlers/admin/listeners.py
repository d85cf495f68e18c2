"""`/tmon admin`: Runple marks, permissions per store, and the audit log; for owners and admins of the workspace."""

from collections.abc import Sequence

from handlers.admin import views
from handlers.admin.ids import AdminRef, AuditRef, RunpleRef
from handlers.blocks import Block
from handlers.files import csv_file
from handlers.form_values import read_form, typed_date
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.texts import LANGUAGES
from tmon.audit import AuditFilter, AuditLog
from tmon.incidents.service import IncidentService
from tmon.models.audit import Audit
from tmon.models.incidents import Incident
from tmon.products.catalog import CatalogService
from tmon.products.runple import RunpleService, deal_numbers
from tmon.stores.service import StoreService
from tmon.workspaces.languages import WorkspaceLanguages


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon admin`: open the overview."""
    await request.require_admin()
    await _overview(request)


async def overview(request: SlackRequest) -> None:
    """Handle 이전: return to the overview."""
    await request.require_admin()
    await _overview(request)


async def choose_language(request: SlackRequest) -> None:
    """Handle a language chosen under 채널 메시지 언어: that of the workspace's channel messages and mails."""
    await request.require_admin()
    if request.value in LANGUAGES:
        await request.services[WorkspaceLanguages].choose(request.person, request.value)
    await _overview(request)


async def _overview(request: SlackRequest) -> None:
    language = await request.services[WorkspaceLanguages].of(request.team_id)
    await request.show(views.overview(request.t, language))


async def runple(request: SlackRequest) -> None:
    """Show 런플 이용 스토어, the stores that use Runple, or another page of them."""
    await request.require_admin()
    await request.show(await _stores(request, decode(AdminRef, request.value).page))


async def mark_store(request: SlackRequest) -> None:
    """Handle 런플 표시: mark a store."""
    await _mark_store(request, on=True)


async def unmark_store(request: SlackRequest) -> None:
    """Handle 표시 해제: remove the mark of a store."""
    await _mark_store(request, on=False)


async def _mark_store(request: SlackRequest, *, on: bool) -> None:
    await request.require_admin()
    ref = decode(AdminRef, request.value)
    await request.services[StoreService].settings.mark_runple(request.person, ref.store, on=on)
    await request.show(await _stores(request, ref.page))


async def _stores(request: SlackRequest, page: int) -> Block:
    stores = await request.services[StoreService].all(request.team_id)
    return views.runple_stores(request.t, stores, await request.services[RunpleService].counts(request.team_id), page)


async def deals(request: SlackRequest) -> None:
    """Show 런플 상품, the deals of a store, or another page of them."""
    await request.require_admin()
    await request.show(await _deals(request, decode(RunpleRef, request.value)))


async def search(request: SlackRequest) -> None:
    """Handle 조회: search the list of deals."""
    await request.require_admin()
    ref = decode(RunpleRef, request.view.get("private_metadata"))
    words = str(read_form(request.view).get("search") or "").strip()
    view = await _deals(request, ref.model_copy(update={"search": words, "page": 0}))
    await request.show(view)


async def mark_deal(request: SlackRequest) -> None:
    """Handle 런플 표시: mark a deal."""
    await _mark_deal(request, on=True)


async def unmark_deal(request: SlackRequest) -> None:
    """Handle 표시 해제: remove the mark of a deal."""
    await _mark_deal(request, on=False)


async def _mark_deal(request: SlackRequest, *, on: bool) -> None:
    await request.require_admin()
    ref = decode(RunpleRef, request.value)
    await request.services[RunpleService].mark_deals(request.person, ref.store, [ref.deal], on=on)
    await request.show(await _deals(request, ref))


async def open_numbers(request: SlackRequest) -> None:
    """Handle 번호 목록으로 표시: open the form for a list of numbers."""
    await request.require_admin()
    ref = decode(RunpleRef, request.value)
    store = await request.services[StoreService].get(request.team_id, ref.store)
    view = views.numbers_form(request.t, store, ref.model_copy(update={"list_view": str(request.view["id"])}))
    await request.push(view)


async def mark_numbers(request: SlackRequest) -> None:
    """Handle the list of numbers: mark all of them, or none if one is wrong."""
    await request.require_admin()
    ref = decode(RunpleRef, request.view.get("private_metadata"))
    values = read_form(request.view)
    on = values.get("mark") != "off"
    numbers = deal_numbers(str(values.get("numbers") or ""))
    marked = await request.services[RunpleService].mark_deals(request.person, ref.store, numbers, on=on)
    await request.ack()
    view = await _deals(request, ref, views.marked_text(request.t, marked, on=on))
    await request.client.views_update(view_id=ref.list_view, view=view)


async def _deals(request: SlackRequest, ref: RunpleRef, note: str = "") -> Block:
    page = await request.services[CatalogService].page(request.team_id, ref.store, ref.search, ref.page)
    counts = await request.services[RunpleService].counts(request.team_id)
    return views.runple_deals(request.t, page, counts.get(ref.store, 0), ref, note)


async def rights(request: SlackRequest) -> None:
    """Show 권한, who may do what in each store, or another page of it."""
    await request.require_admin()
    stores = await request.services[StoreService].all(request.team_id)
    await request.show(views.rights(request.t, stores, decode(AdminRef, request.value).page))


async def audit(request: SlackRequest) -> None:
    """Show 감사 기록, the audit log, another page of it, or all of it."""
    await request.require_admin()
    await request.show(await _audit(request, decode(AuditRef, request.value)))


async def narrow(request: SlackRequest) -> None:
    """Handle 조회: filter the audit log."""
    await request.require_admin()
    values = read_form(request.view)
    ref = decode(AuditRef, request.view.get("private_metadata"))
    store = str(values.get("store") or "")
    chosen = {
        "store": "" if store == views.EVERY_STORE else store,
        "user": str(values.get("user") or ""),
        "day": typed_date(values.get("day")),
        "page": 0,
    }
    await request.show(await _audit(request, ref.model_copy(update=chosen)))


async def export_audit(request: SlackRequest) -> None:
    """Handle CSV로 받기: send the rows that the filters let through as a file."""
    await request.require_admin()
    ref = decode(AuditRef, request.value)
    t = request.t
    rows = await request.services[AuditLog].export(request.person, _filter(request, ref))
    names = await request.services[StoreService].names(request.team_id)
    incidents = await _incidents(request, rows)
    content = await csv_file(views.audit_rows(t, rows, names, incidents))
    await request.send_file(t("admin.audit_sent", n=len(rows)), t("admin.audit_file"), content)
    await request.notify(t("admin.file_sent"))


async def _audit(request: SlackRequest, ref: AuditRef) -> Block:
    wanted = _filter(request, ref)
    page = await request.services[AuditLog].page(
        request.team_id,
        store_id=wanted.store_id,
        user_id=wanted.user_id,
        between=wanted.between,
        page=ref.page,
    )
    names = await request.services[StoreService].names(request.team_id)
    incidents = await _incidents(request, page.items)
    return views.audit_list(request.t, page, names, ref, incidents)


def _filter(request: SlackRequest, ref: AuditRef) -> AuditFilter:
    between = None if ref.day is None else request.t.bounds(ref.day)
    return AuditFilter(ref.store or None, ref.user or None, between)


async def _incidents(request: SlackRequest, rows: Sequence[Audit]) -> dict[str, Incident]:
    """Return the incidents that `rows` are about."""
    ids = {row.subject for row in rows if row.subject is not None and row.action.startswith("incident.")}
    return await request.services[IncidentService].by_ids(request.team_id, ids)
