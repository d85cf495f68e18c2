"""Removing a store."""

from datetime import timedelta

from bot.playground.slack.demo import MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from tests.flows.stores.listing import LIVING, action, choose
from tests.flows.stores.registering import labels, stores, submit, text_of
from tests.flows.world import World
from tmon.models.orders import OrderState


async def test_removal_without_open_orders(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    assert "삭제" not in text_of(world.modal(MINJI))
    await action(world, MINJI, "settings.open")
    await choose(world, MINJI, "삭제")
    assert "되돌릴 수 없습니다" in text_of(world.modal(MINJI))
    assert (await stores(world))[0].removed_at is None
    await submit(world, MINJI, {})
    (store,) = await stores(world)
    assert (store.credentials, store.contact) == (None, None)
    assert "/tmon setup" in text_of(world.modal(MINJI))


async def test_removal_with_open_orders_asks_for_the_name(world: World) -> None:
    await world.add_store()
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    waiting = len([order for order in await world.orders() if order.state is OrderState.NEW])
    card = next(message for message in world.posts(CHANNEL) if message.blocks)
    await world.command(MINJI, "stores")
    await action(world, MINJI, "settings.open")
    await choose(world, MINJI, "삭제")
    assert f"*{waiting}건*" in text_of(world.modal(MINJI))
    acted = await submit(world, MINJI, {"typed_name": "한빛"})
    assert "한빛리빙" in acted.errors["typed_name"]
    await submit(world, MINJI, {"typed_name": "한빛리빙"})
    (store,) = await stores(world)
    assert store.removed_at is not None
    assert all(order.buyer is None for order in await world.orders())
    (card,) = [message for message in world.posts(CHANNEL) if message.ts == card.ts]
    assert "order.confirm" not in text_of(card)


async def test_orders_that_come_while_the_removal_is_confirmed_are_asked_about(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await action(world, MINJI, "settings.open")
    await choose(world, MINJI, "삭제")
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    await submit(world, MINJI, {})
    assert labels(world.modal(MINJI)) == ["삭제하려면 스토어명을 입력해 주세요"]
    (store,) = await stores(world)
    assert store.removed_at is None
    await submit(world, MINJI, {"typed_name": "한빛리빙"})
    (store,) = await stores(world)
    assert store.removed_at is not None


async def test_pausing_from_the_settings_says_how_many_orders_wait(world: World) -> None:
    await world.add_store()
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    await world.command(MINJI, "stores")
    await action(world, MINJI, "settings.open")
    await choose(world, MINJI, "연동 중지")
    assert "*1건*" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    (store,) = await stores(world)
    assert (store.removed_at, store.sync_on) == (None, False)
    assert "연동 중지됨" in text_of(world.modal(MINJI))
