"""What every listener about stock needs."""

from slack_sdk.errors import SlackApiError

from handlers.blocks import Block
from handlers.form_values import block_of
from handlers.permissions import require
from handlers.request import Call
from handlers.stock import views
from handlers.stock.ids import StockRef
from tmon.errors import AppError
from tmon.models.stores import Store
from tmon.permissions import Right
from tmon.stock.service import Stock
from tmon.stores.service import Stores


async def working(call: Call, store_id: str) -> Store:
    """The store. Raises AppError without the right to work in it."""
    store = await call.services[Stores].get(call.team_id, store_id)
    require(call.person, Right.WORK, store)
    return store


async def draw_list(call: Call, ref: StockRef, note: str = "") -> Block:
    """The list of SKUs as it is now. `note`: what has just been done."""
    page = await call.services[Stock].page(call.team_id, ref.store, ref.page, ref.search)
    return views.sku_list(call.t, page, ref, note)


async def show_list(call: Call, ref: StockRef, view_id: str, note: str = "") -> None:
    """Draws the list anew where it is still open."""
    try:
        await call.client.views_update(view_id=view_id, view=await draw_list(call, ref, note))
    except SlackApiError as error:
        if error.response.get("error") != "not_found":  # the person has closed it meanwhile
            raise


async def refuse(call: Call, error: AppError) -> None:
    """Answers a submission with the sentence at its field."""
    text = call.t(error.key, **error.values)
    await call.ack(response_action="errors", errors={block_of(call.view, error.field): text[:2000]})
