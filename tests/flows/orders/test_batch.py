"""Many orders are one card: what it holds stays as it was shown, and one press confirms that and nothing else."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.model import Message
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, buttons, posted, press, reports, shows, told
from tests.flows.world import World, until
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.orders import OrderBatch, OrderState
from tmon.models.stores import Store
from tmon.orders.service import OrderService
from tmon.permissions import Person

EVERY = timedelta(minutes=5)


async def rush(world: World, count: int, **over: Any) -> tuple[Store, list[PlacedOrder], Message]:
    """A store with so many orders, and the batch card that shows them."""
    store = await world.add_store(**over)
    orders = world.tmon.new_orders(store.seller_id, count)
    await world.collect()
    return store, orders, await batch_card(world)


async def batch_card(world: World) -> Message:
    """The newest batch card."""
    return (await posted(world, "batch/"))[-1]


async def states(world: World) -> Counter[OrderState]:
    """How many orders are in which state."""
    return Counter(order.state for order in await world.orders())


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
        await collector.drain()
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
async def test_a_rush_is_one_card_and_one_report_and_never_a_flood(world: World, count: int) -> None:
    _, orders, card = await rush(world, count)
    assert len(await posted(world, "batch/")) == 1
    assert await posted(world, "order/") == []
    (report,) = await reports(world)
    assert f"새 주문 {count}건" in report
    total = sum(o.price * o.qty for order in orders for d in order.deals for o in d.options)
    assert (
        f"주문 {count}건" in shows(card),
        f"{total:,}원" in shows(card),
        "3월 11일(수) 18:00까지" in shows(card),
    ) == (True,) * 3
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: count}
    assert len(world.tmon.calls_of("orders.confirm")) == sum(len(order.deals) for order in orders)
    assert len(world.tmon.calls_of("cancellations.search")) <= 2 * -(-count // 100)
    assert busiest_minute(world) <= 12
    after = await batch_card(world)
    assert after.ts == card.ts
    assert buttons(after.blocks) == [OrderAction.LIST]
    assert f"<@{world.owner}>" in shows(after)


async def test_the_button_asks_before_it_acts(world: World) -> None:
    _, _, card = await rush(world, 6)
    button = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"])
    assert button["action_id"] == OrderAction.CONFIRM_BATCH
    assert "6건" in button["confirm"]["text"]["text"]
    assert "되돌릴 수 없습니다" in button["confirm"]["text"]["text"]


async def test_held_orders_are_left_out(world: World) -> None:
    store, orders, _ = await rush(world, 7)
    minji = Person(team_id=store.team_id, user_id=world.owner, is_admin=True)
    await world.bot.services[OrderService].hold(minji, store.id, orders[2].order_no, "재고 확인 중")
    await world.settle()
    card = await batch_card(world)
    assert "*보류* 1건" in shows(card)
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: 6, OrderState.NEW: 1}
    assert (await world.order(store, orders[2].order_no)).state is OrderState.NEW
    after = await batch_card(world)
    assert OrderAction.CONFIRM_BATCH not in buttons(after.blocks)
    await world.bot.services[OrderService].release(minji, store.id, orders[2].order_no)
    await world.settle()
    await press(world, world.owner, await batch_card(world), OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: 7}


async def test_each_failure_stands_on_the_card_with_its_reason(world: World) -> None:
    store, orders, card = await rush(world, 8)
    claim = world.tmon.buyer_cancels(orders[0].order_no)
    assert claim is not None
    world.tmon.complete_cancel(claim.claim_no)
    world.tmon.buyer_cancels(orders[1].order_no)
    world.tmon.change_address(orders[2].order_no)
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CANCELLED: 1, OrderState.NEW: 2, OrderState.CONFIRMED: 5}
    after = shows(await batch_card(world))
    for order, reason in zip(orders, ("구매자가 취소한", "구매자가 취소를 요청", "배송지가 바뀌어"), strict=False):
        assert f"`{order.order_no}` {reason}" in after.replace("그사이 ", "")
    assert orders[1].deals[0].status == "D1"
    await press(world, world.owner, await batch_card(world), OrderAction.CONFIRM_BATCH)
    assert (await world.order(store, orders[2].order_no)).state is OrderState.CONFIRMED
    assert (await world.order(store, orders[1].order_no)).state is OrderState.NEW


async def test_tmon_goes_down_in_the_middle_and_the_rest_waits_with_the_reason(world: World) -> None:
    _, _, card = await rush(world, 12)

    async def go_down(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.ANSWERED and len(world.tmon.calls_of("orders.initial")) >= 3:
            world.tmon.faults.mode = "html_503"

    world.tmon.on_call = go_down
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    world.tmon.on_call = None
    world.tmon.faults.clear()
    world.clock.advance(timedelta(seconds=30))
    await world.sweep()
    left = await states(world)
    assert left[OrderState.CONFIRMED] >= 3
    assert left[OrderState.NEW] >= 1
    assert sum(left.values()) == left[OrderState.CONFIRMED] + left[OrderState.NEW]
    assert "발주확인하지 못한 주문" in shows(await batch_card(world))
    await press(world, world.owner, await batch_card(world), OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: 12}
    assert {d.status for o in world.tmon.orders.values() for d in o.deals} == {"D2"}


async def test_two_people_press_at_once(world: World) -> None:
    staff = world.person("이준호").id
    _, orders, card = await rush(world, 10, worker_ids=[world.owner, staff])
    world.tmon.faults.slow_seconds = 0.02
    await asyncio.gather(*(press(world, user, card, OrderAction.CONFIRM_BATCH) for user in (world.owner, staff)))
    assert len(world.tmon.calls_of("orders.confirm")) == sum(len(order.deals) for order in orders)
    assert await states(world) == {OrderState.CONFIRMED: 10}
    (late,) = [text for user in (world.owner, staff) for text in told(world, user, card.channel)]
    assert "기다리는 주문이 없습니다" in late


async def test_progress_is_shown_while_it_runs(world: World) -> None:
    _, _, card = await rush(world, 9)
    gate = asyncio.Event()

    async def hold_back(call: LoggedCall, phase: CallPhase) -> None:
        if phase is CallPhase.RECEIVED and len(world.tmon.calls_of("orders.confirm")) > 4:
            await gate.wait()

    world.tmon.on_call = hold_back
    pressed = asyncio.create_task(press(world, world.owner, card, OrderAction.CONFIRM_BATCH))
    await until(lambda: len(world.tmon.calls_of("orders.confirm")) > 4)
    world.clock.advance(timedelta(seconds=10))
    await world.bot.outbox.deliver()
    during = await batch_card(world)
    assert f"<@{world.owner}> 일괄 발주확인 중" in shows(during)
    assert "/9" in shows(during)
    assert OrderAction.CONFIRM_BATCH not in buttons(during.blocks)
    gate.set()
    await pressed
    assert "일괄 발주확인 중" not in shows(await batch_card(world))
    assert await states(world) == {OrderState.CONFIRMED: 9}


async def test_who_has_no_right_confirms_nothing(world: World) -> None:
    staff = world.person("이준호").id
    _, _, card = await rush(world, 6)
    await press(world, staff, card, OrderAction.CONFIRM_BATCH)
    assert f"<@{world.owner}>" in told(world, staff, card.channel)[-1]
    assert world.tmon.calls_of("orders.confirm") == []


async def test_each_store_has_its_own_cards(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    world.tmon.new_orders(one.seller_id, 6)
    world.tmon.new_orders(other.seller_id, 4)
    await world.collect()
    assert (len(await posted(world, "batch/")), len(await posted(world, "order/"))) == (1, 4)
    assert {order.store_id for order in await world.orders() if order.batch_id} == {one.id}


async def test_from_the_card_to_its_list(world: World) -> None:
    _, _, card = await rush(world, 30)
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    view = world.modal(world.owner)
    assert view.callback_id == OrderView.LIST
    assert sum(found.startswith(OrderAction.CONFIRM) for found in buttons(view.blocks)) == 25
