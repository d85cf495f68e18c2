"""Orders follow their claims: open cancels are seen at once, completed cancels and returns end what they name."""

from datetime import timedelta

from bot.playground.tmon import (
    OrderedDeal,
    PlacedOrder,
    accept_claim,
    buyer_cancels,
    buyer_claims,
    complete_claim,
    withdraw_claim,
)
from handlers.claims.ids import ClaimView
from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, card_of, press, shows
from tests.flows.claims.claiming import cancelled, card, claim_of, collect
from tests.flows.orders.pressing import one_order
from tests.flows.world import World
from tmon.models.claims import ClaimEnd
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stores import ConfirmMode, Store


async def deal_of(world: World, store: Store, order_no: int, deal_no: int) -> OrderDeal:
    """One deal as it is stored."""
    async with world.db.read() as session:
        return await session.get_one(OrderDeal, (store.team_id, store.id, order_no, deal_no))


async def test_an_order_with_an_open_cancel_leads_to_the_claim(world: World) -> None:
    store = await world.add_store()
    order, claim = await cancelled(world, store)
    await collect(world)
    shown = await card_of(world, store.id, order)
    assert OrderAction.CONFIRM not in str(buttons(shown.blocks))
    assert "취소 요청 보기" in shows(shown)
    await press(world, world.owner, shown, OrderAction.CANCEL_REQUEST)
    view = world.modal(world.owner)
    assert view.callback_id == ClaimView.CLAIM
    assert f"클레임 `{claim.claim_no}`" in str(view.blocks)
    assert (await claim_of(world, claim)).order_no == order.order_no


async def test_an_order_that_is_collected_after_its_cancel_shows_it_at_once(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    world.clock.advance(timedelta(minutes=35))
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await collect(world)
    await world.collect()
    assert (await world.order(store, order.order_no)).note == "orders.note_cancel_requested"
    assert "취소 요청 보기" in shows(await card_of(world, store.id, order))


async def test_a_withdrawn_cancel_lets_the_order_be_confirmed(world: World) -> None:
    store = await world.add_store()
    order, claim = await cancelled(world, store)
    await collect(world)
    withdraw_claim(world.tmon, claim.claim_no)
    await collect(world)
    shown = await card_of(world, store.id, order)
    assert "취소 요청 보기" not in shows(shown)
    await press(world, world.owner, shown)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


async def test_automatic_confirmation_leaves_out_an_order_with_an_open_cancel(world: World) -> None:
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO, auto_from=world.clock())
    order = world.tmon.new_order(store.seller_id)
    world.clock.advance(timedelta(minutes=35))
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    accept_claim(world.tmon, claim.claim_no)
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert world.tmon.calls_of("orders.confirm") == []


async def confirmed(world: World, *, qty: int | None = None) -> tuple[Store, Order, OrderDeal]:
    """A confirmed order, its first option ordered so many times."""
    store, order, shown = await one_order(world)
    if qty is not None:
        world.tmon.change_quantity(order.order_no, qty)
        world.clock.advance(timedelta(minutes=6))
        await world.collect()
    await press(world, world.owner, shown)
    kept = await world.order(store, order.order_no)
    assert kept.state is OrderState.CONFIRMED
    return store, kept, await deal_of(world, store, order.order_no, order.deals[0].deal_no)


async def test_a_cancel_after_the_confirmation_is_seen_and_ends_the_order(world: World) -> None:
    store, order, _ = await confirmed(world)
    await collect(world, timedelta(minutes=40))
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await collect(world)
    shown = await card_of(world, store.id, world.tmon.orders[order.order_no])
    assert "취소 요청 보기" in shows(shown)
    await press(world, world.owner, shown, OrderAction.CANCEL_REQUEST)
    assert world.modal(world.owner).callback_id == ClaimView.CLAIM
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.closed_at is not None) == (OrderState.CANCELLED, True)
    assert "취소 요청 보기" not in shows(await card_of(world, store.id, world.tmon.orders[order.order_no]))


async def test_pieces_that_are_cancelled_after_the_confirmation_leave_the_rest(world: World) -> None:
    store, order, deal = await confirmed(world, qty=3)
    option = deal.options[0]
    await collect(world, timedelta(minutes=40))
    claim = buyer_cancels(world.tmon, order.order_no, quantities={option["no"]: 1})
    assert claim is not None
    await collect(world)
    assert "× 1 (주문 3개 중)" in shows(await card(world, store, claim))
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    kept, deal = await world.order(store, order.order_no), await deal_of(world, store, order.order_no, deal.deal_no)
    assert (kept.state, deal.state) == (OrderState.CONFIRMED, DealState.CONFIRMED)
    assert [(one["quantity"], one["ordered"]) for one in deal.options if one["no"] == option["no"]] == [(2, 3)]
    assert kept.quantity == order.quantity - 1
    assert kept.amount == order.amount - option["price"]
    again = buyer_cancels(world.tmon, order.order_no)
    assert again is not None
    complete_claim(world.tmon, again.claim_no)
    await collect(world, timedelta(minutes=35))
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED


async def test_a_cancel_that_tmon_completes_late_counts_by_its_completion(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    world.clock.advance(timedelta(minutes=35))
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    claim.requested_at -= timedelta(minutes=30)  # long before the order is first seen
    await world.collect()
    await collect(world)
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED


async def test_an_end_that_is_not_ours_is_never_called_ours(world: World) -> None:
    store = await world.add_store()
    _, claim = await cancelled(world, store)
    await collect(world)
    complete_claim(world.tmon, claim.claim_no)
    await collect(world)
    row = await claim_of(world, claim)
    assert (row.end, row.decided_by) == (ClaimEnd.ELSEWHERE, None)


async def shipped(world: World, store: Store, deals: int) -> PlacedOrder:
    """An order that its carrier has, and that the bot knows of."""
    order = world.tmon.new_order(store.seller_id, deals=deals)
    await world.collect()
    await press(world, world.owner, await card_of(world, store.id, order))
    world.tmon.move_to(order.order_no, "D4")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    return order


async def give_back(world: World, order: PlacedOrder, lines: dict[int, int]) -> None:
    """A completed return of so many pieces of each option."""
    claim = buyer_claims(world.tmon, "R", order.order_no, quantities=lines)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    await collect(world, timedelta(minutes=30))


def pieces(*deals: OrderedDeal) -> dict[int, int]:
    return {option.option_no: option.qty for deal in deals for option in deal.options}


async def test_an_order_of_which_all_came_back_is_over(world: World) -> None:
    store = await world.add_store()
    order = await shipped(world, store, 2)
    await give_back(world, order, pieces(*order.deals))
    assert (await world.order(store, order.order_no)).closed_at == world.clock()
    assert "반품 완료" in shows(await card_of(world, store.id, order))
    await world.command(world.owner, f"orders {order.order_no}")
    assert "반품 완료" in str(world.modal(world.owner).blocks)
    world.tmon.calls.clear()
    await world.run_job("look for deliveries")
    assert not world.tmon.calls, "nobody asks for it any more"
    world.clock.advance(timedelta(days=world.settings.personal_data_days))
    await world.run_job("destroy buyers' data")
    assert (await world.order(store, order.order_no)).buyer is None


async def test_an_order_of_which_a_part_came_back_ends_with_the_delivery_of_the_rest(world: World) -> None:
    store = await world.add_store()
    order = await shipped(world, store, 2)
    back, rest = order.deals
    option = back.options[0]
    left = pieces(back)
    if option.qty > 1:
        await give_back(world, order, {option.option_no: 1})
        left[option.option_no] -= 1
        assert "반품 완료" not in shows(await card_of(world, store.id, order))
    await give_back(world, order, left)
    shown = shows(await card_of(world, store.id, order))
    assert "반품 완료" in shown
    assert "배송 중" in shown
    assert (await world.order(store, order.order_no)).closed_at is None
    rest.status, rest.updated_at = "D5", world.clock()
    await world.run_job("look for deliveries")
    assert (await world.order(store, order.order_no)).closed_at is not None
