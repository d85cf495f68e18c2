"""`/tmon stores`: the list of stores, where they are paused, resumed and removed."""

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import settings, views
from handlers.stores.ids import MenuRef, SettingsView, StoreListRef, StoreView, StoreViewRef
from handlers.subcommands import named_store
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon stores [store]`: open the list, or the settings of one store."""
    if rest:
        store = await named_store(request, rest)
        await settings.show_store(request, StoreViewRef(store=store.id))
        return
    overviews = await request.services[Dashboard].stores(request.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await request.show(views.store_list(request.t, request.person, overviews, 0))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page, or return from the removal form."""
    await _refresh(request, decode(StoreListRef, request.value).page)


async def pause(request: SlackRequest) -> None:
    """Handle 연동 중지 of a list that an earlier version drew, whose button has asked already: pause the store."""
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=False)
    await _refresh(request, ref.page)


async def resume(request: SlackRequest) -> None:
    """Handle 연동 재개: resume a store; what that changes in TMON's stock is shown first."""
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    if await settings.turn_on_switch(request, store, None, ref.page) is not None:
        await _refresh(request, ref.page)


async def choose(request: SlackRequest) -> None:
    """Handle a store's menu: open the view that confirms what was chosen."""
    ref = decode(MenuRef, request.value)
    await _confirm(request, ref.model_copy(update={"parent": str(request.view.get("callback_id", ""))}))


async def remove(request: SlackRequest) -> None:
    """Handle 삭제 of a list that an earlier version drew: open the view that confirms it."""
    ref = decode(StoreListRef, request.value)
    await _confirm(request, MenuRef(store=ref.store, page=ref.page, view=StoreView.REMOVE, parent=StoreView.LIST))


async def _confirm(request: SlackRequest, ref: MenuRef) -> None:
    store = await request.store(ref.store, Permission.MANAGE)
    waiting = await request.services[StoreService].open_orders(request.team_id, store.id)
    form = views.pause_form if ref.view == StoreView.PAUSE else views.removal_form
    await request.push(form(request.t, store, waiting, ref))


async def pause_confirmed(request: SlackRequest) -> None:
    """Handle 연동 중지 in the view that confirms it."""
    ref = decode(MenuRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=False)
    await request.ack()
    await _refresh_parent(request, ref)


async def remove_confirmed(request: SlackRequest) -> None:
    """Handle 삭제 in the view that confirms it: with open orders its name must be typed correctly."""
    ref = decode(MenuRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    typed = str(read_form(request.view).get("typed_name", ""))
    try:
        await request.services[StoreService].remove(request.person, store.id, typed_name=typed)
    except AppError as error:
        if error.key != "stores.orders_open" or typed:
            raise
        # orders have come since the view was opened: now it asks for the name
        waiting = await request.services[StoreService].open_orders(request.team_id, store.id)
        await request.show(views.removal_form(request.t, store, waiting, ref))
        return
    await request.ack()
    await _refresh_parent(request, ref.model_copy(update={"parent": StoreView.LIST}))
    await request.services[StoreService].overwrite_removed()


async def _refresh_parent(request: SlackRequest, ref: MenuRef) -> None:
    """Draw the view below anew: the settings of the store, or the list."""
    parent_id = request.view.get("previous_view_id")
    if not parent_id:
        return
    overviews = await request.services[Dashboard].stores(request.team_id)
    overview = next((one for one in overviews if one.store.id == ref.store), None)
    if ref.parent == SettingsView.STORE and overview is not None:
        view = await settings.draw_settings(request, ref.store, ref.page)
    else:
        view = views.store_list(request.t, request.person, overviews, ref.page or 0)
    await request.replace(str(parent_id), view)


async def _refresh(request: SlackRequest, page: int) -> None:
    overviews = await request.services[Dashboard].stores(request.team_id)
    view = views.store_list(request.t, request.person, overviews, page)
    await request.show(view)
