"""`/tmon stores`: every store, and what those who manage it do with it."""

from handlers.form_values import block_of, typed
from handlers.payloads import unpack
from handlers.permissions import require
from handlers.request import Call
from handlers.stores import views
from handlers.stores.ids import StoreListRef
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Right
from tmon.stores.service import Stores


async def command(call: Call, rest: str) -> None:
    """`/tmon stores`."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=views.store_list(call.t, call.person, overviews, 0))


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽, and back from the removal."""
    await _redraw(call, unpack(StoreListRef, call.value).page)


async def pause(call: Call) -> None:
    """연동 중지."""
    await _switch(call, on=False)


async def resume(call: Call) -> None:
    """연동 재개."""
    await _switch(call, on=True)


async def _switch(call: Call, *, on: bool) -> None:
    ref = unpack(StoreListRef, call.value)
    store = await _managed(call, ref.store)
    await call.services[Stores].settings.turn(call.person, store.id, None, on=on)
    await _redraw(call, ref.page)


async def remove(call: Call) -> None:
    """삭제: done at once when no order is open, else its name is asked for."""
    ref = unpack(StoreListRef, call.value)
    store = await _managed(call, ref.store)
    waiting = await call.services[Stores].open_orders(call.team_id, store.id)
    if waiting:
        view = views.removal_form(call.t, store, waiting, ref)
        await call.client.views_update(view_id=call.view["id"], view=view)
        return
    await call.services[Stores].remove(call.person, store.id)
    await _redraw(call, ref.page)


async def remove_named(call: Call) -> None:
    """The name was typed."""
    ref = unpack(StoreListRef, call.view.get("private_metadata"))
    try:
        store = await _managed(call, ref.store)
        await call.services[Stores].remove(call.person, store.id, typed_name=str(typed(call.view)["typed_name"]))
    except AppError as error:
        text = call.t(error.key, **error.values)
        await call.ack(response_action="errors", errors={block_of(call.view, "typed_name"): text})
        return
    overviews = await call.services[Dashboard].stores(call.team_id)
    await call.ack(response_action="update", view=views.store_list(call.t, call.person, overviews, ref.page))


async def _redraw(call: Call, page: int) -> None:
    overviews = await call.services[Dashboard].stores(call.team_id)
    view = views.store_list(call.t, call.person, overviews, page)
    await call.client.views_update(view_id=call.view["id"], view=view)


async def _managed(call: Call, store_id: str) -> Store:
    store = await call.services[Stores].get(call.team_id, store_id)
    require(call.person, Right.MANAGE, store)
    return store
