"""`/tmon stores`: every store, and what those who manage it do with it."""

from handlers.form_values import read_form
from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import views
from handlers.stores.ids import StoreListRef
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def command(request: SlackRequest, rest: str) -> None:
    """`/tmon stores`."""
    overviews = await request.services[Dashboard].stores(request.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await request.show(views.store_list(request.t, request.person, overviews, 0))


async def turn_page(request: SlackRequest) -> None:
    """이전 쪽, 다음 쪽, and back from the removal."""
    await _redraw(request, decode(StoreListRef, request.value).page)


async def pause(request: SlackRequest) -> None:
    """연동 중지."""
    await _switch(request, on=False)


async def resume(request: SlackRequest) -> None:
    """연동 재개."""
    await _switch(request, on=True)


async def _switch(request: SlackRequest, *, on: bool) -> None:
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].settings.turn(request.person, store.id, None, on=on)
    await _redraw(request, ref.page)


async def remove(request: SlackRequest) -> None:
    """삭제: done at once when no order is open, else its name is asked for."""
    ref = decode(StoreListRef, request.value)
    store = await request.store(ref.store, Permission.MANAGE)
    waiting = await request.services[StoreService].open_orders(request.team_id, store.id)
    if waiting:
        view = views.removal_form(request.t, store, waiting, ref)
        await request.show(view)
        return
    await request.services[StoreService].remove(request.person, store.id)
    await _redraw(request, ref.page)


async def remove_named(request: SlackRequest) -> None:
    """The name was typed."""
    ref = decode(StoreListRef, request.view.get("private_metadata"))
    store = await request.store(ref.store, Permission.MANAGE)
    await request.services[StoreService].remove(
        request.person, store.id, typed_name=str(read_form(request.view)["typed_name"])
    )
    overviews = await request.services[Dashboard].stores(request.team_id)
    await request.show(views.store_list(request.t, request.person, overviews, ref.page))


async def _redraw(request: SlackRequest, page: int) -> None:
    overviews = await request.services[Dashboard].stores(request.team_id)
    view = views.store_list(request.t, request.person, overviews, page)
    await request.show(view)
