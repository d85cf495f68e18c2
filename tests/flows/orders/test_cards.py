"""Which message shows an order: a card of its own, or one for many."""

from datetime import timedelta

import pytest

from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, posted, press, reports, shows
from tests.flows.orders.batches import batch_card, rush, states
from tests.flows.orders.pressing import one_order
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.orders import OrderBatch, OrderState
from tmon.orders.retention import destroy_store
from tmon.orders.service import OrderService
from tmon.permissions import Person

EVERY = timedelta(minutes=5)


def busiest_minute(world: World) -> int:
    """The most messages that were posted or edited within one minute of the clock."""
    moments = sorted(call.at for call in world.slack.calls if call.method in ("chat.postMessage", "chat.update"))
    return max(sum(start <= moment < start + timedelta(minutes=1) for moment in moments) for start in moments)


async def test_the_sixth_open_order_opens_a_batch(world: World) -> None:
    store = await world.add_store()
    for _ in range(5):
        world.tmon.new_order(store.seller_id)
        await world.collect()
        world.clock.advance(EVERY)
    assert (len(await posted(world, "order/")), len(await posted(world, "batch/"))) == (5, 0)
    sixth = world.tmon.new_order(store.seller_id)
    await world.collect()
    assert (len(await posted(world, "order/")), len(await posted(world, "batch/"))) == (5, 1)
    assert (await world.order(store, sixth.order_no)).batch_id is not None
    for card in await posted(world, "order/"):
        await press(world, world.owner, card)
    world.tmon.new_order(store.seller_id)
    world.clock.advance(EVERY)
    await world.collect()
    assert (len(await posted(world, "order/")), len(await posted(world, "batch/"))) == (6, 1)


async def test_a_card_that_was_seen_never_changes_its_members(world: World) -> None:
    store, orders, card = await rush(world, 8)
    first = (await world.order(store, orders[0].order_no)).batch_id
    late = world.tmon.new_orders(store.seller_id, 7)
    world.clock.advance(EVERY)
    await world.collect()
    assert len(await posted(world, "batch/")) == 2
    members = {order.order_no for order in await world.orders() if order.batch_id == first}
    assert members == {order.order_no for order in orders}
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert {d.status for o in orders for d in o.deals} == {"D2"}
    assert {d.status for o in late for d in o.deals} == {"D1"}


async def test_what_comes_before_anybody_saw_the_card_joins_it(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 6)
    collector = world.bot.services[Coordinator]
    for _ in range(2):
        await collector.tick(ORDERS)
        await world.bot.engine.drain()
        world.tmon.new_orders(store.seller_id, 6)
        world.clock.advance(EVERY)
    await world.settle()
    async with world.db.read() as session:
        kept = await session.get(OrderBatch, (store.team_id, str((await world.orders())[0].batch_id)))
    assert kept is not None
    assert kept.frozen_at is not None
    assert len(await posted(world, "batch/")) == 1
    assert "주문 12건" in shows(await batch_card(world))


@pytest.mark.parametrize("count", [60, 200])
async def test_a_rush_is_one_card_and_never_a_flood(world: World, count: int) -> None:
    _, orders, card = await rush(world, count)
    assert len(await posted(world, "batch/")) == 1
    assert await posted(world, "order/") == []
    assert await reports(world) == [], "the card says it all"
    total = sum(o.price * o.qty for order in orders for d in order.deals for o in d.options)
    assert (
        f"주문 {count}건" in shows(card),
        f"{total:,}원" in shows(card),
        "3월 11일(수) 18:00까지" in shows(card),
    ) == (True,) * 3
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: count}
    assert len(world.tmon.calls_of("orders.confirm")) == sum(len(order.deals) for order in orders)
    assert len(world.tmon.calls_of("cancellations.search")) <= 3 + 3 * -(
        -count // 100
    )  # the run's own, and the press's
    assert busiest_minute(world) <= 12
    after = await batch_card(world)
    assert after.ts == card.ts
    assert buttons(after.blocks) == [OrderAction.LIST]
    assert f"<@{world.owner}>" in shows(after)


async def test_each_store_has_its_own_cards(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    world.tmon.new_orders(one.seller_id, 6)
    world.tmon.new_orders(other.seller_id, 4)
    await world.collect()
    assert (len(await posted(world, "batch/")), len(await posted(world, "order/"))) == (1, 4)
    assert {order.store_id for order in await world.orders() if order.batch_id} == {one.id}


async def test_a_card_loses_name_and_reason_when_they_are_destroyed(world: World) -> None:
    store, order, card = await one_order(world)
    owner = Person(store.team_id, world.owner, is_admin=True)
    await world.bot.services[OrderService].hold(owner, store.id, order.order_no, "받는 분이 늦게 받고 싶어 함")
    await world.settle()
    before = shows(card)
    assert "늦게 받고" in before
    assert "받는 분" in before
    async with world.db.write() as session:
        await destroy_store(session, store.team_id, store.id, world.clock())
    await world.settle()
    after = shows((await posted(world, "order/"))[0])
    assert "늦게 받고" not in after
    assert order.receiver_name[0] + "*" not in after
