"""`/tmon stores`: every store, and what those who manage it do with it."""

from handlers.form_values import block_id_of, read_form
from handlers.payloads import decode
from handlers.permissions import require_permission
from handlers.request import SlackRequest
from handlers.stores import views
from handlers.stores.ids import StoreListRef
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stores.service import StoreService


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon stores`."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=views.store_list(call.t, call.person, overviews, 0))


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽, and back from the removal."""
    await _redraw(call, decode(StoreListRef, call.value).page)


async def pause(call: SlackRequest) -> None:
    """연동 중지."""
    await _switch(call, on=False)


async def resume(call: SlackRequest) -> None:
    """연동 재개."""
    await _switch(call, on=True)


async def _switch(call: SlackRequest, *, on: bool) -> None:
    ref = decode(StoreListRef, call.value)
    store = await _managed(call, ref.store)
    await call.services[StoreService].settings.turn(call.person, store.id, None, on=on)
    await _redraw(call, ref.page)


async def remove(call: SlackRequest) -> None:
    """삭제: done at once when no order is open, else its name is asked for."""
    ref = decode(StoreListRef, call.value)
    store = await _managed(call, ref.store)
    waiting = await call.services[StoreService].open_orders(call.team_id, store.id)
    if waiting:
        view = views.removal_form(call.t, store, waiting, ref)
        await call.client.views_update(view_id=call.view["id"], view=view)
        return
    await call.services[StoreService].remove(call.person, store.id)
    await _redraw(call, ref.page)


async def remove_named(call: SlackRequest) -> None:
    """The name was typed."""
    ref = decode(StoreListRef, call.view.get("private_metadata"))
    try:
        store = await _managed(call, ref.store)
        await call.services[StoreService].remove(
            call.person, store.id, typed_name=str(read_form(call.view)["typed_name"])
        )
    except AppError as error:
        text = call.t(error.key, **error.values)
        await call.ack(response_action="errors", errors={block_id_of(call.view, "typed_name"): text})
        return
    overviews = await call.services[Dashboard].stores(call.team_id)
    await call.ack(response_action="update", view=views.store_list(call.t, call.person, overviews, ref.page))


async def _redraw(call: SlackRequest, page: int) -> None:
    overviews = await call.services[Dashboard].stores(call.team_id)
    view = views.store_list(call.t, call.person, overviews, page)
    await call.client.views_update(view_id=call.view["id"], view=view)


async def _managed(call: SlackRequest, store_id: str) -> Store:
    store = await call.services[StoreService].get(call.team_id, store_id)
    require_permission(call.person, Permission.MANAGE, store)
    return store
