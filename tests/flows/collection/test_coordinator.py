"""What is collected when, and what a failure means for the next run."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from sqlmodel import col

from tests.flows.orders.collecting import DAY, EVERY, again, standing
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.collection.retries import Retries
from tmon.database import upsert
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Incident
from tmon.sealing import Sealer


@pytest.mark.parametrize("switch", ["sync_on", "order_on"])
async def test_while_a_switch_is_off_no_call_leaves(world: World, switch: str) -> None:
    off: dict[str, Any] = {switch: False}
    store = await world.add_store(**off)
    world.tmon.new_order(store.seller_id)
    await world.collect()
    await again(world, DAY)
    await world.command(world.owner, "collect orders")
    assert list(world.tmon.calls) == []


async def test_two_ticks_at_once_run_a_store_once(world: World) -> None:
    await world.add_store()
    world.tmon.faults.slow_seconds = 0.2
    collector = world.bot.services[Coordinator]
    await asyncio.gather(collector.tick(ORDERS), collector.tick(ORDERS))
    await collector.tick(ORDERS)
    await world.settle()
    assert len(world.tmon.calls_of("orders.list")) == 2


async def test_a_rejected_key_is_not_tried_with_every_interval(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    world.tmon.revoke_key(store.seller_id)
    await again(world)
    calls = len(world.tmon.calls)
    for _ in range(5):
        await again(world)
    assert len(world.tmon.calls) == calls


async def test_a_throttled_store_waits_as_long_as_it_was_told(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.mode, world.tmon.faults.retry_after = "throttled", 1800
    await world.collect()
    assert (await standing(world, store)).due_at == world.clock() + timedelta(seconds=1800)
    calls = len(world.tmon.calls)
    await again(world, timedelta(seconds=1799))
    assert len(world.tmon.calls) == calls
    world.tmon.faults.clear()
    await again(world, timedelta(seconds=1))
    assert (await standing(world, store)).failures == 0


async def test_one_store_that_fails_does_not_hold_up_the_other(world: World) -> None:
    broken, sound = await world.add_store(), await world.add_store(partner=1)
    world.tmon.new_order(broken.seller_id)
    order = world.tmon.new_order(sound.seller_id)
    world.tmon.faults.mode, world.tmon.faults.partners = "html_502", {broken.seller_id}
    await world.collect()
    assert [o.order_no for o in await world.orders()] == [order.order_no]


async def test_what_breaks_in_our_own_hands_is_not_repeated_every_few_seconds(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    order.order_no = 2**70  # no column holds it
    await world.collect()
    assert len(world.tmon.calls_of("orders.list")) == 2
    await again(world, EVERY - timedelta(seconds=1))
    assert len(world.tmon.calls_of("orders.list")) == 2
    order.order_no = 9100999999
    await again(world, timedelta(seconds=1))
    assert [o.order_no for o in await world.orders()] == [9100999999]


async def test_a_failure_of_our_own_is_counted_and_becomes_an_incident(world: World) -> None:
    store = await world.add_store(credentials=Sealer([Fernet.generate_key().decode()]).seal({"api_key": "lost"}))
    calls = len(world.tmon.calls)
    for _ in range(world.settings.incident_after_failures):
        await again(world)
    async with world.db.read() as session:
        standing = await session.get_one(SyncState, (store.team_id, store.id, ORDERS))
        (incident,) = await session.scalars(select(Incident).where(col(Incident.team_id) == world.slack.team_id))
    assert (standing.failures, standing.error) == (world.settings.incident_after_failures, "failed")
    assert incident.closed_at is None
    assert len(world.tmon.calls) == calls


async def test_the_next_try_after_a_failure_comes_within_a_minute_until_an_incident_opens(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    world.tmon.faults.mode = "error_500"
    pauses = []
    await again(world)
    began = world.clock()
    for failures in range(1, world.settings.incident_after_failures + 1):
        state = await standing(world, store)
        assert state.failures == failures
        pauses.append(state.due_at - (state.last_failure_at or state.due_at))
        world.clock.set(state.due_at)
        if failures == 1:
            await world.restart()
        await world.collect()
    assert all(timedelta(seconds=30) <= pause <= timedelta(seconds=60) for pause in pauses)
    async with world.db.read() as session:
        (incident,) = await session.scalars(select(Incident).where(col(Incident.team_id) == world.slack.team_id))
    assert incident.opened_at - began <= timedelta(minutes=3)


async def test_in_an_outage_one_store_asks_often_and_all_are_collected_soon_after(world: World) -> None:
    stores = [await world.add_store(partner=number) for number in range(2)]
    await world.collect()
    world.tmon.faults.mode = "error_500"
    for _ in range(world.settings.incident_after_failures + 1):
        await again(world, timedelta(minutes=6))
    calls = len(world.tmon.calls)
    states = [await standing(world, store) for store in stores]
    pauses = sorted(state.due_at - (state.last_failure_at or state.due_at) for state in states)
    assert pauses[0] <= timedelta(seconds=60)
    assert pauses[1] == EVERY
    await again(world, timedelta(seconds=61))
    asked = {call.partner_id for call in list(world.tmon.calls)[calls:]} - {None}
    assert len(asked) == 1
    world.tmon.faults.clear()
    await again(world, timedelta(seconds=61))
    await again(world, timedelta(seconds=31))
    assert [(await standing(world, store)).failures for store in stores] == [0, 0]
    async with world.db.read() as session:
        (incident,) = await session.scalars(select(Incident).where(col(Incident.team_id) == world.slack.team_id))
    assert incident.closed_at is not None


async def test_after_an_outage_each_of_many_gets_one_moment_whoever_succeeds_then(world: World) -> None:
    now, many, spread = world.clock(), 400, timedelta(seconds=30)
    failing = {"team_id": world.slack.team_id, "kind": ORDERS, "failures": 4, "error": "unavailable"}
    rows = [{**failing, "store_id": f"st_{number}", "due_at": now + EVERY} for number in range(many)]
    coordinator = world.bot.services[Coordinator]
    retries = Retries(world.bot.services[IncidentService], coordinator.specs)

    async def succeed(store_id: str) -> list[datetime]:
        async with world.db.write() as session:
            state = await session.get_one(SyncState, (world.slack.team_id, store_id, ORDERS))
            await retries.hasten_others(session, state, now)
        async with world.db.read() as session:
            return list(await session.scalars(select(col(SyncState.due_at)).order_by(col(SyncState.store_id))))

    async with world.db.write() as session:
        await upsert(session, SyncState.__table__, rows, update=())  # type: ignore[attr-defined]
    due = await succeed("st_0")
    assert all(now <= moment <= now + spread for moment in due)
    assert 20 <= len(set(due)) <= 30, "spread over the seconds, and in few statements"
    assert await succeed("st_1") == due, "they are not drawn nearer by each that succeeds"


async def test_three_missed_intervals_are_standing_still(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    collector = world.bot.services[Coordinator]
    world.clock.advance(4 * EVERY - timedelta(seconds=1))
    assert not await collector.is_standing_still(world.db)
    world.clock.advance(timedelta(seconds=1))
    assert await collector.is_standing_still(world.db)
    await world.restart()
    assert not await world.bot.services[Coordinator].is_standing_still(world.db), "after a start it is under way"
    world.tmon.faults.mode = "error_500"
    await again(world, 4 * EVERY)
    assert not await world.bot.services[Coordinator].is_standing_still(world.db), (
        "TMON being down is no fault of the process"
    )
    assert (await standing(world, store)).failures == 1
