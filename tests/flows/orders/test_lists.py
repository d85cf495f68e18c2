"""The list of orders: its pages, filters and ticks, and what is done in it."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.tmon import accept_claim, buyer_cancels
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, buttons, direct, posted, shows
from tests.flows.orders.batches import rush
from tests.flows.orders.lists import choose, click, line, listed, numbers, selected, tick, tick_id
from tests.flows.orders.pressing import hold_confirmations
from tests.flows.world import World, at, until
from tmon.api import DeliveryStatus
from tmon.errors import RepeatedPress
from tmon.models.orders import OrderState
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.service import OrderService
from tmon.permissions import Person


async def test_from_the_card_to_its_list(world: World) -> None:
    _, _, card = await rush(world, 30)
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    view = world.modal(world.owner)
    assert view.callback_id == OrderView.LIST
    assert sum(found.startswith(OrderAction.CONFIRM) for found in buttons(view.blocks)) == 20


async def test_pages_of_20_forth_and_back(world: World) -> None:
    _, orders, view = await listed(world, 50)
    expected = [order.order_no for order in orders]
    assert numbers(view) == expected[:20]
    assert "전체 50건 중 대기 50건 · 1/3쪽" in str(view.blocks)
    second = await click(world, view, f"{OrderAction.PAGE}#1")
    assert numbers(second) == expected[20:40]
    third = await click(world, second, f"{OrderAction.PAGE}#2")
    assert numbers(third) == expected[40:]
    assert f"{OrderAction.PAGE}#3" not in buttons(third.blocks)
    back = await click(world, third, f"{OrderAction.PAGE}#1")
    assert numbers(back) == expected[20:40]
    assert len(world.slack.open_modal(world.owner)) == 1


async def test_what_is_confirmed_in_the_list_keeps_its_place(world: World) -> None:
    store, orders, view = await listed(world, 8)
    wanted = orders[3]
    after = await click(world, view, f"{OrderAction.CONFIRM}#{wanted.order_no}")
    assert (await world.order(store, wanted.order_no)).state is OrderState.CONFIRMED
    assert "✅ 발주확인 · 방금" in line(after, wanted)
    assert not any(str(wanted.order_no) in found for found in buttons(after.blocks)), "neither button nor tick"
    assert numbers(after) == numbers(view)
    assert len(after.blocks) == len(view.blocks), "what comes below stays where it was"
    assert "전체 8건 중 대기 7건" in str(after.blocks)
    (card,) = await posted(world, "batch/")
    assert "*발주확인 완료* 1건" in shows(card)
    await world.slack.close(world.owner, after.id)
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    assert numbers(world.modal(world.owner))[-1] == wanted.order_no, "opened anew, what is done comes last"


async def test_turning_the_page_skips_nothing_that_moved_up(world: World) -> None:
    store = await world.add_store()
    orders = [order.order_no for order in world.tmon.new_orders(store.seller_id, 45)]
    await world.collect()
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    for number in orders[:3]:
        view = await click(world, view, f"{OrderAction.CONFIRM}#{number}")
    assert numbers(view) == orders[:20]
    assert "전체 42건" in str(view.blocks)
    second = await click(world, view, f"{OrderAction.PAGE}#1")
    assert numbers(second) == orders[20:40]
    assert "2/3쪽" in str(second.blocks)
    third = await click(world, second, f"{OrderAction.PAGE}#2")
    assert numbers(third) == orders[40:]
    back = await click(world, await click(world, third, f"{OrderAction.PAGE}#1"), f"{OrderAction.PAGE}#0")
    assert numbers(back) == orders[3:23]


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
    colleague = world.person("이준호").id
    await world.bot.services[ConfirmationService].confirm(
        world.slack.team_id, (await world.orders())[0].store_id, orders[0].order_no, colleague
    )
    calls = len(world.tmon.calls_of("orders.confirm"))
    await click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}")
    assert len(world.tmon.calls_of("orders.confirm")) == calls
    assert "이미 발주확인된" in await world.notice(world.owner)
    assert f"{OrderAction.CONFIRM}#{orders[0].order_no}" not in buttons(world.modal(world.owner).blocks)


@pytest.mark.parametrize("at_once", [True, False])
async def test_an_impatient_second_click_is_ignored_quietly(world: World, at_once: bool) -> None:
    _, orders, view = await listed(world, 6)
    wanted = f"{OrderAction.CONFIRM}#{orders[0].order_no}"
    presses = [world.slack.click(world.owner, view_id=view.id, action_id=wanted) for _ in range(3)]
    if at_once:
        assert all(acted.ok for acted in await asyncio.gather(*presses))
        await world.settle()
    else:
        first = await presses.pop(0)
        assert first.ok
        await world.settle()
        for late in presses:
            late.close()
        service = world.bot.services[ConfirmationService]
        store_id = (await world.orders())[0].store_id
        with pytest.raises(RepeatedPress):
            await service.confirm(world.slack.team_id, store_id, orders[0].order_no, world.owner)
    (shown,) = world.slack.open_modal(world.owner)
    assert shown.callback_id == OrderView.LIST, "no notice blames the person"
    assert len(world.tmon.calls_of("orders.confirm")) == len(orders[0].deals)


async def test_a_press_after_a_failure_is_not_ignored(world: World) -> None:
    store, orders, view = await listed(world, 6)
    wanted = f"{OrderAction.CONFIRM}#{orders[0].order_no}"
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.confirm", "orders.get"}
    view = await click(world, view, wanted)
    assert "발주확인하지 못했습니다" in line(view, orders[0])
    world.tmon.faults.clear()
    view = await click(world, view, wanted)
    assert "✅ 발주확인" in line(view, orders[0])
    assert "발주확인하지 못했습니다" not in line(view, orders[0])
    assert (await world.order(store, orders[0].order_no)).state is OrderState.CONFIRMED


async def test_a_slow_tmon_shows_in_the_list_that_it_is_under_way(world: World) -> None:
    _, orders, view = await listed(world, 6)
    gate = hold_confirmations(world)
    pressed = asyncio.create_task(click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}"))
    await until(lambda: "발주확인 중입니다" in line(world.modal(world.owner), orders[0]))
    gate.set()
    assert f"<@{world.owner}>" in line(await pressed, orders[0])


async def test_the_line_about_an_outage_goes_when_it_is_over(world: World) -> None:
    _, orders, view = await listed(world, 6)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.get"}
    view = await click(world, view, f"{OrderAction.CONFIRM}#{orders[0].order_no}")
    assert "티몬이 응답하지 않아" in line(view, orders[0])
    world.tmon.faults.clear()
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    (card,) = await posted(world, "batch/")
    assert "티몬이 응답하지 않아" not in shows(card)


async def test_a_list_closed_meanwhile_does_no_harm(world: World) -> None:
    store, orders, view = await listed(world, 6)
    gate = hold_confirmations(world)
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
    after = await click(world, world.modal(world.owner), OrderAction.CONFIRM)
    assert "✅ 발주확인 · 방금" in line(after, soon)
    await world.slack.close(world.owner, after.id)
    await world.command(world.owner, "주문 소담마켓")
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
    assert OrderAction.CONFIRM_SELECTED not in str(view.blocks), "there is nothing to tick"
    await world.slack.click(staff, view_id=view.id, action_id=action(view.blocks, OrderAction.CONFIRM))
    await world.settle()
    assert world.tmon.calls_of("orders.confirm") == []
    assert f"<@{world.owner}>" in await world.notice(staff)


async def test_the_last_page_that_emptied_leads_to_the_one_before(world: World) -> None:
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, 21)
    await world.collect()
    await world.command(world.owner, "orders")
    second = await click(world, world.modal(world.owner), f"{OrderAction.PAGE}#1")
    assert numbers(second) == [orders[-1].order_no]
    world.clock.advance(timedelta(minutes=1))
    after = await click(world, second, OrderAction.CONFIRM)
    assert numbers(after) == [orders[-1].order_no]
    first = await click(world, after, f"{OrderAction.PAGE}#0")
    assert len(numbers(first)) == 20
    assert "1/1쪽" in str(first.blocks)


async def test_ticked_orders_of_several_pages_and_stores_are_confirmed_together(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    orders = world.tmon.new_orders(one.seller_id, 22)
    orders += [world.tmon.new_order(other.seller_id)]
    await world.collect()
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    assert "선택한 0건 발주확인" in str(selected(view))
    blocks = len(view.blocks)
    view = await tick(world, view, orders[1])
    view = await tick(world, view, orders[0])
    view = await tick(world, view, orders[0], ())
    assert len(view.blocks) == blocks, "a tick moves nothing"
    assert "선택한 1건 발주확인" in str(selected(view))
    view = await click(world, view, f"{OrderAction.PAGE}#1")
    assert numbers(view)[-1] == orders[-1].order_no
    view = await tick(world, view, orders[-1])
    assert "선택한 2건 발주확인" in str(selected(view)), "ticks are kept over pages"
    question = str(selected(view)["confirm"])
    assert "'한빛리빙' 1건" in question
    assert "'소담마켓' 1건" in question
    view = await click(world, view, OrderAction.CONFIRM_SELECTED)
    confirmed = {order.order_no for order in await world.orders() if order.state is OrderState.CONFIRMED}
    assert confirmed == {orders[1].order_no, orders[-1].order_no}
    assert "✅ 발주확인 · 방금" in line(view, orders[-1])
    assert "선택한 0건 발주확인" in str(selected(view))
    assert world.modal(world.owner).callback_id == OrderView.LIST


@pytest.mark.parametrize("approved", [True, False])
async def test_a_tick_whose_buyer_asks_to_cancel_meanwhile_is_left_out(world: World, approved: bool) -> None:
    store, orders, view = await listed(world, 6)
    view = await tick(world, view, orders[0])
    view = await tick(world, view, orders[1])
    claim = buyer_cancels(world.tmon, orders[0].order_no)
    assert claim is not None
    if approved:
        accept_claim(world.tmon, claim.claim_no)
    view = await click(world, view, OrderAction.CONFIRM_SELECTED)
    assert (await world.order(store, orders[0].order_no)).state is OrderState.NEW
    assert orders[0].deals[0].status == "D1"
    assert "구매자가 취소를 요청" in line(view, orders[0])
    assert "✅ 발주확인" in line(view, orders[1])


async def test_a_tick_whose_order_a_colleague_confirmed_is_left_out(world: World) -> None:
    store, orders, view = await listed(world, 6)
    view = await tick(world, view, orders[0])
    view = await tick(world, view, orders[1])
    colleague = world.person("이준호").id
    service = world.bot.services[ConfirmationService]
    await service.confirm(store.team_id, store.id, orders[0].order_no, colleague)
    calls = len(world.tmon.calls_of("orders.confirm"))
    view = await click(world, view, OrderAction.CONFIRM_SELECTED)
    assert len(world.tmon.calls_of("orders.confirm")) == calls + len(orders[1].deals)
    assert (await world.order(store, orders[0].order_no)).confirmed_by == colleague
    assert "✅ 발주확인" in line(view, orders[1])


async def test_nothing_ticked_says_what_to_do(world: World) -> None:
    _, _, view = await listed(world, 6)
    await world.slack.click(world.owner, view_id=view.id, action_id=OrderAction.CONFIRM_SELECTED)
    await world.settle()
    assert "주문을 선택해 주세요" in await world.notice(world.owner)
    assert world.tmon.calls_of("orders.confirm") == []


async def test_a_change_of_the_filter_empties_the_ticks(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    mine, theirs = world.tmon.new_order(one.seller_id), world.tmon.new_order(other.seller_id)
    held, done = world.tmon.new_order(one.seller_id), world.tmon.new_order(one.seller_id)
    await world.collect()
    person = Person(one.team_id, world.owner, is_admin=True)
    await world.bot.services[OrderService].hold(person, one.id, held.order_no, "재고 확인 중")
    await world.bot.services[ConfirmationService].confirm(one.team_id, one.id, done.order_no, world.owner)
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    assert sorted(numbers(view)) == sorted([mine.order_no, theirs.order_no, held.order_no])
    assert tick_id(view, held) not in buttons(view.blocks), "what is on hold is not confirmed with others"
    view = await tick(world, view, theirs)
    view = await choose(world, view, OrderAction.STORE, one.id)
    assert sorted(numbers(view)) == sorted([mine.order_no, held.order_no])
    view = await choose(world, view, OrderAction.STORE, "all")
    assert "선택한 0건 발주확인" in str(selected(view))
    assert not any(found["selected_options"] for block in view.state.values() for found in block.values() if found["type"] == "checkboxes")  # fmt: skip
    view = await choose(world, view, OrderAction.SHOWN, "held")
    assert numbers(view) == [held.order_no]
    view = await choose(world, view, OrderAction.SHOWN, "confirmed_today")
    assert numbers(view) == [done.order_no]
    view = await choose(world, view, OrderAction.SHOWN, "cancel_requested")
    assert "취소 요청이 있는 대기 주문이 없습니다" in str(view.blocks)
