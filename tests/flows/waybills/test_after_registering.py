"""송장 수정, 발송지연 알림, 배송 조회, 받는 분 보기, and the lists of orders on their way."""

import json
from datetime import date, timedelta

import pytest

from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon import PlacedOrder
from handlers.orders.ids import OrderAction, OrderView
from handlers.waybills.ids import WaybillAction, WaybillView
from tests.flows.cards import action, press, shows
from tests.flows.orders.lists import choose, line, numbers
from tests.flows.orders.pressing import card
from tests.flows.switches import prove
from tests.flows.waybills.parcels import (
    CORRECT,
    DELAY,
    NUMBER,
    OTHER,
    REGISTER,
    audited,
    choose_carrier,
    confirmed,
    deals_of,
    labels,
    notices,
    opened,
    result,
    said,
    settle_writes,
    ship,
    submit,
    waybills,
)
from tests.flows.world import World
from tmon.clock import KST
from tmon.models.stores import ApiGroup, Store
from tmon.models.waybills import WaybillState
from tmon.waybills.days import end_of

LATER = timedelta(minutes=6)


async def shipped(world: World, deals: int = 1) -> tuple[Store, PlacedOrder]:
    """An order with a waybill of ours."""
    store, order = await confirmed(world, deals)
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    world.tmon.calls.clear()
    return store, order


async def correct(world: World, order: PlacedOrder, number: str = OTHER) -> InteractionResult:
    """송장 수정 with another number."""
    return await submit(world, await opened(world, order, WaybillAction.CORRECT), number=number)


async def test_a_number_is_corrected_while_the_carrier_has_not_taken_it_over(world: World) -> None:
    _, order = await shipped(world, 2)
    view = await opened(world, order, WaybillAction.CORRECT)
    assert NUMBER in json.dumps(view.blocks), "it begins with the number that TMON has"
    await submit(world, view, number=OTHER)
    assert [deal.invoice.number for deal in order.deals if deal.invoice] == [OTHER, OTHER]
    assert result(world).count("성공") == 2
    assert [(row.number, row.corrects) for row in await waybills(world)] == [(OTHER, False)] * 2
    assert OTHER in shows(card(world, order))
    assert "waybill.correct" in {row.action for row in await audited(world, "waybill.")}


async def test_the_same_number_is_no_correction_and_is_not_sent(world: World) -> None:
    _, order = await shipped(world)
    await correct(world, order, NUMBER)
    assert "이미 같은 송장" in result(world)
    assert world.tmon.calls_of(CORRECT) == []


async def test_from_d4_on_it_is_too_late(world: World) -> None:
    _, order = await shipped(world)
    view = await opened(world, order, WaybillAction.CORRECT)
    world.tmon.move_to(order.order_no, "D4")
    await submit(world, view, number=OTHER)
    assert "너무 늦음" in said(world)
    assert world.tmon.calls_of(CORRECT) == []
    assert "송장 수정" not in labels(card(world, order)), "the card shows what was read"
    assert "배송 중" in shows(card(world, order))
    assert (await waybills(world))[0].number == NUMBER


async def test_d4_at_the_call_itself_is_too_late_with_the_reason(world: World) -> None:
    _, order = await shipped(world)
    view = await opened(world, order, WaybillAction.CORRECT)
    world.tmon.faults.mode, world.tmon.faults.only = "error_500_json", {CORRECT}
    world.tmon.faults.error_text = "current_state: D4"
    await submit(world, view, number=OTHER)
    assert "너무 늦음" in said(world)
    (row,) = await waybills(world)
    assert (row.state, row.number) == (WaybillState.REGISTERED, NUMBER), "TMON has the old number"


async def test_a_wrong_correction_keeps_the_number_that_tmon_has(world: World) -> None:
    _, order = await shipped(world)
    world.tmon.unknown_waybills.add(OTHER)
    acted = await correct(world, order)
    assert "INVALID_INVOICE" in (str(acted.errors) if acted.errors else said(world))
    (row,) = await waybills(world)
    assert (row.state, row.number) == (WaybillState.REGISTERED, NUMBER)
    assert world.modal(world.owner).callback_id == WaybillView.CORRECT


async def test_what_was_registered_elsewhere_is_not_corrected_here(world: World) -> None:
    _, order = await confirmed(world)
    world.tmon.move_to(order.order_no, "D3")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    await world.settle()
    shown = card(world, order)
    assert "송장 등록됨" in shows(shown)
    assert labels(shown) == ["배송 조회", "받는 분 보기", "상품 보기"]


async def lost_correction(world: World) -> PlacedOrder:
    """A correction that TMON took, without an answer."""
    _, order = await shipped(world)
    view = await opened(world, order, WaybillAction.CORRECT)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang_after_write", {CORRECT}, 1
    await submit(world, view, number=OTHER)
    world.tmon.faults.clear()
    assert (await waybills(world))[0].state is WaybillState.UNKNOWN
    assert "확인 중" in shows(card(world, order))
    return order


async def test_a_lost_correction_may_be_repeated_with_the_same_number_only(world: World) -> None:
    order = await lost_correction(world)
    await correct(world, order, "600100200111")
    assert "다른 번호는 보낼 수 없습니다" in said(world)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    assert len(world.tmon.calls_of(CORRECT)) == 1
    await correct(world, order, OTHER)
    assert "성공" in result(world)
    assert [(row.state, row.number) for row in await waybills(world)] == [(WaybillState.REGISTERED, OTHER)]


async def test_a_lost_correction_stays_open_without_asking_tmon_until_the_number_is_frozen(world: World) -> None:
    order = await lost_correction(world)
    world.tmon.calls.clear()
    for _ in range(3):
        world.clock.advance(LATER)
        await settle_writes(world)
    assert [call.name for call in world.tmon.calls] == []
    assert (await waybills(world))[0].state is WaybillState.UNKNOWN
    world.tmon.move_to(order.order_no, "D4")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    await settle_writes(world)
    (row,) = await waybills(world)
    assert (row.state, row.note) == (WaybillState.REGISTERED, "waybills.note_correction_open")
    assert "파트너센터에서 번호를 확인" in shows(card(world, order))


def new_day(world: World, days: int = 10) -> date:
    return (world.clock() + timedelta(days=days)).astimezone(KST).date()


async def notify(world: World, view: View, on: date, **over: str) -> InteractionResult:
    values = {"reason": "DLD1", "detail": "입고가 늦어집니다", "day": on.isoformat(), **over}
    return await submit(world, view, **values)


async def test_a_late_shipping_notice_moves_the_clock(world: World) -> None:
    store, order = await confirmed(world, 2)
    day = new_day(world)
    await notify(world, await opened(world, order, WaybillAction.DELAY), day)
    assert [call.body["delayedReasonCode"] for call in world.tmon.calls_of(DELAY)] == ["DLD1"] * 2  # type: ignore[index]
    assert {call.body["deliveryScheduledDate"] for call in world.tmon.calls_of(DELAY)} == {day.isoformat()}  # type: ignore[index]
    assert result(world).count("성공") == 2
    moved = world.bot.guard.texts("ko")
    assert result(world).count(f"새 발송예정일 {moved.date(day)}") == 2
    await world.command(world.owner, "waybills")
    assert moved.until_dated(end_of(day)) in said(world), "the list of what waits knows of it, too"
    assert [deal.ship_by for deal in await deals_of(world, order)] == [end_of(day)] * 2
    assert (await world.order(store, order.order_no)).ship_by != end_of(day), "the order keeps its own"
    shown = card(world, order)
    assert "발송지연 알림 완료" in shows(shown)
    assert f"발송 {world.bot.guard.texts('ko').until_date(end_of(day))}" in shows(shown)
    assert "발송지연 알림" not in labels(shown), "once per delivery and deal"
    assert "송장 등록" in labels(shown)
    assert [row.action for row in await audited(world, "waybill.")] == ["waybill.delay"] * 2


async def test_a_notice_of_the_partner_centre_is_found(world: World) -> None:
    _, order = await confirmed(world)
    view = await opened(world, order, WaybillAction.DELAY)
    order.deals[0].delay = ("DLD9", "사정")
    await notify(world, view, new_day(world))
    assert "이미 발송지연을 알린" in said(world)
    assert world.tmon.calls_of(DELAY) == []


@pytest.mark.parametrize(
    ("over", "field"),
    [({"detail": "   "}, "detail"), ({"day": "2026-03-01"}, "day"), ({"day": "2026-03-11"}, "day")],
)
async def test_what_is_wrong_in_a_notice_is_said_at_its_field(world: World, over: dict[str, str], field: str) -> None:
    _, order = await confirmed(world)
    acted = await notify(world, await opened(world, order, WaybillAction.DELAY), new_day(world), **over)
    assert list(acted.errors or {}) == [field]
    assert world.tmon.calls_of(DELAY) == []


async def test_a_notice_that_tmon_does_not_offer_leads_to_the_partner_centre(world: World) -> None:
    _, order = await confirmed(world)
    world.tmon.faults.not_offered.add(DELAY)
    await notify(world, await opened(world, order, WaybillAction.DELAY), new_day(world))
    assert "파트너센터에서 처리" in result(world)
    assert [row.state for row in await notices(world)] == [WaybillState.FAILED]
    assert "발송지연 알림" in labels(card(world, order)), "it may be tried again"


@pytest.mark.parametrize("mode", ["hang_after_write", "hang"])
async def test_a_lost_notice_is_settled_by_the_order(world: World, mode: str) -> None:
    _, order = await confirmed(world)
    view = await opened(world, order, WaybillAction.DELAY)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = mode, {DELAY}, 1  # type: ignore[assignment]
    await notify(world, view, new_day(world))
    assert len(world.tmon.calls_of(DELAY)) == 1
    if mode == "hang_after_write":
        assert [row.state for row in await notices(world)] == [WaybillState.REGISTERED]
        return
    assert "확인 중" in result(world)
    world.clock.advance(LATER)
    await settle_writes(world)
    assert [row.state for row in await notices(world)] == [WaybillState.FAILED]
    assert (await deals_of(world, order))[0].ship_by is None


@pytest.mark.parametrize("group", [ApiGroup.ORDER, None], ids=["order", "master"])
async def test_the_switch_in_both_positions(world: World, group: ApiGroup | None) -> None:
    store, order = await confirmed(world)
    delay = await opened(world, order, WaybillAction.DELAY)
    await prove(world, store, group, lambda: notify(world, delay, new_day(world)), calls={"orders.get", DELAY})
    await world.slack.close(world.owner, world.modal(world.owner).id)
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    view = await opened(world, order, WaybillAction.CORRECT)
    await prove(world, store, group, lambda: submit(world, view, number=OTHER), calls={"orders.get", CORRECT})


async def test_tracking_says_the_states_in_words(world: World) -> None:
    _, order = await shipped(world, 2)
    viewer = world.person("서연").id
    await press(world, viewer, card(world, order), WaybillAction.TRACK)
    view = world.modal(viewer)
    assert view.callback_id == WaybillView.TRACKING
    assert said(world, viewer).count("송장 등록됨") == 2
    assert NUMBER in said(world, viewer)
    assert world.tmon.calls_of("orders.get") == [], "nobody is asked"


async def test_the_recipient_is_shown_to_those_who_work_on_the_store_and_written_down(world: World) -> None:
    _, order = await confirmed(world)
    await press(world, world.owner, card(world, order), WaybillAction.RECIPIENT)
    shown = said(world)
    assert order.receiver_name in shown
    assert order.receiver_phone in shown
    (row,) = await audited(world, "order.see")
    assert (row.action, row.user_id, row.subject) == ("order.see_recipient", world.owner, str(order.order_no))
    for channel in world.slack.channels:
        if not world.slack.channels[channel].is_im:
            assert all(
                order.receiver_name not in json.dumps(m.blocks, ensure_ascii=False) for m in world.posts(channel)
            )


async def test_a_destroyed_recipient_is_said_to_be(world: World) -> None:
    store, order = await confirmed(world)
    async with world.db.write() as session:
        kept = await session.get_one(
            type(await world.order(store, order.order_no)), (store.team_id, store.id, order.order_no)
        )
        kept.buyer, kept.buyer_destroyed_at = None, world.clock()
    await press(world, world.owner, card(world, order), WaybillAction.RECIPIENT)
    assert "파기했습니다" in said(world)


async def orders_in(world: World, shown: str) -> View:
    """`/tmon orders`, and 보기."""
    await world.command(world.owner, "orders")
    view = world.modal(world.owner)
    return await choose(world, view, OrderAction.SHOWN, shown)


async def test_orders_confirmed_automatically_are_found_and_shipped_from_the_list(world: World) -> None:
    store = await world.add_store()
    placed = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(3)]
    for order in placed:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    view = await orders_in(world, "to_ship")
    assert sorted(numbers(view)) == sorted(order.order_no for order in placed)
    assert "발송 대기" in json.dumps(view.blocks, ensure_ascii=False)
    before = numbers(view)
    wanted = placed[1]
    await world.slack.click(
        world.owner, view_id=view.id, action_id=action(view.blocks, f"{WaybillAction.REGISTER}#{wanted.order_no}")
    )
    await world.settle()
    form = await choose_carrier(world, world.modal(world.owner))
    assert len(world.slack.open_modal(world.owner)) == 2
    await submit(world, form, number=NUMBER)
    assert wanted.deals[0].status == "D3"
    await world.slack.close(world.owner, world.modal(world.owner).id)
    after = world.modal(world.owner)
    assert after.callback_id == OrderView.LIST
    assert numbers(after) == before, "rows stay where they were"
    assert "송장 등록됨" in line(after, wanted)
    assert numbers(await choose(world, after, OrderAction.SHOWN, "in_delivery")) == [wanted.order_no]


async def test_what_is_delivered_leaves_the_lists(world: World) -> None:
    _, order = await shipped(world)
    assert numbers(await orders_in(world, "in_delivery")) == [order.order_no]
    await world.slack.close(world.owner, world.modal(world.owner).id)
    world.tmon.move_to(order.order_no, "D5")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    await world.settle()
    assert numbers(await orders_in(world, "in_delivery")) == []
    assert "배송 완료" in shows(card(world, order))
    assert labels(card(world, order)) == []


async def test_turning_pages_of_what_waits_skips_nothing(world: World) -> None:
    store = await world.add_store()
    placed = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(25)]
    for order in placed:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    view = await orders_in(world, "to_ship")
    first = numbers(view)
    assert len(first) == 20
    for order in placed:
        if order.order_no in first[:3]:
            world.tmon.move_to(order.order_no, "D4")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    await world.settle()
    await world.slack.click(world.owner, view_id=view.id, action_id=action(view.blocks, f"{OrderAction.PAGE}#1"))
    await world.settle()
    second = numbers(world.modal(world.owner))
    assert sorted({*first, *second}) == sorted(order.order_no for order in placed)


async def test_an_order_by_its_number_has_its_history(world: World) -> None:
    _, order = await shipped(world)
    await world.command(world.owner, f"orders {order.order_no}")
    assert "송장 등록 · " in said(world)
    assert world.tmon.calls_of(REGISTER) == []
