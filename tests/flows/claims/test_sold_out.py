"""품절 취소: the seller's own immediate cancel of waiting and confirmed orders."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder, buyer_claims
from handlers.claims.ids import ActAction
from tests.flows.cards import direct, shows
from tests.flows.claims.acting import audited, bodies, fields, head, labels, send, settle_later, text_of
from tests.flows.orders.pressing import card
from tests.flows.world import World
from tmon.models.claims import Claim, ClaimEnd
from tmon.models.orders import OrderState
from tmon.models.stores import Store

WHY: dict[str, Any] = {"detail": "창고에 재고가 없습니다", "sure": ["yes"]}


async def waiting(world: World, deals: int = 1, qty: int = 1, **over: Any) -> tuple[Store, PlacedOrder, Message]:
    """A store with an order that waits; the first option was ordered `qty` times."""
    store = await world.add_store(**over)
    order = world.tmon.new_order(store.seller_id, deals=deals)
    order.deals[0].options[0].qty = qty
    await world.collect()
    return store, order, card(world, order)


async def open_form(world: World, message: Message, user: str | None = None) -> None:
    """Presses 품절 취소."""
    action = next(
        element["action_id"]
        for block in message.blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"].startswith(f"{ActAction.SOLD_OUT}#")
    )
    await world.slack.click(user or world.owner, channel=message.channel, ts=message.ts, action_id=action)
    await world.settle()


def value(order: PlacedOrder, deal: int = 0, option: int = 0) -> str:
    """The value of an option in the menu of goods."""
    return f"{order.deals[deal].deal_no}-{order.deals[deal].options[option].option_no}"


async def choose(world: World, *values: str) -> None:
    """Chooses goods."""
    view = world.modal(world.owner)
    await world.slack.click(world.owner, view_id=view.id, action_id=ActAction.SOLD_OUT_GOODS, value=list(values))
    await world.settle()


async def all_goods(world: World, order: PlacedOrder, **over: Any) -> None:
    """Chooses everything and sends the form."""
    values = [f"{deal.deal_no}-{option.option_no}" for deal in order.deals for option in deal.options if option.qty]
    await choose(world, *values)
    await send(world, {**WHY, **over})


async def claims(world: World) -> list[Claim]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Claim)))


async def test_goods_of_a_waiting_order_are_cancelled_at_once(world: World) -> None:
    store, order, shown = await waiting(world)
    deal = order.deals[0]
    ordered = {one.option_no: one.qty for one in deal.options}
    await open_form(world, shown)
    view = world.modal(world.owner)
    assert head(view) == ["품절 취소", "주문 취소"]
    assert labels(view) == ["취소할 상품", "취소 사유", "취소 상세", "확인"]
    assert "판매자 사유 취소로 페널티가 생길 수 있음을 확인했습니다." in text_of(view)
    await all_goods(world, order)
    assert bodies(world, "cancellations.create") == [
        {
            "tmonOrderNo": order.order_no,
            "deliveryNo": deal.delivery_no,
            "tmonDeals": [
                {
                    "tmonDealNo": deal.deal_no,
                    "reason": "RCD4",
                    "reasonDetail": WHY["detail"],
                    "tmonDealOptions": [{"tmonDealOptionNo": number, "qty": qty} for number, qty in ordered.items()],
                }
            ],
        }
    ]
    assert "취소했습니다" in text_of(world.modal(world.owner))
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED
    (claim,) = await claims(world)
    assert (claim.end, claim.decided_by, claim.has_card) == (ClaimEnd.SOLD_OUT, world.owner, False)
    assert await audited(world, "order.sold_out") == ["order.sold_out"]


async def test_the_claim_that_it_created_is_recognised_by_the_collection(world: World) -> None:
    _, order, shown = await waiting(world)
    world.tmon.faults.rewrites["cancellations.create"] = lambda _: True  # no number
    await open_form(world, shown)
    await all_goods(world, order)
    for _ in range(2):
        world.clock.advance(timedelta(minutes=31))
        await world.collect("claims")
        (claim,) = await claims(world)
        assert (claim.end, claim.decided_by, claim.has_card) == (ClaimEnd.SOLD_OUT, world.owner, False)


async def test_some_pieces_of_a_confirmed_order_are_cancelled(world: World) -> None:
    store, order, _ = await waiting(world, qty=3)
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    await open_form(world, card(world, order))
    await choose(world, value(order))
    assert "취소 수량" in labels(world.modal(world.owner))
    name = f"quantity-{value(order)}"
    assert name in fields(world.modal(world.owner))
    await send(world, {**WHY, name: "2", "reason": "RCDd"})
    (body,) = bodies(world, "cancellations.create")
    (sent,) = body["tmonDeals"]
    assert (sent["reason"], [one["qty"] for one in sent["tmonDealOptions"]]) == ("RCDd", [2])
    assert f"{order.deals[0].title} " in text_of(world.modal(world.owner))
    assert "\\xa0×\\xa02" in text_of(world.modal(world.owner))
    await world.command(world.owner, f"orders {order.order_no}")
    assert "품절 취소 2개 · " in text_of(world.modal(world.owner))
    assert (await world.order(store, order.order_no)).quantity >= 1
    assert (await world.order(store, order.order_no)).state is not OrderState.CANCELLED


async def test_several_deliveries_are_several_calls(world: World) -> None:
    store, order, shown = await waiting(world, deals=2)
    order.deals[1].delivery_no = "880099999"
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    await open_form(world, shown)
    await all_goods(world, order)
    sent = {body["deliveryNo"] for body in bodies(world, "cancellations.create")}
    assert sent == {deal.delivery_no for deal in order.deals}
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED
    assert len(await claims(world)) == len(sent)


async def test_a_delivery_that_is_shipped_meanwhile_stops_no_other(world: World) -> None:
    store, order, shown = await waiting(world, deals=3)
    for number, deal in enumerate(order.deals):
        deal.delivery_no = f"88009999{number}"
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    await open_form(world, shown)
    order.deals[0].status = "D3"
    await all_goods(world, order)
    assert {body["deliveryNo"] for body in bodies(world, "cancellations.create")} == {"880099991", "880099992"}
    said = text_of(world.modal(world.owner))
    assert "이미 발송한 상품은 취소할 수 없습니다." in said
    assert said.count("취소했습니다") == 2
    assert (await world.order(store, order.order_no)).state is not OrderState.CANCELLED


async def test_an_empty_answer_is_looked_up(world: World) -> None:
    store, order, shown = await waiting(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "empty", {"cancellations.create"}, 1
    await open_form(world, shown)
    await all_goods(world, order)
    assert len(bodies(world, "cancellations.create")) == 1
    assert "취소했습니다" in text_of(world.modal(world.owner)), "TMON has it"
    (claim,) = await claims(world)
    assert claim.end is ClaimEnd.SOLD_OUT
    assert (await world.order(store, order.order_no)).state is OrderState.CANCELLED


async def test_what_tmon_does_not_know_fails_later_and_is_not_sent_again(world: World) -> None:
    store, order, shown = await waiting(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "empty_without_effect", {"cancellations.create"}, 1
    await open_form(world, shown)
    await all_goods(world, order)
    assert "확인하고 있습니다" in text_of(world.modal(world.owner))
    assert "확인 중" in shows(card(world, order))
    await settle_later(world, timedelta(minutes=2))
    assert "확인 중" in shows(card(world, order)), "a lost call may take effect late"
    await settle_later(world)
    assert "품절 취소를 하지 못했습니다" in shows(card(world, order))
    assert "처리되지 않았습니다" in direct(world, world.owner)[-1]
    assert len(bodies(world, "cancellations.create")) == 1
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    assert await claims(world) == []


@pytest.mark.parametrize("mode", ["error_500", "html_502", "truncated", "hang_after_write", "down"])
async def test_a_lost_answer_is_settled_by_asking(world: World, mode: Any) -> None:
    store, order, shown = await waiting(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {"cancellations.create"}, 1
    await open_form(world, shown)
    await all_goods(world, order)
    await settle_later(world)
    took_effect = mode in ("truncated", "hang_after_write")
    state = (await world.order(store, order.order_no)).state
    assert state is (OrderState.CANCELLED if took_effect else OrderState.NEW)
    assert len(world.tmon.calls_of("cancellations.create")) == 1
    assert len(await claims(world)) == took_effect


async def test_tmons_refusal_stays_at_the_form_with_what_was_typed(world: World) -> None:
    _, order, shown = await waiting(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = (
        "error_500_json",
        {"cancellations.create"},
        1,
    )
    world.tmon.faults.error_text = "취소 가능한 수량을 초과했습니다."
    await open_form(world, shown)
    await choose(world, value(order))
    acted = await send(world, WHY)
    assert "취소 가능한 수량을 초과했습니다." in str(acted.errors)
    assert WHY["detail"] in str(world.modal(world.owner).state)
    await send(world, {})
    assert "취소했습니다" in text_of(world.modal(world.owner))


@pytest.mark.parametrize("status", [404, 405])
async def test_what_tmon_does_not_offer_is_left_to_the_partner_centre(world: World, status: Any) -> None:
    _, order, shown = await waiting(world)
    world.tmon.faults.not_offered, world.tmon.faults.not_offered_status = {"cancellations.create"}, status
    await open_form(world, shown)
    await all_goods(world, order)
    assert "취소하지 못했습니다" in text_of(world.modal(world.owner))


async def test_nothing_leaves_while_the_switch_is_off(world: World) -> None:
    store, _, shown = await waiting(world)
    await open_form(world, shown)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    calls = len(world.tmon.calls)
    view = world.modal(world.owner)
    acted = await world.slack.submit(world.owner, view.id, {})
    await world.settle()
    assert len(world.tmon.calls) == calls
    assert not acted.ok or world.tmon.calls_of("cancellations.create") == []


async def test_an_order_whose_buyer_asks_to_cancel_waits_for_that_decision(world: World) -> None:
    _, order, shown = await waiting(world)
    await open_form(world, shown)
    assert buyer_claims(world.tmon, "C", order.order_no) is not None
    await world.collect("claims")
    await choose(world, value(order))
    acted = await send(world, WHY)
    assert "취소 요청을 먼저 처리해" in str(acted.errors)
    assert bodies(world, "cancellations.create") == []


async def test_goods_that_changed_or_left_meanwhile_are_not_cancelled(world: World) -> None:
    _, order, shown = await waiting(world)
    await open_form(world, shown)
    await choose(world, value(order))
    world.tmon.move_to(order.order_no, "D3")
    acted = await send(world, WHY)
    assert "이미 발송한 상품" in str(acted.errors)
    assert bodies(world, "cancellations.create") == []
