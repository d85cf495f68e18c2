"""Switches: what they stop, how they refuse, how they are turned on where they stand in the way, and what is caught up.

Other groups of calls prove theirs with `tests.flows.switches.prove` beside their own features.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import Message
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder
from handlers.common_views.ids import SwitchAction
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, card_of, press, shows, told
from tests.flows.stores.registering import click, text_of
from tests.flows.switches import prove, turn
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import ApiGroup, ConfirmMode, Store
from tmon.stores.service import StoreService

SWITCHES = pytest.mark.parametrize("group", [ApiGroup.ORDER, None], ids=["order", "master"])


async def one_order(world: World, **over: Any) -> tuple[Store, PlacedOrder]:
    """A store, and an order in it that was collected."""
    store = await world.add_store(**over)
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    return store, order


def offer(world: World, user: str, channel: str) -> Message:
    """The private answer with the button that turns the switch on."""
    return [
        message
        for message in world.slack.messages(channel, user)
        if message.ephemeral_for == user and SwitchAction.TURN_ON in str(message.blocks)
    ][-1]


@SWITCHES
async def test_the_schedule_is_silent(world: World, group: ApiGroup | None) -> None:
    store, _ = await one_order(world)

    async def later() -> None:
        world.clock.advance(timedelta(minutes=30))
        await world.collect()

    await prove(world, store, group, later, calls={"orders.list"})


@SWITCHES
async def test_asking_for_it_is_refused(world: World, group: ApiGroup | None) -> None:
    store, _ = await one_order(world)
    await prove(world, store, group, lambda: world.command(world.owner, "collect orders"), calls={"orders.list"})


@SWITCHES
async def test_a_press_is_refused(world: World, group: ApiGroup | None) -> None:
    store, order = await one_order(world)
    card = await card_of(world, store.id, order)
    await prove(world, store, group, lambda: press(world, world.owner, card), calls={"orders.get", "orders.confirm"})
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


@SWITCHES
async def test_a_bulk_press_is_refused(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 7)
    await world.collect()
    card = next(m for m in world.posts("주문") if OrderAction.CONFIRM_BATCH in str(m.blocks))
    await prove(
        world,
        store,
        group,
        lambda: press(world, world.owner, card, OrderAction.CONFIRM_BATCH),
        calls={"orders.confirm"},
    )


@SWITCHES
async def test_automatic_confirmation_is_silent(world: World, group: ApiGroup | None) -> None:
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO, auto_from=world.clock() - timedelta(days=1))
    world.tmon.new_order(store.seller_id, deals=1)
    await prove(world, store, group, world.collect, calls={"orders.list", "orders.confirm"})


async def unknown(world: World) -> tuple[Store, PlacedOrder]:
    """An order whose confirmation arrived at TMON while its answer did not."""
    store, order = await one_order(world)

    async def silent(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.RECEIVED:
            world.tmon.faults.mode = "hang_after_write"
        elif world.tmon.calls_of("orders.confirm"):
            world.tmon.faults.mode = "down"

    world.tmon.on_call = silent
    await press(world, world.owner, await card_of(world, store.id, order))
    assert (await world.order(store, order.order_no)).state is OrderState.UNKNOWN
    world.tmon.on_call = None
    world.tmon.faults.clear()
    world.clock.advance(timedelta(seconds=10))
    return store, order


@SWITCHES
async def test_an_unknown_outcome_waits_with_a_note(world: World, group: ApiGroup | None) -> None:
    store, order = await unknown(world)
    await prove(world, store, group, world.sweep, calls={"orders.get"})
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert len(world.tmon.calls_of("orders.confirm")) == 0  # asked, never told again


async def test_the_card_of_an_unknown_outcome_says_that_it_waits_for_the_switch(world: World) -> None:
    store, order = await unknown(world)
    await turn(world, store, ApiGroup.ORDER, on=False)
    world.clock.advance(timedelta(seconds=10))
    await world.sweep()
    assert "연동을 켜면 확인합니다" in shows(await card_of(world, store.id, order))


@pytest.mark.parametrize("wanted", [OrderAction.CONFIRM, OrderAction.HOLD])
async def test_a_refusal_offers_to_turn_it_on(world: World, wanted: str) -> None:
    store, order = await one_order(world)
    await turn(world, store, ApiGroup.ORDER, on=False)
    card = await card_of(world, store.id, order)
    await press(world, MINJI, card, wanted)
    if wanted == OrderAction.HOLD:
        assert world.modal(MINJI).callback_id == OrderView.HOLD
        acted = await world.slack.submit(MINJI, world.modal(MINJI).id, {"reason": "재고 확인"})
        assert "주문 API" in acted.errors["reason"]
        return
    answer = offer(world, MINJI, card.channel)
    assert "주문 API가 '사용 안 함'" in answer.text
    await world.slack.click(
        MINJI, channel=card.channel, ts=answer.ts, action_id=action(answer.blocks, SwitchAction.TURN_ON)
    )
    await world.settle()
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).order_on
    assert "켰습니다" in told(world, MINJI, card.channel)[-1]
    assert any("주문 API: 사용 안 함 → 사용" in message.text for message in world.posts("주문"))
    await press(world, MINJI, card)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_who_does_not_manage_reads_who_does(world: World) -> None:
    store, order = await one_order(world, worker_ids=[JUNHO])
    await turn(world, store, None, on=False)
    card = await card_of(world, store.id, order)
    await press(world, JUNHO, card)
    (answer,) = [m for m in world.slack.messages(card.channel, JUNHO) if m.ephemeral_for == JUNHO]
    assert SwitchAction.TURN_ON not in str(answer.blocks)
    assert f"<@{MINJI}>" in str(answer.blocks)


async def test_in_a_list_the_offer_comes_above_it(world: World) -> None:
    store, _ = await one_order(world)
    await world.command(MINJI, "orders")
    await turn(world, store, ApiGroup.ORDER, on=False)
    confirm = next(
        element["action_id"]
        for block in world.modal(MINJI).blocks
        for element in [*block.get("elements", []), block.get("accessory", {})]
        if str(element.get("action_id", "")).startswith(OrderAction.CONFIRM)
    )
    await click(world, MINJI, confirm)
    assert "주문 API" in text_of(world.modal(MINJI))
    await click(world, MINJI, SwitchAction.TURN_ON)
    assert "켰습니다" in await world.notice(MINJI)
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).order_on


@SWITCHES
async def test_turning_on_again_catches_up_from_the_watermark(world: World, group: ApiGroup | None) -> None:
    store, _ = await one_order(world)
    await turn(world, store, group, on=False)
    missed = []
    for _ in range(9):  # longer than one window of seven days
        world.clock.advance(timedelta(days=1))
        missed.append(world.tmon.new_order(store.seller_id, deals=1).order_no)
        await world.collect()
    assert {order.order_no for order in await world.orders()} & set(missed) == set()
    world.clock.advance(timedelta(hours=1))
    await turn(world, store, group, on=True)
    await world.collect()  # due at once, however long the interval
    assert set(missed) <= {order.order_no for order in await world.orders()}


@pytest.mark.parametrize("group", [ApiGroup.PRODUCT, ApiGroup.CS, ApiGroup.STOCK])
async def test_another_switch_does_not_stop_orders(world: World, group: ApiGroup) -> None:
    store = await world.add_store(stock_on=True)
    await turn(world, store, group, on=False)
    world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert len(await world.orders()) == 1
