"""One store's calls: what was not sent is told apart from what may have been."""

import asyncio
from typing import Any

import pytest

from tests.tmon.api.calls import END, START, confirm
from tests.tmon.api.conftest import PARTNER, VENDOR, Waits
from tests.tmon.api.examples import order
from tests.tmon.api.stub_server import Reply, StubServer, json_reply, paths, text_reply
from tmon.api import (
    DeliveryStatus,
    NotAsked,
    StoreApi,
    Throttled,
    TmonApi,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    VendorRejected,
)


async def test_time_out_leaves_the_outcome_unknown(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(stub_server.hang, text_reply(""))
    with pytest.raises(UnknownOutcome) as caught:
        await confirm(impatient)
    assert caught.value.reason == "ReadTimeout"
    await asyncio.sleep(0.05)
    assert len(stub_server.asked) == 1


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


async def test_vendor_in_the_path_that_is_not_the_tokens(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"error": "외부사 정보가 일치하지 않습니다."}, 403))
    with pytest.raises(VendorRejected):
        await confirm(store)


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


async def test_reads_of_one_store_run_side_by_side(stub_server: StubServer, store: StoreApi) -> None:
    both = asyncio.Barrier(2)

    async def reply(request: Any) -> Any:
        await both.wait()
        return await json_reply(order())(request)

    stub_server.says(reply)
    async with asyncio.timeout(5):
        await asyncio.gather(store.orders.get(1), store.orders.get(2))


async def test_once_it_may_not_be_asked_any_more_neither_a_read_nor_a_write_nor_the_next_attempt_is_sent(
    stub_server: StubServer, api: TmonApi, waits: Waits
) -> None:
    answers = iter([True, True, False])  # for the token, the first attempt, and the second

    async def may_ask() -> bool:
        return next(answers, False)

    store = api.store(VENDOR, PARTNER, may_ask=may_ask)
    stub_server.says(text_reply("", 503))
    with pytest.raises(NotAsked):
        await store.orders.get(1)
    assert len(stub_server.asked) == 1
    assert len(waits.slept) == 1
    with pytest.raises(NotAsked):
        await confirm(store)
    with pytest.raises(NotAsked):
        await store.check_token()
    assert len(stub_server.asked) == 1
