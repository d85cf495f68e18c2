"""The list of SKUs, the options that are not synchronised, and the sync on demand."""

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest, error_text
from handlers.stock import form_views as forms
from handlers.stock import views
from handlers.stock.common import draw_list, refuse, show_list, working
from handlers.stock.ids import StockRef, StockView
from handlers.subcommands import named_store
from tmon.collection.coordinator import Coordinator
from tmon.errors import AppError
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon stock [store]`."""
    ref = StockRef(store=(await named_store(call, rest)).id)
    await call.client.views_open(trigger_id=call.trigger_id, view=await draw_list(call, ref))


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    await show_list(call, decode(StockRef, call.value), str(call.view["id"]))


async def search(call: SlackRequest) -> None:
    """찾기: codes and names that hold what was typed."""
    ref = decode(StockRef, call.view.get("private_metadata"))
    words = str(read_form(call.view).get("search", "")).strip()
    view = await draw_list(call, ref.model_copy(update={"search": words, "page": 0}))
    await call.ack(response_action="update", view=view)


async def sync_now(call: SlackRequest) -> None:
    """지금 맞추기."""
    ref = decode(StockRef, call.value)
    await working(call, ref.store)
    synced = await call.services[Coordinator].collect_now(call.team_id, ref.store, STOCK, call.user_id)
    note = error_text(call.t, synced.error) if synced.error is not None else views.synced_text(call.t, synced.counts)
    await show_list(call, ref, str(call.view["id"]), note)


async def show_unmapped(call: SlackRequest) -> None:
    """연결 안 된 옵션, and its pages."""
    ref = decode(StockRef, call.value)
    page = await call.services[StockService].unmapped(call.team_id, ref.store, ref.page)
    if call.view.get("callback_id") == StockView.UNMAPPED:
        await call.client.views_update(view_id=call.view["id"], view=views.option_list(call.t, page, ref))
        return
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=views.option_list(call.t, page, ref))


async def open_map(call: SlackRequest) -> None:
    """SKU 연결."""
    ref = decode(StockRef, call.value)
    await working(call, ref.store)
    _, facts = await call.services[StockService].option(call.team_id, ref.store, ref.deal, ref.option)
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=forms.map_form(call.t, facts, ref))


async def save_map(call: SlackRequest) -> None:
    """A code was typed for an option."""
    ref = decode(StockRef, call.view.get("private_metadata"))
    await working(call, ref.store)
    try:
        code = str(read_form(call.view).get("code", ""))
        await call.services[StockService].map(call.person, ref.store, ref.deal, ref.option, code)
    except AppError as error:
        await refuse(call, error)
        return
    await call.ack()
    page = await call.services[StockService].unmapped(call.team_id, ref.store, ref.page)
    await call.replace(ref.list_view, views.option_list(call.t, page, ref))  # may be closed; it is mapped all the same
