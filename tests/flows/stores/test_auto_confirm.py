"""Automatic confirmation, turned on in the settings."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from tests.flows.stores.editing import edit, look, the_store, told
from tests.flows.stores.registering import private, submit, text_of
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, Store
from tmon.stores.service import StoreService


@pytest.mark.parametrize("take", ["yes", "no"])
async def test_automatic_confirmation_asks_about_what_waits(world: World, take: str) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 2)
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    view = world.modal(MINJI)
    assert "주문 2건은 어떻게" in text_of(view)
    world.clock.advance(timedelta(seconds=1))
    assert (await submit(world, MINJI, {"take_waiting": take})).errors == {}
    world.clock.advance(timedelta(minutes=1))
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    states = [order.state for order in await world.orders()]
    assert states.count(OrderState.CONFIRMED) == (3 if take == "yes" else 1)
    assert "자동 발주확인: 수동 → 자동" in told(world)[0]


async def test_automatic_confirmation_begins_at_once_where_nothing_waits(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    assert "기다리는 주문은 없습니다" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert (await the_store(world)).auto_from is not None
    await edit(world, 3, {"confirm_mode": "manual"})
    await submit(world, MINJI, {})
    kept = await the_store(world)
    assert (kept.confirm_mode, kept.auto_from) == (ConfirmMode.MANUAL, None)
    world.tmon.new_order(store.seller_id)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    assert [order.state for order in await world.orders()] == [OrderState.NEW]


async def test_before_the_first_collection_the_offer_comes_later(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id, ordered_at=world.clock() - timedelta(hours=1))
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    assert "첫 수집이 끝난 뒤" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert (await the_store(world)).auto_from is None
    await world.collect()
    await world.bot.services[StoreService].offer_auto()
    await world.settle()
    assert any("자동 발주확인을 시작할까요" in text for text in private(world, MINJI))


async def test_after_a_first_collection_without_orders_it_begins_by_itself(world: World) -> None:
    await world.add_store(confirm_mode=ConfirmMode.AUTO)
    await world.bot.services[StoreService].offer_auto()
    assert (await the_store(world)).auto_from is None  # nobody knows yet what waits
    await world.collect()
    await world.bot.services[StoreService].offer_auto()
    await world.settle()
    assert (await the_store(world)).auto_from is not None
    assert not any("시작할까요" in text for text in private(world, MINJI))
    assert any("자동 발주확인을 하고 있습니다" in text for text in private(world, MINJI))


async def test_it_does_not_begin_in_a_store_that_is_just_being_set_to_manual(world: World) -> None:
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO)
    await world.collect()
    async with world.db.write() as session:
        changed = await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
        changed.confirm_mode = ConfirmMode.MANUAL
        await session.flush()
        offering = asyncio.create_task(world.bot.services[StoreService].offer_auto())
        await asyncio.wait({offering}, timeout=0.5)
    await offering
    kept = await the_store(world)
    assert (kept.confirm_mode, kept.auto_from) == (ConfirmMode.MANUAL, None)
