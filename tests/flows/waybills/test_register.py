"""송장 등록: the form, what it sends, and what people see of it."""

import asyncio
import json
from datetime import timedelta

import pytest

from bot.playground.tmon import buyer_cancels, complete_claim, withdraw_claim
from handlers.orders.ids import OrderAction
from handlers.waybills.ids import WaybillAction, WaybillView
from tests.flows.cards import direct, press, shows, told
from tests.flows.orders.lists import choose, numbers
from tests.flows.orders.pressing import card
from tests.flows.switches import prove
from tests.flows.waybills.parcels import (
    CARRIER,
    NUMBER,
    OTHER,
    REGISTER,
    audited,
    choose_carrier,
    confirmed,
    deals_of,
    entered,
    fields_of,
    labels,
    opened,
    result,
    said,
    settle_writes,
    ship,
    submit,
    waybills,
)
from tests.flows.world import World, until
from tmon.api import OWN_DELIVERY
from tmon.claims.service import ClaimService
from tmon.models.claims import ClaimKind
from tmon.models.stores import ApiGroup
from tmon.models.waybills import WaybillState

LATER = timedelta(minutes=6)
"""Long enough for a number that TMON does not show to be known as not registered."""


async def test_a_confirmed_order_has_its_buttons_and_its_clock(world: World) -> None:
    store, order = await confirmed(world)
    shown = card(world, order)
    assert labels(shown)[:2] == ["송장 등록", "발송지연 알림"]
    assert labels(shown)[-2:] == ["받는 분 보기", "상품 보기"]
    kept = await world.order(store, order.order_no)
    assert "발송 대기" in shows(shown)
    assert f"발송 {world.bot.guard.texts('ko').until_date(kept.ship_by)}" in shows(shown)


async def test_a_parcel_is_shipped_with_all_its_deals(world: World) -> None:
    store, order = await confirmed(world, deals=2)
    await ship(world, order)
    assert [deal.status for deal in order.deals] == ["D3", "D3"]
    sent = [call.body for call in world.tmon.calls_of(REGISTER)]
    assert [one["deliveryNo"] for one in sent] == [order.deals[0].delivery_no] * 2  # type: ignore[index]
    for deal, body in zip(order.deals, sent, strict=True):
        assert body["invoice"] == {"deliveryCorp": int(CARRIER), "invoiceNo": NUMBER}  # type: ignore[index]
        lines = {line["tmonDealOptionNo"]: line["qty"] for line in body["tmonDealOptions"]}  # type: ignore[index]
        assert lines == {option.option_no: option.qty for option in deal.options}
    assert result(world).count("성공") == 2
    assert result(world).count(NUMBER) == 2
    shown = card(world, order)
    assert "송장 등록됨" in shows(shown)
    assert NUMBER in shows(shown)
    assert labels(shown) == ["송장 수정", "배송 조회", "받는 분 보기"]
    assert [row.state for row in await waybills(world)] == [WaybillState.REGISTERED] * 2
    assert [row.action for row in await audited(world, "waybill.")] == ["waybill.register"] * 2
    kept = await world.order(store, order.order_no)
    assert kept.shipped_at is not None
    assert all(deal.shipped_at is not None for deal in await deals_of(world, order))


async def test_claims_and_the_order_are_read_before_it_is_sent(world: World) -> None:
    _, order = await confirmed(world)
    await ship(world, order)
    names = [call.name for call in world.tmon.calls]
    sent = names.index(REGISTER)
    statuses = [call.query["claimStatus"] for call in world.tmon.calls if call.name == "cancellations.search"]
    assert {"C1", "C2"} <= set(statuses)
    assert "orders.get" in names[:sent]
    assert names.index("cancellations.search") < sent


async def test_the_last_carrier_is_offered_first(world: World) -> None:
    store, order = await confirmed(world)
    await ship(world, order)
    other = world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    await press(world, world.owner, card(world, other), OrderAction.CONFIRM)
    view = await opened(world, other)
    assert CARRIER in json.dumps(view.blocks)
    await submit(world, view, number=OTHER)
    assert other.deals[0].status == "D3"


async def test_several_parcels_are_chosen_in_the_form(world: World) -> None:
    _, order = await confirmed(world, deals=2, parcels=2)
    view = await choose_carrier(world, await opened(world, order))
    assert "delivery" in fields_of(view)
    await submit(world, view, number=NUMBER, delivery=order.deals[1].delivery_no)
    assert [deal.status for deal in order.deals] == ["D2", "D3"]
    assert "송장 등록" in labels(card(world, order))
    view = await opened(world, order)
    assert "delivery" not in fields_of(view), "one parcel is left"
    await submit(world, view, number=OTHER)
    assert [deal.status for deal in order.deals] == ["D3", "D3"]
    assert [deal.invoice.number for deal in order.deals if deal.invoice] == [OTHER, NUMBER]


async def test_own_delivery_has_its_day_and_no_number(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order), OWN_DELIVERY)
    assert fields_of(view) == ["carrier", "day"]
    day = (world.clock() + timedelta(days=2)).date().isoformat()
    await submit(world, view, day=day)
    (call,) = world.tmon.calls_of(REGISTER)
    assert call.body["invoice"] == {"deliveryCorp": 10099}  # type: ignore[index]
    assert call.body["deliveryScheduledDate"] == day  # type: ignore[index]
    assert order.deals[0].status == "D3"
    assert "자체배송 · 배송예정일" in shows(card(world, order))


async def test_from_own_delivery_back_to_a_carrier(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order), OWN_DELIVERY)
    view = await choose_carrier(world, view, CARRIER)
    assert fields_of(view) == ["carrier", "number", "more"]
    await submit(world, view, number=NUMBER)
    assert order.deals[0].status == "D3"


async def test_what_was_typed_is_there_again_after_a_look_at_own_delivery(world: World) -> None:
    _, order = await confirmed(world, deals=2, parcels=2)
    chosen = order.deals[1].delivery_no
    view = await choose_carrier(world, await opened(world, order))
    typed = {"number": "６００１-0020-0300", "more": 'x"9' + "9" * 45 + "\n\n600100200301", "delivery": chosen}
    view = await choose_carrier(world, view, OWN_DELIVERY, **typed)
    day = (world.clock() + timedelta(days=3)).date().isoformat()
    view = await choose_carrier(world, view, CARRIER, day=day)
    assert entered(view) == typed
    view = await choose_carrier(world, view, OWN_DELIVERY)
    assert entered(view) == {"day": day, "delivery": chosen}
    await submit(world, view)
    (call,) = world.tmon.calls_of(REGISTER)
    assert "invoiceNo" not in call.body["invoice"]  # type: ignore[index]
    assert call.body["deliveryScheduledDate"] == day  # type: ignore[index]
    assert [deal.status for deal in order.deals] == ["D2", "D3"]


async def test_further_numbers_go_along_each_once(world: World) -> None:
    _, order = await confirmed(world)
    await ship(world, order, more=f"600100200301\n \n600-100-200-302\n600100200301\n{NUMBER}")
    (call,) = world.tmon.calls_of(REGISTER)
    assert call.body["invoice"]["additionalInvoices"] == ["600100200301", "600-100-200-302"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": "ABC123456789"}, "number"),
        ({"number": "-"}, "number"),
        ({"number": "６００１ 00200300", "more": "x"}, "more"),
        ({"number": NUMBER, "more": "\n".join(str(600100200300 + n) for n in range(1, 12))}, "more"),
    ],
)
async def test_what_is_typed_wrong_is_said_at_its_field(world: World, values: dict[str, str], field: str) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    acted = await submit(world, view, **values)
    assert list(acted.errors or {}) == [field]
    assert world.tmon.calls_of(REGISTER) == []


async def test_without_a_carrier_nothing_is_sent(world: World) -> None:
    _, order = await confirmed(world)
    acted = await submit(world, await opened(world, order), number=NUMBER)
    assert not acted.ok
    assert world.tmon.calls_of(REGISTER) == []


async def test_blanks_and_wide_digits_are_taken(world: World) -> None:
    _, order = await confirmed(world)
    await ship(world, order, " ６００１ 0020 0300 ")
    (call,) = world.tmon.calls_of(REGISTER)
    assert call.body["invoice"]["invoiceNo"] == "600100200300"  # type: ignore[index]


async def test_a_number_that_the_carrier_does_not_know_is_corrected_in_the_form(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.unknown_waybills.add(OTHER)
    acted = await submit(world, view, number=OTHER)
    if acted.errors:
        assert "INVALID_INVOICE" in str(acted.errors)
    else:
        assert "INVALID_INVOICE" in said(world)
    assert order.deals[0].status == "D2"
    assert "등록 실패" in shows(card(world, order))
    again = world.modal(world.owner)
    assert again.callback_id == WaybillView.REGISTER
    assert (await waybills(world))[0].state is WaybillState.FAILED
    await submit(world, again, number=NUMBER)
    assert order.deals[0].status == "D3"
    assert "등록 실패" not in shows(card(world, order))
    assert all("10099" not in str(call.body) for call in world.tmon.calls_of(REGISTER)), "no own delivery by itself"


async def test_an_unconfirmed_order_is_not_confirmed_by_itself(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    order.deals[0].status = "D1"
    await submit(world, view, number=NUMBER)
    assert "먼저 '발주확인'" in said(world)
    assert world.tmon.calls_of("orders.confirm") == []
    assert world.tmon.calls_of(REGISTER) == []


async def test_d1_at_the_call_itself_is_told_and_nothing_confirmed(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {REGISTER}
    world.tmon.faults.error_text = "송장 처리가 불가능한 배송상태입니다. current_state: D1"
    await submit(world, view, number=NUMBER)
    assert "먼저 '발주확인'" in result(world)
    assert world.tmon.calls_of("orders.confirm") == []
    assert (await waybills(world))[0].state is WaybillState.FAILED


@pytest.mark.parametrize("said_by_tmon", ["동일 송장 등록 요청 오류", "current_state: D4", "current_state: D3"])
async def test_what_tmon_has_already_counts_when_the_order_says_so(world: World, said_by_tmon: str) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))

    async def registered_elsewhere(call: object, phase: object) -> None:
        if getattr(call, "name", "") == REGISTER:
            world.tmon.move_to(order.order_no, "D4" if "D4" in said_by_tmon else "D3")

    world.tmon.on_call = registered_elsewhere
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {REGISTER}
    world.tmon.faults.error_text = said_by_tmon
    await submit(world, view, number=NUMBER)
    assert "성공" in result(world)
    assert (await waybills(world))[0].state is WaybillState.REGISTERED
    assert (await deals_of(world, order))[0].delivery_status == ("D4" if "D4" in said_by_tmon else "D3")


@pytest.mark.parametrize("said_by_tmon", ["동일 송장 등록 요청 오류", "current_state: D4"])
async def test_what_tmon_says_to_have_is_no_success_while_the_order_does_not_say_so(
    world: World, said_by_tmon: str
) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {REGISTER}
    world.tmon.faults.error_text = said_by_tmon
    await submit(world, view, number=NUMBER)
    assert "성공" not in said(world)
    assert (await waybills(world))[0].state is WaybillState.FAILED
    assert (await deals_of(world, order))[0].delivery_status == "D2"


@pytest.mark.parametrize("mode", ["hang_after_write", "empty", "truncated", "html_502"])
async def test_an_answer_that_says_nothing_is_settled_by_the_order(world: World, mode: str) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {REGISTER}, 1  # type: ignore[assignment]
    await submit(world, view, number=NUMBER)
    assert len(world.tmon.calls_of(REGISTER)) == 1
    if order.deals[0].status == "D3":
        assert "성공" in result(world)
        assert (await waybills(world))[0].state is WaybillState.REGISTERED
        return
    assert "확인 중" in result(world)
    assert "확인 중" in shows(card(world, order))
    world.clock.advance(LATER)
    await settle_writes(world)
    assert (await waybills(world))[0].state is WaybillState.FAILED
    assert "등록되지 않았습니다" in shows(card(world, order))
    await ship(world, order, OTHER)
    assert order.deals[0].status == "D3"


async def lost(world: World, *, effect: bool, parcels: int = 1) -> object:
    """An order with a number that was sent for its first parcel, and no answer came to it or to the question afterwards."""
    _, order = await confirmed(world, parcels, parcels=parcels)
    where = {"delivery": order.deals[0].delivery_no} if parcels > 1 else {}
    view = await choose_carrier(world, await opened(world, order))

    async def silent(call: object, phase: object) -> None:
        if getattr(call, "name", "") == REGISTER:
            world.tmon.faults.mode = "hang_after_write" if effect else "hang"
            world.tmon.faults.only = {REGISTER, "orders.get"}

    world.tmon.on_call = silent
    await submit(world, view, number=NUMBER, **where)
    world.tmon.on_call = None
    world.tmon.faults.clear()
    assert (await waybills(world))[0].state is WaybillState.UNKNOWN
    return order


async def test_while_a_number_is_in_doubt_no_other_is_sent(world: World) -> None:
    order = await lost(world, effect=False)
    await ship(world, order, OTHER)  # type: ignore[arg-type]
    assert "다른 번호는 보낼 수 없습니다" in said(world)
    assert len(world.tmon.calls_of(REGISTER)) == 1


async def test_the_form_of_a_number_in_doubt_begins_with_that_number(world: World) -> None:
    order = await lost(world, effect=False)
    view = await opened(world, order)  # type: ignore[arg-type]
    assert f"'initial_value': '{NUMBER}'" in str(view.blocks)
    assert "다른 번호는 보낼 수 없습니다" in said(world)
    await submit(world, view)
    assert "성공" in result(world)


async def test_of_two_parcels_the_number_in_doubt_is_not_proposed_for_the_other(world: World) -> None:
    order = await lost(world, effect=False, parcels=2)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    view = await opened(world, order)  # type: ignore[arg-type]
    assert "delivery" in fields_of(view)
    assert "'initial_value'" not in str(view.blocks)
    assert "다른 번호는 보낼 수 없습니다" not in str(view.blocks)


@pytest.mark.parametrize("effect", [True, False])
async def test_the_same_number_may_be_sent_again(world: World, effect: bool) -> None:
    order = await lost(world, effect=effect)
    await ship(world, order)  # type: ignore[arg-type]
    assert "성공" in result(world)
    assert len(world.tmon.calls_of(REGISTER)) == (1 if effect else 2)
    (row,) = await waybills(world)
    assert (row.state, row.number) == (WaybillState.REGISTERED, NUMBER)
    assert "송장 등록됨" in shows(card(world, order))  # type: ignore[arg-type]


async def test_what_is_in_doubt_ends_by_itself(world: World) -> None:
    order = await lost(world, effect=True)
    world.clock.advance(timedelta(seconds=40))
    await settle_writes(world)
    assert (await waybills(world))[0].state is WaybillState.REGISTERED
    assert "송장 등록됨" in shows(card(world, order))  # type: ignore[arg-type]


async def test_two_people_with_two_numbers_at_once(world: World) -> None:
    store, order = await confirmed(world)
    seoyeon = world.person("서연").id
    first = await choose_carrier(world, await opened(world, order))
    async with world.db.write() as session:
        kept = await session.get_one(type(store), (store.team_id, store.id))
        kept.worker_ids = [seoyeon]
    second = await choose_carrier(world, await opened(world, order, user=seoyeon))
    gate = asyncio.Event()

    async def wait(call: object, phase: object) -> None:
        if getattr(call, "name", "") == REGISTER:
            await gate.wait()

    world.tmon.on_call = wait
    one = asyncio.create_task(world.slack.submit(first.user, first.id, {"number": NUMBER}))
    await until(lambda: world.tmon.calls_of(REGISTER))
    two = asyncio.create_task(world.slack.submit(second.user, second.id, {"number": OTHER}))
    await two
    await asyncio.sleep(0.2)
    gate.set()
    await one
    await world.settle()
    assert len(world.tmon.calls_of(REGISTER)) == 1
    assert order.deals[0].invoice is not None
    assert order.deals[0].invoice.number == NUMBER
    assert "성공" in said(world)
    assert "다른 사람이 지금" in said(world, seoyeon)


async def test_the_form_sent_twice_registers_once(world: World) -> None:
    _, order = await confirmed(world)
    first = await choose_carrier(world, await opened(world, order))
    await submit(world, first, number=NUMBER)
    seoyeon = world.person("서연").id
    assert "송장 등록" not in labels(card(world, order)), seoyeon
    assert len(world.tmon.calls_of(REGISTER)) == 1


async def test_an_order_with_an_open_cancel_is_held_back_and_listed(world: World) -> None:
    _, order = await confirmed(world)
    buyer_cancels(world.tmon, order.order_no)
    await ship(world, order)
    assert "취소 요청으로 제외" in result(world)
    assert world.tmon.calls_of(REGISTER) == []
    assert order.deals[0].status == "D2"


async def test_an_approved_cancel_that_is_not_completed_holds_back_too(world: World) -> None:
    _, order = await confirmed(world)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    claim.status = "C2"
    await ship(world, order)
    assert "취소 요청으로 제외" in result(world)
    assert world.tmon.calls_of(REGISTER) == []


async def test_claims_that_cannot_be_read_stop_everything_until_a_person_agrees(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "html_502", {"cancellations.search"}
    await submit(world, view, number=NUMBER, more=OTHER)
    asked = world.modal(world.owner)
    assert "클레임을 확인하지 못해 보내지 않았습니다" in said(world)
    assert (asked.callback_id, asked.submit["text"]) == (WaybillView.UNCHECKED, "클레임 확인 없이 보내기")  # type: ignore[index]
    assert world.tmon.calls_of(REGISTER) == []
    assert await waybills(world) == []
    acted = await submit(world, asked)
    assert not acted.ok, "the box has to be ticked"
    await submit(world, asked, agreed=["yes"])
    assert order.deals[0].status == "D3"
    (call,) = world.tmon.calls_of(REGISTER)
    assert call.body["invoice"]["additionalInvoices"] == [OTHER]  # type: ignore[index]
    (row,) = await audited(world, "waybill.unchecked")
    assert (row.user_id, row.subject) == (world.owner, str(order.order_no))


async def test_a_partly_cancelled_order_is_shipped_with_what_is_left(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    deal = order.deals[0]
    option = deal.options[0]
    option.qty = 3
    await world.collect()
    await press(world, world.owner, card(world, order), OrderAction.CONFIRM)
    claim = buyer_cancels(world.tmon, order.order_no, quantities={option.option_no: 1})
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    left = {one.option_no: one.qty for one in deal.open_options}
    await ship(world, order)
    (call,) = world.tmon.calls_of(REGISTER)
    assert {line["tmonDealOptionNo"]: line["qty"] for line in call.body["tmonDealOptions"]} == left  # type: ignore[index]
    assert deal.status == "D3"


@pytest.mark.parametrize("group", [ApiGroup.ORDER, None], ids=["order", "master"])
async def test_the_switch_in_both_positions(world: World, group: ApiGroup | None) -> None:
    store, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))

    async def act() -> None:
        await submit(world, view, number=NUMBER)

    await prove(world, store, group, act, calls={"orders.get", REGISTER})
    assert order.deals[0].status == "D3"


async def test_a_switch_that_goes_off_right_before_the_call_stops_it(world: World) -> None:
    store, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))

    async def turn_off(call: object, phase: object) -> None:
        if getattr(call, "name", "") == "orders.get":
            async with world.db.write() as session:
                kept = await session.get_one(type(store), (store.team_id, store.id))
                kept.order_on = False

    world.tmon.on_call = turn_off
    await submit(world, view, number=NUMBER)
    assert world.tmon.calls_of(REGISTER) == []
    assert order.deals[0].status == "D2"


async def test_who_does_not_work_on_the_store_ships_nothing(world: World) -> None:
    _, order = await confirmed(world)
    seoyeon = world.person("서연").id
    shown = card(world, order)
    for wanted in (WaybillAction.REGISTER, WaybillAction.DELAY, WaybillAction.RECIPIENT):
        await press(world, seoyeon, shown, wanted)
        assert world.slack.open_modal(seoyeon) == []
    assert len(told(world, seoyeon, shown.channel)) == 3


async def test_who_loses_the_right_while_the_form_is_open_ships_nothing(world: World) -> None:
    store, order = await confirmed(world)
    seoyeon = world.person("서연").id
    async with world.db.write() as session:
        kept = await session.get_one(type(store), (store.team_id, store.id))
        kept.worker_ids = [seoyeon]
    view = await choose_carrier(world, await opened(world, order, user=seoyeon))
    async with world.db.write() as session:
        kept = await session.get_one(type(store), (store.team_id, store.id))
        kept.worker_ids = []
    await submit(world, view, number=NUMBER)
    assert world.tmon.calls_of(REGISTER) == []


async def test_a_closed_form_leaves_its_result_in_direct_messages(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    gate = asyncio.Event()

    async def wait(call: object, phase: object) -> None:
        if getattr(call, "name", "") == REGISTER:
            await gate.wait()

    world.tmon.on_call = wait
    await world.slack.submit(view.user, view.id, {"number": NUMBER})
    await until(lambda: "보내고 있습니다" in said(world))
    await world.slack.close(world.owner, view.id)
    gate.set()
    await world.settle()
    (message,) = [text for text in direct(world, world.owner) if "송장 등록" in text]
    assert "성공" in message
    assert str(order.order_no) in message
    assert order.receiver_name not in message


async def test_tmon_is_down_before_anything_is_sent(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.get"}
    await submit(world, view, number=NUMBER)
    assert "실패" in result(world)
    assert "응답하지 않아" in result(world)
    assert world.tmon.calls_of(REGISTER) == []


async def test_a_rejected_key_is_reported(world: World) -> None:
    store, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))

    async def reject(call: object, phase: object) -> None:
        if getattr(call, "name", "") == "orders.get":
            world.tmon.faults.reject_partners.add(store.seller_id)

    world.tmon.on_call = reject
    await submit(world, view, number=NUMBER)
    assert "API 인증 Key" in result(world)
    assert order.deals[0].status == "D2"


async def test_held_back_orders_are_a_list_of_their_own(world: World) -> None:
    _, order = await confirmed(world)
    buyer_cancels(world.tmon, order.order_no)
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    await world.command(world.owner, "orders")
    view = await choose(world, world.modal(world.owner), OrderAction.SHOWN, "held_back")
    assert numbers(view) == [order.order_no]
    assert "취소 요청 보기" in json.dumps(view.blocks, ensure_ascii=False)


async def test_a_cancel_in_a_state_that_we_do_not_know_holds_back_and_is_listed(world: World) -> None:
    store, order = await confirmed(world)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    claim.status = "C7"
    await world.bot.services[ClaimService].refresh(store.team_id, store.id, ClaimKind.CANCEL, claim.claim_no)
    await world.command(world.owner, "orders")
    view = await choose(world, world.modal(world.owner), OrderAction.SHOWN, "held_back")
    assert numbers(view) == [order.order_no]


async def test_a_withdrawn_cancel_holds_nothing_back(world: World) -> None:
    _, order = await confirmed(world)
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await ship(world, order)
    assert "취소 요청으로 제외" in result(world)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    withdraw_claim(world.tmon, claim.claim_no)
    await ship(world, order)
    assert order.deals[0].status == "D3"


async def test_what_is_known_to_be_cancelled_is_held_back_even_unchecked(world: World) -> None:
    _, order = await confirmed(world)
    buyer_cancels(world.tmon, order.order_no)
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "html_502", {"cancellations.search"}
    await submit(world, view, number=NUMBER)
    await submit(world, world.modal(world.owner), agreed=["yes"])
    assert "취소 요청으로 제외" in result(world)
    assert world.tmon.calls_of(REGISTER) == []


@pytest.mark.parametrize(
    "said_by_tmon",
    [
        "ResourceAccessException: I/O error",
        "CannotCreateTransactionException",
        "PersistenceException",
        "502 Bad Gateway",
    ],
)
async def test_trouble_inside_of_tmon_is_no_refusal_and_is_asked_about(world: World, said_by_tmon: str) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "error_500_json", {REGISTER}, 1
    world.tmon.faults.error_text = said_by_tmon
    await submit(world, view, number=NUMBER)
    assert "확인 중" in result(world)
    assert len(world.tmon.calls_of(REGISTER)) == 1
    world.clock.advance(LATER)
    await settle_writes(world)
    assert (await waybills(world))[0].state is WaybillState.FAILED


async def test_a_dead_token_is_renewed_and_the_number_sent_once(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))

    async def expire(call: object, phase: object) -> None:
        if getattr(call, "name", "") == REGISTER and len(world.tmon.calls_of(REGISTER)) == 1:
            world.tmon.faults.expire_tokens()

    world.tmon.on_call = expire
    await submit(world, view, number=NUMBER)
    assert "성공" in result(world)
    assert sum(call.took_effect for call in world.tmon.calls_of(REGISTER)) == 1


@pytest.mark.parametrize("status", [404, 405])
async def test_a_call_that_tmon_does_not_offer_leads_to_the_partner_centre(world: World, status: int) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.not_offered, world.tmon.faults.not_offered_status = {REGISTER}, status  # type: ignore[assignment]
    await submit(world, view, number=NUMBER)
    assert "파트너센터에서 처리" in said(world)
    assert (await waybills(world))[0].state is WaybillState.FAILED
    assert "파트너센터에서 처리" in shows(card(world, order))


async def test_too_many_requests_are_told_and_not_repeated(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    world.tmon.faults.mode, world.tmon.faults.only = "throttled", {REGISTER}
    await submit(world, view, number=NUMBER)
    assert "요청을 잠시 제한" in result(world)
    assert len(world.tmon.calls_of(REGISTER)) == 1


async def test_the_same_envelope_twice_registers_once(world: World) -> None:
    _, order = await confirmed(world)
    view = await choose_carrier(world, await opened(world, order))
    await submit(world, view, number=NUMBER)
    again = await world.slack.redeliver()
    await world.settle()
    assert again.ok
    assert len(world.tmon.calls_of(REGISTER)) == 1
    assert [row.state for row in await waybills(world)] == [WaybillState.REGISTERED]
