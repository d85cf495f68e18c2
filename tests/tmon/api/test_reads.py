"""Reads are repeated with patience; refusals are not (docs/tmon-api.md, ch. 13 and 17)."""

import asyncio
import threading
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tmon.api.conftest import VENDOR, Waits
from tests.tmon.api.examples import order
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, reset_reply, text_reply
from tmon.api import (
    DeliveryStatus,
    NotOffered,
    PartnerCredentials,
    PartnerRejected,
    Rejected,
    Remedy,
    StoreApi,
    Throttled,
    TmonApi,
    TmonError,
    Unavailable,
    UnexpectedResponse,
    VendorRejected,
    transport,
)
from tmon.api import orders as orders_module

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, 0, 5, tzinfo=UTC)

OUTAGES = [
    text_reply("<html>502 Bad Gateway</html>", 502),
    text_reply("", 503),
    text_reply("", 200),
    text_reply("", 204),
    text_reply("<html>점검 중입니다</html>"),
    text_reply('{"tmonOrderNo": 91002', 200, "application/json"),
    text_reply("김서연".encode("euc-kr"), 200, "application/json"),
    text_reply("[" * 200_000, 200, "application/json"),
    text_reply("no gzip", 200, "application/json", Content_Encoding="gzip"),
    text_reply("", 302, Location="/maintenance"),
    text_reply("", 401),
    text_reply("<html>Forbidden</html>", 403),
    json_reply({"error": "org.springframework.web.client.ResourceAccessException: I/O error"}, 500),
    json_reply({"error": "CannotCreateTransactionException"}, 400),
    json_reply({"error": "nested: javax.persistence.PersistenceException"}, 500),
    json_reply({"status": 500, "error": "Internal Server Error", "path": "/"}, 500),
    json_reply(["?"], 500),
    drop_reply(),
    reset_reply,
    drop_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"),
]


@pytest.mark.parametrize("reply", OUTAGES)
async def test_outage_is_waited_out(stub_server: StubServer, store: StoreApi, waits: Waits, reply: Reply) -> None:
    stub_server.says(reply, reply, reply, json_reply(order()))
    assert (await store.orders.get(1)).order_no == 9100200301
    assert [round(slept / base, 6) >= 1 for slept, base in zip(waits.slept, (1, 2, 4), strict=True)] == [True] * 3
    assert all(slept <= base * 1.25 for slept, base in zip(waits.slept, (1, 2, 4), strict=True))


@pytest.mark.parametrize("reply", OUTAGES)
async def test_outage_that_lasts(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    with pytest.raises(Unavailable) as caught:
        await store.orders.get(1)
    assert caught.value.remedy is Remedy.RETRY
    assert len(stub_server.asked) == 4


async def test_time_out(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(stub_server.hang, json_reply(order()))
    assert (await impatient.orders.get(1)).order_no == 9100200301
    assert len(stub_server.asked) == 2


async def test_no_attempt_is_begun_after_two_minutes(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    slow = text_reply("", 503)

    async def reply(request: Any) -> Any:
        waits.now += 70
        return await slow(request)

    stub_server.says(reply)
    with pytest.raises(Unavailable):
        await store.orders.get(1)
    assert len(stub_server.asked) == 2


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry_After": "9"}, 9),
        ({"Retry_After": "0"}, 0),
        ({"Retry_After": "Tue, 05 Mar 2024 05:00:12 GMT", "Date": "Tue, 05 Mar 2024 05:00:00 GMT"}, 12),
        ({"Retry_After": "Tue, 05 Mar 2024 04:00:00 GMT", "Date": "Tue, 05 Mar 2024 05:00:00 GMT"}, 0),
        ({"Retry_After": "bald"}, 1),
        ({"Retry_After": "Tue, 05 Mar 2024 05:00:12 GMT", "Date": "gestern"}, 1),
        ({}, 1),
    ],
)
async def test_throttled_read_waits_as_told(
    stub_server: StubServer, store: StoreApi, waits: Waits, headers: dict[str, str], wait: float
) -> None:
    stub_server.says(json_reply({"error": "호출이 너무 많습니다."}, 429, **headers), json_reply(order()))
    await store.orders.get(1)
    (slept,) = waits.slept
    assert wait <= slept <= wait * 1.25


async def test_throttled_for_long_is_told_at_once(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    stub_server.says(text_reply("", 429, Retry_After="600"))
    with pytest.raises(Throttled) as caught:
        await store.orders.get(1)
    assert (caught.value.retry_after, caught.value.message, caught.value.remedy) == (600, None, Remedy.RETRY)
    assert len(stub_server.asked) == 1
    assert waits.slept == []


@pytest.mark.parametrize(
    ("status", "answer", "kind", "message"),
    [
        (500, {"error": "존재하지 않는 주문입니다."}, Rejected, "존재하지 않는 주문입니다."),
        (400, {"error": "조회 기간은 7일을 넘을 수 없습니다."}, Rejected, "조회 기간은 7일을 넘을 수 없습니다."),
        (200, {"error": "존재하지 않는 주문입니다."}, Rejected, "존재하지 않는 주문입니다."),
        (404, {"error": "존재하지 않는 주문입니다."}, Rejected, "존재하지 않는 주문입니다."),
        (400, {"timestamp": "…", "status": 400, "error": "Bad Request"}, Rejected, None),
        (404, {"timestamp": "…", "status": 404, "error": "Not Found"}, NotOffered, None),
        (405, {"error": "지원하지 않습니다."}, NotOffered, "지원하지 않습니다."),
        (401, {"error": "유효하지 않은 파트너 정보입니다."}, PartnerRejected, "유효하지 않은 파트너 정보입니다."),
        (500, {"error": "유효하지 않은 파트너 정보입니다."}, PartnerRejected, "유효하지 않은 파트너 정보입니다."),
        (401, {"status": 401, "error": "Unauthorized"}, PartnerRejected, None),
        (403, {"error": "외부사 정보가 일치하지 않습니다."}, VendorRejected, "외부사 정보가 일치하지 않습니다."),
        (401, {"error": "unauthorized"}, VendorRejected, "unauthorized"),
    ],
)
async def test_refusals_are_told_at_once(
    stub_server: StubServer, store: StoreApi, status: int, answer: object, kind: type[TmonError], message: str | None
) -> None:
    stub_server.says(json_reply(answer, status))
    with pytest.raises(kind) as caught:
        await store.orders.get(1)
    assert type(caught.value) is kind
    assert (caught.value.call, caught.value.status, caught.value.message) == ("orders.get", status, message)
    assert caught.value.remedy is Remedy.CORRECT
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize("reply", [json_reply({"error": "없는 주소입니다."}, 404), text_reply("nginx", 404)])
async def test_proposed_path_that_tmon_does_not_know(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    for ask in (store.orders.initial(1), store.cancellations.of_order(1), store.categories.tree()):
        with pytest.raises(NotOffered):
            await ask
    assert len(stub_server.asked) == 3


async def test_utf8_whatever_the_header_says(stub_server: StubServer, store: StoreApi) -> None:
    body = "\ufeff" + str(order()).replace("'", '"')
    stub_server.says(text_reply(body, 200, "text/plain", Content_Language="ko"))
    assert (await store.orders.get(1)).deals[0].title == "가상브랜드 데일리 티셔츠"


async def test_answer_without_end_is_refused(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_RESPONSE_BYTES", 1000)
    stub_server.says(text_reply(" " * 1001))
    with pytest.raises(UnexpectedResponse):
        await store.orders.get(1)
    assert len(stub_server.asked) == 1


async def test_pages_are_followed_one_by_one(stub_server: StubServer, store: StoreApi) -> None:
    def page(*numbers: int, more: object) -> Reply:
        return json_reply({"items": [order() | {"tmonOrderNo": number} for number in numbers], "hasNext": more})

    stub_server.says(page(1, 2, more=True), page(more="true"), text_reply("", 503), page(3, more=False))
    seen = []
    async for orders in store.orders.search(START, END, DeliveryStatus.D3):
        seen.append([one.order_no for one in orders])
        if len(seen) == 1:
            assert len(stub_server.asked) == 1  # the next page is asked for when it is wanted
    assert seen == [[1, 2], [], [3]]
    assert [asked.query["page"] for asked in stub_server.asked] == ["1", "2", "3", "3"]
    assert stub_server.asked[0].query == {
        "startDate": "2024-03-01T09:00:00",
        "endDate": "2024-03-05T21:00:05",
        "deliveryStatus": "D3",
        "page": "1",
    }
    assert set(paths(stub_server.asked)) == {"/orders/search"}


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ([], "(answer)"),
        ({"items": []}, "hasNext"),
        ({"hasNext": False}, "items"),
        ({"items": {}, "hasNext": False}, "items"),
        ({"items": [None], "hasNext": False}, "(answer)"),
    ],
)
async def test_page_of_another_shape(stub_server: StubServer, store: StoreApi, answer: object, field: str) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse) as caught:
        await anext(store.orders.search(START, END, DeliveryStatus.D3))
    assert caught.value.field == field


async def test_search_without_end_is_ended(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tmon.api.session.MAX_PAGES", 3)
    stub_server.says(json_reply({"items": [], "hasNext": True}))
    with pytest.raises(UnexpectedResponse):
        async for _ in store.orders.search(START, END, DeliveryStatus.D2):
            pass
    assert len(stub_server.asked) == 3


async def test_large_answers_are_read_beside_the_loop(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads = []
    read_order = orders_module._read_order

    def watched(*args: Any) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return read_order(*args)

    monkeypatch.setattr(orders_module, "_read_order", watched)
    stub_server.says(json_reply([order()]), json_reply([order()] * 500))
    await store.orders.list(START, END, DeliveryStatus.D1)
    assert threads == [True]
    threads.clear()
    orders = await store.orders.list(START, END, DeliveryStatus.D1)
    assert threads == [False] * 500
    assert orders[499].buyer.receiver_name is not None


async def test_nothing_secret_is_told(stub_server: StubServer, api: TmonApi) -> None:
    partner = PartnerCredentials("seller01", "partner-token-secret")
    store = api.store(VENDOR, partner)
    sentence = "partner-token-secret 와 token-1 은\n 잘못된 값입니다. " + "가" * 1000
    replies = [
        json_reply({"error": sentence}, 500),
        json_reply({"error": "유효하지 않은 파트너 정보입니다. (partner-token-secret)"}, 401),
        json_reply({"error": "partner-token-secret"}, 429, Retry_After="500"),
        json_reply(order() | {"tmonOrderNo": "김서연"}),
        text_reply("김서연 010-1234-5678 partner-token-secret"),
    ]
    for reply in replies:
        stub_server.says(reply)
        with pytest.raises(TmonError) as caught:
            await store.orders.get(77)
        error = caught.value
        told = f"{error} {error!r} {error.args} {error.message} {error.reason} {error.__cause__}"
        for secret in ("partner-token-secret", "token-1", "vendor-secret-1", "김서연", "010-1234"):
            assert secret not in told
        assert str(error).startswith("orders.get: ")
        assert len(error.message or "") <= 500

    stub_server.says(replies[0])
    with pytest.raises(Rejected) as refused:
        await store.orders.get(77)
    assert (refused.value.message or "").startswith("*** 와 *** 은 잘못된 값입니다. 가가")
    assert "잘못된" not in str(refused.value)


async def test_reads_of_one_store_run_side_by_side(stub_server: StubServer, store: StoreApi) -> None:
    both = asyncio.Barrier(2)

    async def reply(request: Any) -> Any:
        await both.wait()
        return await json_reply(order())(request)

    stub_server.says(reply)
    async with asyncio.timeout(5):
        await asyncio.gather(store.orders.get(1), store.orders.get(2))
