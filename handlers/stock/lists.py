"""The list of SKUs, the options that are not synchronised, and the sync on demand."""

from handlers.blocks import Block
from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stock import form_views as forms
from handlers.stock import views
from handlers.stock.common import current_list, show_list
from handlers.stock.ids import StockRef, StockView
from handlers.subcommands import named_store
from tmon.collection.coordinator import Coordinator
from tmon.permissions import Permission
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon stock [store]`: open the list of SKUs."""
    ref = StockRef(store=(await named_store(request, rest)).id)
    await request.show(await current_list(request, ref))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    await request.show(await current_list(request, decode(StockRef, request.value)))


async def open_list(request: SlackRequest) -> None:
    """Handle 재고 보기 below a result: show the list in its place."""
    ref = decode(StockRef, request.value)
    await request.show(await current_list(request, ref.model_copy(update={"list_view": ""})))


async def search(request: SlackRequest) -> None:
    """Handle 찾기: search codes and names."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    words = str(read_form(request.view).get("search", "")).strip()
    view = await current_list(request, ref.model_copy(update={"search": words, "page": 0}))
    await request.show(view)


async def sync_now(request: SlackRequest) -> None:
    """Handle 지금 맞추기: synchronise now."""
    ref = decode(StockRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    synced = await request.services[Coordinator].collect_now(request.team_id, ref.store, STOCK, request.user_id)
    note = (
        error_text(request.t, synced.error) if synced.error is not None else views.synced_text(request.t, synced.counts)
    )
    await show_list(request, ref, str(request.view["id"]), note)


async def show_unmapped(request: SlackRequest) -> None:
    """Show 연결 안 된 옵션, the options without a SKU, or another page of them."""
    ref = decode(StockRef, request.value)
    store, page = await request.services[StockService].unmapped(request.team_id, ref.store, ref.page)
    if request.view.get("callback_id") in (StockView.UNMAPPED, StockView.RESULT):
        await request.show(views.option_list(request.t, store, page, ref))
        return
    ref = ref.model_copy(update={"list_view": str(request.view["id"])})
    await request.push(views.option_list(request.t, store, page, ref))


async def open_map(request: SlackRequest) -> None:
    """Handle SKU 연결: open the form that maps an option to a SKU."""
    ref = decode(StockRef, request.value)
    await request.store(ref.store, Permission.OPERATE)
    _, facts = await request.services[StockService].option(request.team_id, ref.store, ref.deal, ref.option)
    shown = decode(StockRef, request.view.get("private_metadata")).shown
    ref = ref.model_copy(update={"list_view": str(request.view["id"]), "shown": shown})
    skus, total = await request.services[StockService].choices(request.team_id, ref.store)
    await request.push(forms.map_form(request.t, facts, ref, skus, total))


async def find_skus(request: SlackRequest, typed: str) -> list[Block]:
    """Return the SKUs for what was typed into the menu of a form; its block id names the store."""
    store_id = str(request.body.get("block_id") or "").partition("~")[2]
    await request.store(store_id, Permission.OPERATE)
    skus, _ = await request.services[StockService].choices(request.team_id, store_id, typed.strip())
    return [forms.sku_option(request.t, sku) for sku in skus]


async def save_map(request: SlackRequest) -> None:
    """Handle the form: map the option to the SKU with the typed code."""
    ref = decode(StockRef, request.view.get("private_metadata"))
    await request.store(ref.store, Permission.OPERATE)
    code = str(read_form(request.view).get("code", ""))
    await request.services[StockService].map(request.person, ref.store, ref.deal, ref.option, code)
    await request.ack()
    store, page = await request.services[StockService].unmapped(request.team_id, ref.store, ref.page, ref.shown)
    # The list may be closed meanwhile; the option is mapped all the same.
    await request.replace(ref.list_view, views.option_list(request.t, store, page, ref))
