"""The list of SKUs, the options that are not synchronised, and the sync on demand."""

from handlers.call import Call, explain
from handlers.guard import Guard
from handlers.ids import StockAction, StockView
from handlers.payloads import StockRef, unpack
from handlers.stock.common import draw_list, refuse, show_list, working
from handlers.typed import typed
from handlers.views import stock as views
from handlers.views import stock_forms as forms
from tmon.errors import AppError
from tmon.models.collection import Kind


def register(guard: Guard) -> None:
    """Registers what is done on lists."""
    guard.action(StockAction.PAGE, turn_page)
    guard.action(StockAction.SYNC, sync_now)
    guard.action(StockAction.UNMAPPED, show_unmapped)
    guard.action(StockAction.MAP, open_map)
    guard.submission(StockView.LIST, search)
    guard.submission(StockView.MAP, save_map)


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽."""
    await show_list(call, unpack(StockRef, call.value), str(call.view["id"]))


async def search(call: Call) -> None:
    """찾기: codes and names that hold what was typed."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    words = str(typed(call.view).get("search", "")).strip()
    view = await draw_list(call, ref.model_copy(update={"search": words, "page": 0}))
    await call.ack(response_action="update", view=view)


async def sync_now(call: Call) -> None:
    """지금 맞추기."""
    ref = unpack(StockRef, call.value)
    await working(call, ref.store)
    synced = await call.services.collector.collect_now(call.team_id, ref.store, Kind.STOCK, call.user_id)
    note = explain(call.t, synced.error) if synced.error is not None else views.synced_text(call.t, synced.counts)
    await show_list(call, ref, str(call.view["id"]), note)


async def show_unmapped(call: Call) -> None:
    """연결 안 된 옵션, and its pages."""
    ref = unpack(StockRef, call.value)
    page = await call.services.stock.unmapped(call.team_id, ref.store, ref.page)
    if call.view.get("callback_id") == StockView.UNMAPPED:
        await call.client.views_update(view_id=call.view["id"], view=views.option_list(call.t, page, ref))
        return
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=views.option_list(call.t, page, ref))


async def open_map(call: Call) -> None:
    """SKU 연결."""
    ref = unpack(StockRef, call.value)
    await working(call, ref.store)
    _, facts = await call.services.stock.option(call.team_id, ref.store, ref.deal, ref.option)
    ref = ref.model_copy(update={"list_view": str(call.view["id"])})
    await call.client.views_push(trigger_id=call.trigger_id, view=forms.map_form(call.t, facts, ref))


async def save_map(call: Call) -> None:
    """A code was typed for an option."""
    ref = unpack(StockRef, call.view.get("private_metadata"))
    await working(call, ref.store)
    try:
        code = str(typed(call.view).get("code", ""))
        await call.services.stock.map(call.person, ref.store, ref.deal, ref.option, code)
    except AppError as error:
        await refuse(call, error)
        return
    await call.ack()
    page = await call.services.stock.unmapped(call.team_id, ref.store, ref.page)
    await call.replace(ref.list_view, views.option_list(call.t, page, ref))  # may be closed; it is mapped all the same
