"""Returns, exchanges and redeliveries, and what a seller decides about claims (docs/tmon-api.md, ch. 10)."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.playground.tmon import (
    BuyerClaim,
    ParcelInvoice,
    PlacedOrder,
    Sandbox,
    accept_claim,
    buyer_cancels,
    buyer_claims,
    carrier_collects,
    carrier_delivers,
    claimable,
    never_paid,
    withdraw_claim,
)
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, decrypt, on_wire
from tmon.clock import KST

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TEN, FIFTY = "가" * 10, "나" * 50
WAYBILL = {"deliveryCorp": 10001, "invoiceNo": "600100209999"}
PATHS = {"C": "cancellations", "R": "refunds", "X": "exchanges", "D": "redeliveries"}
APPROVALS: dict[str, Any] = {"C": {}, "R": {}, "X": {"redeliveryInvoice": WAYBILL}, "D": {"redeliveryInvoice": WAYBILL}}
REJECTIONS: dict[str, Any] = {
    "C": {"reason": "JCD1", "deliveryInvoice": WAYBILL},
    "R": {"reason": "JRD5", "reasonDetail": TEN},
    "X": {"reason": "JXD3", "reasonDetail": FIFTY},
    "D": {"reason": "JDD1", "reasonDetail": TEN},
}


def shipped(sandbox: Sandbox, status: str = "D5", **how: Any) -> PlacedOrder:
    order = sandbox.new_order(HANBIT, **{"deals": 1} | how)
    sandbox.move_to(order.order_no, status)
    return order


def claimed(sandbox: Sandbox, kind: Any, **how: Any) -> BuyerClaim:
    order = shipped(sandbox, "D2" if kind == "C" else "D5")
    claim = buyer_claims(sandbox, kind, order.order_no, **how)
    assert claim is not None
    return claim


def path_of(claim: BuyerClaim, verb: str = "") -> str:
    return f"/{PATHS[claim.kind]}/{claim.claim_no}" + (f"/{verb}" if verb else "")


async def search(caller: Caller, kind: str, status: str, partner_id: str = HANBIT) -> list[dict[str, Any]]:
    now = caller.sandbox.clock()
    answer = await caller.get(
        f"/{PATHS[kind]}/search", partner_id, startDate=on_wire(now - 7 * DAY), endDate=on_wire(now), claimStatus=status
    )
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def refused(answer: httpx.Response, words: str, status: int = 500) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


def accepted(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.content) == (200, b""), answer.text


@pytest.mark.parametrize("kind", ["R", "X", "D"])
async def test_a_claim_about_shipped_goods_is_found_under_its_kind_only(
    caller: Caller, sandbox: Sandbox, kind: str
) -> None:
    claim = claimed(sandbox, kind)
    (item,) = await search(caller, kind, "C1")
    assert (item["claimNo"], item["claimType"], item["claimStatus"]) == (claim.claim_no, kind, "C1")
    assert (await caller.get(f"/orders/{claim.order_no}/claims")).json() == [item]
    for other in PATHS.keys() - {kind}:
        assert await search(caller, other, "C1") == []
        refused(await caller.get(f"/{PATHS[other]}/{claim.claim_no}"), "존재하지 않는 클레임")
    single = (await caller.get(path_of(claim))).json()
    assert single.items() >= item.items()
    more = {"R": {"deduction", "returnDeliveryFee", "refundAmount"}, "X": {"returnDeliveryFee"}, "D": set()}
    assert single.keys() - item.keys() - {"pictures"} == more[kind]
    assert decrypt(item["returnDeliveryName"]) == claim.order.receiver_name
    assert decrypt(item["returnDeliveryZipCode"]) == claim.order.address.zip_code
    assert item["originDeliveryInvoice"]["deliveryCorp"] == 10001
    assert ("holding" in item, "returnDeliveryMobile" in item) == (kind in "RX",) * 2
    foreign = await caller.get(path_of(claim), SODAM)
    refused(foreign, "존재하지 않는 클레임")


async def test_pictures_and_money_of_a_return(caller: Caller, sandbox: Sandbox) -> None:
    broken = claimed(sandbox, "R", reason=("RRD4", "깨졌어요"))
    item = (await caller.get(path_of(broken))).json()
    ((deal_no, urls),) = item["pictures"].items()
    assert deal_no == str(broken.order.deals[0].deal_no)
    assert all(url.startswith("https://image.tmon.co.kr/") for url in urls)
    assert 1 <= len(urls) <= 5
    paid = sum(option.price * option.qty for option in broken.order.deals[0].options)
    assert (item["returnDeliveryFee"], item["refundAmount"], item["claimImageRegistration"]) == (0, paid, True)
    regretted = claimed(sandbox, "R", reason=("RRD1", None))
    item = (await caller.get(path_of(regretted))).json()
    assert (item["returnDeliveryFee"], item["claimImageRegistration"], "pictures" in item) == (3000, False, False)
    assert item["refundAmount"] == regretted.refund_amount


@pytest.mark.parametrize("kind", list(PATHS))
async def test_an_approval_completes_the_claim_and_works_once(
    caller: Caller, sandbox: Sandbox, clock: MovableClock, kind: str
) -> None:
    claim = claimed(sandbox, kind)
    clock.advance(timedelta(hours=1))
    accepted(await caller.put(path_of(claim, "approve"), APPROVALS[kind]))
    (item,) = await search(caller, kind, "C3")
    assert item["completedDate"] == item["approvedDate"] == "2026-03-10T11:00"
    again = await caller.put(path_of(claim, "approve"), APPROVALS[kind])
    refused(again, "완료된")
    assert ("(C3)" in again.text) == (kind != "C")
    refused(await caller.put(path_of(claim, "reject"), REJECTIONS[kind]), "완료된")


async def test_bodies_of_approvals_without_a_waybill_may_be_left_out(caller: Caller, sandbox: Sandbox) -> None:
    for kind in "CR":
        accepted(await caller.command(path_of(claimed(sandbox, kind), "approve")))
    refused(await caller.put(path_of(claimed(sandbox, "C"), "approve"), {"reason": "RCD1"}), "비어 있어야", 400)


@pytest.mark.parametrize("kind", list(PATHS))
async def test_a_rejection_needs_a_reason_of_its_family(caller: Caller, sandbox: Sandbox, kind: str) -> None:
    claim = claimed(sandbox, kind)
    path = path_of(claim, "reject")
    refused(await caller.put(path, REJECTIONS[kind] | {"reason": "HXD7"}), "사유 코드")
    refused(await caller.put(path, REJECTIONS[kind] | {"reason": None}), "reason", 400)
    if kind != "C":
        for detail in (TEN[:-1], FIFTY + "다"):
            refused(await caller.put(path, REJECTIONS[kind] | {"reasonDetail": detail}), "10자 이상 50자 이하")
    accepted(await caller.put(path, REJECTIONS[kind]))
    (item,) = await search(caller, kind, "C9")
    assert item["approvalReason"] == REJECTIONS[kind]["reason"]
    refused(await caller.put(path, REJECTIONS[kind]), "거절된")


async def test_a_rejected_cancel_is_in_transit_and_its_number_is_frozen(caller: Caller, sandbox: Sandbox) -> None:
    claim = claimed(sandbox, "C")
    deal = claim.order.deals[0]
    path = path_of(claim, "reject")
    refused(await caller.put(path, {"reason": "JCD1"}), "택배사코드, 송장번호 모두 입력해주세요")
    bad = {"deliveryCorp": 10001, "invoiceNo": "1234"}
    refused(await caller.put(path, {"reason": "JCD1", "deliveryInvoice": bad}), "형식에 맞지 않는 운송장번호입니다")
    assert deal.status == "D2"
    accepted(await caller.put(path, REJECTIONS["C"]))
    assert (deal.status, deal.invoice) == ("D4", ParcelInvoice("10001", "600100209999"))
    body = {
        "deliveryNo": deal.delivery_no,
        "tmonDealNo": deal.deal_no,
        "tmonDealOptions": [{"tmonDealOptionNo": o.option_no, "qty": o.qty} for o in deal.open_options],
        "invoice": {"deliveryCorp": 10001, "invoiceNo": "600100208888"},
    }
    refused(await caller.put(f"/orders/{claim.order_no}/invoices", body), "current_state: D4")


@pytest.mark.parametrize(
    ("waybill", "words"),
    [
        ({"deliveryCorp": 10001}, "택배사코드, 송장번호 모두 입력해주세요"),
        ({"invoiceNo": "600100209999"}, "택배사코드, 송장번호 모두 입력해주세요"),
        ({"deliveryCorp": 10001, "invoiceNo": " 12 34 "}, "형식에 맞지 않는 운송장번호입니다"),
        ({"deliveryCorp": 10001, "invoiceNo": "12345678"}, "형식에 맞지 않는 운송장번호입니다"),
        ({"deliveryCorp": 10001, "invoiceNo": "123456789012345"}, "형식에 맞지 않는 운송장번호입니다"),
        ({"deliveryCorp": 19999, "invoiceNo": "600100209999"}, "택배사 코드"),
        ({"deliveryCorp": 10099, "invoiceNo": "10099"}, "형식에 맞지 않는 운송장번호입니다"),
        ({"deliveryCorp": 10099, "invoiceNo": "20260230"}, "형식에 맞지 않는 운송장번호입니다"),
        ({"deliveryCorp": 10099, "invoiceNo": "20260310"}, None),
        ({"deliveryCorp": "10003", "invoiceNo": "6001-0020-9999"}, None),
    ],
)
async def test_waybills_of_claims_are_checked(
    caller: Caller, sandbox: Sandbox, waybill: dict[str, object], words: str | None
) -> None:
    exchange, returned = claimed(sandbox, "X"), claimed(sandbox, "R")
    answers = [
        await caller.put(path_of(exchange, "return-invoice"), waybill),
        await caller.put(path_of(exchange, "approve"), {"redeliveryInvoice": waybill}),
        await caller.put(path_of(returned, "approve"), {"returnDeliveryInvoice": waybill}),
    ]
    own = waybill.get("deliveryCorp") == 10099
    for n, answer in enumerate(answers):
        if words is not None:
            refused(answer, words)
        elif n == 0 or own:
            accepted(answer)
        elif n == 2:
            refused(answer, "중복된 송장입니다")


async def test_a_number_of_another_parcel_is_refused_as_used(caller: Caller, sandbox: Sandbox) -> None:
    exchange = claimed(sandbox, "X")
    original = exchange.order.deals[0].invoice
    assert original is not None
    used = {"deliveryCorp": 10001, "invoiceNo": original.number}
    refused(await caller.put(path_of(exchange, "approve"), {"redeliveryInvoice": used}), "중복된 송장입니다")
    accepted(await caller.put(path_of(exchange, "return-invoice"), WAYBILL))
    accepted(await caller.put(path_of(exchange, "return-invoice"), WAYBILL))


async def test_a_held_exchange_waits_and_keeps_its_deadline(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    claim = claimed(sandbox, "X")
    deal_no = claim.order.deals[0].deal_no
    item = {"tmonDealNo": deal_no, "reason": "HXD7", "reasonDetail": TEN}
    for wrong, words, status in (
        ({"items": []}, "items", 400),
        ({"items": [item | {"tmonDealNo": 1}]}, "포함되지 않은 딜", 500),
        ({"items": [item | {"reason": "JXD3"}]}, "사유 코드", 500),
        ({"items": [item | {"reasonDetail": "짧다"}]}, "10자 이상", 500),
        ({"items": [item], "returnDeliveryInvoice": {"deliveryCorp": 10001}}, "모두 입력해주세요", 500),
    ):
        refused(await caller.put(path_of(claim, "hold"), wrong), words, status)
    refused(await caller.put(path_of(claim, "release"), [deal_no]), "보류 중인 클레임이 아닙니다")
    accepted(await caller.put(path_of(claim, "hold"), {"items": [item]}))
    refused(await caller.put(path_of(claim, "hold"), {"items": [item]}), "이미 보류")
    held = (await caller.get(path_of(claim))).json()
    assert (held["holding"], held["holdingReason"], held["holdingDate"]) == (True, "HXD7", "2026-03-10T10:00")
    deadline = datetime(2026, 3, 15, 22, tzinfo=KST)
    assert claim.deadline == deadline
    clock.set(deadline + DAY)
    await caller.fetch_token()
    assert (await caller.get(path_of(claim))).json()["claimStatus"] == "C1"
    refused(await caller.put(path_of(claim, "release"), {"tmonDealNo": deal_no}), "배열", 400)
    accepted(await caller.put(path_of(claim, "release"), [str(deal_no)]))
    after = (await caller.get(path_of(claim))).json()
    assert (after["claimStatus"], after["holding"], after["completedDate"]) == ("C3", False, "2026-03-16T22:00")
    assert after["clearHoldingDate"] == "2026-03-16T22:00"


async def test_returns_are_held_only_where_tmon_offers_it(caller: Caller, sandbox: Sandbox) -> None:
    claim = claimed(sandbox, "R")
    deal_no = claim.order.deals[0].deal_no
    body = {"items": [{"tmonDealNo": deal_no, "reason": "HRD1", "reasonDetail": TEN}]}

    async def families() -> set[str]:
        return {row["code"][:3] for row in (await caller.get("/codes")).json()["ClaimReason"]}

    assert "HRD" not in await families()
    refused(await caller.put(path_of(claim, "hold"), body), "Not Found", 404)
    sandbox.refund_hold = True
    assert {"RCD", "RRD", "RXD", "RDD", "JCD", "JRD", "JXD", "JDD", "HXD", "HRD"} == await families()
    accepted(await caller.put(path_of(claim, "hold"), body))
    accepted(await caller.put(path_of(claim, "release"), [deal_no]))


@pytest.mark.parametrize(
    ("kind", "due"),
    [
        ("C", datetime(2026, 3, 11, 23, tzinfo=KST)),
        ("R", datetime(2026, 3, 17, 10, tzinfo=KST)),
        ("X", datetime(2026, 3, 15, 22, tzinfo=KST)),
    ],
)
async def test_tmon_decides_at_the_deadline_even_if_nobody_calls_until_much_later(
    caller: Caller, sandbox: Sandbox, clock: MovableClock, kind: str, due: datetime
) -> None:
    claim = claimed(sandbox, kind)
    clock.set(due - SECOND)
    await caller.fetch_token()
    assert (await caller.get(path_of(claim))).json()["claimStatus"] == "C1"
    clock.set(due + 30 * DAY)
    await caller.fetch_token()
    item = (await caller.get(path_of(claim))).json()
    assert (item["claimStatus"], item["completedDate"]) == ("C3", on_wire(due)[:16])
    assert claim.decided_by == "tmon"


async def test_redeliveries_are_never_decided_by_tmon(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    claim = claimed(sandbox, "D")
    clock.advance(60 * DAY)
    await caller.fetch_token()
    assert (await caller.get(path_of(claim))).json()["claimStatus"] == "C1"


async def test_a_return_waybill_sets_another_deadline_of_an_exchange(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    claim = claimed(sandbox, "X")
    clock.advance(4 * DAY)
    await caller.fetch_token()
    accepted(await caller.put(path_of(claim, "return-invoice"), WAYBILL))
    assert claim.deadline == datetime(2026, 3, 16, 22, tzinfo=KST)
    item = (await caller.get(path_of(claim))).json()
    assert (item["returnDeliveryInvoice"]["invoiceNo"], item["returnDeliveryStatus"]) == ("600100209999", "R2")
    clock.advance(DAY)
    await caller.fetch_token()
    accepted(await caller.put(path_of(claim, "return-invoice"), WAYBILL | {"invoiceNo": "600100207777"}))
    assert claim.deadline == datetime(2026, 3, 16, 22, tzinfo=KST)  # counted from the first number


async def test_carriers_take_and_bring_parcels_in_both_directions(caller: Caller, sandbox: Sandbox) -> None:
    order = shipped(sandbox, "D3")
    claim = claimed(sandbox, "R")
    claim.return_invoice = ParcelInvoice("10001")
    assert carrier_collects(sandbox, HANBIT) == 2
    assert (order.deals[0].status, claim.return_status) == ("D4", "R2")
    item = (await caller.get(path_of(claim))).json()
    assert (item["returnDeliveryStatus"], item["autoRefundWaiting"]) == ("R2", False)
    assert item["returnDeliveryInvoice"].keys() == {"deliveryCorp", "invoiceNo"}
    assert carrier_delivers(sandbox, HANBIT) == 2
    item = (await caller.get(path_of(claim))).json()
    assert order.deals[0].status == "D5"
    assert (item["returnDeliveryStatus"], item["autoRefundWaiting"]) == ("R3", True)
    assert item["returnDeliveryCompletedDate"] == "2026-03-10T10:00"
    assert carrier_collects(sandbox, HANBIT) == carrier_delivers(sandbox, HANBIT) == 0


@pytest.mark.parametrize("kind", list(PATHS))
async def test_what_a_buyer_takes_back_is_withdrawn(caller: Caller, sandbox: Sandbox, kind: str) -> None:
    claim = claimed(sandbox, kind)
    withdraw_claim(sandbox, claim.claim_no)
    assert [item["claimNo"] for item in await search(caller, kind, "C8")] == [claim.claim_no]
    refused(await caller.put(path_of(claim, "approve"), APPROVALS[kind]), "철회")
    assert buyer_claims(sandbox, claim.kind, claim.order_no) is not None


async def test_a_counsellor_may_approve_first_and_complete_later(caller: Caller, sandbox: Sandbox) -> None:
    claim = claimed(sandbox, "R")
    accept_claim(sandbox, claim.claim_no)
    assert [item["claimNo"] for item in await search(caller, "R", "C2")] == [claim.claim_no]
    accepted(await caller.put(path_of(claim, "approve"), {}))


async def test_an_unpaid_order_has_a_claim_of_its_own_state_and_shows_nowhere_else(
    caller: Caller, sandbox: Sandbox
) -> None:
    claim = never_paid(sandbox, HANBIT)
    assert [item["claimNo"] for item in await search(caller, "C", "C4")] == [claim.claim_no]
    assert await caller.list_orders() == []


async def test_a_part_of_the_quantities_can_be_claimed_in_turn(caller: Caller, sandbox: Sandbox) -> None:
    order = shipped(sandbox, "D1")
    (deal,) = order.deals
    option = deal.options[0]
    sandbox.change_quantity(order.order_no, 3)
    first = buyer_cancels(sandbox, order.order_no, quantities={option.option_no: 1})
    assert first is not None
    with pytest.raises(ValueError, match="left to claim"):
        buyer_cancels(sandbox, order.order_no, quantities={option.option_no: 3})
    second = buyer_cancels(sandbox, order.order_no, quantities={option.option_no: 1})
    assert second is not None
    accepted(await caller.put(path_of(first, "approve"), {}))
    shown = (await caller.get(f"/orders/{order.order_no}")).json()["deals"][0]["dealOptions"]
    assert {row["tmonDealOptionNo"]: row["qty"] for row in shown}[option.option_no] == 2
    withdraw_claim(sandbox, second.claim_no)
    assert claimable(sandbox, "C", deal, order)[option.option_no] == 2


def test_cancels_end_and_other_claims_begin_when_the_goods_leave(sandbox: Sandbox) -> None:
    waiting = shipped(sandbox, "D1")
    for kind in ("R", "X", "D"):
        assert buyer_claims(sandbox, kind, waiting.order_no) is None
        assert buyer_claims(sandbox, kind, partner_id=HANBIT) is None
    gone = shipped(sandbox, "D4")
    assert buyer_claims(sandbox, "C", gone.order_no) is None
    returned = buyer_claims(sandbox, "R", partner_id=HANBIT)
    assert returned is not None
    assert returned.order is gone
    assert buyer_claims(sandbox, "X", gone.order_no) is None  # all of it is going back already


def immediate(order: PlacedOrder, **over: Any) -> dict[str, Any]:
    (deal,) = order.deals
    options = [{"tmonDealOptionNo": option.option_no, "qty": option.qty} for option in deal.open_options]
    row = {"tmonDealNo": deal.deal_no, "reason": "RCD4", "reasonDetail": "품절입니다", "tmonDealOptions": options}
    return {"tmonOrderNo": order.order_no, "deliveryNo": deal.delivery_no, "tmonDeals": [row | over]}


@pytest.mark.parametrize("status", ["D1", "D2"])
async def test_an_immediate_cancel_answers_with_its_claim(caller: Caller, sandbox: Sandbox, status: str) -> None:
    order = shipped(sandbox, status)
    answer = await caller.post("/cancellations", immediate(order))
    assert answer.status_code == 200
    (item,) = await search(caller, "C", "C3")
    assert answer.json() == item["claimNo"]
    assert (item["claimDeals"][0]["requestReason"], item["claimDeals"][0]["requestReasonDetail"]) == (
        "RCD4",
        "품절입니다",
    )
    assert (await caller.get(f"/orders/{order.order_no}")).json()["deals"] == []
    refused(await caller.post("/cancellations", immediate(order) | {"tmonOrderNo": 1}), "존재하지 않는 주문")


async def test_an_immediate_cancel_of_what_cannot_be_cancelled_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    order = shipped(sandbox, "D3")
    refused(await caller.post("/cancellations", immediate(order)), "current_state: D3")
    sandbox.move_to(order.order_no, "D2")
    option = order.deals[0].options[0]
    one = [{"tmonDealOptionNo": option.option_no, "qty": option.qty}]
    too_many = [{"tmonDealOptionNo": option.option_no, "qty": option.qty + 1}]
    refused(await caller.post("/cancellations", immediate(order, reason="JCD1")), "사유 코드")
    refused(await caller.post("/cancellations", immediate(order, reasonDetail="")), "reasonDetail", 400)
    refused(await caller.post("/cancellations", immediate(order, tmonDealOptions=too_many)), "수량")
    refused(await caller.post("/cancellations", immediate(order, tmonDealOptions=one * 2)), "배송 정보")
    refused(await caller.post("/cancellations", immediate(order) | {"deliveryNo": "1"}), "배송 정보")
    claim = buyer_cancels(sandbox, order.order_no)
    assert claim is not None
    refused(await caller.post("/cancellations", immediate(order)), "수량")
    assert [claim.status for claim in sandbox.claims.values()] == ["C1"]


@pytest.mark.parametrize(("mode", "left"), [("empty", 0), ("empty_without_effect", 1)])
async def test_an_empty_answer_says_nothing_of_the_effect(
    caller: Caller, sandbox: Sandbox, mode: Any, left: int
) -> None:
    order = shipped(sandbox, "D1")
    sandbox.faults.mode, sandbox.faults.only = mode, {"cancellations.create"}
    answer = await caller.post("/cancellations", immediate(order))
    assert (answer.status_code, answer.content) == (200, b"")
    assert len(order.deals_of(HANBIT)) == left


async def test_exchanged_goods_can_still_be_returned_but_returned_ones_cannot_be_claimed(
    caller: Caller, sandbox: Sandbox
) -> None:
    exchange = claimed(sandbox, "X")
    assert buyer_claims(sandbox, "R", exchange.order_no) is None
    accepted(await caller.put(path_of(exchange, "approve"), APPROVALS["X"]))
    returned = buyer_claims(sandbox, "R", exchange.order_no)
    assert returned is not None
    accepted(await caller.put(path_of(returned, "approve"), {}))
    assert buyer_claims(sandbox, "X", exchange.order_no) is None
