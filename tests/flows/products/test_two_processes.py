"""Two processes on one database read the deals of a store as one would."""

import asyncio

import pytest

from bot.playground.tmon import CallPhase, LoggedCall
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


async def test_a_store_whose_tmon_is_slow_does_not_hold_up_the_others(world: World) -> None:
    stores = [await shop(world), await world.add_store(partner=1)]
    for store in stores:
        world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    asked, all_asked = set[str | None](), asyncio.Event()

    async def wait_for_all(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            asked.add(call.partner_id)
            if len(asked) == len(stores):
                all_asked.set()
            await all_asked.wait()

    world.tmon.on_call = wait_for_all
    await read(world)
    assert len(world.tmon.calls_of("deals.get")) == len(stores), "no call was given up before the other was made"
