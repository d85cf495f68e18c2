"""`/tmon products`: the known deals, and the extension of sale periods."""

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.products import page, sale_period_views, views
from handlers.products.ids import DealRef, ExtensionRef, ProductsRef
from handlers.products.renderers import render_preview
from handlers.request import SlackRequest
from handlers.stale_copies import settle_stale_copy
from handlers.subcommands import known_stores, named_store
from tmon.errors import AppError
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Permission
from tmon.products.catalog import CatalogService
from tmon.products.sale_period.notifications import preview_key
from tmon.products.sale_period.service import ExtensionDay, SalePeriodService
from tmon.stores import switches
from tmon.stores.lookup import exactly, partly


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon products [store or product]`: open the list of a store's known deals, one deal, or a choice.

    A store named in full goes before a product, a product before a part of a store's name.
    """
    stores = await known_stores(request)
    if not rest or exactly(stores, rest):
        await _open_list(request, await named_store(request, rest))
        return
    deals = await request.services[CatalogService].find(request.team_id, rest)
    if deals.total == 1:
        await page.open_page(request, DealRef(store=deals.items[0].store.id, deal=deals.items[0].deal.deal_no))
        return
    if not deals.items:
        await _open_list(request, await named_store(request, rest))
        return
    await request.show(views.choice(request.t, rest, partly(stores, rest), deals))


async def _open_list(request: SlackRequest, store: Store) -> None:
    await request.show(await _list(request, ProductsRef(store=store.id)))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    await _show_list(request, decode(ProductsRef, request.value), str(request.view["id"]))


async def search(request: SlackRequest) -> None:
    """Handle 찾기: search the list."""
    ref = decode(ProductsRef, request.view.get("private_metadata"))
    words = str(read_form(request.view).get("search") or "").strip()
    view = await _list(request, ref.model_copy(update={"search": words, "page": 0}))
    await request.show(view)


async def open_add(request: SlackRequest) -> None:
    """Handle 번호로 추가: open the form that asks for a deal number."""
    ref = decode(ProductsRef, request.value)
    switches.require_on(await request.store(ref.store, Permission.OPERATE), ApiGroup.PRODUCT)
    view = views.add_form(request.t, ref.model_copy(update={"list_view": str(request.view["id"])}))
    await request.push(view)


async def add(request: SlackRequest) -> None:
    """Handle the form: add the deal, if TMON has one with this number."""
    ref = decode(ProductsRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    await request.services[CatalogService].add(
        request.person, ref.store, str(read_form(request.view).get("deal_no") or "")
    )
    await request.ack()
    await _show_list(request, ref.model_copy(update={"search": "", "page": 0}), ref.list_view)


async def show_day(request: SlackRequest) -> None:
    """Handle 모두 보기 on a message: open the list of a day's extensions; or turn to another page of it."""
    ref = decode(ExtensionRef, request.value)
    await request.show(sale_period_views.day_list(request.t, await _day(request, ref), ref))


async def exclude(request: SlackRequest) -> None:
    """Handle 이번에는 제외: exclude a deal from the next extension."""
    await _set_excluded(request, excluded=True)


async def include(request: SlackRequest) -> None:
    """Handle 다시 포함: include the deal again."""
    await _set_excluded(request, excluded=False)


async def _set_excluded(request: SlackRequest, *, excluded: bool) -> None:
    ref = decode(ExtensionRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    try:
        await request.services[SalePeriodService].exclude(
            request.person, ref.store, ref.deal, ref.day, excluded=excluded
        )
    finally:
        if request.view:
            await request.show(sale_period_views.day_list(request.t, await _day(request, ref), ref))
        else:
            await settle_stale_copy(request, preview_key(ref.store, ref.day), render_preview)


async def _day(request: SlackRequest, ref: ExtensionRef) -> ExtensionDay:
    await request.store(ref.store, Permission.VIEW)
    day = await request.services[SalePeriodService].day(request.team_id, ref.store, ref.day)
    if day is None:
        raise AppError("common.store_gone")
    return day


async def _list(request: SlackRequest, ref: ProductsRef) -> Block:
    await request.store(ref.store, Permission.VIEW)
    found = await request.services[CatalogService].page(request.team_id, ref.store, ref.search, ref.page)
    schedule = await request.services[SalePeriodService].schedule(request.team_id, ref.store)
    return views.deal_list(request.t, found, schedule, ref)


async def _show_list(request: SlackRequest, ref: ProductsRef, view_id: str) -> None:
    await request.client.views_update(view_id=view_id, view=await _list(request, ref))
