"""Waybills and late-shipping notices (docs/tmon-api.md, ch. 9.7, 9.8)."""

import json
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import (
    OWN_DELIVERY,
    NotOffered,
    OptionQuantity,
    Parcel,
    Rejected,
    Remedy,
    StoreApi,
    UnknownOutcome,
)

ORDER, DEAL = 9100200301, 7700112233
OPTIONS = [OptionQuantity(7700112301, 2), OptionQuantity(7700112302, 1)]
WIRE_OPTIONS = [{"tmonDealOptionNo": 7700112301, "qty": 2}, {"tmonDealOptionNo": 7700112302, "qty": 1}]
BY_CARRIER = Parcel(carrier="10001", number="600100200300")
BY_US = Parcel(carrier=OWN_DELIVERY, scheduled_on=date(2024, 3, 7))

WRITES: list[Callable[[StoreApi], Awaitable[object]]] = [
    lambda store: store.waybills.register(ORDER, "880011001", DEAL, OPTIONS, BY_CARRIER),
    lambda store: store.waybills.correct(ORDER, "880011001", DEAL, OPTIONS, BY_CARRIER),
    lambda store: store.waybills.notify_delay(
        ORDER, "880011001", DEAL, reason="DLD1", detail="입고 지연", ship_on=date(2024, 3, 7)
    ),
]


async def test_a_parcel_is_sent_with_all_options_and_its_number(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(text_reply(""))
    await WRITES[0](store)
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked])) == ("POST", [f"/orders/{ORDER}/invoices"])
    assert json.loads(asked.body) == {
        "deliveryNo": "880011001",
        "tmonDealNo": DEAL,
        "tmonDealOptions": WIRE_OPTIONS,
        "invoice": {"deliveryCorp": 10001, "invoiceNo": "600100200300"},
    }


async def test_own_delivery_has_its_day_at_the_top_and_no_number(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(text_reply(""))
    # a number that was typed before own delivery was chosen does not go along
    parcel = BY_US.model_copy(update={"number": "600100200300", "more_numbers": ("1",)})
    await store.waybills.register(ORDER, "880011001", DEAL, OPTIONS, parcel)
    assert json.loads(stub_server.asked[0].body) == {
        "deliveryNo": "880011001",
        "tmonDealNo": DEAL,
        "tmonDealOptions": WIRE_OPTIONS,
        "invoice": {"deliveryCorp": 10099},
        "deliveryScheduledDate": "2024-03-07",
    }


async def test_further_numbers_and_a_correction(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(text_reply(""))
    parcel = BY_CARRIER.model_copy(update={"more_numbers": ("600100200301", "600100200302")})
    await store.waybills.correct(ORDER, "880011001", DEAL, OPTIONS, parcel)
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked])) == ("PUT", [f"/orders/{ORDER}/invoices"])
    assert json.loads(asked.body)["invoice"] == {
        "deliveryCorp": 10001,
        "invoiceNo": "600100200300",
        "additionalInvoices": ["600100200301", "600100200302"],
    }


async def test_a_late_shipping_notice(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(text_reply(""))
    await WRITES[2](store)
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked])) == ("PUT", [f"/orders/{ORDER}/delay"])
    assert json.loads(asked.body) == {
        "deliveryNo": "880011001",
        "tmonDealNo": DEAL,
        "delayedReasonCode": "DLD1",
        "delayedReasonDetail": "입고 지연",
        "deliveryScheduledDate": "2024-03-07",
    }


@pytest.mark.parametrize("parcel", [Parcel(carrier="10001"), Parcel(carrier=OWN_DELIVERY)])
async def test_what_is_incomplete_is_never_sent(stub_server: StubServer, store: StoreApi, parcel: Parcel) -> None:
    with pytest.raises(ValueError, match="needs its"):
        await store.waybills.register(ORDER, "880011001", DEAL, OPTIONS, parcel)
    assert stub_server.asked == []


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "reply", [drop_reply(), text_reply("<html>점검 중</html>", status=500), text_reply('{"err', status=200)]
)
async def test_an_answer_that_says_nothing_is_never_followed_by_a_second_call(
    stub_server: StubServer, store: StoreApi, write: Callable[[StoreApi], Awaitable[object]], reply: Reply
) -> None:
    stub_server.says(reply)
    with pytest.raises(UnknownOutcome):
        await write(store)
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize(
    ("said", "state", "same", "wrong"),
    [
        ("배송상태를 확인해 주세요. current_state: D1", "D1", False, False),
        ("current_state:D4, 변경할 수 없습니다.", "D4", False, False),
        ('{"current_state":"D4"}', "D4", False, False),
        ("동일 송장 등록 요청 오류", None, True, False),
        ("INVALID_INVOICE", None, False, True),
        ("등록할 수 없는 택배사입니다.", None, False, False),
    ],
)
async def test_a_refusal_says_what_it_means(
    stub_server: StubServer, store: StoreApi, said: str, state: str | None, same: bool, wrong: bool, status: int
) -> None:
    stub_server.says(json_reply({"error": said}, status=status))
    with pytest.raises(Rejected) as refused:
        await WRITES[0](store)
    error = refused.value
    assert (error.current_state, error.same_waybill, error.wrong_waybill) == (state, same, wrong)
    assert error.remedy is (Remedy.REREAD if state or same else Remedy.CORRECT)


@pytest.mark.parametrize("status", [404, 405])
async def test_a_notice_that_tmon_does_not_know_is_not_offered(
    stub_server: StubServer, store: StoreApi, status: int
) -> None:
    stub_server.says(json_reply({"error": "그런 기능이 없습니다."}, status=status))
    with pytest.raises(NotOffered):
        await WRITES[2](store)
