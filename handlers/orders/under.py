"""What lies under a form about an order: the list or the order from which it was opened. Features with such forms share this."""

from handlers.blocks import Block
from handlers.orders import lists, views
from handlers.orders.ids import ListRef, OrderRef, OrderView, Under
from handlers.payloads import decode
from handlers.request import SlackRequest
from tmon.orders.service import OrderService


def under(request: SlackRequest) -> Under | None:
    """Return the modal in which the button of a form was pressed; None: a card."""
    match request.view.get("callback_id"):
        case OrderView.LIST:
            ref = decode(ListRef, request.view.get("private_metadata"))
            return Under(view=str(request.view["id"]), list=ref)
        case OrderView.ORDER:
            return Under(view=str(request.view["id"]))
    return None


async def refresh_under(request: SlackRequest, below: Under | None, ref: OrderRef) -> None:
    """Draw the modal under a form anew, after the form has changed the order `ref`."""
    if below is None:
        return
    if below.list is not None:
        await lists.refresh(request, below.list, below.view)
    else:
        await request.replace(below.view, await order_view(request, ref))


async def order_view(request: SlackRequest, ref: OrderRef) -> Block:
    """Return the modal with one order. Raises AppError when it is gone."""
    facts = await request.services[OrderService].summary(request.team_id, ref.store, ref.order)
    history = await request.services[OrderService].history(facts.order)
    return views.order_view(request.t, facts, history)
