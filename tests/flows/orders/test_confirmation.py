"""발주확인: whatever is pressed, by whomever and however often, TMON hears of it once and the card tells the truth."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.tmon import CallPhase, LoggedCall
from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, press, shows
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import World, until
from tmon.api import DeliveryStatus
from tmon.models.orders import OrderState
from tmon.models.stores import Store


async def test_a_press_confirms_every_deal_once(world: World) -> None:
    store, order, shown = await one_order(world, deals=3)
    await press(world, world.owner, shown)
    assert [deal.status for deal in order.deals] == ["D2"] * 3
    assert len(world.tmon.calls_of("orders.confirm")) == 3
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, world.owner)
    after = card(world, order)
    assert (after.ts, f"<@{world.owner}>" in shows(after), "발주확인" in shows(after)) == (shown.ts, True, True)
    assert not any(found.startswith(OrderAction.CONFIRM) for found in buttons(after.blocks))
    assert kept.initial_state is not None


async def test_two_people_press_at_once(world: World) -> None:
    staff = world.person("이준호").id
    store = await world.add_store(worker_ids=[world.owner, staff])
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    shown = card(world, order)
    await asyncio.gather(press(world, world.owner, shown), press(world, staff, shown))
    assert len(world.tmon.calls_of("orders.confirm")) == 1
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_the_same_envelope_twice(world: World) -> None:
    _, _, shown = await one_order(world)
    await press(world, world.owner, shown)
    again = await world.slack.redeliver()
    await world.settle()
    assert again.ok
    assert len(world.tmon.calls_of("orders.confirm")) == 1


@pytest.mark.parametrize("who", ["정하늘", "박서연"])
async def test_who_has_no_right_confirms_nothing_and_is_told_who_has(world: World, who: str) -> None:
    _, order, shown = await one_order(world)
    stranger = world.person(who).id
    place = world.slack.channels[shown.channel]
    place.members.add(stranger)
    await press(world, stranger, shown)
    assert world.tmon.calls_of("orders.confirm") == []
    told = [m for m in world.slack.messages(shown.channel, stranger) if m.ephemeral_for == stranger]
    assert len(told) == 1
    if who == "박서연":
        assert f"<@{world.owner}>" in told[0].text
    assert any(block["type"] == "actions" for block in card(world, order).blocks)


async def test_somebody_of_another_workspace_confirms_nothing(world: World) -> None:
    _, _, shown = await one_order(world)
    outsider = next(p for p in world.slack.people.values() if p.team_id != world.slack.team_id)
    world.slack.channels[shown.channel].members.add(outsider.id)
    await press(world, outsider.id, shown)
    assert world.tmon.calls_of("orders.confirm") == []


async def test_tmon_takes_effect_but_never_answers(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.faults.mode = "hang_after_write"
    world.tmon.faults.only = {"orders.confirm"}
    world.tmon.faults.times = 1
    await press(world, world.owner, shown)
    assert len(world.tmon.calls_of("orders.confirm")) == 1
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, world.owner)


async def test_tmon_goes_silent_after_the_write_and_is_asked_later(world: World) -> None:
    store, order, shown = await one_order(world)

    world.tmon.faults.mode = "hang_after_write"
    world.tmon.faults.only = {"orders.confirm"}
    pressed = asyncio.create_task(press(world, world.owner, shown))
    await until(lambda: world.tmon.calls_of("orders.confirm"))
    world.tmon.faults.mode, world.tmon.faults.only = "down", None
    await pressed
    assert (await world.order(store, order.order_no)).state is OrderState.UNKNOWN
    assert "확인하고 있습니다" in shows(card(world, order))
    world.tmon.faults.clear()
    world.clock.advance(timedelta(seconds=30))
    await world.sweep()
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, world.owner)
    assert len(world.tmon.calls_of("orders.confirm")) == 1


async def test_tmon_is_down_before_anything_is_sent(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.faults.mode = "html_503"
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "응답하지 않아" in shows(card(world, order))
    world.tmon.faults.clear()
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_a_changed_address_is_shown_and_confirmed_with_the_next_press(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.change_address(order.order_no)
    await press(world, world.owner, shown)
    assert world.tmon.calls_of("orders.confirm") == []
    assert "배송지가 바뀌어" in shows(card(world, order))
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_a_changed_quantity_is_shown_and_confirmed_with_the_next_press(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.change_quantity(order.order_no)
    await press(world, world.owner, shown)
    assert world.tmon.calls_of("orders.confirm") == []
    assert "수량이 바뀌어" in shows(card(world, order))
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_one_of_several_deals_fails(world: World) -> None:
    store, order, shown = await one_order(world, deals=2)

    async def break_the_second(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.ANSWERED:
            world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {"orders.confirm"}

    world.tmon.on_call = break_the_second
    await press(world, world.owner, shown)
    world.tmon.on_call = None
    world.tmon.faults.clear()
    assert sorted(deal.status for deal in order.deals) == ["D1", "D2"]
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    after = card(world, order)
    assert "일부 상품만" in shows(after)
    assert "남은 상품 발주확인" in shows(after)
    await press(world, world.owner, after)
    assert [deal.status for deal in order.deals] == ["D2", "D2"]
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_confirmed_at_tmon_meanwhile(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.move_to(order.order_no, DeliveryStatus.D2)
    await press(world, world.owner, shown)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, "tmon")
    assert world.tmon.calls_of("orders.confirm") == []


async def test_switched_off_meanwhile(world: World) -> None:
    store, order, shown = await one_order(world)
    async with world.db.write() as session:
        kept = await session.get_one(Store, (store.team_id, store.id))
        kept.order_on = False
    calls = len(world.tmon.calls)
    await press(world, world.owner, shown)
    assert len(world.tmon.calls) == calls
    told = [m for m in world.slack.messages(shown.channel, world.owner) if m.ephemeral_for == world.owner]
    assert "사용 안 함" in told[-1].text
    assert (await world.order(store, order.order_no)).state is OrderState.NEW


async def test_an_address_that_changes_while_it_is_confirmed_is_kept_and_shown(world: World) -> None:
    store, order, shown = await one_order(world)

    async def move(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.RECEIVED:
            world.tmon.change_address(order.order_no)

    world.tmon.on_call = move
    await press(world, world.owner, shown)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.address_changed_at) == (OrderState.CONFIRMED, kept.confirmed_at)
    assert "배송지가 변경되었습니다" in shows(card(world, order))
