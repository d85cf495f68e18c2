"""`/tmon status`: each store with its state and what is wrong."""

from handlers.call import Call
from handlers.guard import Guard
from handlers.ids import StoreAction
from handlers.payloads import StoreListRef, unpack
from handlers.views import status as views
from tmon.errors import AppError


def register(guard: Guard) -> None:
    """Registers the paging."""
    guard.action(StoreAction.STATUS_PAGE, turn_page)


async def command(call: Call, rest: str) -> None:
    """`/tmon status`."""
    overviews = await call.services.stores.overview(call.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    await call.client.views_open(trigger_id=call.trigger_id, view=views.status(call.t, overviews, 0))


async def turn_page(call: Call) -> None:
    """이전 쪽, 다음 쪽."""
    overviews = await call.services.stores.overview(call.team_id)
    view = views.status(call.t, overviews, unpack(StoreListRef, call.value).page)
    await call.client.views_update(view_id=call.view["id"], view=view)
