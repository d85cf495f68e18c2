"""Questions and CS inquiries for reading (docs/tmon-api.md, ch. 11.1, 11.3, 11.4)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.tmon.api.stub_server import StubServer, json_reply, paths, text_reply
from tmon.api import CsInquiry, NotOffered, Question, Rejected, StoreApi, TmonError, UnexpectedResponse

START, END = date(2024, 3, 1), date(2024, 3, 7)


def question(**over: Any) -> dict[str, Any]:
    """The item of 18.10."""
    return {
        "articleNo": 3300451,
        "createDate": "2024-03-06T10:15",
        "dealNo": 7700112233,
        "dealTitle": "가상브랜드 데일리 티셔츠",
        "writer": "jih***",
        "content": "L 사이즈 가슴둘레가 어떻게 되나요?",
        **over,
    }


def listed(**over: Any) -> dict[str, Any]:
    """An item of the list of CS inquiries."""
    return {
        "csInquirySeqNo": 880021,
        "csInquiryMessageGroupSeqNo": 990041,
        "dealNo": 7700112233,
        "dealTitle": "가상브랜드 데일리 티셔츠",
        "writer": "jih***",
        "orderNo": 9100200301,
        "categoryInfo": {"seqNo": 4, "name": "배송문의"},
        "emergencyYn": True,
        "heavyClaimYn": False,
        **over,
    }


def detail(**over: Any) -> dict[str, Any]:
    """A CS inquiry with two messages."""
    return {
        "csInquirySeqNo": 880021,
        "customerMessage": "아직도 안 왔어요",
        "optionDealInfoList": [{}],
        "inquiryFileList": [],
        "inquiryMessageGroupList": [
            {
                "csInquiryMessageGroupSeqNo": 990041,
                "createDate": "2024-03-06T10:15:30",
                "counselorInquiry": {"message": "확인 부탁드립니다"},
            },
            {"csInquiryMessageGroupSeqNo": "990042"},
        ],
        **over,
    }


def page(*items: dict[str, Any], more: bool = False) -> Any:
    return json_reply({"items": list(items), "hasNext": more})


async def questions(store: StoreApi) -> list[Question]:
    return [one async for found in store.inquiries.questions(START, END) for one in found]


async def cs_inquiries(store: StoreApi) -> list[CsInquiry]:
    return [one async for found in store.inquiries.cs_inquiries(START, END) for one in found]


async def test_questions(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(page(question(), more=True), page(question(articleNo="7", tmonOrderNo="9100200301")))
    first, second = await questions(store)
    assert set(paths(stub_server.asked)) == {"/qnas"}
    assert stub_server.asked[1].query == {
        "startDate": "2024-03-01",
        "endDate": "2024-03-07",
        "answered": "false",
        "per": "50",
        "page": "2",
    }
    assert (first.article_no, first.asked_at) == (3300451, datetime(2024, 3, 6, 1, 15, tzinfo=UTC))
    assert (first.deal_no, first.deal_title) == (7700112233, "가상브랜드 데일리 티셔츠")
    assert (first.content, first.writer) == ("L 사이즈 가슴둘레가 어떻게 되나요?", "jih***")
    assert (second.article_no, first.order_no, second.order_no) == (7, None, 9100200301)
    assert "사이즈" not in repr(first)
    assert "jih" not in repr(first)


async def test_cs_list_and_detail(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(page(listed()), json_reply(detail()))
    (one,) = await cs_inquiries(store)
    whole = await store.inquiries.cs_inquiry(one.inquiry_no)
    assert paths(stub_server.asked) == ["/cs-inquiry/list", "/cs-inquiry/detail/880021"]
    assert stub_server.asked[0].query["answered"] == "false"
    assert (one.inquiry_no, one.group_no, one.order_no) == (880021, 990041, 9100200301)
    assert (one.emergency, one.heavy_claim) == (True, False)
    assert one.category is not None
    assert one.category.name == "배송문의"
    assert whole.customer_message == "아직도 안 왔어요"
    first, second = whole.groups
    assert first.asked_at == datetime(2024, 3, 6, 1, 15, 30, tzinfo=UTC)
    assert first.counselor is not None
    assert first.counselor.message == "확인 부탁드립니다"
    assert (second.group_no, second.asked_at, second.counselor) == (990042, None, None)
    assert whole.newest is first, "the one with the latest time, wherever it stands"
    assert (whole.files, whole.category) == (0, None)
    assert "아직도" not in repr(whole)
    assert "부탁" not in repr(whole)


async def test_answered_ones_are_asked_for(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(page())
    for lists in (store.inquiries.questions, store.inquiries.cs_inquiries):
        assert [one async for found in lists(START, END, answered=True) for one in found] == []
    assert [asked.query["answered"] for asked in stub_server.asked] == ["true", "true"]


@pytest.mark.parametrize("files", [[{"fileName": "a.jpg"}, "b"], None, "?"])
async def test_files_are_counted_and_not_read(stub_server: StubServer, store: StoreApi, files: object) -> None:
    stub_server.says(json_reply(detail(inquiryFileList=files, categoryInfo={"seqNo": "4", "name": "배송문의"})))
    whole = await store.inquiries.cs_inquiry(880021)
    assert whole.files == (2 if isinstance(files, list) else 0)
    assert whole.category is not None
    assert whole.category.no == 4


@pytest.mark.parametrize(
    ("told", "understood"),
    [("Y", True), ("N", False), ("true", True), (None, False), ("", False), ("?", False), ([], False)],
)
async def test_flags_in_every_spelling(
    stub_server: StubServer, store: StoreApi, told: object, understood: bool
) -> None:
    stub_server.says(page(listed(emergencyYn=told)))
    assert [one.emergency for one in await cs_inquiries(store)] == [understood]


async def test_what_may_be_left_out(stub_server: StubServer, store: StoreApi) -> None:
    little = {"csInquirySeqNo": 1, "csInquiryMessageGroupSeqNo": 2}
    stub_server.says(page(little), json_reply({"csInquirySeqNo": 1}))
    (one,) = await cs_inquiries(store)
    assert (one.deal_no, one.deal_title, one.category, one.emergency) == (None, None, None, False)
    assert (await store.inquiries.cs_inquiry(1)).groups == ()
    stub_server.says(page({"articleNo": 1, "createDate": "2024-03-06T10:15", "content": "", "dealTitle": ""}))
    (asked,) = await questions(store)
    assert (asked.deal_no, asked.deal_title, asked.writer, asked.content) == (None, None, None, None)


@pytest.mark.parametrize(
    ("item", "field"),
    [
        (question(articleNo=None), "articleNo"),
        (question(articleNo=2**63), "articleNo"),
        (None, "(answer)"),
    ],
)
async def test_question_of_another_shape_is_left_out(
    stub_server: StubServer, store: StoreApi, item: Any, field: str
) -> None:
    stub_server.says(page(item, question(articleNo=5)))
    asked = [page async for page in store.inquiries.questions(START, END)]
    assert [one.article_no for one in asked[0]] == [5]
    assert [one.field for one in asked[0].unread] == [field]


@pytest.mark.parametrize("change", [{"createDate": "어제"}, {"content": None}, {"dealNo": "?"}, {"writer": {}}])
async def test_question_is_of_use_without_all_but_its_number(
    stub_server: StubServer, store: StoreApi, change: dict[str, Any]
) -> None:
    stub_server.says(page(question(articleNo=5) | change))
    assert [one.article_no for one in await questions(store)] == [5]


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        (detail(csInquirySeqNo="?"), "csInquirySeqNo"),
        (detail(inquiryMessageGroupList=None), "inquiryMessageGroupList"),
        (detail(inquiryMessageGroupList=[{}]), "inquiryMessageGroupList.0.csInquiryMessageGroupSeqNo"),
        ([detail()], "(answer)"),
    ],
)
async def test_detail_of_another_shape(stub_server: StubServer, store: StoreApi, answer: object, field: str) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.inquiries.cs_inquiry(1)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("status", "kind"),
    [(404, NotOffered), (405, NotOffered)],
)
async def test_a_tmon_without_them(
    stub_server: StubServer, store: StoreApi, status: int, kind: type[TmonError]
) -> None:
    stub_server.says(text_reply("nginx", status))
    with pytest.raises(kind):
        await questions(store)
    with pytest.raises(kind):
        await cs_inquiries(store)
    with pytest.raises(kind):
        await store.inquiries.cs_inquiry(1)
    assert len(stub_server.asked) == 3


async def test_an_inquiry_that_is_gone_is_refused(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"error": "존재하지 않는 문의입니다."}, 404))
    with pytest.raises(Rejected):
        await store.inquiries.cs_inquiry(1)
