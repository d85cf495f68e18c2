"""`/tmon stores`: the list of stores, where they are paused, resumed and removed."""

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import settings, views
from handlers.stores.ids import StoreListRef, StoreViewRef
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
    """Handle 연동 중지: pause a store."""
    await _switch(request, on=False)


async def resume(request: SlackRequest) -> None:
    """Handle 연동 재개: resume a store."""
    await _switch(request, on=True)


async def _switch(request: SlackRequest, *, on: bool) -> None:
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=on)
    await _refresh(request, ref.page)


async def remove(request: SlackRequest) -> None:
    """Handle 삭제: remove the store at once, or ask for its name first if it has open orders."""
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    waiting = await request.services[StoreService].open_orders(request.team_id, store.id)
    if waiting:
        view = views.removal_form(request.t, store, waiting, ref)
        await request.show(view)
        return
    await request.services[StoreService].remove(request.person, store.id)
    await _refresh(request, ref.page)


async def remove_named(request: SlackRequest) -> None:
    """Handle the removal form: remove the store if its name is typed correctly."""
    ref = decode(StoreListRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].remove(
        request.person, store.id, typed_name=str(read_form(request.view)["typed_name"])
    )
    overviews = await request.services[Dashboard].stores(request.team_id)
    await request.show(views.store_list(request.t, request.person, overviews, ref.page))


async def _refresh(request: SlackRequest, page: int) -> None:
    overviews = await request.services[Dashboard].stores(request.team_id)
    view = views.store_list(request.t, request.person, overviews, page)
    await request.show(view)
