"""Pending orders that no list of a run tells of."""

from bot.playground.tmon import buyer_cancels, complete_claim
from tests.flows.orders.collecting import DAY, again
from tests.flows.world import World
from tmon.api import DeliveryStatus
from tmon.models.orders import OrderState


async def test_orders_that_wait_for_weeks_are_watched_without_a_call_for_each(world: World) -> None:
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id) for _ in range(30)]
    await world.collect()
    for _ in range(3):
        await again(world, 6 * DAY)
    calls = len(world.tmon.calls)
    await again(world)
    assert len(world.tmon.calls) - calls <= 8
    assert world.tmon.calls_of("orders.get") == []
    claim = buyer_cancels(world.tmon, orders[0].order_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    world.tmon.move_to(orders[28].order_no, DeliveryStatus.D4)
    world.tmon.change_address(orders[29].order_no)
    await again(world)
    states = [(await world.order(store, orders[n].order_no)).state for n in (0, 28, 29)]
    assert states == [OrderState.CANCELLED, OrderState.CONFIRMED, OrderState.NEW]
    assert (await world.order(store, orders[29].order_no)).address_changed_at == world.clock()
