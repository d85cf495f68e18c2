"""Orders whose buyers cancel, and answers about orders that tell nothing or something unknown."""

from datetime import timedelta
from typing import Any

from bot.playground.tmon import buyer_cancels, complete_claim
from handlers.orders.ids import OrderAction
from tests.flows.cards import action, buttons, press, shows
from tests.flows.orders.collecting import again, standing
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import World
from tmon.claims.collector import CLAIMS
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode


async def test_cancelled_meanwhile(world: World) -> None:
    store, order, shown = await one_order(world)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "취소를 요청" in shows(card(world, order))
    assert action(card(world, order).blocks, OrderAction.CANCEL_REQUEST)
    assert OrderAction.CONFIRM not in shows(card(world, order)), "TMON would refuse it again"
    complete_claim(world.tmon, claim.claim_no)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED
    assert "구매자가 취소한" in shows(card(world, order))
    assert world.tmon.calls_of("orders.confirm") == []


async def test_one_of_several_deals_is_cancelled(world: World) -> None:
    store, order, shown = await one_order(world, deals=2)
    claim = buyer_cancels(world.tmon, order.order_no, deal_no=order.deals[0].deal_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    await press(world, world.owner, shown)
    assert world.tmon.calls_of("orders.confirm") == []
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert len(world.tmon.calls_of("orders.confirm")) == 1


async def test_some_pieces_are_cancelled_and_the_rest_is_confirmed(world: World) -> None:
    store, order, shown = await one_order(world)
    option = order.deals[0].options[0]
    world.tmon.change_quantity(order.order_no, 3)
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    world.clock.advance(timedelta(minutes=1))
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    claim.lines = {order.deals[0].deal_no: {option.option_no: 1}}
    complete_claim(world.tmon, claim.claim_no)
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert "수량이 바뀌어" in shows(card(world, order))
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_open_cancel_stands_on_the_card_before_any_press(world: World) -> None:
    store, order, _ = await one_order(world)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await again(world)
    await world.collect(CLAIMS)
    assert "취소를 요청" in shows(card(world, order))
    assert OrderAction.CONFIRM not in buttons(card(world, order).blocks)
    world.tmon.claims.pop(claim.claim_no)  # withdrawn
    await again(world)
    await world.collect(CLAIMS)
    assert (await world.order(store, order.order_no)).note is None
    assert "취소를 요청" not in shows(card(world, order))
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_open_cancel_is_left_to_a_person_by_automatic_confirmation(world: World) -> None:
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO, auto_from=world.clock())
    asked, other = world.tmon.new_order(store.seller_id), world.tmon.new_order(store.seller_id)
    assert buyer_cancels(world.tmon, asked.order_no) is not None
    await world.collect()
    assert (await world.order(store, asked.order_no)).state is OrderState.NEW
    assert (await world.order(store, other.order_no)).state is OrderState.CONFIRMED
    assert {call.path.split("/")[-2] for call in world.tmon.calls_of("orders.confirm")} == {str(other.order_no)}
    assert "취소를 요청" in shows(card(world, asked))


async def test_cancel_counts_by_its_completion_even_if_tmon_goes_on_listing_the_order(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    claim.requested_at -= timedelta(minutes=20)  # before the order was first seen
    await world.collect()
    await world.collect(CLAIMS)
    quantities = {o.option_no: o.qty for deal in order.deals for o in deal.options}
    world.clock.advance(timedelta(minutes=4))
    complete_claim(world.tmon, claim.claim_no)
    for deal in order.deals:
        for option in deal.options:
            option.qty = quantities[option.option_no]  # as if TMON's lists knew nothing of it
    await again(world, timedelta(minutes=5))
    await world.collect(CLAIMS)
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED
    assert "구매자가 취소한" in shows(card(world, order))
    assert world.tmon.calls_of("orders.confirm") == []


async def test_orders_are_collected_though_their_cancels_cannot_be_asked_for(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = "error_500", {"cancellations.search"}
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert (await standing(world, store)).failures == 0


async def test_state_that_nobody_knows_is_named_and_is_no_outage(world: World) -> None:
    store, order, shown = await one_order(world, deals=1)

    def strange(document: Any) -> Any:
        for deal in document["deals"]:
            deal["deliveryStatus"] = "D7"
        return document

    world.tmon.faults.rewrites["orders.get"] = strange
    await press(world, world.owner, shown)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.note, kept.note_detail) == (OrderState.NEW, "orders.note_unknown_state", "D7")
    assert "파트너센터" in shows(card(world, order))
    assert "D7" in shows(card(world, order))
    assert world.tmon.calls_of("orders.confirm") == []
    world.tmon.faults.rewrites.clear()
    await press(world, world.owner, card(world, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_order_whose_answer_cannot_be_read_is_no_outage(world: World) -> None:
    store, order, shown = await one_order(world)
    world.tmon.faults.rewrites["orders.get"] = lambda document: document | {"deals": None}
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).note == "orders.note_unreadable"
    assert "읽을 수 없어" in shows(card(world, order))
    assert "응답하지 않아" not in shows(card(world, order))


async def test_confirmation_in_doubt_says_that_the_answer_cannot_be_read_until_it_can_be(world: World) -> None:
    store, order, shown = await one_order(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "truncated", {"orders.confirm"}, 1
    reads = iter(range(100))
    faults.rewrites["orders.confirm"] = lambda document: b'{"done": tr'
    faults.rewrites["orders.get"] = lambda document: document if next(reads) == 0 else document | {"deals": None}
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.UNKNOWN
    world.clock.advance(timedelta(seconds=10))
    await world.sweep()
    assert (await world.order(store, order.order_no)).note == "orders.note_unknown_unreadable"
    world.clock.advance(timedelta(seconds=10))
    await world.sweep()
    assert (await world.order(store, order.order_no)).note == "orders.note_unknown_unreadable"
    faults.rewrites.clear()
    world.clock.advance(timedelta(minutes=6))
    await world.sweep()
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
