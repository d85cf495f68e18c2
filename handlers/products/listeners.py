"""`/tmon products`: the known deals, one deal as TMON has it now, and the extension of sale periods."""

from datetime import date

from handlers.blocks import Block, section
from handlers.common_views.switches import switch_off_notice
from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.permissions import require_permission
from handlers.products import sale_period_views, views
from handlers.products.ids import DealRef, ExtensionRef, ProductsRef
from handlers.rendering import RenderedMessage
from handlers.request import SlackRequest, error_text
from handlers.stale_copies import refresh_stale_copy
from handlers.subcommands import named_store
from handlers.texts import Texts
from tmon.api import TmonError
from tmon.core import Services
from tmon.errors import AppError
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService
from tmon.products.sale_period.messages import ExtensionNotOffered, ExtensionPreview, ExtensionReport
from tmon.products.sale_period.notifications import preview_key
from tmon.products.sale_period.service import ExtensionDay, SalePeriodService
from tmon.stores import switches
from tmon.stores.service import StoreService
from tmon.stores.switches import SwitchOff


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon products [store]`."""
    ref = ProductsRef(store=(await named_store(call, rest)).id)
    await call.client.views_open(trigger_id=call.trigger_id, view=await _list(call, ref))


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    await _show_list(call, decode(ProductsRef, call.value), str(call.view["id"]))


async def search(call: SlackRequest) -> None:
    """찾기."""
    ref = decode(ProductsRef, call.view.get("private_metadata"))
    words = str(read_form(call.view).get("search") or "").strip()
    view = await _list(call, ref.model_copy(update={"search": words, "page": 0}))
    await call.ack(response_action="update", view=view)


async def open_add(call: SlackRequest) -> None:
    """번호로 추가: asks for the number."""
    ref = decode(ProductsRef, call.value)
    switches.require_on(await _working(call, ref.store), ApiGroup.PRODUCT)
    view = views.add_form(call.t, ref.model_copy(update={"list_view": str(call.view["id"])}))
    await call.client.views_push(trigger_id=call.trigger_id, view=view)


async def add(call: SlackRequest) -> None:
    """The number was typed: TMON is asked whether it has such a deal."""
    ref = decode(ProductsRef, call.view.get("private_metadata"))
    await _working(call, ref.store)
    try:
        await call.services[CatalogService].add(call.person, ref.store, str(read_form(call.view).get("deal_no") or ""))
    except (AppError, TmonError) as error:
        field = block_id_of(call.view, "deal_no") or "deal_no"
        await call.ack(response_action="errors", errors={field: error_text(call.t, error, plain=True)})
        return
    await call.ack()
    await _show_list(call, ref.model_copy(update={"search": "", "page": 0}), ref.list_view)


async def open_deal(call: SlackRequest) -> None:
    """자세히: what was read last, at once, and then what TMON tells now."""
    ref = decode(DealRef, call.value)
    await _seen(call, ref.store)
    facts = await call.services[CatalogService].summary(call.team_id, ref.store, ref.deal)
    view = views.deal(call.t, facts, ref, call.t("products.reading"))
    opened = await call.client.views_push(trigger_id=call.trigger_id, view=view)
    note, offer = "", []
    try:
        facts = await call.services[CatalogService].refresh(call.team_id, ref.store, ref.deal)
    except (AppError, TmonError) as error:
        facts = await call.services[CatalogService].summary(call.team_id, ref.store, ref.deal)
        if isinstance(error, SwitchOff):
            note, offer = call.t("products.not_asked"), switch_off_notice(call.t, call.person, error)
        else:
            note = call.t("products.not_read", why=error_text(call.t, error))
    await call.client.views_update(view_id=str(opened["view"]["id"]), view=views.deal(call.t, facts, ref, note, offer))


async def turn_options(call: SlackRequest) -> None:
    """Another page of a deal's options, as read when it was opened."""
    ref = decode(DealRef, call.value)
    await _seen(call, ref.store)
    facts = await call.services[CatalogService].summary(call.team_id, ref.store, ref.deal)
    await call.client.views_update(view_id=str(call.view["id"]), view=views.deal(call.t, facts, ref))


async def show_day(call: SlackRequest) -> None:
    """모두 보기 on a message, and the pages of what it opens."""
    ref = decode(ExtensionRef, call.value)
    view = sale_period_views.day_list(call.t, await _day(call, ref), ref)
    if call.view:
        await call.client.views_update(view_id=str(call.view["id"]), view=view)
    else:
        await call.client.views_open(trigger_id=call.trigger_id, view=view)


async def exclude(call: SlackRequest) -> None:
    """이번에는 제외."""
    await _turn(call, excluded=True)


async def include(call: SlackRequest) -> None:
    """다시 포함."""
    await _turn(call, excluded=False)


async def _turn(call: SlackRequest, *, excluded: bool) -> None:
    ref = decode(ExtensionRef, call.value)
    await _working(call, ref.store)
    try:
        await call.services[SalePeriodService].exclude(call.person, ref.store, ref.deal, ref.day, excluded=excluded)
    finally:
        if call.view:
            view = sale_period_views.day_list(call.t, await _day(call, ref), ref)
            await call.client.views_update(view_id=str(call.view["id"]), view=view)
        else:
            await refresh_stale_copy(call, preview_key(ref.store, ref.day), paint_preview)


async def _day(call: SlackRequest, ref: ExtensionRef) -> ExtensionDay:
    await _seen(call, ref.store)
    day = await call.services[SalePeriodService].day(call.team_id, ref.store, ref.day)
    if day is None:
        raise AppError("common.store_gone")
    return day


async def _list(call: SlackRequest, ref: ProductsRef) -> Block:
    await _seen(call, ref.store)
    page = await call.services[CatalogService].page(call.team_id, ref.store, ref.search, ref.page)
    schedule = await call.services[SalePeriodService].schedule(call.team_id, ref.store)
    return views.deal_list(call.t, page, schedule, ref)


async def _show_list(call: SlackRequest, ref: ProductsRef, view_id: str) -> None:
    await call.client.views_update(view_id=view_id, view=await _list(call, ref))


async def _seen(call: SlackRequest, store_id: str) -> None:
    require_permission(call.person, Permission.VIEW, await call.services[StoreService].get(call.team_id, store_id))


async def _working(call: SlackRequest, store_id: str) -> Store:
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.OPERATE, store)
    return store


async def _painted_day(services: Services, row: OutboxMessage) -> ExtensionDay | None:
    return await services[SalePeriodService].day(row.team_id, row.args["store"], date.fromisoformat(row.args["day"]))


async def paint_preview(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """What the next run will extend; nothing when it began before anybody was told."""
    day = await _painted_day(services, row)
    if day is None or (row.ts is None and (day.ran or not day.rows)):
        return None
    return RenderedMessage(sale_period_views.preview_text(t, day), sale_period_views.preview(t, day))


async def paint_result(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """What came of a run."""
    day = await _painted_day(services, row)
    if day is None:
        return None
    return RenderedMessage(sale_period_views.result_text(t, day), sale_period_views.result(t, day))


async def paint_not_offered(services: Services, row: OutboxMessage, t: Texts) -> RenderedMessage | None:
    """TMON does not offer the call."""
    try:
        store = await services[StoreService].get(row.team_id, row.args["store"])
    except AppError:
        return None
    text = t.md("products.not_offered", store=store.name)
    return RenderedMessage(text, [section(text)])


PAINTERS = {
    ExtensionPreview.kind: paint_preview,
    ExtensionReport.kind: paint_result,
    ExtensionNotOffered.kind: paint_not_offered,
}
