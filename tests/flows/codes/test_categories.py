"""TMON is asked for its categories once a day for each workspace; the last ones serve while it is silent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.category_tree import TOP_CATEGORIES, leaf_called
from tests.flows.world import World
from tmon.codes.categories import CategoryTrees
from tmon.models.codes import CategoryTree
from tmon.models.stores import Store, StoreState
from tmon.permissions import Person
from tmon.stores.service import StoreService

HOUR = timedelta(hours=1)
TOPS = [top.name for top in TOP_CATEGORIES]


async def read(world: World) -> list[str | None]:
    """The job runs; returns with whose keys TMON was asked."""
    before = len(world.tmon.calls)
    await world.run_job("read categories")
    asked = [call.partner_id for call in list(world.tmon.calls)[before:] if call.name == "categories"]
    return list(dict.fromkeys(asked))


async def tops(world: World) -> list[str]:
    return await world.bot.services[CategoryTrees].tops(world.slack.team_id)


async def test_one_store_is_asked_for_its_workspace_once_a_day(world: World) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    assert await tops(world) == []
    assert len(await read(world)) == 1
    assert await tops(world) == TOPS
    leaves = await world.bot.services[CategoryTrees].leaves(world.slack.team_id)
    assert (leaf_called("도어사인"), "생활·주방 > 인테리어 > 도어사인", 49000000) in leaves
    assert await read(world) == []
    world.clock.advance(23 * HOUR)
    assert await read(world) == []
    world.clock.advance(HOUR)
    assert len(await read(world)) == 1


@pytest.mark.parametrize(
    "off", [{"product_on": False}, {"sync_on": False}, {"state": StoreState.PENDING}], ids=["api", "store", "pending"]
)
async def test_nothing_is_asked_while_the_switch_is_off(world: World, off: dict[str, Any]) -> None:
    store = await world.add_store(**off)
    await world.bot.services[CategoryTrees].refresh(store)
    assert await read(world) == []
    on: dict[str, Any] = {"product_on": True, "sync_on": True, "state": StoreState.APPROVED}
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(on))
    assert await read(world) == [store.seller_id]


async def test_the_key_of_another_store_serves_where_one_is_refused(world: World) -> None:
    stores = [await world.add_store(partner=partner) for partner in (0, 1)]
    first, second = sorted(stores, key=lambda store: store.id)
    world.tmon.faults.reject_partners = {first.seller_id}
    assert await read(world) == [first.seller_id, second.seller_id]
    assert await tops(world) == TOPS
    world.clock.advance(2 * HOUR)
    assert await read(world) == []


@pytest.mark.parametrize("mode", ["down", "html_502", "throttled", "truncated", "error_500_json", "empty"])
async def test_the_last_categories_serve_while_tmon_is_silent(world: World, mode: Any) -> None:
    await world.add_store()
    await read(world)
    world.clock.advance(24 * HOUR)
    world.tmon.faults.mode = mode
    assert len(await read(world)) == 1
    assert await tops(world) == TOPS
    assert await read(world) == [], "not every minute"
    world.tmon.faults.mode = None
    world.clock.advance(HOUR)
    assert len(await read(world)) == 1


async def test_an_empty_answer_takes_nothing_away(world: World) -> None:
    await world.add_store()
    await read(world)
    world.clock.advance(24 * HOUR)
    world.tmon.faults.rewrites["categories"] = lambda _: []
    assert len(await read(world)) == 1
    assert await tops(world) == TOPS


async def test_a_call_that_is_not_offered_is_tried_again_the_next_day(world: World) -> None:
    await world.add_store()
    world.tmon.faults.not_offered = {"categories"}
    assert len(await read(world)) == 1
    world.clock.advance(23 * HOUR)
    assert await read(world) == []
    world.clock.advance(HOUR)
    assert len(await read(world)) == 1


async def test_a_clock_that_was_ahead_stops_nothing(world: World) -> None:
    await world.add_store()
    world.clock.advance(30 * 24 * HOUR)
    assert len(await read(world)) == 1
    world.clock.advance(-30 * 24 * HOUR)
    assert len(await read(world)) == 1


async def test_who_waits_for_them_has_them_read_only_if_they_never_were(world: World) -> None:
    store, trees = await world.add_store(), world.bot.services[CategoryTrees]
    world.tmon.faults.mode = "html_502"
    await trees.refresh(store)
    assert await tops(world) == []
    world.tmon.faults.mode = None
    await trees.refresh(store)
    assert await tops(world) == TOPS
    asked = len(world.tmon.calls_of("categories"))
    await trees.refresh(store)
    assert len(world.tmon.calls_of("categories")) == asked
    assert await read(world) == []


async def test_nobody_waits_long_for_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tmon.codes.categories.PATIENCE", 0.3)
    store = await world.add_store()
    world.tmon.faults.mode = "hang"
    async with asyncio.timeout(5):
        await world.bot.services[CategoryTrees].refresh(store)
    assert await tops(world) == []
    world.tmon.faults.mode = None
    assert len(await read(world)) == 1
    assert await tops(world) == TOPS


async def test_they_stay_while_one_store_of_the_workspace_goes(world: World) -> None:
    store = await world.add_store()
    await read(world)
    await world.bot.services[StoreService].remove(Person(store.team_id, MINJI, is_admin=True), store.id)
    assert await tops(world) == TOPS
    await world.bot.services[CategoryTrees].refresh(await world.add_store(partner=1))
    async with world.db.read() as session:
        assert len((await session.scalars(select(CategoryTree))).all()) == 1
    assert len(world.tmon.calls_of("categories")) == 1
