"""Every act on every kind of claim: button, form, call, card."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon import Mode, withdraw_claim
from tests.flows.cards import told
from tests.flows.claims.acting import (
    CARRIER,
    NUMBER,
    PATHS,
    WORDS,
    Kind,
    acts_on,
    audited,
    bodies,
    button_of,
    card,
    choose_carrier,
    claimed,
    head,
    labels,
    press,
    row,
    send,
    text_of,
)
from tests.flows.world import World
from tmon.models.claims import ClaimEnd

PARCEL = {"deliveryCorp": 10001, "invoiceNo": NUMBER}
SURE = {"sure": ["yes"]}

FORMS: dict[str, tuple[Kind, str, dict[str, Any], str, Any, ClaimEnd | None]] = {
    "취소 거부": (
        "C",
        CARRIER,
        {"number": NUMBER, **SURE},
        "cancellations.reject",
        {"reason": "JCD1", "deliveryInvoice": PARCEL},
        ClaimEnd.REFUSED,
    ),
    "반품 승인": ("R", "", {}, "refunds.approve", {}, ClaimEnd.APPROVED),
    "반품 거부": (
        "R",
        "",
        {"reason": "JRD5", "detail": WORDS},
        "refunds.reject",
        {"reason": "JRD5", "reasonDetail": WORDS},
        ClaimEnd.REFUSED,
    ),
    "반송장 등록": ("X", CARRIER, {"number": NUMBER}, "exchanges.return_invoice", PARCEL, None),
    "재발송 송장 등록": (
        "X",
        CARRIER,
        {"number": NUMBER},
        "exchanges.approve",
        {"redeliveryInvoice": PARCEL},
        ClaimEnd.APPROVED,
    ),
    "교환 거부": (
        "X",
        "",
        {"reason": "JXD3", "detail": WORDS},
        "exchanges.reject",
        {"reason": "JXD3", "reasonDetail": WORDS},
        ClaimEnd.REFUSED,
    ),
    "재배송 송장 등록": (
        "D",
        CARRIER,
        {"number": NUMBER},
        "redeliveries.approve",
        {"redeliveryInvoice": PARCEL},
        ClaimEnd.APPROVED,
    ),
    "재배송 거부": (
        "D",
        "",
        {"reason": "JDD1", "detail": WORDS},
        "redeliveries.reject",
        {"reason": "JDD1", "reasonDetail": WORDS},
        ClaimEnd.REFUSED,
    ),
}


@pytest.mark.parametrize("words", FORMS)
async def test_a_form_bears_the_act_and_its_card_tells_how_it_ended(world: World, words: str) -> None:
    kind, carrier, values, call, body, end = FORMS[words]
    store, claim = await claimed(world, kind)
    await press(world, await card(world, store, claim), words)
    view = world.modal(world.owner)
    assert head(view) == [words, words]
    assert str(claim.order_no) in text_of(view)
    if carrier:
        await choose_carrier(world, carrier)
    assert (await send(world, values)).ok
    assert bodies(world, call) == [body]
    assert text_of(world.modal(world.owner)).startswith("[{'type': 'section', 'text': {'type': 'mrkdwn', 'text': '✅")
    stored = await row(world, store, claim)
    assert (stored.end, stored.act, stored.note) == (end, None, None)
    assert (stored.decided_by == world.owner, stored.ended_at is not None) == (end is not None, end is not None)
    assert len(await audited(world)) == 1
    if end is not None:
        assert acts_on(await card(world, store, claim)) == []
    gets = [c.name for c in world.tmon.calls if c.name in (f"{PATHS[kind]}.get", call)]
    assert gets[-3:] == [f"{PATHS[kind]}.get", call, f"{PATHS[kind]}.get"], "it is read right before, and right after"


async def test_a_cancel_is_approved_after_slacks_own_question(world: World) -> None:
    store, claim = await claimed(world, "C")
    shown = await card(world, store, claim)
    assert acts_on(shown) == ["취소 승인", "취소 거부"]
    question = button_of(shown, "취소 승인")["confirm"]
    assert str(claim.order_no) in question["text"]["text"]
    assert "되돌릴 수 없습니다" in question["text"]["text"]
    await press(world, shown, "취소 승인")
    assert bodies(world, "cancellations.approve") == [{}]
    stored = await row(world, store, claim)
    assert (stored.status, stored.end, stored.decided_by) == ("C3", ClaimEnd.APPROVED, world.owner)
    assert (await world.order(store, claim.order_no)).state == "cancelled"
    assert await audited(world) == ["claim.approve"]


async def test_an_exchange_is_held_and_released(world: World) -> None:
    store, claim = await claimed(world, "X")
    shown = await card(world, store, claim)
    assert acts_on(shown) == ["반송장 등록", "교환 보류", "재발송 송장 등록", "교환 거부"]
    await press(world, shown, "교환 보류")
    assert labels(world.modal(world.owner)) == ["보류 사유", "보류 상세", "택배사", "반송장번호"]
    await send(world, {"reason": "HXD7", "detail": WORDS})
    deal = claim.deals[0].deal_no
    items = [{"tmonDealNo": deal, "reason": "HXD7", "reasonDetail": WORDS}]
    assert bodies(world, "exchanges.hold") == [{"items": items}]
    assert (await row(world, store, claim)).holding
    shown = await card(world, store, claim)
    assert acts_on(shown) == ["반송장 등록", "보류 해제", "재발송 송장 등록", "교환 거부"]
    await press(world, shown, "보류 해제")
    assert bodies(world, "exchanges.release") == [[deal]]
    assert not (await row(world, store, claim)).holding
    assert await audited(world) == ["claim.hold", "claim.release"]


async def test_a_return_is_held_only_where_tmon_names_reasons_for_it(world: World) -> None:
    world.tmon.refund_hold = False
    store, claim = await claimed(world, "R")
    assert acts_on(await card(world, store, claim)) == ["반품 승인", "반품 거부"]


async def test_a_return_is_held_and_released(world: World) -> None:
    world.tmon.refund_hold = True
    store, claim = await claimed(world, "R")
    shown = await card(world, store, claim)
    assert acts_on(shown) == ["반품 승인", "반품 거부", "반품 보류"]
    await press(world, shown, "반품 보류")
    await choose_carrier(world, CARRIER)
    reason = next(block for block in world.modal(world.owner).blocks if block.get("block_id") == "reason")
    code = reason["element"]["options"][0]["value"]
    await send(world, {"reason": code, "detail": WORDS, "number": NUMBER})
    (body,) = bodies(world, "refunds.hold")
    assert body["returnDeliveryInvoice"] == PARCEL
    await press(world, await card(world, store, claim), "보류 해제")
    assert len(bodies(world, "refunds.release")) == 1
    assert not (await row(world, store, claim)).holding


async def test_approving_a_return_says_first_what_it_costs(world: World) -> None:
    store, claim = await claimed(world, "R", reason=("RRD1", None))
    await press(world, await card(world, store, claim), "반품 승인")
    written = text_of(world.modal(world.owner))
    amounts = (f"{claim.refund_amount:,}원", "3,000원")  # lists tell none
    for words in (*amounts, "도착이 확인되지 않음", "승인하면 바로 환불되며 되돌릴 수 없습니다."):
        assert words in written
    assert "확인할 수 없음" not in written
    assert claim.deals[0].title[:10] in written
    assert labels(world.modal(world.owner)) == ["택배사", "반송장번호"], "no SKU is linked"


async def test_a_return_that_was_withdrawn_is_told_so_before_any_form(world: World) -> None:
    store, claim = await claimed(world, "R")
    shown = await card(world, store, claim)
    withdraw_claim(world.tmon, claim.claim_no)
    await press(world, shown, "반품 승인")
    assert world.slack.open_modal(world.owner) == []
    assert "철회한 클레임" in told(world, world.owner, shown.channel)[-1]


@pytest.mark.parametrize("mode", ["down", "error_500", "hang"])
async def test_approving_a_return_opens_without_amounts_where_tmon_tells_none(world: World, mode: Mode) -> None:
    store, claim = await claimed(world, "R")
    shown = await card(world, store, claim)
    world.tmon.faults.mode = mode
    assert (await press(world, shown, "반품 승인")).ok
    assert text_of(world.modal(world.owner)).count("확인할 수 없음") == 2


@pytest.mark.parametrize(
    ("kind", "words", "call", "field"),
    [
        ("C", "취소 거부", "cancellations.reject", "deliveryInvoice"),
        ("X", "재발송 송장 등록", "exchanges.approve", "redeliveryInvoice"),
        ("D", "재배송 송장 등록", "redeliveries.approve", "redeliveryInvoice"),
        ("R", "반품 승인", "refunds.approve", "returnDeliveryInvoice"),
    ],
)
async def test_an_own_delivery_has_no_number_but_its_day(
    world: World, kind: Kind, words: str, call: str, field: str
) -> None:
    store, claim = await claimed(world, kind)
    await press(world, await card(world, store, claim), words)
    assert "송장번호" in str(labels(world.modal(world.owner)))
    await choose_carrier(world, "10099")
    assert "송장번호" not in str(labels(world.modal(world.owner)))
    await send(world, SURE if kind == "C" else {})
    day = f"{world.clock() + timedelta(hours=9):%Y%m%d}"
    assert bodies(world, call)[0][field] == {"deliveryCorp": 10099, "invoiceNo": day}


async def test_another_carrier_takes_the_number_away_or_back_and_leaves_the_rest(world: World) -> None:
    store, claim = await claimed(world, "X")
    await press(world, await card(world, store, claim), "교환 보류")
    await choose_carrier(world, "10099", typed={"detail": WORDS})
    assert labels(world.modal(world.owner)) == ["보류 사유", "보류 상세", "택배사"]
    assert WORDS in str(world.modal(world.owner).state)
    await choose_carrier(world, CARRIER)
    assert labels(world.modal(world.owner)) == ["보류 사유", "보류 상세", "택배사", "반송장번호"]
    assert WORDS in str(world.modal(world.owner).state)
    await send(world, {"reason": "HXD7", "number": NUMBER})
    (body,) = bodies(world, "exchanges.hold")
    assert body["returnDeliveryInvoice"] == PARCEL
    assert body["items"][0]["reasonDetail"] == WORDS
