"""Stores are kept apart from each other."""

import asyncio
from datetime import timedelta

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS, SEOYEON
from tests.flows.stores.registering import CONTACT, MARKET, api, set_up, stores, submit
from tests.flows.world import World


async def test_names_and_seller_ids_are_taken_once(world: World) -> None:
    await world.add_store(name="한빛리빙", name_key="한빛리빙")
    await world.command(SEOYEON, "setup")  # not hers to manage: the empty form at once
    acted = await submit(world, SEOYEON, api(store_name="다른 이름"))
    assert set(acted.errors) == {"seller_id"}
    acted = await submit(world, SEOYEON, api(seller_id=MARKET.partner_id, api_key=MARKET.token))
    assert set(acted.errors) == {"store_name"}


async def test_two_people_edit_one_store(world: World) -> None:
    await set_up(world)
    junho = world.slack.people[JUNHO]
    junho.is_admin = True
    for user in (MINJI, JUNHO):
        await world.command(user, "setup 한빛리빙")
        await submit(world, user, {"store_name": f"이름 {user}"})
        await submit(world, user, {})
    world.clock.advance(timedelta(minutes=1))
    await submit(world, MINJI, {})
    acted = await submit(world, JUNHO, {})
    assert "다른 사람" in acted.errors["channel"]
    await submit(world, JUNHO, {})
    (store,) = await stores(world)
    assert store.name == f"이름 {JUNHO}"


async def test_saving_twice_makes_one_store(world: World) -> None:
    world.tmon.faults.slow_seconds = 0.3
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    await asyncio.gather(
        world.slack.submit(MINJI, view.id, {"channel": ORDERS}), world.slack.submit(MINJI, view.id, {"channel": ORDERS})
    )
    await world.settle()
    await world.slack.redeliver()
    await world.settle()
    assert len(await stores(world)) == 1
    assert len([message for message in world.posts(ORDERS) if "연결했습니다" in message.text]) == 1
