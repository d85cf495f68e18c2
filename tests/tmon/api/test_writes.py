"""A confirmation happens once, or we say that we do not know (docs/tmon-api.md, ch. 9.6)."""

import asyncio
import json
import socket

import httpx
import pytest

from tests.tmon.api.conftest import PARTNER, VENDOR, Waits
from tests.tmon.api.examples import CONFIRM_REFUSED
from tests.tmon.api.stub_server import Reply, StubServer, drip_reply, drop_reply, json_reply, reset_reply, text_reply
from tmon.api import (
    NotOffered,
    OptionQuantity,
    Rejected,
    Remedy,
    StoreApi,
    Throttled,
    TmonApi,
    Unavailable,
    UnknownOutcome,
    VendorRejected,
)

LINES = [OptionQuantity(7700112301, 2), OptionQuantity(7700112302, 1)]


async def confirm(store: StoreApi) -> None:
    await store.orders.confirm(9100200301, 7700112233, LINES)


@pytest.mark.parametrize(
    "reply", [text_reply(""), text_reply("", 204), json_reply({}), json_reply(12), json_reply(None)]
)
async def test_success_is_200_whatever_is_in_it(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    await confirm(store)
    (asked,) = stub_server.asked
    assert (asked.method, asked.path) == ("PUT", "/api/SAMPLEVENDOR/orders/9100200301/confirm")
    assert asked.headers["Content-Type"] == "application/json"
    assert json.loads(asked.body) == {
        "tmonDealNo": 7700112233,
        "tmonDealOptions": [
            {"tmonDealOptionNo": 7700112301, "qty": 2},
            {"tmonDealOptionNo": 7700112302, "qty": 1},
        ],
    }


@pytest.mark.parametrize("status", [500, 400, 200])
async def test_refusal_with_a_sentence(stub_server: StubServer, store: StoreApi, status: int) -> None:
    stub_server.says(json_reply({"error": CONFIRM_REFUSED}, status))
    with pytest.raises(Rejected) as caught:
        await confirm(store)
    assert caught.value.message == CONFIRM_REFUSED
    assert caught.value.already
    assert caught.value.remedy is Remedy.REREAD
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize(
    "reply",
    [
        text_reply("<html>502 Bad Gateway</html>", 502),
        text_reply("<html>upstream said invalid_token</html>", 502),
        text_reply("", 503),
        text_reply("", 500),
        text_reply('{"erro', 500, "application/json"),
        text_reply('{"erro', 200, "application/json"),
        text_reply("<html>점검 중입니다</html>", 200),
        text_reply("", 302, Location="/maintenance"),
        json_reply({"error": "ResourceAccessException: I/O error"}, 500),
        json_reply({"status": 500, "error": "Internal Server Error"}, 500),
        json_reply({"message": "?"}, 500),
        drop_reply(),
        reset_reply,
        drop_reply(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"),
        drop_reply(b"HTTP/1.1 2"),
        drop_reply(b"SMTP ready\r\n"),
    ],
)
async def test_answer_that_tells_nothing_leaves_the_outcome_unknown(
    stub_server: StubServer, store: StoreApi, waits: Waits, reply: Reply
) -> None:
    stub_server.says(reply, text_reply(""))
    with pytest.raises(UnknownOutcome) as caught:
        await confirm(store)
    assert caught.value.remedy is Remedy.REREAD
    await asyncio.sleep(0.05)
    assert len(stub_server.asked) == 1
    assert waits.slept == []


async def test_time_out_leaves_the_outcome_unknown(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(stub_server.hang, text_reply(""))
    with pytest.raises(UnknownOutcome) as caught:
        await confirm(impatient)
    assert caught.value.reason == "ReadTimeout"
    await asyncio.sleep(0.05)
    assert len(stub_server.asked) == 1


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


async def test_failing_token_call_means_that_nothing_was_written(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.token_replies = [text_reply("<html/>", 502)] * 4
    with pytest.raises(Unavailable):
        await confirm(store)
    assert stub_server.asked == []


async def test_throttled_write_is_not_repeated(stub_server: StubServer, store: StoreApi, waits: Waits) -> None:
    stub_server.says(json_reply({"error": "잠시 후 다시 시도해 주세요."}, 429, Retry_After="7"), text_reply(""))
    with pytest.raises(Throttled) as caught:
        await confirm(store)
    assert caught.value.retry_after == 7
    assert len(stub_server.asked) == 1
    assert waits.slept == []


@pytest.mark.parametrize("status", [404, 405])
async def test_write_that_tmon_does_not_know(stub_server: StubServer, store: StoreApi, status: int) -> None:
    stub_server.says(text_reply("<html/>", status))
    with pytest.raises(NotOffered):
        await confirm(store)


async def test_vendor_in_the_path_that_is_not_the_tokens(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"error": "외부사 정보가 일치하지 않습니다."}, 403))
    with pytest.raises(VendorRejected):
        await confirm(store)
