"""TMON is asked for its codes once a day per store; the last ones serve while it is silent."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from tests.flows.world import World
from tmon.codes.reasons import Family
from tmon.codes.service import CodeTables
from tmon.models.codes import CodeTable
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.stores.service import StoreService

HOUR = timedelta(hours=1)


async def read(world: World) -> int:
    """The job runs; returns for how many stores TMON was asked."""
    before = len(world.tmon.calls)
    await world.run_job("read codes")
    return len({call.partner_id for call in list(world.tmon.calls)[before:] if call.name == "codes"})


async def carriers(world: World, store: Store) -> list[str]:
    found = await world.bot.services[CodeTables].carriers(store.team_id, store.id)
    return [carrier.code for carrier in found]


async def test_each_store_is_asked_for_once_a_day(world: World) -> None:
    first, second = await world.add_store(), await world.add_store(partner=1)
    assert await read(world) == 2
    assert await read(world) == 0
    assert "10001" in await carriers(world, first)
    assert await carriers(world, first) == await carriers(world, second)
    assert await world.bot.services[CodeTables].has_family(first.team_id, first.id, Family.JRD)
    world.clock.advance(23 * HOUR)
    assert await read(world) == 0
    world.clock.advance(HOUR)
    assert await read(world) == 2


async def test_a_store_without_codes_is_asked_for_first(world: World) -> None:
    known = await world.add_store()
    await read(world)
    world.clock.advance(24 * HOUR)
    new, before = await world.add_store(partner=1), len(world.tmon.calls)
    assert await read(world) == 2
    asked = [call.partner_id for call in list(world.tmon.calls)[before:] if call.name == "codes"]
    assert list(dict.fromkeys(asked)) == [new.seller_id, known.seller_id]


@pytest.mark.parametrize("switch", ["order_on", "sync_on"])
async def test_nothing_is_asked_while_the_switch_is_off(world: World, switch: str) -> None:
    off: dict[str, Any] = {switch: False}
    store = await world.add_store(**off)
    assert await read(world) == 0
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values({switch: True}))
    assert await read(world) == 1


@pytest.mark.parametrize("mode", ["down", "html_502", "throttled", "truncated", "error_500_json"])
async def test_the_last_codes_serve_while_tmon_is_silent(world: World, mode: Any) -> None:
    store = await world.add_store()
    await read(world)
    known = await carriers(world, store)
    world.clock.advance(24 * HOUR)
    world.tmon.faults.mode = mode
    assert await read(world) > 0
    assert await carriers(world, store) == known
    assert await read(world) == 0, "not every minute"
    world.tmon.faults.mode = None
    world.clock.advance(HOUR)
    assert await read(world) == 1


async def test_an_empty_answer_takes_nothing_away(world: World) -> None:
    store = await world.add_store()
    await read(world)
    known = await carriers(world, store)
    world.clock.advance(24 * HOUR)
    world.tmon.faults.rewrites["codes"] = lambda _: {"DeliveryCorp": []}
    assert await read(world) == 1
    assert await carriers(world, store) == known


async def test_a_call_that_is_not_offered_is_tried_again_the_next_day(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.not_offered = {"codes"}
    assert await read(world) == 1
    assert await carriers(world, store) == ["10099"]
    world.clock.advance(23 * HOUR)
    assert await read(world) == 0
    world.clock.advance(HOUR)
    assert await read(world) == 1


async def test_a_clock_that_was_ahead_stops_nothing(world: World) -> None:
    await world.add_store()
    world.clock.advance(30 * 24 * HOUR)
    assert await read(world) == 1
    world.clock.advance(-30 * 24 * HOUR)
    assert await read(world) == 1


async def test_the_codes_go_with_their_store(world: World) -> None:
    store = await world.add_store()
    await read(world)
    await world.bot.services[StoreService].remove(Person(store.team_id, MINJI, is_admin=True), store.id)
    async with world.db.read() as session:
        assert (await session.scalars(select(CodeTable))).all() == []
