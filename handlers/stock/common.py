"""Functions that several stock listeners use."""

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
    await request.replace(view_id, await current_list(request, ref, note))
