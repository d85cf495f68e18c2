"""Inquiries to sellers: 상품문의 and CS문의 (docs/tmon-api.md, ch. 11.1, 11.3, 11.4)."""

from datetime import datetime

from bot.playground.tmon.errors import ApiError
from bot.playground.tmon.models import BuyerQuestion, CsCase
from bot.playground.tmon.routes.queries import days, one_of, page_of, page_size, path_number
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.state import Sandbox
from bot.playground.tmon.wire import moment, without_absent
from tmon.clock import KST


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
    inquiry = sandbox.cs_inquiries.get(path_number(request, "csInquirySeqNo"))
    if inquiry is None or inquiry.partner_id != request.partner.partner_id:
        raise ApiError(500, "존재하지 않는 문의입니다.")
    return without_absent(
        csInquirySeqNo=inquiry.inquiry_no,
        dealNo=inquiry.deal_no,
        orderNo=inquiry.order_no,
        customerMessage=inquiry.customer_message,
        categoryInfo={"seqNo": inquiry.category_no, "name": inquiry.category},
        optionDealInfoList=[],
        inquiryFileList=[],
        inquiryMessageGroupList=[
            {
                "csInquiryMessageGroupSeqNo": group.group_no,
                "createDate": moment(group.asked_at),
                "counselorInquiry": {"message": group.message},
            }
            for group in inquiry.groups
        ],
    )


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
)
