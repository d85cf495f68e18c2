"""What is kept of deals."""

from datetime import timedelta

from tests.flows.products.deals import known, read, shop
from tests.flows.world import World


async def test_orders_make_deals_known_and_each_is_read_once(world: World) -> None:
    store = await shop(world)
    for _ in range(12):
        world.tmon.new_order(store.seller_id)
    await world.collect()
    deals = {deal.deal_no for order in world.tmon.partners[store.seller_id].orders for deal in order.deals}
    assert [deal.deal_no for deal in await known(world)] == sorted(deals)
    assert all(deal.title and deal.read_at is None for deal in await known(world))
    assert world.tmon.calls_of("deals.get") == []
    await read(world)
    await read(world)
    assert len(world.tmon.calls_of("deals.get")) == len(deals)
    assert all(deal.read_at == world.clock() for deal in await known(world))
    world.clock.advance(timedelta(days=1))
    await read(world)
    answered = [call for call in world.tmon.calls_of("deals.get") if call.status == 200]
    assert len(answered) == 2 * len(deals), "and again the next day"
