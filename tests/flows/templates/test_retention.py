"""What goes with a store."""

from bot.playground.slack.demo import MINJI
from tests.flows.templates.steps import addresses, new_store, opened, press, templates
from tests.flows.world import World
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def test_a_removed_store_takes_its_address_book_along(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await world.bot.services[StoreService].remove(Person(world.slack.team_id, MINJI), store.id)
    assert await addresses(world) == []
    assert await templates(world) == []
