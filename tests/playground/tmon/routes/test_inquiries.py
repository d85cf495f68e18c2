"""Questions and CS inquiries at the sandbox (docs/tmon-api.md, ch. 11.1, 11.3, 11.4)."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.tmon import Sandbox, answer_oldest, ask_again, new_cs_inquiry, new_question
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tmon.clock import KST

DAY = timedelta(days=1)


LISTS = ("/qnas", "/cs-inquiry/list")


def days(sandbox: Sandbox, back: int = 3) -> dict[str, str]:
    today = sandbox.clock().astimezone(KST).date()
    return {"startDate": (today - back * DAY).isoformat(), "endDate": today.isoformat()}


async def items(caller: Caller, path: str, partner_id: str = HANBIT, **query: Any) -> list[dict[str, Any]]:
    answer = await caller.get(path, partner_id, **{**days(caller.sandbox), "answered": "false", **query})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_a_question_is_listed_until_it_is_answered(caller: Caller, sandbox: Sandbox) -> None:
    asked = new_question(sandbox, HANBIT, content="언제 오나요?")
    (item,) = await items(caller, "/qnas")
    assert item["articleNo"] == asked.article_no
    assert item["createDate"] == "2026-03-10T10:00"
    assert (item["dealNo"], item["dealTitle"]) == (asked.deal_no, asked.deal_title)
    assert item["content"] == "언제 오나요?"
    assert item["writer"].endswith("***")
    assert "tmonOrderNo" not in item
    assert await items(caller, "/qnas", SODAM) == []
    assert answer_oldest(sandbox, HANBIT)
    assert await items(caller, "/qnas") == []
    assert await items(caller, "/qnas", answered="true") == [item]
    assert not answer_oldest(sandbox, HANBIT)


async def test_without_answered_both_are_listed(caller: Caller, sandbox: Sandbox) -> None:
    new_question(sandbox, HANBIT).answered = True
    new_question(sandbox, HANBIT)
    answer = await caller.get("/qnas", **days(sandbox))
    assert len(answer.json()["items"]) == 2


async def test_a_matter_and_its_words(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    sandbox.new_order(HANBIT)
    inquiry = new_cs_inquiry(sandbox, HANBIT, emergency=True)
    (item,) = await items(caller, "/cs-inquiry/list")
    assert (item["csInquirySeqNo"], item["csInquiryMessageGroupSeqNo"]) == (
        inquiry.inquiry_no,
        inquiry.groups[0].group_no,
    )
    assert item["categoryInfo"] == {"seqNo": 1, "name": inquiry.category}
    assert (item["emergencyYn"], item["heavyClaimYn"]) == (True, False)
    assert "customerMessage" not in item
    answer = await caller.get(f"/cs-inquiry/detail/{inquiry.inquiry_no}")
    whole = answer.json()
    assert whole["customerMessage"] == inquiry.customer_message
    assert whole["inquiryMessageGroupList"] == [
        {
            "csInquiryMessageGroupSeqNo": inquiry.groups[0].group_no,
            "createDate": "2026-03-10T10:00",
            "counselorInquiry": {"message": inquiry.groups[0].message},
        }
    ]
    assert answer_oldest(sandbox, HANBIT)
    assert await items(caller, "/cs-inquiry/list") == []
    clock.advance(timedelta(hours=1))
    again = ask_again(sandbox, inquiry, "다시 확인 부탁드립니다.")
    (item,) = await items(caller, "/cs-inquiry/list")
    assert item["csInquiryMessageGroupSeqNo"] == again.group_no
    assert len((await caller.get(f"/cs-inquiry/detail/{inquiry.inquiry_no}")).json()["inquiryMessageGroupList"]) == 2


async def test_nobody_reads_anothers_or_what_is_not_there(caller: Caller, sandbox: Sandbox) -> None:
    inquiry = new_cs_inquiry(sandbox, HANBIT)
    for path, partner_id in ((f"/cs-inquiry/detail/{inquiry.inquiry_no}", SODAM), ("/cs-inquiry/detail/1", HANBIT)):
        answer = await caller.get(path, partner_id)
        assert (answer.status_code, answer.json()) == (500, {"error": "존재하지 않는 문의입니다."})
    assert (await caller.get("/cs-inquiry/detail/abc")).status_code == 400


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    "query",
    [
        {"startDate": "2026-03-02", "endDate": "2026-03-10"},  # eight days apart
        {"startDate": "2026-03-10", "endDate": "2026-03-09"},
        {"startDate": "2026-03-10T00:00:00"},
        {"endDate": "2026-02-30"},
        {"answered": "no"},
        {"per": "0"},
        {"per": "101"},
        {"page": "0"},
    ],
)
async def test_queries_that_are_refused(caller: Caller, sandbox: Sandbox, path: str, query: dict[str, str]) -> None:
    answer = await caller.get(path, **{**days(sandbox), **query})
    assert answer.status_code == 400
    assert "error" in answer.json()


@pytest.mark.parametrize("path", LISTS)
async def test_both_days_are_included_and_may_be_seven_apart(caller: Caller, sandbox: Sandbox, path: str) -> None:
    make = new_question if path == "/qnas" else new_cs_inquiry
    midnight = sandbox.clock().astimezone(KST).replace(hour=0, minute=0)
    for moment in (
        midnight - 7 * DAY - timedelta(seconds=1),
        midnight - 7 * DAY,
        midnight + DAY - timedelta(seconds=1),
    ):
        make(sandbox, HANBIT, asked_at=moment)
    assert len(await items(caller, path, startDate="2026-03-03")) == 2


@pytest.mark.parametrize("path", LISTS)
async def test_pages_have_the_wanted_size(caller: Caller, sandbox: Sandbox, path: str) -> None:
    for _ in range(5):
        (new_question if path == "/qnas" else new_cs_inquiry)(sandbox, HANBIT)
    sizes = []
    for page in (1, 2, 3, 4):
        answer = (await caller.get(path, **days(sandbox), answered="false", per=2, page=page)).json()
        sizes.append((len(answer["items"]), answer["hasNext"]))
    assert sizes == [(2, True), (2, True), (1, False), (0, False)]


async def test_an_answer_is_public_and_a_second_one_too(caller: Caller, sandbox: Sandbox) -> None:
    asked = new_question(sandbox, HANBIT)
    path = f"/qnas/{asked.article_no}/replies"
    numbers = [(await caller.post(path, {"content": words})).json() for words in ("하나", "둘")]
    assert len(set(numbers)) == 2
    assert asked.replies == ["하나", "둘"]
    assert await items(caller, "/qnas") == []
    assert len(await items(caller, "/qnas", answered="true")) == 1
    for partner_id, body, status in (
        (SODAM, {"content": "x"}, 500),
        (HANBIT, {}, 400),
        (HANBIT, {"content": " "}, 400),
    ):
        assert (await caller.post(path, body, partner_id)).status_code == status
    assert asked.replies == ["하나", "둘"]
    answer = await caller.post(path, {"content": "금칙어"})
    assert (answer.status_code, list(answer.json())) == (500, ["error"])


async def test_answers_to_cs_inquiries_have_rules(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    inquiry = new_cs_inquiry(sandbox, HANBIT, category_no=4)
    clock.advance(timedelta(minutes=1))
    newest = ask_again(sandbox, inquiry, "다시 확인 부탁드립니다.")
    path = f"/cs-inquiry/save/{inquiry.inquiry_no}"
    period = {"expectedStartDate": "2026-03-11", "expectedEndDate": "2026-03-12"}
    good = {"message": "됩니다", "possibilityYn": "Y", **period}
    for group, body, said in (
        (inquiry.groups[0].group_no, good, "가장 최근"),
        (newest.group_no, {"message": "됩니다", "possibilityYn": "Y"}, "예정 기간"),
        (newest.group_no, {**good, "expectedEndDate": "2026-03-10"}, "빠를 수 없습니다"),
        (newest.group_no, {**good, "message": "금칙어"}, "금칙어"),
    ):
        answer = await caller.post(f"{path}/{group}", body)
        assert (answer.status_code, answer.json()["success"]) == (200, False)
        assert said in answer.json()["message"]
    for body in ({"message": "됩니다"}, {**good, "possibilityYn": "?"}, {**good, "expectedStartDate": "내일"}):
        assert (await caller.post(f"{path}/{newest.group_no}", body)).status_code == 400
    assert newest.answers == []
    answer = await caller.post(f"{path}/{newest.group_no}", {"message": "안 됩니다", "possibilityYn": "N"})
    assert answer.json()["success"] is True
    assert await items(caller, "/cs-inquiry/list") == []
    picky = new_cs_inquiry(sandbox, HANBIT, category_no=1, takes_possibility=False)
    path = f"/cs-inquiry/save/{picky.inquiry_no}/{picky.groups[0].group_no}"
    answer = await caller.post(path, {"message": "됩니다", "possibilityYn": "Y"})
    assert (answer.status_code, "처리가능여부를" in answer.json()["error"]) == (500, True)
    assert (await caller.post(path, {"message": "됩니다"})).json()["success"] is True
