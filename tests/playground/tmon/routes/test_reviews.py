"""Reviews at the sandbox (docs/tmon-api.md, ch. 17)."""

from datetime import timedelta

import pytest

from bot.playground.tmon import REVIEW_CALLS, Sandbox, new_review
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tmon.clock import KST

DAY = timedelta(days=1)


def days(sandbox: Sandbox, back: int = 6) -> dict[str, str]:
    today = sandbox.clock().astimezone(KST).date()
    return {"startDate": (today - back * DAY).isoformat(), "endDate": today.isoformat()}


async def test_reviews_of_these_days_in_pages(caller: Caller, sandbox: Sandbox) -> None:
    old = new_review(sandbox, HANBIT, score=4, written_at=sandbox.clock() - 9 * DAY)
    first, second = (new_review(sandbox, HANBIT, score=score, content="좋아요") for score in (1, 5))
    page = (await caller.get("/reviews", per=1, page=1, **days(sandbox))).json()
    assert page["hasNext"] is True
    (item,) = page["items"]
    assert {key: item[key] for key in ("reviewNo", "createDate", "tmonDealNo", "score", "content")} == {
        "reviewNo": first.review_no,
        "createDate": "2026-03-10T10:00",
        "tmonDealNo": first.deal_no,
        "score": 1,
        "content": "좋아요",
    }
    assert item["writer"].endswith("***")
    (item,) = (await caller.get("/reviews", per=1, page=2, **days(sandbox))).json()["items"]
    assert item["reviewNo"] == second.review_no != old.review_no
    assert (await caller.get("/reviews", SODAM, **days(sandbox))).json() == {"items": [], "hasNext": False}
    assert (await caller.get("/reviews", **days(sandbox, 8))).status_code == 400


async def test_each_reply_is_one_more(caller: Caller, sandbox: Sandbox) -> None:
    review = new_review(sandbox, HANBIT)
    path = f"/reviews/{review.review_no}/replies"
    for number in (1, 2):
        answer = await caller.post(path, {"content": "고맙습니다"})
        assert isinstance(answer.json(), int)
        assert review.replies == ["고맙습니다"] * number
    sandbox.forbidden_words = {"최저가"}
    for partner, body, status, says in (
        (HANBIT, {"content": "최저가!"}, 500, "금칙어"),
        (HANBIT, {"content": " "}, 400, "content"),
        (SODAM, {"content": "고맙습니다"}, 500, "존재하지 않는"),
    ):
        answer = await caller.post(path, body, partner)
        assert (answer.status_code, says in answer.json()["error"]) == (status, True)
    assert len(review.replies) == 2


@pytest.mark.parametrize("status", [404, 405])
async def test_a_tmon_without_reviews(caller: Caller, sandbox: Sandbox, status: int) -> None:
    review = new_review(sandbox, HANBIT)
    sandbox.faults.not_offered = {*REVIEW_CALLS}
    sandbox.faults.not_offered_status = status  # type: ignore[assignment]
    assert (await caller.get("/reviews", **days(sandbox))).status_code == status
    answer = await caller.post(f"/reviews/{review.review_no}/replies", {"content": "고맙습니다"})
    assert (answer.status_code, review.replies) == (status, [])
