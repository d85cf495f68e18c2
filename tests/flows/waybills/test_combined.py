"""합포장으로 보내기: several orders to the same recipient get one waybill in one step."""

from datetime import timedelta

from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon import PlacedOrder, buyer_cancels
from handlers.orders.ids import OrderAction
from handlers.waybills.ids import WaybillAction, WaybillView
from tests.flows.cards import direct, press, shows, told
from tests.flows.orders import lists
from tests.flows.orders.pressing import card
from tests.flows.orders.test_recipients import MARK
from tests.flows.orders.test_recipients import confirmed as confirmed_in
from tests.flows.switches import prove
from tests.flows.waybills.parcels import (
    NUMBER,
    REGISTER,
    audited,
    choose_carrier,
    entered,
    labels,
    result,
    said,
    submit,
)
from tests.flows.world import World
from tmon.models.orders import Order
from tmon.models.stores import ApiGroup, Store

BUTTON = "합포장으로 보내기"


async def together(world: World, count: int = 2) -> tuple[Store, list[PlacedOrder]]:
    """A store with confirmed orders to one recipient, each with a card."""
    store = await world.add_store()
    orders = await confirmed_in(world, store, count)
    world.tmon.calls.clear()
    return store, orders


async def opened(world: World, order: PlacedOrder, user: str | None = None) -> View:
    """The form, with a carrier chosen."""
    user = user or world.owner
    await press(world, user, card(world, order), WaybillAction.COMBINE)
    return await choose_carrier(world, world.modal(user))


async def ship(world: World, order: PlacedOrder, chosen: list[PlacedOrder], number: str = NUMBER) -> InteractionResult:
    """The form sent with these orders."""
    view = await opened(world, order)
    return await submit(world, view, number=number, orders=[str(one.order_no) for one in chosen])


async def test_the_chosen_orders_get_one_waybill_with_a_result_for_each(world: World) -> None:
    store, orders = await together(world, 3)
    assert all(BUTTON in labels(card(world, order)) for order in orders)
    await ship(world, orders[0], orders[:2])
    for order in orders[:2]:
        (deal,) = order.deals
        assert (deal.status, deal.invoice and deal.invoice.number) == ("D3", NUMBER)
        assert f"`{order.order_no}`" in result(world)
    assert orders[2].deals[0].status == "D2"
    assert str(orders[2].order_no) not in result(world)
    assert result(world).count("성공") == 2
    assert len(world.tmon.calls_of(REGISTER)) == 2
    assert {row.subject for row in await audited(world, "waybill.register")} == {
        str(one.order_no) for one in orders[:2]
    }
    for order in orders:
        assert MARK not in shows(card(world, order))
        assert BUTTON not in labels(card(world, order))
    assert store.id


async def test_all_are_chosen_at_first_and_none_is_sent_without_a_choice(world: World) -> None:
    _, orders = await together(world)
    view = await opened(world, orders[1])
    block = next(block for block in view.blocks if block.get("block_id", "").startswith("orders"))
    assert [one["value"] for one in block["element"]["initial_options"]] == [
        str(order.order_no) for order in reversed(orders)
    ]
    acted = await submit(world, view, number=NUMBER, orders=[])
    assert acted.errors
    assert world.tmon.calls_of(REGISTER) == []


async def test_an_order_with_several_deliveries_is_sent_as_a_whole(world: World) -> None:
    store = await world.add_store()
    first = world.tmon.new_order(store.seller_id, deals=2)
    for number, deal in enumerate(first.deals):
        deal.delivery_no = f"{first.deals[0].delivery_no}{number}"
    second = world.tmon.new_order(store.seller_id, deals=1)
    second.receiver_name, second.address = first.receiver_name, first.address
    await world.collect()
    for order in (first, second):
        await press(world, world.owner, card(world, order))
    await ship(world, first, [first, second])
    assert {deal.status for order in (first, second) for deal in order.deals} == {"D3"}


async def test_an_order_with_an_open_cancel_is_held_back_and_the_others_are_sent(world: World) -> None:
    _, orders = await together(world)
    buyer_cancels(world.tmon, orders[1].order_no)
    await ship(world, orders[0], orders)
    assert orders[0].deals[0].status == "D3"
    assert orders[1].deals[0].status == "D2"
    assert "취소 요청으로 제외" in result(world)


async def test_an_order_whose_recipient_changed_meanwhile_is_named_and_nothing_is_sent(world: World) -> None:
    store, orders = await together(world)
    view = await opened(world, orders[0])
    async with world.db.write() as session:
        moved = await session.get_one(Order, (store.team_id, store.id, orders[1].order_no))
        moved.recipient_hash = "another"
    acted = await submit(world, view, number=NUMBER, orders=[str(order.order_no) for order in orders])
    assert str(orders[1].order_no) in str(acted.errors)
    assert world.tmon.calls_of(REGISTER) == []


async def test_a_number_that_the_carrier_does_not_know_leaves_the_form_with_its_values(world: World) -> None:
    _, orders = await together(world)
    acted = await ship(world, orders[0], orders, number="1")
    assert acted.errors or "송장번호" in said(world)
    assert world.modal(world.owner).callback_id == WaybillView.COMBINED
    assert all(order.deals[0].status == "D2" for order in orders)


async def test_own_delivery_has_a_day_for_all_of_them(world: World) -> None:
    _, orders = await together(world)
    view = await choose_carrier(world, await opened(world, orders[0]), "10099")
    day = (world.clock() + timedelta(days=1)).date().isoformat()
    await submit(world, view, day=day, orders=[str(order.order_no) for order in orders])
    assert all(order.deals[0].status == "D3" for order in orders)


async def test_a_look_at_own_delivery_loses_neither_the_number_nor_the_choice_of_orders(world: World) -> None:
    _, orders = await together(world, 3)
    chosen = [str(order.order_no) for order in orders[:2]]
    view = await choose_carrier(world, await opened(world, orders[0]), "10099", number=NUMBER, orders=chosen)
    assert sorted(entered(view)["orders"]) == sorted(chosen)
    view = await choose_carrier(world, view)
    assert entered(view)["number"] == NUMBER
    await submit(world, view)
    assert [order.deals[0].status for order in orders] == ["D3", "D3", "D2"]


async def test_claims_that_cannot_be_read_stop_it_until_a_person_agrees(world: World) -> None:
    _, orders = await together(world)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"cancellations.search"}
    await ship(world, orders[0], orders)
    assert world.tmon.calls_of(REGISTER) == []
    view = world.modal(world.owner)
    assert view.callback_id == WaybillView.COMBINED_UNCHECKED
    await submit(world, view, agreed=["yes"])
    assert all(order.deals[0].status == "D3" for order in orders)
    assert len(await audited(world, "waybill.unchecked")) == 1


async def test_somebody_without_the_right_cannot_open_it(world: World) -> None:
    _, orders = await together(world)
    other = world.person("junho").id
    await press(world, other, card(world, orders[0]), WaybillAction.COMBINE)
    assert not world.slack.open_modal(other)
    assert told(world, other, card(world, orders[0]).channel) or direct(world, other)


async def test_nothing_is_sent_while_the_switch_is_off(world: World) -> None:
    store, orders = await together(world)

    async def act() -> None:
        while world.slack.open_modal(world.owner):
            await world.slack.close(world.owner, world.modal(world.owner).id)
        await press(world, world.owner, card(world, orders[0]), WaybillAction.COMBINE)
        if world.slack.open_modal(world.owner) and world.modal(world.owner).callback_id == WaybillView.COMBINED:
            view = await choose_carrier(world, world.modal(world.owner))
            await submit(world, view, number=NUMBER)

    await prove(world, store, ApiGroup.ORDER, act, calls={REGISTER})


async def test_the_list_shows_them_together_and_opens_the_form(world: World) -> None:
    store = await world.add_store()
    first = world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(days=1))
    others = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(2)]
    others[1].receiver_name, others[1].address = first.receiver_name, first.address
    await world.collect()
    for order in (first, *others):
        await press(world, world.owner, card(world, order), OrderAction.CONFIRM)
    await world.command(world.owner, "orders")
    view = await lists.choose(world, world.modal(world.owner), OrderAction.SHOWN, "to_ship")
    assert lists.numbers(view) == [first.order_no, others[1].order_no, others[0].order_no]
    assert MARK in lists.line(view, first)
    await lists.click(world, view, f"{WaybillAction.COMBINE}#{first.order_no}")
    form = world.modal(world.owner)
    assert form.callback_id == WaybillView.COMBINED
    form = await choose_carrier(world, form)
    await submit(world, form, number=NUMBER)
    assert (first.deals[0].status, others[1].deals[0].status) == ("D3", "D3")
