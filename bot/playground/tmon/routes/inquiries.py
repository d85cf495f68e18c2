"""Inquiries to sellers, 상품문의 and CS문의, and their answers (docs/tmon-api.md, ch. 11.1-11.5)."""

from datetime import date, datetime

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import BuyerQuestion, CsCase, SellerAnswer
from bot.playground.tmon.routes import bodies
from bot.playground.tmon.routes.queries import days, one_of, page_of, page_size, path_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, parse_day, without_absent
from tmon.clock import KST

NOT_TAKEN = "처리가능여부를 입력할 수 없는 문의입니다."
_DATED = (4, 6)
"""Categories whose answer names a period."""


def questions(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /qnas`: by the date of the question."""
    wanted = _Wanted(request)
    found = [
        question
        for question in sandbox.questions.values()
        if question.partner_id == request.partner.partner_id and wanted(question.asked_at, question.answered)
    ]
    found.sort(key=lambda question: (question.asked_at, question.article_no))
    return page_of(request, [_question(question) for question in found], page_size(request))


def cs_list(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /cs-inquiry/list`: by the date of the last message, without texts."""
    wanted = _Wanted(request)
    found = [
        inquiry
        for inquiry in sandbox.cs_inquiries.values()
        if inquiry.partner_id == request.partner.partner_id
        and wanted(inquiry.groups[-1].asked_at, inquiry.groups[-1].answered)
    ]
    found.sort(key=lambda inquiry: (inquiry.groups[-1].asked_at, inquiry.inquiry_no))
    return page_of(request, [_listed(inquiry) for inquiry in found], page_size(request))


def cs_get(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`GET /cs-inquiry/detail/{csInquirySeqNo}`: with texts."""
    inquiry = _inquiry_of(sandbox, request)
    return without_absent(
        csInquirySeqNo=inquiry.inquiry_no,
        dealNo=inquiry.deal_no,
        orderNo=inquiry.order_no,
        customerMessage=inquiry.customer_message,
        categoryInfo={"seqNo": inquiry.category_no, "name": inquiry.category},
        optionDealInfoList=[],
        inquiryFileList=[{"fileName": f"사진{number}.jpg"} for number in range(1, inquiry.files + 1)],
        inquiryMessageGroupList=[
            {
                "csInquiryMessageGroupSeqNo": group.group_no,
                "createDate": moment(group.asked_at),
                "counselorInquiry": {"message": group.message},
            }
            for group in inquiry.groups
        ],
    )


def reply(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /qnas/{articleNo}/replies`: answers with the bare number of the reply. A second one is a second reply."""
    question = sandbox.questions.get(path_number(request, "articleNo"))
    if question is None or question.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 문의입니다.")
    content = bodies.text(bodies.fields_of(request.body), "content")
    if sandbox.has_forbidden_word(content):
        raise ApiError(500, "답변에 금칙어가 포함되어 있습니다.")
    question.replies.append(content)
    question.answered = True
    return question.article_no * 10 + len(question.replies)


def cs_answer(sandbox: Sandbox, request: AuthorizedRequest) -> object:
    """`POST /cs-inquiry/save/{csInquirySeqNo}/{csInquiryMessageGroupSeqNo}`: refusals are in an HTTP 200.

    But for 처리가능여부 where an inquiry does not take it, which is an error.
    """
    inquiry = _inquiry_of(sandbox, request)
    group_no = path_number(request, "csInquiryMessageGroupSeqNo")
    fields = bodies.fields_of(request.body)
    message = bodies.text(fields, "message")
    group = next((one for one in inquiry.groups if one.group_no == group_no), None)
    if group is None:
        raise ApiError(500, "존재하지 않는 문의 메시지입니다.")
    if "possibilityYn" in fields and not inquiry.takes_possibility:
        raise ApiError(500, NOT_TAKEN)
    possible = None
    if inquiry.takes_possibility:
        possible = bodies.one_of(fields, "possibilityYn", ("Y", "N")) == "Y"
    starts_on, ends_on = (_day(fields, name) for name in ("expectedStartDate", "expectedEndDate"))
    refusal = None
    if sandbox.has_forbidden_word(message):
        refusal = "답변에 금칙어가 포함되어 있습니다."
    elif group is not inquiry.groups[-1]:
        refusal = "가장 최근 문의에만 답변할 수 있습니다."
    elif inquiry.category_no in _DATED and possible is not False and (starts_on is None or ends_on is None):
        refusal = "처리 예정 기간을 입력해 주세요."
    elif starts_on is not None and ends_on is not None and ends_on < starts_on:
        refusal = "처리 예정 종료일은 시작일보다 빠를 수 없습니다."
    if refusal is not None:
        return {"success": False, "message": refusal}
    group.answers.append(SellerAnswer(message, possible, starts_on, ends_on))
    group.answered = True
    return {"success": True, "message": "저장되었습니다."}


def _day(fields: bodies.Fields, name: str) -> date | None:
    if name not in fields:
        return None
    day = parse_day(bodies.text(fields, name))
    if day is None:
        raise ApiError(400, f"{name}은(는) yyyy-MM-dd 형식이어야 합니다.")
    return day


def _inquiry_of(sandbox: Sandbox, request: AuthorizedRequest) -> CsCase:
    inquiry = sandbox.cs_inquiries.get(path_number(request, "csInquirySeqNo"))
    if inquiry is None or inquiry.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 문의입니다.")
    return inquiry


class _Wanted:
    """Filter of a list. Without `answered`, both answered and open ones match (docs/tmon-api.md, ch. 17)."""

    def __init__(self, request: AuthorizedRequest) -> None:
        self._start, self._end = days(request)
        self._answered: bool | None = None
        if "answered" in request.query:
            self._answered = one_of(request, "answered", ("true", "false"), "true, false") == "true"

    def __call__(self, asked_at: datetime, answered: bool) -> bool:
        day = asked_at.astimezone(KST).date()
        return self._start <= day <= self._end and self._answered in (None, answered)


def _question(question: BuyerQuestion) -> dict[str, object]:
    return without_absent(
        articleNo=question.article_no,
        createDate=moment(question.asked_at),
        dealNo=question.deal_no,
        dealTitle=question.deal_title,
        writer=question.writer,
        content=question.content,
        tmonOrderNo=question.order_no,
    )


def _listed(inquiry: CsCase) -> dict[str, object]:
    return without_absent(
        csInquirySeqNo=inquiry.inquiry_no,
        csInquiryMessageGroupSeqNo=inquiry.groups[-1].group_no,
        dealNo=inquiry.deal_no,
        dealTitle=inquiry.deal_title,
        writer=inquiry.writer,
        orderNo=inquiry.order_no,
        categoryInfo={"seqNo": inquiry.category_no, "name": inquiry.category},
        emergencyYn=inquiry.emergency,
        heavyClaimYn=inquiry.heavy_claim,
    )


ROUTES = (
    Route("qnas.list", "GET", "/qnas", questions),
    Route("cs_inquiries.list", "GET", "/cs-inquiry/list", cs_list),
    Route("cs_inquiries.get", "GET", "/cs-inquiry/detail/{csInquirySeqNo}", cs_get),
    Route("qnas.reply", "POST", "/qnas/{articleNo}/replies", reply),
    Route("cs_inquiries.answer", "POST", "/cs-inquiry/save/{csInquirySeqNo}/{csInquiryMessageGroupSeqNo}", cs_answer),
)
