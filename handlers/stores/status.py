"""`/tmon status`: each store with its state and what is wrong."""

from handlers.payloads import unpack
from handlers.request import Call
from handlers.stores import status_views as views
from handlers.stores.ids import StoreListRef
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError


async def command(call: Call, rest: str) -> None:
    """`/tmon status`."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=views.status(call.t, overviews, 0))


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    view = views.status(call.t, overviews, unpack(StoreListRef, call.value).page)
    await call.client.views_update(view_id=call.view["id"], view=view)
