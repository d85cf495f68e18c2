"""`/tmon status`: each store with its state and what is wrong."""

from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import status_views as views
from handlers.stores.ids import StoreListRef
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError


async def command(call: SlackRequest, rest: str) -> None:
    """`/tmon status`."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=views.status(call.t, overviews, 0))


async def turn_page(call: SlackRequest) -> None:
    """이전 쪽, 다음 쪽."""
    overviews = await call.services[Dashboard].stores(call.team_id)
    view = views.status(call.t, overviews, decode(StoreListRef, call.value).page)
    await call.client.views_update(view_id=call.view["id"], view=view)
