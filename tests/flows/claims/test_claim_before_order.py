"""A claim that is collected before its order."""

from datetime import timedelta

from bot.playground.tmon import buyer_cancels
from tests.flows.cards import posted, shows
from tests.flows.world import World
from tmon.claims.collector import CLAIMS


async def test_its_card_says_how_much_of_the_order_it_is_once_the_order_is_stored(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    assert buyer_cancels(world.tmon, order.order_no) is not None
    await world.collect(CLAIMS)
    (card,) = await posted(world, "claim/")
    assert "개 중)" not in shows(card)
    await world.collect()
    world.clock.advance(timedelta(minutes=6))
    await world.collect(CLAIMS)
    (card,) = await posted(world, "claim/")
    assert "개 중)" in shows(card)
