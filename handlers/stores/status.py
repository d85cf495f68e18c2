"""`/tmon status`: each store with its state and problems."""

from handlers.payloads import decode
from handlers.request import SlackRequest
from handlers.stores import status_views as views
from handlers.stores.ids import StoreListRef
from handlers.subcommands import named_store
from tmon.dashboard.service import Dashboard
from tmon.errors import AppError


async def command(request: SlackRequest, rest: str) -> None:
    """Run `/tmon status [store]`: open the list, or show one store."""
    chosen = await named_store(request, rest) if rest else None
    overviews = await request.services[Dashboard].stores(request.team_id)
    if not overviews:
        raise AppError("common.no_stores")
    if chosen is not None:
        overviews = [one for one in overviews if one.store.id == chosen.id]
    await request.show(views.status(request.t, overviews, 0))


async def turn_page(request: SlackRequest) -> None:
    """Turn to another page."""
    overviews = await request.services[Dashboard].stores(request.team_id)
    view = views.status(request.t, overviews, decode(StoreListRef, request.value).page)
    await request.show(view)
