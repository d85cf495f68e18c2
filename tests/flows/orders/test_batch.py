"""Many orders are one card: what it holds stays as it was shown, and one press confirms that and nothing else."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from bot.playground.tmon import CallPhase, LoggedCall, accept_claim, buyer_cancels, complete_claim
from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, press, shows, told
from tests.flows.orders.batches import batch_card, rush, states
from tests.flows.world import World, until
from tmon.claims.collector import CLAIMS
from tmon.models.orders import OrderState
from tmon.orders.service import OrderService
from tmon.permissions import Person


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
    claim = buyer_cancels(world.tmon, orders[0].order_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    buyer_cancels(world.tmon, orders[1].order_no)
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


async def test_many_cancels_do_not_hide_a_failure_nor_doubt_what_was_confirmed(world: World) -> None:
    _, orders, card = await rush(world, 14)
    for order in orders[:11]:
        buyer_cancels(world.tmon, order.order_no)
    world.tmon.change_address(orders[13].order_no)
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    shown = shows(await batch_card(world))
    assert f"`{orders[13].order_no}` " in shown
    assert shown.count("구매자가 취소를 요청") == 9
    claim = buyer_cancels(world.tmon, orders[12].order_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    world.clock.advance(timedelta(minutes=5))
    await world.collect(CLAIMS)
    shown = shows(await batch_card(world))
    assert "*취소* 1건" in shown
    assert f"`{orders[12].order_no}`" not in shown


@pytest.mark.parametrize("seen", [True, False])
async def test_a_cancel_that_is_approved_and_not_completed_is_left_out(world: World, seen: bool) -> None:
    store, orders, card = await rush(world, 7)
    claim = buyer_cancels(world.tmon, orders[0].order_no)
    assert claim is not None
    accept_claim(world.tmon, claim.claim_no)
    if seen:
        await world.collect(CLAIMS)
        card = await batch_card(world)
        assert "*취소 요청* 1건" in shows(card)
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    assert await states(world) == {OrderState.CONFIRMED: 6, OrderState.NEW: 1}
    assert orders[0].deals[0].status == "D1"
    assert str(orders[0].order_no) not in str(world.tmon.calls_of("orders.confirm"))
    assert (await world.order(store, orders[0].order_no)).note == "orders.note_cancel_requested"


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


async def test_the_card_says_what_has_to_be_packed(world: World) -> None:
    _, orders, card = await rush(world, 30)
    wanted: Counter[str] = Counter()
    for order in orders:
        for deal in order.deals:
            for option in deal.options:
                wanted[f"{deal.title} {option.title}"] += option.qty
    most = wanted.most_common(1)[0][1]
    assert any(f"• {name} × {most}" in shows(card) for name, n in wanted.items() if n == most)
    assert f"• 외 {len(wanted) - 5}종" in shows(card)


async def test_amounts_and_goods_follow_what_waits_and_a_cancel_leaves_nothing_to_press(world: World) -> None:
    store, orders, card = await rush(world, 7)
    asks = orders[0]
    buyer_cancels(world.tmon, asks.order_no)
    await press(world, world.owner, card, OrderAction.CONFIRM_BATCH)
    card = await batch_card(world)
    assert (await world.order(store, asks.order_no)).state is OrderState.NEW
    assert "✅ *한빛리빙*" in shows(card)
    assert "*취소 요청* 1건" in shows(card)
    assert "대기 금액" not in shows(card)
    rest = sum(o.price * o.qty for order in orders[1:] for d in order.deals for o in d.options)
    assert f"*발주확인 금액* {rest:,}원" in shows(card)
    assert buttons(card.blocks) == [OrderAction.LIST]


async def test_the_question_names_the_store_and_a_long_name_is_cut(world: World) -> None:
    _, _, card = await rush(world, 6, name="아주아주 이름이 긴 스토어 " * 3, name_key="long")
    question = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"])["confirm"]
    short = ("아주아주 이름이 긴 스토어 " * 3)[:19] + "…"
    assert f"'{short}'의 대기 주문 6건" in question["text"]["text"]
    assert f"*{short}*" in shows(card)
