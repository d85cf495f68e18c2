"""Answers to questions and CS inquiries (docs/tmon-api.md, ch. 11.2, 11.5)."""

import json
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import NotOffered, Rejected, StoreApi, UnknownOutcome

WORDS = "3월 8일에 출고됩니다."
Answer = Callable[[StoreApi], Awaitable[None]]


async def reply(store: StoreApi) -> None:
    await store.inquiries.reply(3300451, WORDS)


async def answer_cs(store: StoreApi) -> None:
    await store.inquiries.answer_cs(880021, 990041, WORDS, possible=True)


BOTH = pytest.mark.parametrize("answer", [reply, answer_cs])


@pytest.mark.parametrize("said", [json_reply(33004511), json_reply("33004511"), json_reply(True), json_reply({})])
async def test_a_question_is_answered_by_any_answer_of_success(
    stub_server: StubServer, store: StoreApi, said: Reply
) -> None:
    stub_server.says(said)
    await reply(store)
    (asked,) = stub_server.asked
    assert (asked.method, paths([asked])) == ("POST", ["/qnas/3300451/replies"])
    assert json.loads(asked.body) == {"content": WORDS}


async def test_a_cs_inquiry_is_answered_at_its_message_with_what_is_given(
    stub_server: StubServer, store: StoreApi
) -> None:
    stub_server.says(json_reply({"success": True, "message": ""}))
    await answer_cs(store)
    period = {"starts_on": date(2024, 3, 7), "ends_on": date(2024, 3, 8)}
    await store.inquiries.answer_cs(880021, 990041, WORDS, possible=False, **period)
    await store.inquiries.answer_cs(880021, 990041, WORDS, possible=None)
    assert set(paths(stub_server.asked)) == {"/cs-inquiry/save/880021/990041"}
    assert [json.loads(asked.body) for asked in stub_server.asked] == [
        {"message": WORDS, "possibilityYn": "Y"},
        {
            "message": WORDS,
            "possibilityYn": "N",
            "expectedStartDate": "2024-03-07",
            "expectedEndDate": "2024-03-08",
        },
        {"message": WORDS},
    ]


@BOTH
@pytest.mark.parametrize("told", [False, "false", "N"])
async def test_success_false_within_a_success_is_a_refusal(
    stub_server: StubServer, store: StoreApi, answer: Answer, told: object
) -> None:
    stub_server.says(json_reply({"success": told, "message": "금칙어가 있습니다. 010-1234-5678"}))
    with pytest.raises(Rejected) as caught:
        await answer(store)
    assert (caught.value.message or "").startswith("금칙어가 있습니다.")
    assert "1234" not in (caught.value.message or "")
    assert not caught.value.no_possibility


@pytest.mark.parametrize(
    "said",
    [
        json_reply({"success": False, "message": "처리가능여부를 입력할 수 없습니다."}),
        json_reply({"error": "저장 실패: 처리가능여부를 입력할 수 없습니다."}, 500),
        json_reply({"error": "처리가능여부를 입력할 수 없습니다."}, 400),
    ],
)
async def test_what_does_not_take_possibility_is_told_apart(
    stub_server: StubServer, store: StoreApi, said: Reply
) -> None:
    stub_server.says(said)
    with pytest.raises(Rejected) as caught:
        await answer_cs(store)
    assert caught.value.no_possibility


@BOTH
@pytest.mark.parametrize(
    "said",
    [
        text_reply(""),
        text_reply("<html>"),
        text_reply("", 502),
        drop_reply,
        json_reply({"success": False, "message": "ResourceAccessException: I/O error"}),
    ],
)
async def test_without_a_conclusive_answer_it_is_not_repeated(
    stub_server: StubServer, store: StoreApi, answer: Answer, said: Reply
) -> None:
    stub_server.says(said)
    with pytest.raises(UnknownOutcome):
        await answer(store)
    assert len(stub_server.asked) == 1


@pytest.mark.parametrize("said", [{}, {"message": "저장되었습니다."}, {"success": None}, {"success": "?"}, [], 1])
async def test_an_answer_to_a_cs_inquiry_has_to_tell_its_success(
    stub_server: StubServer, store: StoreApi, said: object
) -> None:
    stub_server.says(json_reply(said))
    with pytest.raises(UnknownOutcome):
        await answer_cs(store)


@BOTH
async def test_a_tmon_without_it(stub_server: StubServer, store: StoreApi, answer: Answer) -> None:
    stub_server.says(text_reply("nginx", 404))
    with pytest.raises(NotOffered):
        await answer(store)
