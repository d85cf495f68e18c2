"""Decisions on claims and the immediate cancel (docs/tmon-api.md, ch. 10.5-10.9)."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest

from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import (
    CancelledOption,
    ClaimParcel,
    NotOffered,
    Rejected,
    StoreApi,
    TmonError,
    UnknownOutcome,
)

PARCEL = ClaimParcel("10001", "600100200300")
OWN = ClaimParcel.own_delivery(date(2026, 3, 9))
WORDS = "아직 반품 상품이 도착하지 않았습니다."
Call = Callable[[StoreApi], Awaitable[object]]

CALLS: dict[str, tuple[Call, str, Any]] = {
    "cancel approved": (lambda s: s.claim_acts.approve("C", 7), "/cancellations/7/approve", {}),
    "cancel rejected": (
        lambda s: s.claim_acts.reject("C", 7, "JCD1", parcel=PARCEL),
        "/cancellations/7/reject",
        {"reason": "JCD1", "deliveryInvoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"}},
    ),
    "cancel rejected, own delivery": (
        lambda s: s.claim_acts.reject("C", 7, "JCD1", parcel=OWN),
        "/cancellations/7/reject",
        {"reason": "JCD1", "deliveryInvoice": {"deliveryCorp": 10099, "invoiceNo": "20260309"}},
    ),
    "return approved": (lambda s: s.claim_acts.approve("R", 7), "/refunds/7/approve", {}),
    "return approved with its waybill": (
        lambda s: s.claim_acts.approve("R", 7, PARCEL),
        "/refunds/7/approve",
        {"returnDeliveryInvoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"}},
    ),
    "return rejected": (
        lambda s: s.claim_acts.reject("R", 7, "JRD5", WORDS),
        "/refunds/7/reject",
        {"reason": "JRD5", "reasonDetail": WORDS},
    ),
    "return held": (
        lambda s: s.claim_acts.hold("R", 7, [1, 2], "HRD1", WORDS),
        "/refunds/7/hold",
        {
            "items": [
                {"tmonDealNo": 1, "reason": "HRD1", "reasonDetail": WORDS},
                {"tmonDealNo": 2, "reason": "HRD1", "reasonDetail": WORDS},
            ]
        },
    ),
    "return released": (lambda s: s.claim_acts.release("R", 7, [1, 2]), "/refunds/7/release", [1, 2]),
    "exchange finished": (
        lambda s: s.claim_acts.approve("X", 7, OWN),
        "/exchanges/7/approve",
        {"redeliveryInvoice": {"deliveryCorp": 10099, "invoiceNo": "20260309"}},
    ),
    "exchange rejected": (
        lambda s: s.claim_acts.reject("X", 7, "JXD3", WORDS),
        "/exchanges/7/reject",
        {"reason": "JXD3", "reasonDetail": WORDS},
    ),
    "return waybill": (
        lambda s: s.claim_acts.return_invoice(7, PARCEL),
        "/exchanges/7/return-invoice",
        {"deliveryCorp": 10001, "invoiceNo": "600100200300"},
    ),
    "exchange held": (
        lambda s: s.claim_acts.hold("X", 7, [1], "HXD7", WORDS, PARCEL),
        "/exchanges/7/hold",
        {
            "returnDeliveryInvoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"},
            "items": [{"tmonDealNo": 1, "reason": "HXD7", "reasonDetail": WORDS}],
        },
    ),
    "exchange released": (lambda s: s.claim_acts.release("X", 7, [1]), "/exchanges/7/release", [1]),
    "redelivery finished": (
        lambda s: s.claim_acts.approve("D", 7, PARCEL),
        "/redeliveries/7/approve",
        {"redeliveryInvoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"}},
    ),
    "redelivery rejected": (
        lambda s: s.claim_acts.reject("D", 7, "JDD1", WORDS),
        "/redeliveries/7/reject",
        {"reason": "JDD1", "reasonDetail": WORDS},
    ),
}


@pytest.mark.parametrize("name", CALLS)
async def test_an_empty_answer_is_success(stub_server: StubServer, store: StoreApi, name: str) -> None:
    call, path, body = CALLS[name]
    stub_server.says(text_reply(""))
    await call(store)
    (asked,) = stub_server.asked
    assert (asked.method, paths(stub_server.asked)) == ("PUT", [path])
    assert json.loads(asked.body) == body


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (json_reply({"error": "클레임 처리 완료된 건입니다.(C3)"}, 500), Rejected),
        (text_reply("", 404), NotOffered),
        (text_reply("", 405), NotOffered),
        (text_reply("<html>502 Bad Gateway</html>", 502), UnknownOutcome),
        (drop_reply(), UnknownOutcome),
        (json_reply({"error": "ResourceAccessException"}, 500), UnknownOutcome),
    ],
)
async def test_no_answer_but_success_lets_a_call_count_as_done_or_repeats_it(
    stub_server: StubServer, store: StoreApi, name: str, reply: Reply, expected: type[TmonError]
) -> None:
    stub_server.says(reply)
    with pytest.raises(expected):
        await CALLS[name][0](store)
    assert len(stub_server.asked) == 1


OPTIONS = [CancelledOption(1, 11, 2), CancelledOption(2, 21, 1), CancelledOption(1, 12, 1)]


async def cancel(store: StoreApi) -> int | None:
    return await store.claim_acts.cancel(9100200301, "880011001", OPTIONS, "RCD4", "품절")


async def test_an_immediate_cancel_names_deals_with_their_options(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(550001))
    assert await cancel(store) == 550001
    (asked,) = stub_server.asked
    assert (asked.method, paths(stub_server.asked)) == ("POST", ["/cancellations"])
    assert json.loads(asked.body) == {
        "tmonOrderNo": 9100200301,
        "deliveryNo": "880011001",
        "tmonDeals": [
            {
                "tmonDealNo": 1,
                "reason": "RCD4",
                "reasonDetail": "품절",
                "tmonDealOptions": [{"tmonDealOptionNo": 11, "qty": 2}, {"tmonDealOptionNo": 12, "qty": 1}],
            },
            {
                "tmonDealNo": 2,
                "reason": "RCD4",
                "reasonDetail": "품절",
                "tmonDealOptions": [{"tmonDealOptionNo": 21, "qty": 1}],
            },
        ],
    }


@pytest.mark.parametrize(
    ("reply", "number"),
    [(json_reply("550001"), 550001), (json_reply(True), None), (json_reply("OK"), None), (json_reply(0), None)],
)
async def test_an_immediate_cancel_may_be_answered_by_another_scalar(
    stub_server: StubServer, store: StoreApi, reply: Reply, number: int | None
) -> None:
    stub_server.says(reply)
    assert await cancel(store) == number


@pytest.mark.parametrize("reply", [text_reply(""), json_reply({}), json_reply([]), text_reply("<html>"), drop_reply()])
async def test_an_immediate_cancel_without_a_scalar_is_in_doubt(
    stub_server: StubServer, store: StoreApi, reply: Reply
) -> None:
    stub_server.says(reply)
    with pytest.raises(UnknownOutcome):
        await cancel(store)
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize(
    ("sentence", "flag"),
    [
        ("클레임 처리 완료된 건입니다.(C3)", "completed"),
        ("이미 완료된 클레임입니다.", "completed"),
        ("INVALID_INVOICE", "wrong_number"),
        ("형식에 맞지 않는 운송장번호입니다.", "wrong_number"),
        ("중복된 송장입니다.", "number_used"),
        ("택배사코드, 송장번호 모두 입력해주세요.", "number_missing"),
    ],
)
async def test_known_sentences_are_recognised(
    stub_server: StubServer, store: StoreApi, sentence: str, flag: str
) -> None:
    stub_server.says(json_reply({"error": f"처리 실패: {sentence}"}, 500))
    with pytest.raises(Rejected) as caught:
        await store.claim_acts.approve("R", 7)
    flags = ("completed", "wrong_number", "number_used", "number_missing")
    assert [name for name in flags if getattr(caught.value, name)] == [flag]
