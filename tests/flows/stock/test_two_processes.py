"""Two processes on one database: the stock of a store is set by one run at a time."""

import asyncio
from contextlib import suppress

import pytest

from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from tests.flows.leases import LOSSES, Loss
from tests.flows.stock.shop import Shop
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.collection.run_claims import RunLost
from tmon.models.collection import SyncState
from tmon.stock.collector import LEASE, STOCK, StockCollector

pytestmark = pytest.mark.embedded

SET = "deals.stock"


async def run(world: World, shop: Shop) -> None:
    """One run of a process, whoever started it."""
    core = world.bot.services.core
    await StockCollector(core, shop.store).collect(core.clients.for_store(shop.store), None)


async def test_while_one_run_sets_the_stock_no_other_one_does(shop: Shop) -> None:
    await shop.ready()
    other = await shop.world.second()
    await shop.count(250)
    shop.world.tmon.calls.clear()

    async def meanwhile(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == SET and phase is CallPhase.RECEIVED:
            shop.world.tmon.on_call = None
            before = len(shop.world.tmon.calls)
            with pytest.raises(RunLost):
                await run(other, shop)
            assert len(shop.world.tmon.calls) == before

    shop.world.tmon.on_call = meanwhile
    await run(shop.world, shop)
    assert shop.world.tmon.on_call is None
    assert len(shop.sent()) == 1
    assert shop.towel.stock == 250


async def test_two_runs_at_once_push_once(shop: Shop) -> None:
    await shop.ready()
    other = await shop.world.second()
    await shop.count(250)
    shop.world.tmon.calls.clear()
    ended = await asyncio.gather(run(shop.world, shop), run(other, shop), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) in (["NoneType", "NoneType"], ["NoneType", "RunLost"])
    assert len(shop.sent()) == 1
    assert (await shop.link()).attempt is None


@pytest.mark.parametrize("lose", LOSSES)
async def test_run_that_was_frozen_sets_nothing_once_another_has_begun(shop: Shop, lose: Loss) -> None:
    await shop.ready()
    other = await shop.world.second()
    await shop.count(250)
    shop.world.tmon.calls.clear()
    reads = 0

    async def frozen(call: LoggedCall, phase: CallPhase) -> None:
        nonlocal reads
        if call.name != "deals.get" or phase is not CallPhase.RECEIVED:
            return
        reads += 1
        if reads == 2:  # the last reading before the push
            shop.world.tmon.on_call = None
            await lose(shop.world)
            await shop.count(200)
            await run(other, shop)
            assert shop.towel.stock == 200
            await shop.count(220)

    shop.world.tmon.on_call = frozen
    with pytest.raises(RunLost):
        await run(shop.world, shop)
    assert reads == 2
    assert len(shop.sent()) == 1
    assert shop.towel.stock == 200


async def test_answer_to_a_run_that_was_frozen_is_not_taken_for_the_next_ones(shop: Shop) -> None:
    await shop.ready()
    other = await shop.world.second()
    await shop.count(250)
    over = asyncio.Event()

    async def frozen(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == SET and phase is CallPhase.ANSWERED:
            shop.world.tmon.on_call = None
            await shop.world.heart_stop()
            await shop.count(200)
            await run(other, shop)  # settles what the frozen one had begun; it pushes with the next run
            over.set()

    shop.world.tmon.on_call = frozen
    with suppress(RunLost):  # it gets the answer while the other one begins
        await run(shop.world, shop)
    async with asyncio.timeout(30):
        await over.wait()
    for _ in range(2):
        await shop.later()
        await run(other, shop)
    assert shop.towel.stock == 200
    link = await shop.link()
    assert (link.last_pushed, link.attempt, link.mismatch) == (200, None, None)


async def standing(shop: Shop) -> SyncState:
    """How the synchronisation of the store stands."""
    async with shop.world.db.read() as session:
        return await session.get_one(SyncState, (shop.store.team_id, shop.store.id, STOCK))


async def test_run_that_finds_another_one_at_it_is_no_success_and_comes_again(shop: Shop) -> None:
    await shop.ready()
    world, other = shop.world, await shop.world.second()
    await shop.count(250)
    await shop.later()
    world.tmon.calls.clear()
    before = await standing(shop)
    assert before.due_at <= world.clock()
    leases = other.bot.services.core.leases
    async with leases.held(shop.store.team_id, f"stock/{shop.store.id}", LEASE) as lease:
        assert lease is not None
        await world.bot.services[Coordinator].tick(STOCK)
        await world.settle()
        meanwhile = await standing(shop)
        assert (meanwhile.last_success_at, meanwhile.failures) == (before.last_success_at, 0)
        assert (meanwhile.due_at, meanwhile.claim_token) == (before.due_at, None)
        assert not world.tmon.calls
    await world.bot.services[Coordinator].tick(STOCK)
    await world.settle()
    assert shop.towel.stock == 250
    assert (await standing(shop)).last_success_at == world.clock()
