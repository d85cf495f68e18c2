"""What an answer means."""

import asyncio
import json
import threading
from typing import Any

import pytest

from tests.tmon.api.calls import END, START, confirm
from tests.tmon.api.conftest import Waits
from tests.tmon.api.examples import CONFIRM_REFUSED, order
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, reset_reply, text_reply
from tmon.api import (
    DeliveryStatus,
    NotOffered,
    PartnerRejected,
    Rejected,
    Remedy,
    StoreApi,
    TmonError,
    UnknownOutcome,
    VendorRejected,
)
from tmon.api import orders as orders_module


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


@pytest.mark.parametrize("status", [404, 405])
async def test_write_that_tmon_does_not_know(stub_server: StubServer, store: StoreApi, status: int) -> None:
    stub_server.says(text_reply("<html/>", status))
    with pytest.raises(NotOffered):
        await confirm(store)


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
    for ask in (store.orders.initial(1), store.claims.of_order(1), store.categories.tree()):
        with pytest.raises(NotOffered):
            await ask
    assert len(stub_server.asked) == 3


async def test_utf8_whatever_the_header_says(stub_server: StubServer, store: StoreApi) -> None:
    body = "\ufeff" + str(order()).replace("'", '"')
    stub_server.says(text_reply(body, 200, "text/plain", Content_Language="ko"))
    assert (await store.orders.get(1)).deals[0].title == "가상브랜드 데일리 티셔츠"


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
