"""`/tmon admin`: Runple marks, who may do what where, and the audit list; for owners and admins of the workspace."""

from datetime import date

from handlers.admin import views
from handlers.admin.ids import AdminRef, AuditRef, RunpleRef
from handlers.blocks import Block
from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.permissions import require_admin
from handlers.request import SlackRequest
from tmon.audit import AuditLog
from tmon.errors import AppError
from tmon.products.catalog import CatalogService
from tmon.products.runple import RunpleService, deal_numbers
from tmon.stores.service import StoreService


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon admin`."""
    require_admin(call.person)
    await call.client.views_open(trigger_id=call.trigger_id, view=views.overview(call.t))


async def overview(call: SlackRequest) -> None:
    """이전, back to what there is."""
    require_admin(call.person)
    await _show(call, views.overview(call.t))


async def runple(call: SlackRequest) -> None:
    """런플 이용 스토어, and its pages."""
    require_admin(call.person)
    await _show(call, await _stores(call, decode(AdminRef, call.value).page))


async def mark_store(call: SlackRequest) -> None:
    """런플 표시 beside a store."""
    await _mark_store(call, on=True)


async def unmark_store(call: SlackRequest) -> None:
    """표시 해제 beside a store."""
    await _mark_store(call, on=False)


async def _mark_store(call: SlackRequest, *, on: bool) -> None:
    require_admin(call.person)
    ref = decode(AdminRef, call.value)
    await call.services[StoreService].settings.mark_runple(call.person, ref.store, on=on)
    await _show(call, await _stores(call, ref.page))


async def _stores(call: SlackRequest, page: int) -> Block:
    stores = await call.services[StoreService].all(call.team_id)
    return views.runple_stores(call.t, stores, await call.services[RunpleService].counts(call.team_id), page)


async def deals(call: SlackRequest) -> None:
    """런플 상품 of a store, and its pages."""
    require_admin(call.person)
    await _show(call, await _deals(call, decode(RunpleRef, call.value)))


async def search(call: SlackRequest) -> None:
    """조회 in the list of deals."""
    require_admin(call.person)
    ref = decode(RunpleRef, call.view.get("private_metadata"))
    words = str(read_form(call.view).get("search") or "").strip()
    view = await _deals(call, ref.model_copy(update={"search": words, "page": 0}))
    await call.ack(response_action="update", view=view)


async def mark_deal(call: SlackRequest) -> None:
    """런플 표시 beside a deal."""
    await _mark_deal(call, on=True)


async def unmark_deal(call: SlackRequest) -> None:
    """표시 해제 beside a deal."""
    await _mark_deal(call, on=False)


async def _mark_deal(call: SlackRequest, *, on: bool) -> None:
    require_admin(call.person)
    ref = decode(RunpleRef, call.value)
    await call.services[RunpleService].mark_deals(call.person, ref.store, [ref.deal], on=on)
    await _show(call, await _deals(call, ref))


async def open_numbers(call: SlackRequest) -> None:
    """번호 목록으로 표시: the form, over the list."""
    require_admin(call.person)
    ref = decode(RunpleRef, call.value)
    store = await call.services[StoreService].get(call.team_id, ref.store)
    view = views.numbers_form(call.t, store, ref.model_copy(update={"list_view": str(call.view["id"])}))
    await call.client.views_push(trigger_id=call.trigger_id, view=view)


async def mark_numbers(call: SlackRequest) -> None:
    """The list was sent: all of it is taken, or nothing."""
    require_admin(call.person)
    ref = decode(RunpleRef, call.view.get("private_metadata"))
    given = read_form(call.view)
    on = given.get("mark") != "off"
    try:
        numbers = deal_numbers(str(given.get("numbers") or ""))
        marked = await call.services[RunpleService].mark_deals(call.person, ref.store, numbers, on=on)
    except AppError as error:
        text = call.t(error.key, **error.values)
        await call.ack(response_action="errors", errors={block_id_of(call.view, "numbers"): text})
        return
    await call.ack()
    view = await _deals(call, ref, views.marked_text(call.t, marked, on=on))
    await call.client.views_update(view_id=ref.list_view, view=view)


async def _deals(call: SlackRequest, ref: RunpleRef, note: str = "") -> Block:
    page = await call.services[CatalogService].page(call.team_id, ref.store, ref.search, ref.page)
    counts = await call.services[RunpleService].counts(call.team_id)
    return views.runple_deals(call.t, page, counts.get(ref.store, 0), ref, note)


async def rights(call: SlackRequest) -> None:
    """권한, and its pages."""
    require_admin(call.person)
    stores = await call.services[StoreService].all(call.team_id)
    await _show(call, views.rights(call.t, stores, decode(AdminRef, call.value).page))


async def audit(call: SlackRequest) -> None:
    """감사 기록, its pages, and without what it was narrowed to."""
    require_admin(call.person)
    await _show(call, await _audit(call, decode(AuditRef, call.value)))


async def narrow(call: SlackRequest) -> None:
    """조회: what was chosen narrows the list."""
    require_admin(call.person)
    given = read_form(call.view)
    ref = decode(AuditRef, call.view.get("private_metadata"))
    store, day = str(given.get("store") or ""), str(given.get("day") or "")
    chosen = {
        "store": "" if store == views.EVERY_STORE else store,
        "user": str(given.get("user") or ""),
        "day": date.fromisoformat(day) if day else None,
        "page": 0,
    }
    await call.ack(response_action="update", view=await _audit(call, ref.model_copy(update=chosen)))


async def _audit(call: SlackRequest, ref: AuditRef) -> Block:
    page = await call.services[AuditLog].page(
        call.team_id,
        store_id=ref.store or None,
        user_id=ref.user or None,
        between=None if ref.day is None else call.t.bounds(ref.day),
        page=ref.page,
    )
    return views.audit_list(call.t, page, await call.services[StoreService].names(call.team_id), ref)


async def _show(call: SlackRequest, view: Block) -> None:
    await call.client.views_update(view_id=str(call.view["id"]), view=view)
