"""Waybills and delay notices (docs/tmon-api.md, ch. 9.7, 9.8)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from bot.playground.tmon import (
    OrderedDeal,
    ParcelInvoice,
    PlacedOrder,
    Sandbox,
    buyer_cancels,
    carrier_collects,
    complete_claim,
)
from tests.playground.tmon.caller import HANBIT, Caller

PARCEL = {"invoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"}}
OWN = {"invoice": {"deliveryCorp": 10099}, "deliveryScheduledDate": "2026-03-11"}


def prepared(sandbox: Sandbox, status: str = "D2", deals: int = 1) -> PlacedOrder:
    order = sandbox.new_order(HANBIT, deals=deals)
    for deal in order.deals:
        deal.status = status
    return order


def body(deal: OrderedDeal, **waybill: Any) -> dict[str, Any]:
    return {
        "deliveryNo": deal.delivery_no,
        "tmonDealNo": deal.deal_no,
        "tmonDealOptions": [{"tmonDealOptionNo": o.option_no, "qty": o.qty} for o in deal.open_options],
        **(waybill or PARCEL),
    }


def refused(answer: httpx.Response, words: str, status: int = 500) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.json()["error"]


def accepted(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.content) == (200, b""), answer.text


async def test_a_waybill_ships_one_deal_and_can_be_changed_until_the_carrier_has_it(
    caller: Caller, sandbox: Sandbox
) -> None:
    order = prepared(sandbox, deals=2)
    deal, other = order.deals
    path = f"/orders/{order.order_no}/invoices"
    accepted(await caller.post(path, body(deal)))
    assert (deal.status, deal.invoice, other.status) == ("D3", ParcelInvoice("10001", "600100200300"), "D2")
    refused(await caller.post(path, body(deal)), "동일 송장 등록 요청 오류")
    refused(await caller.put(path, body(deal)), "동일 송장 등록 요청 오류")
    corrected = {
        "invoice": {"deliveryCorp": "10003", "invoiceNo": "1234-5678-9012", "additionalInvoices": ["123456789"]}
    }
    refused(await caller.post(path, body(deal, **corrected)), "current_state: D3")
    accepted(await caller.put(path, body(deal, **corrected)))
    assert deal.invoice == ParcelInvoice("10003", "1234-5678-9012", ("123456789",))
    carrier_collects(sandbox, HANBIT)
    refused(await caller.put(path, body(deal)), "current_state: D4")
    refused(await caller.put(path, body(other)), "current_state: D2")


async def test_own_delivery_has_a_day_beside_the_waybill_and_no_number(caller: Caller, sandbox: Sandbox) -> None:
    order = prepared(sandbox)
    (deal,) = order.deals
    path = f"/orders/{order.order_no}/invoices"
    day = OWN["deliveryScheduledDate"]
    numbered = {"invoice": {"deliveryCorp": 10099, "invoiceNo": "20260311"}, "deliveryScheduledDate": day}
    inside = {"invoice": {"deliveryCorp": 10099, "deliveryScheduledDate": day}}
    refused(await caller.post(path, body(deal, **numbered)), "invoiceNo", 400)
    refused(await caller.post(path, body(deal, **inside)), "deliveryScheduledDate", 400)
    refused(await caller.post(path, body(deal, **OWN | {"deliveryScheduledDate": "20260311"})), "yyyy-MM-dd", 400)
    refused(await caller.post(path, body(deal, **OWN | {"deliveryScheduledDate": "2026-03-09"})), "오늘 이후", 400)
    refused(await caller.post(path, body(deal, **PARCEL | {"deliveryScheduledDate": day})), "자체배송에만", 400)
    accepted(await caller.post(path, body(deal, **OWN)))
    (shown,) = (await caller.get(f"/orders/{order.order_no}")).json()["deals"]
    assert (shown["deliveryStatus"], shown["deliveryScheduledDate"]) == ("D3", day)


@pytest.mark.parametrize("status", ["D1", "D3", "D4", "D5"])
async def test_only_what_is_in_preparation_is_shipped(caller: Caller, sandbox: Sandbox, status: str) -> None:
    order = prepared(sandbox, status)
    answer = await caller.post(f"/orders/{order.order_no}/invoices", body(order.deals[0]))
    refused(answer, f"current_state: {status}")


@pytest.mark.parametrize("number", ["1234", "60010020030a", "000000000000", "123456789012345", "6001--0020-0300"])
async def test_a_number_that_no_carrier_knows_is_invalid(caller: Caller, sandbox: Sandbox, number: str) -> None:
    order = prepared(sandbox)
    for invoice in ({"invoiceNo": number}, {"invoiceNo": "600100200300", "additionalInvoices": [number]}):
        waybill = {"invoice": {"deliveryCorp": 10001, **invoice}}
        refused(
            await caller.post(f"/orders/{order.order_no}/invoices", body(order.deals[0], **waybill)), "INVALID_INVOICE"
        )
    sandbox.unknown_waybills.add("600100200300")
    refused(await caller.post(f"/orders/{order.order_no}/invoices", body(order.deals[0])), "INVALID_INVOICE")


async def test_the_deal_is_shipped_whole_less_what_was_cancelled(caller: Caller, sandbox: Sandbox) -> None:
    order = prepared(sandbox, "D1")
    (deal,) = order.deals
    sandbox.change_quantity(order.order_no, 3)
    deal.status = "D2"
    path = f"/orders/{order.order_no}/invoices"
    before = body(deal)
    claim = buyer_cancels(sandbox, order.order_no, quantities={deal.options[0].option_no: 1})
    assert claim is not None
    complete_claim(sandbox, claim.claim_no)
    refused(await caller.post(path, before), "일치하지 않습니다")
    refused(await caller.post(path, body(deal) | {"deliveryNo": "1"}), "배송 정보")
    refused(await caller.post(path, body(deal) | {"tmonDealOptions": []}), "tmonDealOptions", 400)
    accepted(await caller.post(path, body(deal)))


async def test_a_delay_is_told_once_with_a_known_reason_and_shows_in_the_order(
    caller: Caller, sandbox: Sandbox
) -> None:
    order = prepared(sandbox)
    (deal,) = order.deals
    path = f"/orders/{order.order_no}/delay"
    notice = {
        "deliveryNo": deal.delivery_no,
        "tmonDealNo": deal.deal_no,
        "delayedReasonCode": "DLD1",
        "delayedReasonDetail": "입고가 늦어집니다",
        "deliveryScheduledDate": "2026-03-16",
    }
    refused(await caller.put(path, notice | {"delayedReasonCode": "DLD4"}), "DLD1", 400)
    refused(await caller.put(path, notice | {"delayedReasonDetail": ""}), "delayedReasonDetail", 400)
    refused(await caller.put(path, notice | {"deliveryScheduledDate": "2026-03-09"}), "오늘 이후", 400)
    accepted(await caller.put(path, notice))
    (shown,) = (await caller.get(f"/orders/{order.order_no}")).json()["deals"]
    assert (
        shown.items()
        >= {
            "delayedReasonCode": "DLD1",
            "delayedReasonDetail": "입고가 늦어집니다",
            "deliveryScheduledDate": "2026-03-16",
        }.items()
    )
    refused(await caller.put(path, notice), "이미 발송지연")
    sandbox.move_to(order.order_no, "D3")
    refused(await caller.put(path, notice), "current_state: D3")


async def test_shipped_orders_are_found_by_state(caller: Caller, sandbox: Sandbox) -> None:
    orders = {status: prepared(sandbox, status).order_no for status in ("D1", "D2", "D3", "D4", "D5")}
    now = sandbox.clock()
    for status, order_no in orders.items():
        answer = await caller.get(
            "/orders/search",
            startDate="2026-03-09T10:00:00",
            endDate="2026-03-10T09:30:00",
            deliveryStatus=status,
            page=1,
        )
        assert [item["tmonOrderNo"] for item in answer.json()["items"]] == [order_no]
    assert now - timedelta(minutes=31) == sandbox.orders[order_no].ordered_at
