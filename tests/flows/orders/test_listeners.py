"""Cards of orders and `/tmon orders`: what people do with them."""

from datetime import timedelta

import pytest

from bot.playground.tmon import buyer_cancels
from handlers.claims.ids import ClaimView
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, buttons, posted, press, shows, told
from tests.flows.orders.batches import rush
from tests.flows.orders.lists import click, listed, numbers
from tests.flows.orders.pressing import hold_confirmations
from tests.flows.world import World, until
from tmon.models.orders import OrderState


async def test_the_button_asks_before_it_acts(world: World) -> None:
    _, _, card = await rush(world, 6)
    button = next(e for b in card.blocks if b["type"] == "actions" for e in b["elements"])
    assert button["action_id"] == OrderAction.CONFIRM_BATCH
    assert "6건" in button["confirm"]["text"]["text"]
    assert "되돌릴 수 없습니다" in button["confirm"]["text"]["text"]


async def test_who_has_no_right_confirms_nothing(world: World) -> None:
    staff = world.person("이준호").id
    _, _, card = await rush(world, 6)
    await press(world, staff, card, OrderAction.CONFIRM_BATCH)
    assert f"<@{world.owner}>" in told(world, staff, card.channel)[-1]
    assert world.tmon.calls_of("orders.confirm") == []


async def test_a_confirmation_that_takes_long_says_so(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    gate = hold_confirmations(world)
    (card,) = await posted(world, "order/")
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    await until(lambda: world.tmon.calls_of("orders.confirm"))
    settle = next(job for job in world.bot.jobs if job.name == "settle confirmations")
    edits = []
    for _ in range(4):
        world.clock.advance(timedelta(seconds=6))
        await settle.run()
        await world.bot.outbox.deliver()
        edits.append(len(world.slack.calls_of("chat.update")))
    (card,) = await posted(world, "order/")
    assert "티몬 응답이 늦습니다. 계속 확인합니다." in shows(card)
    assert edits[1] == edits[3], "it is drawn once for that"
    gate.set()
    await world.settle()
    (card,) = await posted(world, "order/")
    assert "티몬 응답이 늦습니다" not in shows(card)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


@pytest.mark.parametrize(
    ("who", "words"), [("김민지", "기다리는 주문이 없습니다"), ("Daniel", "No orders are waiting")]
)
async def test_nothing_waits(world: World, who: str, words: str) -> None:
    await world.add_store()
    await world.command(world.person(who).id, "orders")
    assert words in str(world.modal(world.person(who).id).blocks)


async def test_without_a_store_setup_is_named(world: World) -> None:
    await world.command(world.owner, "orders")
    assert world.slack.open_modal(world.owner) == []
    said = [m.text for m in world.posts("주문") if m.ephemeral_for == world.owner]
    assert "/tmon setup" in said[-1]


async def test_an_order_is_found_by_its_number_whatever_its_state(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    await world.command(world.owner, f"주문 {order.order_no}")
    view = world.modal(world.owner)
    assert view.callback_id == OrderView.ORDER
    assert f"`{order.order_no}`" in str(view.blocks)
    form = await click(world, view, OrderAction.HOLD)
    await world.slack.submit(world.owner, form.id, {"reason": "재고 확인 중"})
    await world.settle()
    (view,) = world.slack.open_modal(world.owner)
    assert "재고 확인 중" in str(view.blocks)
    view = await click(world, view, OrderAction.CONFIRM)
    history = [part for part in str(view.blocks).split("• ") if f"<@{world.owner}>" in part]
    assert ["발주 보류" in history[-2], "발주확인" in history[-1]] == [True, True]
    assert OrderAction.CONFIRM not in str(view.blocks)
    await world.slack.close(world.owner, view.id)
    await world.command(world.owner, f"orders #{order.order_no}")
    assert "발송 대기" in str(world.modal(world.owner).blocks)


async def test_an_unknown_number_says_why_it_may_be_missing(world: World) -> None:
    await world.add_store()
    await world.command(world.owner, "주문 9100999999")
    said = told(world, world.owner, world.channel("주문").id)[-1]
    assert "9100999999를 찾을 수 없습니다" in said.replace("'", "")
    assert "30분" in said


async def test_a_number_in_two_stores_opens_the_list_of_both(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    order = world.tmon.new_order(one.seller_id, deals=1, shared_with=other.seller_id)
    await world.collect()
    await world.command(world.owner, f"주문 {order.order_no}")
    assert numbers(world.modal(world.owner)) == [order.order_no] * 2


async def test_an_open_cancel_is_looked_at_and_not_confirmed(world: World) -> None:
    _, orders, view = await listed(world, 6)
    buyer_cancels(world.tmon, orders[0].order_no)
    view = await click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}")
    assert not any(f"#{orders[0].order_no}" in found and not found.startswith(OrderAction.CANCEL_REQUEST) for found in buttons(view.blocks))  # fmt: skip
    shown = await click(world, view, f"{OrderAction.CANCEL_REQUEST}#{orders[0].order_no}")
    assert shown.callback_id == ClaimView.CLAIM, "the collection had not seen it yet: TMON is asked"
    assert f"주문 `{orders[0].order_no}`" in str(shown.blocks)
