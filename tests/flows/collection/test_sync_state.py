"""Where a collection stands."""

from tests.flows.cards import posted
from tests.flows.orders.collecting import DAY, EVERY, again, standing
from tests.flows.world import World


async def test_what_tmon_does_not_offer_is_asked_for_once_a_day(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.not_offered = {"orders.list"}
    await world.collect()
    assert (await standing(world, store)).not_offered_at == world.clock()
    (said,) = await posted(world, "not_offered/")
    assert "제공하지 않는다고" in said.text
    calls = len(world.tmon.calls_of("orders.list"))
    await again(world, DAY - EVERY)
    assert len(world.tmon.calls_of("orders.list")) == calls
    await again(world)
    assert len(world.tmon.calls_of("orders.list")) == calls + 1
    assert len(await posted(world, "not_offered/")) == 1
    world.tmon.faults.clear()
    world.tmon.new_order(store.seller_id)
    await again(world, DAY)
    assert (await standing(world, store)).not_offered_at is None
    assert len(await world.orders()) == 1
