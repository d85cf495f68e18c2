"""Holding an order back."""

from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import press, shows
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import World
from tmon.models.orders import OrderState


async def test_hold_and_release(world: World) -> None:
    store, order, shown = await one_order(world)
    await press(world, world.owner, shown, OrderAction.HOLD)
    form = world.modal(world.owner)
    assert form.callback_id == OrderView.HOLD
    refused = await world.slack.submit(world.owner, form.id, {"reason": "   "})
    assert "reason" in refused.errors
    await world.slack.submit(world.owner, form.id, {"reason": "재고 확인 중, 010-2345-6789 로 연락"})
    await world.settle()
    held = card(world, order)
    assert "재고 확인 중" in shows(held)
    assert "2345" not in shows(held)
    assert (await world.order(store, order.order_no)).held_by == world.owner
    await press(world, world.owner, held, OrderAction.RELEASE)
    assert (await world.order(store, order.order_no)).held_at is None
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
