"""Reviews and replies (docs/tmon-api.md, ch. 17)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.tmon.api.stub_server import StubServer, json_reply, paths, text_reply
from tmon.api import NotOffered, Rejected, Review, StoreApi, UnknownOutcome, unread_of

START, END = date(2024, 3, 1), date(2024, 3, 7)


def review(**over: Any) -> dict[str, Any]:
    """An item with everything."""
    return {
        "reviewNo": 7700101,
        "createDate": "2024-03-06T10:15",
        "tmonDealNo": 7700112233,
        "dealTitle": "가상브랜드 데일리 티셔츠",
        "writer": "jih***",
        "score": 2,
        "content": "색이 달라요",
        "imageCount": 3,
        "tmonOrderNo": 9100200301,
        **over,
    }


def page(*items: dict[str, Any], more: bool = False) -> Any:
    return json_reply({"items": list(items), "hasNext": more})


async def test_pages_of_reviews(stub_server: StubServer, store: StoreApi) -> None:
    bare = {"reviewNo": "7", "score": "5"}
    stub_server.says(page(review(), more=True), page(bare))
    first, second = [one async for found in store.reviews.written(START, END) for one in found]
    assert {*paths(stub_server.asked)} == {"/reviews"}
    assert stub_server.asked[1].query == {
        "startDate": "2024-03-01",
        "endDate": "2024-03-07",
        "per": "50",
        "page": "2",
    }
    assert first.written_at == datetime(2024, 3, 6, 1, 15, tzinfo=UTC)
    assert (first.review_no, first.deal_no, first.order_no) == (7700101, 7700112233, 9100200301)
    assert (first.score, first.pictures, first.content, first.writer) == (2, 3, "색이 달라요", "jih***")
    assert second == Review(review_no=7, score=5)
    assert "색이" not in repr(first)
    assert "jih" not in repr(first)


@pytest.mark.parametrize("wrong", [{"score": 0}, {"score": 6}, {"score": None}, {"score": 4.5}, {"imageCount": -1}])
async def test_one_that_cannot_be_read_stops_no_other(
    stub_server: StubServer, store: StoreApi, wrong: dict[str, Any]
) -> None:
    stub_server.says(page(review(**wrong), review(reviewNo=8)))
    (found,) = [found async for found in store.reviews.written(START, END)]
    assert [one.review_no for one in found] == [8]
    assert [(one.number, one.field) for one in unread_of(found)] == [("7700101", next(iter(wrong)))]


async def test_a_reply_is_sent_once(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(770010101))
    await store.reviews.reply(7700101, "고맙습니다")
    stub_server.says(text_reply("<html>502</html>", 502))
    with pytest.raises(UnknownOutcome):
        await store.reviews.reply(7700101, "고맙습니다")
    stub_server.says(json_reply({"error": "금칙어가 포함되어 있습니다."}, 500))
    with pytest.raises(Rejected) as refused:
        await store.reviews.reply(7700101, "최저가")
    assert refused.value.message == "금칙어가 포함되어 있습니다."
    assert paths(stub_server.asked) == ["/reviews/7700101/replies"] * 3


@pytest.mark.parametrize("status", [404, 405])
async def test_not_offered(stub_server: StubServer, store: StoreApi, status: int) -> None:
    stub_server.says(json_reply({"error": "Not Found"}, status), json_reply({"error": "Not Found"}, status))
    with pytest.raises(NotOffered):
        _ = [one async for one in store.reviews.written(START, END)]
    with pytest.raises(NotOffered):
        await store.reviews.reply(7700101, "고맙습니다")
