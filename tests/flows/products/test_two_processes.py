"""Two processes on one database read the deals of a store as one would."""

import asyncio

import pytest

from tests.flows.products.deals import known, read, shop
from tests.flows.world import World
from tmon.products.catalog import CatalogService

pytestmark = pytest.mark.embedded


async def test_what_tmon_asked_one_process_the_other_heeds(world: World) -> None:
    store = await shop(world)
    other = await world.second()
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    faults = world.tmon.faults
    faults.mode, faults.only, faults.retry_after = "throttled", {"deals.get"}, 120
    await read(world)
    await other.bot.services[CatalogService].read_due()
    assert len(world.tmon.calls_of("deals.get")) == 1
    await world.restart()
    await read(world)
    assert len(world.tmon.calls_of("deals.get")) == 1, "and so does the next one"


async def test_two_that_look_at_once_ask_for_each_deal_once(world: World) -> None:
    store = await shop(world)
    other = await world.second()
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    await asyncio.gather(*(one.bot.services[CatalogService].read_due() for one in (world, other)))
    assert len(world.tmon.calls_of("deals.get")) == 2
    assert all(deal.read_at for deal in await known(world))
