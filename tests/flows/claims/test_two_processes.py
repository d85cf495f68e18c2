"""Two processes of one deployment on one database: each claim is told once, and people are reminded of each once."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.tmon import buyer_cancels
from tests.flows.cards import posted
from tests.flows.claims.claiming import add_claim, claims, collect
from tests.flows.world import World
from tmon.claims.collector import CLAIMS, ClaimCollector
from tmon.claims.deadlines import deadline_of
from tmon.claims.reminders import MOST_SINGLE, ClaimReminders
from tmon.collection.sync_state import get_sync_state
from tmon.models.claims import ClaimKind
from tmon.models.collection import RunOutcome
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import Store

pytestmark = pytest.mark.embedded

MANY = MOST_SINGLE + 1


async def test_two_runs_at_once_tell_each_claim_once(world: World) -> None:
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, MANY)
    await world.collect()
    await world.collect(CLAIMS)
    for order in orders:
        assert buyer_cancels(world.tmon, order.order_no) is not None
    worlds = world, await world.second()
    runs = [ClaimCollector(one.bot.services.core, store, None) for one in worlds]

    async def tell(one: World, run: ClaimCollector) -> None:
        async with one.db.write() as session:
            state = await get_sync_state(session, store, CLAIMS, one.clock())
            current = await session.get_one(Store, (store.team_id, store.id))
            await run.record(session, current, state, RunOutcome.DONE, one.clock())

    for one, run in zip(worlds, runs, strict=True):
        await run.collect(one.bot.services.core.clients.for_store(store), None)
    await asyncio.gather(*(tell(*both) for both in zip(worlds, runs, strict=True)))
    await world.settle()
    assert len(await posted(world, "claims/")) == 1
    assert sum(run.counts.get("new", 0) for run in runs) == MANY


async def test_two_messages_of_one_second_about_different_claims_are_two(world: World) -> None:
    store = await world.add_store()
    other = await world.second()
    requested = world.clock()
    due = deadline_of(ClaimKind.CANCEL, requested) - timedelta(minutes=30)
    for first, one in ((1, world), (1 + MANY, other)):
        for number in range(first, first + MANY):
            await add_claim(world, store, ClaimKind.CANCEL, number, requested)
        world.clock.set(max(world.clock(), due) + timedelta(milliseconds=1))
        await one.bot.services[ClaimReminders]()
    await world.settle()
    assert len(await posted(world, "claims_due/")) == 2
    assert len({claim.reminded_at for claim in (await claims(world)).values()}) == 2


async def test_two_processes_remind_of_a_claim_once(world: World) -> None:
    store = await world.add_store()
    other = await world.second()
    requested = world.clock()
    await add_claim(world, store, ClaimKind.CANCEL, 1, requested)
    world.clock.set(deadline_of(ClaimKind.CANCEL, requested) - timedelta(minutes=30))
    await asyncio.gather(*(one.bot.services[ClaimReminders]() for one in (world, other, world, other)))
    await world.settle()
    assert len(await posted(world, "reminder/")) == 1


async def test_a_deadline_that_passed_is_drawn_by_one_of_two_processes(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert buyer_cancels(world.tmon, order.order_no) is not None
    await collect(world)
    other = await world.second()
    [claim] = (await claims(world)).values()
    key = f"claim/{store.id}/{claim.kind.value}/{claim.claim_no}"
    assert claim.deadline is not None

    async def version() -> int:
        async with world.db.read() as session:
            return (await session.get_one(Row, (store.team_id, key))).version

    before = await version()
    world.clock.set(claim.deadline + timedelta(minutes=1))
    for one in (world, other, world, other):
        await one.run_job("draw passed deadlines of claims")
        await world.settle()
        world.clock.advance(timedelta(minutes=1))
    assert await version() == before + 1
