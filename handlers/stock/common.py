"""What every listener about stock needs."""

from slack_sdk.errors import SlackApiError

from handlers.blocks import Block
from handlers.form_values import block_id_of
from handlers.permissions import require_permission
from handlers.request import SlackRequest
from handlers.stock import views
from handlers.stock.ids import StockRef
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Permission
from tmon.stock.service import StockService
from tmon.stores.service import StoreService


async def working(request: SlackRequest, store_id: str) -> Store:
    """The store. Raises AppError without the right to work in it."""
    store = await request.services[StoreService].get(request.team_id, store_id)
    require_permission(request.person, Permission.OPERATE, store)
    return store


async def draw_list(request: SlackRequest, ref: StockRef, note: str = "") -> Block:
    """The list of SKUs as it is now. `note`: what has just been done."""
    page = await request.services[StockService].page(request.team_id, ref.store, ref.page, ref.search)
    return views.sku_list(request.t, page, ref, note)


async def show_list(request: SlackRequest, ref: StockRef, view_id: str, note: str = "") -> None:
    """Draws the list anew where it is still open."""
    try:
        await request.client.views_update(view_id=view_id, view=await draw_list(request, ref, note))
    except SlackApiError as error:
        if error.response.get("error") != "not_found":  # the person has closed it meanwhile
            raise


async def refuse(request: SlackRequest, error: AppError) -> None:
    """Answers a submission with the sentence at its field."""
    text = request.t(error.key, **error.values)
    await request.ack(response_action="errors", errors={block_id_of(request.view, error.field): text[:2000]})
