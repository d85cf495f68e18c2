"""One exchange over the network, and patience for what may be repeated."""

import gzip
import json
import socket
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest

from tests.tmon.api.calls import END, START, confirm
from tests.tmon.api.conftest import PARTNER, VENDOR, Waits
from tests.tmon.api.examples import order
from tests.tmon.api.stub_server import (
    Reply,
    StubServer,
    drip_reply,
    drop_reply,
    json_reply,
    reset_reply,
    text_reply,
)
from tmon.api import (
    DeliveryStatus,
    NotOffered,
    PartnerCredentials,
    Rejected,
    Remedy,
    StoreApi,
    Throttled,
    TmonApi,
    TmonError,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    UnreadableAnswer,
    decoding,
)


async def test_dripping_answer_comes_to_an_end(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(drip_reply(0.05), text_reply(""))
    with pytest.raises(UnknownOutcome) as caught:
        await confirm(impatient)
    assert caught.value.reason == "TimeoutError"
    assert len(stub_server.asked) == 1


async def test_connection_that_was_kept_alive_and_is_cut_is_not_used_twice(
    stub_server: StubServer, store: StoreApi
) -> None:
    stub_server.says(text_reply(""), drop_reply(), text_reply(""))
    await confirm(store)
    with pytest.raises(UnknownOutcome):
        await confirm(store)
    assert len(stub_server.asked) == 2


async def test_nothing_was_sent_when_there_is_no_connection(
    stub_server: StubServer, store: StoreApi, waits: Waits
) -> None:
    stub_server.says(text_reply(""))
    await confirm(store)
    await stub_server.stop()
    with pytest.raises(Unavailable) as caught:
        await confirm(store)
    assert caught.value.reason == "ConnectError"
    assert caught.value.remedy is Remedy.RETRY
    assert waits.slept == []  # the write itself is not repeated


async def test_nothing_was_sent_when_connecting_takes_too_long(stub_server: StubServer, waits: Waits) -> None:
    with socket.socket() as full:  # a backlog of nothing: the second connection is never accepted
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        try:
            url = "http://{}:{}".format(*full.getsockname())
            async with TmonApi(url, timeouts=httpx.Timeout(5, connect=0.2), sleep=waits.sleep) as api:
                with pytest.raises(Unavailable) as caught:
                    await api.store(VENDOR, PARTNER).check_token()
        finally:
            for one in crowd:
                one.close()
    assert caught.value.reason == "ConnectTimeout"


OUTAGES = [
    text_reply("<html>502 Bad Gateway</html>", 502),
    text_reply("", 503),
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

UNREADABLE: list[tuple[Reply, str]] = [
    (text_reply("", 200), "empty"),
    (text_reply("", 204), "empty"),
    (text_reply("<html>점검 중입니다</html>"), "page"),
    (text_reply('{"tmonOrderNo": 91002', 200, "application/json"), "truncated"),
    (text_reply("김서연".encode("euc-kr"), 200, "application/json"), "no_json"),
    (text_reply("[" * 200_000, 200, "application/json"), "too_deep"),
    (text_reply("no gzip", 200, "application/json", Content_Encoding="gzip"), "encoding"),
    (text_reply(gzip.compress(b"[]")[:-9], 200, "application/json", Content_Encoding="gzip"), "truncated"),
    (text_reply(gzip.compress(gzip.compress(b"[]")), Content_Encoding="gzip, gzip"), "encoding"),
    (text_reply(b"?", Content_Encoding="br"), "encoding"),
]


@pytest.mark.parametrize("reply", [*OUTAGES, *(reply for reply, _ in UNREADABLE)])
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


@pytest.mark.parametrize(("reply", "why"), UNREADABLE)
async def test_answer_that_stays_unreadable_is_told_as_such(
    stub_server: StubServer, store: StoreApi, reply: Reply, why: str
) -> None:
    stub_server.says(reply)
    with pytest.raises(UnreadableAnswer) as caught:
        await store.orders.get(1)
    assert (caught.value.why, caught.value.remedy) == (why, Remedy.RETRY)
    assert len(stub_server.asked) == 4


async def test_answers_come_unencoded_or_encoded_once(stub_server: StubServer, store: StoreApi) -> None:
    body = json.dumps(order()).encode()
    for encoding, encoded in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body)), ("identity", body)):
        stub_server.says(text_reply(encoded, 200, "application/json", Content_Encoding=encoding))
        assert (await store.orders.get(1)).order_no == 9100200301
    assert {asked.headers["Accept-Encoding"] for asked in stub_server.asked} == {"identity"}


HUGE: list[Reply] = [
    text_reply(b"[" + b"[]," * 3_000_000 + b"[]]"),  # more than 8 MB
    text_reply(b"[" + b"[]," * 2_500_000 + b"[]]"),  # less, but 160 MB once parsed
    text_reply(gzip.compress(b"[" + b"[]," * 20_000_000 + b"[]]"), Content_Encoding="gzip"),
    text_reply(gzip.compress(gzip.compress(b" " * 500_000_000, 1)), Content_Encoding="gzip"),
]


@pytest.mark.parametrize("reply", HUGE)
async def test_huge_answer_is_refused_before_it_takes_memory(
    stub_server: StubServer, store: StoreApi, reply: Reply
) -> None:
    stub_server.says(reply)
    tracemalloc.start()
    with pytest.raises(UnexpectedResponse):
        await store.orders.get(1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000_000


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


async def test_answer_without_end_is_refused(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 1000)
    stub_server.says(text_reply(" " * 1001))
    with pytest.raises(UnexpectedResponse):
        await store.orders.get(1)
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize(
    ("status", "error"), [(503, Unavailable), (502, Unavailable), (404, NotOffered), (429, Throttled)]
)
async def test_failure_with_a_page_without_end_is_told_by_its_status(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch, status: int, error: type[TmonError]
) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 1000)
    stub_server.says(text_reply("<html>" + " " * 1000, status))
    with pytest.raises(error):
        await store.orders.list(START, END, DeliveryStatus.D1)


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
