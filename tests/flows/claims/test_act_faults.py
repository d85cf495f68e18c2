"""Acts on claims when something is wrong: refusals, lost answers, switches, rights, and two people at once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import JUNHO
from bot.playground.tmon import CallPhase, LoggedCall, complete_claim, withdraw_claim
from handlers.claims.ids import ActView
from tests.flows.cards import direct, shows, told
from tests.flows.claims.acting import (
    CARRIER,
    NUMBER,
    PATHS,
    WORDS,
    Kind,
    acts_on,
    audited,
    bodies,
    card,
    choose_carrier,
    claimed,
    press,
    row,
    send,
    settle_later,
    text_of,
    writes,
)
from tests.flows.switches import prove
from tests.flows.world import World, until
from tmon.models.claims import ClaimEnd
from tmon.models.stores import ApiGroup, Store
from tmon.models.writes import WriteStep

SURE = {"sure": ["yes"]}


def fail(world: World, mode: Any, call: str, text: str | None = None) -> None:
    """The next call of that name goes wrong."""
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {call}, 1
    if text is not None:
        faults.error_text = text


async def approve(world: World, kind: Kind = "R") -> tuple[Store, Any]:
    """Opens the form that approves a claim of that kind, ready to be sent."""
    store, claim = await claimed(world, kind)
    words = {"R": "반품 승인", "X": "재발송 송장 등록", "D": "재배송 송장 등록"}[kind]
    await press(world, await card(world, store, claim), words)
    if kind != "R":
        await choose_carrier(world, CARRIER)
    return store, claim


@pytest.mark.parametrize(
    "sentence",
    [
        "형식에 맞지 않는 운송장번호입니다",
        "택배사코드, 송장번호 모두 입력해주세요",
        "중복된 송장입니다",
        "INVALID_INVOICE",
    ],
)
async def test_a_refused_number_is_told_at_its_field_and_nothing_typed_is_lost(world: World, sentence: str) -> None:
    store, claim = await approve(world, "X")
    fail(world, "error_500_json", "exchanges.approve", f"처리 실패: {sentence}")
    acted = await send(world, {"number": NUMBER})
    assert sentence in str((acted.errors or {})["number"])
    view = world.modal(world.owner)
    assert view.callback_id == ActView.FORM
    assert NUMBER in str(view.state)
    assert CARRIER in str(view.state)
    stored = await row(world, store, claim)
    assert (stored.note, stored.act, stored.end) == ("claims.note_refused", None, None)
    assert sentence in str(stored.note_detail)
    assert (await send(world, {})).ok, "the same again, by a person"
    assert (await row(world, store, claim)).end is ClaimEnd.APPROVED


async def test_a_slow_refusal_brings_the_form_back_with_what_was_typed(world: World) -> None:
    store, claim = await approve(world, "D")
    fail(world, "error_500_json", "redeliveries.approve", "형식에 맞지 않는 운송장번호입니다")
    world.tmon.faults.slow_seconds = 1.5
    await send(world, {"number": "123"})
    await until(lambda: world.modal(world.owner).callback_id == ActView.FORM)
    view = world.modal(world.owner)
    assert "형식에 맞지 않는 운송장번호입니다" in text_of(view)
    assert "'initial_value': '123'" in text_of(view)
    assert CARRIER in text_of(view)
    world.tmon.faults.clear()
    await send(world, {"number": NUMBER})
    assert (await row(world, store, claim)).end is ClaimEnd.APPROVED


async def test_the_result_comes_by_direct_message_when_the_view_was_closed(world: World) -> None:
    store, claim = await approve(world)
    gate = asyncio.Event()

    async def hold(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "refunds.approve" and phase is CallPhase.RECEIVED:
            await gate.wait()

    world.tmon.on_call = hold
    view = world.modal(world.owner)
    await world.slack.submit(world.owner, view.id, {})
    await until(lambda: world.modal(world.owner).callback_id == ActView.WORKING)
    await world.slack.close(world.owner, view.id)
    gate.set()
    await world.settle()
    assert "반품을 승인했습니다" in direct(world, world.owner)[-1]
    assert (await row(world, store, claim)).end is ClaimEnd.APPROVED


@pytest.mark.parametrize(
    ("kind", "words", "values", "call"),
    [
        ("R", "반품 승인", {}, "refunds.approve"),
        ("X", "재발송 송장 등록", {"number": NUMBER}, "exchanges.approve"),
        ("R", "반품 거부", {"reason": "JRD5", "detail": WORDS}, "refunds.reject"),
    ],
)
async def test_completed_already_counts_as_done_only_if_the_claim_says_so(
    world: World, kind: Kind, words: str, values: dict[str, Any], call: str
) -> None:
    store, claim = await claimed(world, kind)
    await press(world, await card(world, store, claim), words)
    if "number" in values:
        await choose_carrier(world, CARRIER)
    fail(world, "error_500_json", call, "클레임 처리 완료된 건입니다.(C3)")
    acted = await send(world, values)
    assert "완료된" in str(acted.errors), "TMON shows it open: nothing is done"
    assert (await row(world, store, claim)).ended_at is None

    async def complete(call_: LoggedCall, phase: CallPhase) -> None:
        if call_.name == call and phase is CallPhase.RECEIVED and claim.open:
            complete_claim(world.tmon, claim.claim_no)

    world.tmon.on_call = complete
    await send(world, values)
    stored = await row(world, store, claim)
    assert (stored.status, stored.end, stored.decided_by) == ("C3", ClaimEnd.ELSEWHERE, None), "it was not us"
    if "거부" in words:
        assert "늦었습니다" in text_of(world.modal(world.owner)) + str(stored.note)
    else:
        assert "이미 완료되어 있었습니다" in text_of(world.modal(world.owner))
    assert acts_on(await card(world, store, claim)) == []


async def test_a_cancel_that_was_completed_meanwhile_is_told_before_anything_is_sent(world: World) -> None:
    store, claim = await claimed(world, "C")
    shown = await card(world, store, claim)
    complete_claim(world.tmon, claim.claim_no)
    await press(world, shown, "취소 승인")
    assert bodies(world, "cancellations.approve") == []
    assert "이미 완료된 클레임" in told(world, world.owner, shown.channel)[-1]
    assert (await row(world, store, claim)).end is ClaimEnd.ELSEWHERE
    assert acts_on(await card(world, store, claim)) == []


async def test_a_withdrawn_claim_is_not_decided(world: World) -> None:
    store, claim = await approve(world)
    withdraw_claim(world.tmon, claim.claim_no)
    await send(world, {})
    assert "철회한 클레임" in text_of(world.modal(world.owner))
    assert bodies(world, "refunds.approve") == []
    assert (await row(world, store, claim)).end is ClaimEnd.WITHDRAWN


@pytest.mark.parametrize("mode", ["error_500", "html_502", "html_503", "hang_after_write", "hang", "down"])
@pytest.mark.parametrize("kind", ["C", "R", "X", "D"])
async def test_a_lost_answer_is_settled_by_reading_the_claim(world: World, kind: Kind, mode: Any) -> None:
    call = f"{PATHS[kind]}.approve"
    if kind == "C":
        store, claim = await claimed(world, kind)
        fail(world, mode, call)
        await press(world, await card(world, store, claim), "취소 승인")
    else:
        store, claim = await approve(world, kind)
        fail(world, mode, call)
        await send(world, {} if kind == "R" else {"number": NUMBER})
    took_effect = mode == "hang_after_write"
    stored = await row(world, store, claim)
    assert (stored.act_unknown, stored.act) == ((False, None) if took_effect else (True, "approve"))
    if not took_effect:
        assert "확인 중" in shows(await card(world, store, claim))
        assert acts_on(await card(world, store, claim)) == []
        await settle_later(world)
        assert "처리되지 않았습니다" in direct(world, world.owner)[-1]
    stored = await row(world, store, claim)
    assert (stored.end, stored.act) == (ClaimEnd.APPROVED if took_effect else None, None)
    assert len(world.tmon.calls_of(call)) == 1, "nothing is sent again by itself"


@pytest.mark.parametrize("mode", ["empty", "truncated"])
async def test_an_answer_without_a_body_is_success(world: World, mode: Any) -> None:
    store, claim = await approve(world)
    fail(world, mode, "refunds.approve")
    await send(world, {})
    assert (await row(world, store, claim)).end is ClaimEnd.APPROVED


@pytest.mark.parametrize("status", [404, 405])
async def test_what_tmon_does_not_offer_is_decided_in_the_partner_centre(world: World, status: Any) -> None:
    store, claim = await claimed(world, "D")
    await press(world, await card(world, store, claim), "재배송 거부")
    world.tmon.faults.not_offered, world.tmon.faults.not_offered_status = {"redeliveries.reject"}, status
    await send(world, {"reason": "JDD1", "detail": WORDS})
    assert "파트너센터에서 처리해 주세요" in text_of(world.modal(world.owner))
    assert "'재배송 거부'를 API로 제공하지 않습니다" in text_of(world.modal(world.owner))
    stored = await row(world, store, claim)
    assert (stored.not_offered, stored.ended_at) == (True, None)
    assert "파트너센터에서 처리" in shows(await card(world, store, claim))


async def test_nothing_is_sent_when_the_claim_cannot_be_read(world: World) -> None:
    _, _ = await approve(world)
    fail(world, "down", "refunds.get")
    world.tmon.faults.times = None
    acted = await send(world, {})
    assert acted.errors or "응답" in text_of(world.modal(world.owner))
    assert bodies(world, "refunds.approve") == []


async def test_a_switch_stops_the_press_and_what_was_begun_before(world: World) -> None:
    store, claim = await claimed(world, "C")

    async def act() -> None:
        await press(world, await card(world, store, claim), "취소 승인")

    await prove(world, store, ApiGroup.ORDER, act, calls={"cancellations.approve"})


async def test_a_switch_turned_off_while_the_form_is_open_stops_it(world: World) -> None:
    store, _ = await approve(world)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    calls = len(world.tmon.calls)
    acted = await send(world, {})
    assert len(world.tmon.calls) == calls
    assert "주문 API" in str(acted.errors)


async def test_a_switch_turned_off_right_before_the_call_stops_it(world: World) -> None:
    store, claim = await approve(world)

    async def turn_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "refunds.get" and phase is CallPhase.RECEIVED:
            async with world.db.write() as session:
                (await session.get_one(Store, (store.team_id, store.id))).order_on = False

    world.tmon.on_call = turn_off
    await send(world, {})
    assert bodies(world, "refunds.approve") == []
    assert (await row(world, store, claim)).act is None


async def test_who_does_not_work_on_the_store_decides_nothing(world: World) -> None:
    store, claim = await claimed(world, "C")
    shown = await card(world, store, claim)
    await press(world, shown, "취소 승인", user=JUNHO)
    assert bodies(world, "cancellations.approve") == []
    assert told(world, JUNHO, shown.channel)


async def test_two_people_with_different_acts_at_once_decide_once(world: World) -> None:
    store, claim = await claimed(world, "R", store=await world.add_store(worker_ids=[JUNHO]))
    shown = await card(world, store, claim)
    await press(world, shown, "반품 승인")
    await press(world, shown, "반품 거부", user=JUNHO)
    gate = asyncio.Event()

    async def hold(call: LoggedCall, phase: CallPhase) -> None:
        if call.name in ("refunds.approve", "refunds.reject") and phase is CallPhase.RECEIVED:
            await gate.wait()

    world.tmon.on_call = hold
    first = world.slack.submit(world.owner, world.modal(world.owner).id, {})
    second = world.slack.submit(JUNHO, world.modal(JUNHO).id, {"reason": "JRD5", "detail": WORDS})
    sent = asyncio.gather(first, second)
    await until(lambda: world.tmon.calls_of("refunds.approve") or world.tmon.calls_of("refunds.reject"))
    await asyncio.sleep(0.3)
    gate.set()
    await sent
    await world.settle()
    calls = [*world.tmon.calls_of("refunds.approve"), *world.tmon.calls_of("refunds.reject")]
    assert len(calls) == 1
    assert len(await audited(world)) == 1


async def test_a_double_click_and_the_same_envelope_twice_act_once(world: World) -> None:
    store, claim = await claimed(world, "C")
    shown = await card(world, store, claim)
    await asyncio.gather(press(world, shown, "취소 승인"), press(world, shown, "취소 승인"))
    assert (await world.slack.redeliver()).ok
    await world.settle()
    assert len(world.tmon.calls_of("cancellations.approve")) == 1
    assert await audited(world) == ["claim.approve"]


async def test_a_doubt_waits_while_the_switch_is_off(world: World) -> None:
    store, claim = await approve(world)
    fail(world, "hang", "refunds.approve")
    await send(world, {})
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    calls = len(world.tmon.calls)
    await settle_later(world)
    assert len(world.tmon.calls) == calls
    assert "켜면 확인합니다" in shows(await card(world, store, claim))
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = True
    await settle_later(world, timedelta(minutes=1))
    assert (await row(world, store, claim)).act is None


@pytest.mark.parametrize(
    ("kind", "words", "values", "field"),
    [
        ("R", "반품 거부", {"reason": "JRD5", "detail": "짧아요"}, "detail"),
        ("R", "반품 거부", {"reason": "JRD5", "detail": "   짧은  말   "}, "detail"),
        ("R", "반품 거부", {"reason": "JRD5", "detail": "😀" * 30}, "detail"),
        ("X", "재발송 송장 등록", {"number": "abc-12"}, "number"),
        ("R", "반품 승인", {"number": NUMBER}, "carrier"),
    ],
)
async def test_what_is_wrong_is_told_at_its_field_before_anything_is_sent(
    world: World, kind: Kind, words: str, values: dict[str, Any], field: str
) -> None:
    store, claim = await claimed(world, kind)
    await press(world, await card(world, store, claim), words)
    if kind == "X":
        await choose_carrier(world, CARRIER)
    calls = len(world.tmon.calls)
    acted = await send(world, values)
    assert [name.partition("~")[0] for name in acted.errors or {}] == [field]
    assert len(world.tmon.calls) == calls


async def test_a_carrier_that_was_not_chosen_is_asked_for(world: World) -> None:
    store, claim = await claimed(world, "R")
    await press(world, await card(world, store, claim), "반품 승인")
    await choose_carrier(world, CARRIER)
    acted = await send(world, {})
    assert [name.partition("~")[0] for name in acted.errors or {}] == ["number"]


async def test_the_penalty_of_a_number_that_stays_has_to_be_ticked(world: World) -> None:
    store, claim = await claimed(world, "C")
    await press(world, await card(world, store, claim), "취소 거부")
    await choose_carrier(world, CARRIER)
    assert "송장번호를 나중에 고칠 수 없음을 확인했습니다." in text_of(world.modal(world.owner))
    assert not (await send(world, {"number": NUMBER})).ok
    assert bodies(world, "cancellations.reject") == []


async def test_a_write_keeps_what_the_seller_wrote_sealed_and_wipes_it(world: World) -> None:
    store, claim = await claimed(world, "R")
    await press(world, await card(world, store, claim), "반품 거부")
    fail(world, "hang", "refunds.reject")
    await send(world, {"reason": "JRD5", "detail": WORDS})
    (one,) = await writes(world)
    assert one.state is WriteStep.UNKNOWN
    assert WORDS not in str(one.args)
    assert one.sealed is not None
    await settle_later(world)
    (one,) = await writes(world)
    assert (one.state, one.sealed) == (WriteStep.FAILED, None)
