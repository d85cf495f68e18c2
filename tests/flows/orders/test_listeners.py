"""Order cards and lists: what people do with them."""

import asyncio
import re
from datetime import timedelta

import pytest

from bot.playground.slack.model import View
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, buttons, direct, posted, press, shows, told
from tests.flows.orders.batches import rush
from tests.flows.world import World, at, until
from tmon.api import DeliveryStatus
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.orders.confirmation import ConfirmationService


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


async def test_from_the_card_to_its_list(world: World) -> None:
    _, _, card = await rush(world, 30)
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    view = world.modal(world.owner)
    assert view.callback_id == OrderView.LIST
    assert sum(found.startswith(OrderAction.CONFIRM) for found in buttons(view.blocks)) == 25


Listed = tuple[Store, list[PlacedOrder], View]


async def listed(world: World, count: int) -> Listed:
    """A store with a rush of orders, and the list of its batch card."""
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, count)
    await world.collect()
    (card,) = await posted(world, "batch/")
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    return store, orders, world.modal(world.owner)


async def click(world: World, view: View, wanted: str) -> View:
    """Presses a button of the list; the list afterwards."""
    acted = await world.slack.click(world.owner, view_id=view.id, action_id=action(view.blocks, wanted))
    assert acted.ok
    await world.settle()
    return world.modal(world.owner)


def numbers(view: View) -> list[int]:
    """The orders on the page, from top to bottom."""
    return [int(number) for number in re.findall(r"`(\d+)`", str(view.blocks))]


def line(view: View, order: PlacedOrder) -> str:
    """What the list says of an order."""
    return next(
        str(b["text"]["text"]) for b in view.blocks if b["type"] == "section" and f"`{order.order_no}`" in str(b)
    )


async def test_pages_of_25_forth_and_back(world: World) -> None:
    _, orders, view = await listed(world, 60)
    expected = [order.order_no for order in orders]
    assert numbers(view) == expected[:25]
    assert "전체 60건 · 1/3쪽" in str(view.blocks)
    second = await click(world, view, f"{OrderAction.PAGE}#1")
    assert numbers(second) == expected[25:50]
    third = await click(world, second, f"{OrderAction.PAGE}#2")
    assert numbers(third) == expected[50:]
    assert f"{OrderAction.PAGE}#3" not in buttons(third.blocks)
    back = await click(world, third, f"{OrderAction.PAGE}#1")
    assert numbers(back) == expected[25:50]
    assert len(world.slack.open_modal(world.owner)) == 1


async def test_confirming_in_the_list(world: World) -> None:
    store, orders, view = await listed(world, 8)
    wanted = orders[3]
    after = await click(world, view, f"{OrderAction.CONFIRM}#{wanted.order_no}")
    assert (await world.order(store, wanted.order_no)).state is OrderState.CONFIRMED
    assert "발주확인" in line(after, wanted)
    assert f"{OrderAction.CONFIRM}#{wanted.order_no}" not in buttons(after.blocks)
    assert numbers(after)[-1] == wanted.order_no, "what is done comes last"
    (card,) = await posted(world, "batch/")
    assert "*발주확인 완료* 1건" in shows(card)


async def test_confirming_on_a_later_page_stays_on_that_page(world: World) -> None:
    _, _, view = await listed(world, 60)
    second = await click(world, view, f"{OrderAction.PAGE}#1")
    after = await click(world, second, f"{OrderAction.CONFIRM}#{numbers(second)[0]}")
    assert "2/3쪽" in str(after.blocks)


async def test_holding_and_releasing_in_the_list(world: World) -> None:
    store, orders, view = await listed(world, 8)
    wanted = orders[2]
    form = await click(world, view, f"{OrderAction.HOLD}#{wanted.order_no}")
    assert form.callback_id == OrderView.HOLD
    assert (await world.slack.submit(world.owner, form.id, {"reason": "재고 확인 중"})).ok
    await world.settle()
    (back,) = world.slack.open_modal(world.owner)
    assert "재고 확인 중" in line(back, wanted)
    assert (await world.order(store, wanted.order_no)).held_by == world.owner
    released = await click(world, back, f"{OrderAction.RELEASE}#{wanted.order_no}")
    assert "재고 확인 중" not in line(released, wanted)
    assert f"{OrderAction.HOLD}#{wanted.order_no}" in buttons(released.blocks)


async def test_a_stale_list_tells_the_truth_after_the_press(world: World) -> None:
    _, orders, view = await listed(world, 8)
    await world.bot.services[ConfirmationService].confirm(
        world.slack.team_id, (await world.orders())[0].store_id, orders[0].order_no, world.owner
    )
    calls = len(world.tmon.calls_of("orders.confirm"))
    await click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}")
    assert len(world.tmon.calls_of("orders.confirm")) == calls
    assert "이미 발주확인된" in await world.notice(world.owner)
    assert f"{OrderAction.CONFIRM}#{orders[0].order_no}" not in buttons(world.modal(world.owner).blocks)


async def test_a_slow_tmon_shows_in_the_list_that_it_is_under_way(world: World) -> None:
    _, orders, view = await listed(world, 6)
    gate = asyncio.Event()

    async def wait(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.RECEIVED:
            await gate.wait()

    world.tmon.on_call = wait
    pressed = asyncio.create_task(click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}"))
    await until(lambda: "발주확인 중입니다" in line(world.modal(world.owner), orders[0]))
    gate.set()
    assert f"<@{world.owner}>" in line(await pressed, orders[0])


async def test_a_list_closed_meanwhile_does_no_harm(world: World) -> None:
    store, orders, view = await listed(world, 6)
    gate = asyncio.Event()

    async def wait(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.RECEIVED:
            await gate.wait()

    world.tmon.on_call = wait
    await world.slack.click(
        world.owner, view_id=view.id, action_id=action(view.blocks, f"{OrderAction.CONFIRM}#{orders[0].order_no}")
    )
    await until(lambda: world.tmon.calls_of("orders.confirm"))
    await world.slack.close(world.owner, view.id)
    gate.set()
    await world.settle()
    assert (await world.order(store, orders[0].order_no)).state is OrderState.CONFIRMED
    assert direct(world, world.owner) == [], "it worked, so nothing is said of a failure"


async def test_what_waits_in_all_stores_most_urgent_first(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    late = world.tmon.new_order(one.seller_id, ordered_at=at(9, day=10))
    soon = world.tmon.new_order(other.seller_id, ordered_at=at(9, day=9))
    overdue = world.tmon.new_order(one.seller_id, ordered_at=at(9, day=5))
    done = world.tmon.new_order(one.seller_id)
    world.tmon.move_to(done.order_no, DeliveryStatus.D2)
    await world.collect()
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    assert numbers(view) == [overdue.order_no, soon.order_no, late.order_no]
    assert "(지남)" in line(view, overdue)
    assert "소담마켓" in line(view, soon)
    await world.slack.close(world.owner, view.id)
    await world.command(world.owner, "주문 소담마켓")
    assert numbers(world.modal(world.owner)) == [soon.order_no]
    await click(world, world.modal(world.owner), OrderAction.CONFIRM)
    assert "기다리는 주문이 없습니다" in str(world.modal(world.owner).blocks)


async def test_one_order_of_two_stores_can_be_confirmed_for_each(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    order = world.tmon.new_order(one.seller_id, deals=1, shared_with=other.seller_id)
    await world.collect()
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    assert numbers(view) == [order.order_no] * 2
    view = await click(world, view, OrderAction.CONFIRM)
    assert sorted(deal.status for deal in order.deals) == ["D1", "D2"]
    await click(world, view, OrderAction.CONFIRM)
    assert [deal.status for deal in order.deals] == ["D2", "D2"]


async def test_the_list_of_who_may_only_see_confirms_nothing(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    staff = world.person("이준호").id
    await world.command(staff, "orders")
    view = world.modal(staff)
    await world.slack.click(staff, view_id=view.id, action_id=action(view.blocks, OrderAction.CONFIRM))
    await world.settle()
    assert world.tmon.calls_of("orders.confirm") == []
    assert f"<@{world.owner}>" in await world.notice(staff)


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


async def test_the_last_page_that_emptied_leads_to_the_one_before(world: World) -> None:
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, 26)
    await world.collect()
    await world.command(world.owner, "orders")
    second = await click(world, world.modal(world.owner), f"{OrderAction.PAGE}#1")
    assert numbers(second) == [orders[-1].order_no]
    world.clock.advance(timedelta(minutes=1))
    after = await click(world, second, OrderAction.CONFIRM)
    assert len(numbers(after)) == 25
    assert "1/1쪽" in str(after.blocks)
