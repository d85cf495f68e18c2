"""Functions that several stock listeners use."""

from slack_sdk.errors import SlackApiError

from handlers.blocks import Block
from handlers.request import SlackRequest
from handlers.stock import views
from handlers.stock.ids import StockRef
from tmon.stock.service import StockService


async def current_list(request: SlackRequest, ref: StockRef, note: str = "") -> Block:
    """Return the current list of SKUs. `note`: the result of the last action."""
    page = await request.services[StockService].page(request.team_id, ref.store, ref.page, ref.search)
    return views.sku_list(request.t, page, ref, note)


async def show_list(request: SlackRequest, ref: StockRef, view_id: str, note: str = "") -> None:
    """Update the list, if it is still open."""
    try:
        await request.client.views_update(view_id=view_id, view=await current_list(request, ref, note))
    except SlackApiError as error:
        if error.response.get("error") != "not_found":  # the person has closed it meanwhile
            raise
