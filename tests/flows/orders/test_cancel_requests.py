"""Orders whose buyers cancel."""

from datetime import timedelta

from handlers.orders.ids import OrderAction
from tests.flows.cards import action, press, shows
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import World
from tmon.models.orders import OrderState


async def test_cancelled_meanwhile(world: World) -> None:
    store, order, shown = await one_order(world)
    claim = world.tmon.buyer_cancels(order.order_no)
    assert claim is not None
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "취소를 요청" in shows(card(world, order))
    assert action(card(world, order).blocks, OrderAction.CANCEL_REQUEST)
    assert OrderAction.CONFIRM not in shows(card(world, order)), "TMON would refuse it again"
    world.tmon.complete_cancel(claim.claim_no)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED
    assert "구매자가 취소한" in shows(card(world, order))
    assert world.tmon.calls_of("orders.confirm") == []


async def test_one_of_several_deals_is_cancelled(world: World) -> None:
    store, order, shown = await one_order(world, deals=2)
    claim = world.tmon.buyer_cancels(order.order_no, deal_no=order.deals[0].deal_no)
    assert claim is not None
    world.tmon.complete_cancel(claim.claim_no)
    await press(world, world.owner, shown)
    assert world.tmon.calls_of("orders.confirm") == []
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert len(world.tmon.calls_of("orders.confirm")) == 1


async def test_some_pieces_are_cancelled_and_the_rest_is_confirmed(world: World) -> None:
    store, order, shown = await one_order(world)
    option = order.deals[0].options[0]
    world.tmon.change_quantity(order.order_no, 3)
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    world.clock.advance(timedelta(minutes=1))
    claim = world.tmon.buyer_cancels(order.order_no)
    assert claim is not None
    claim.lines = {order.deals[0].deal_no: {option.option_no: 1}}
    world.tmon.complete_cancel(claim.claim_no)
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "수량이 바뀌어" in shows(card(world, order))
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
