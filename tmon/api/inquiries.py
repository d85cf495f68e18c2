"""Read access to inquiries: 상품문의 and CS문의 (docs/tmon-api.md, ch. 11.1, 11.3, 11.4).

No reviews: no known integration has a call for them.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from pydantic import Field, ValidatorFunctionWrapHandler, WrapValidator

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import (
    IF_READABLE,
    ApiModel,
    Label,
    MaybeMoment,
    MaybeNumber,
    Number,
    Prose,
    Records,
    read,
    read_each,
)

PER_PAGE = 50
"""Items per page, as used by known integrations (docs/tmon-api.md, ch. 3)."""


def _flag(value: object, parse: ValidatorFunctionWrapHandler) -> bool:
    try:
        return bool(parse(value))
    except ValueError:
        return False


Flag = Annotated[bool, WrapValidator(_flag)]
"""A boolean, also accepted as `Y` and `N`, which its field name suggests; False if absent or anything else."""


class Question(ApiModel):
    """상품문의: a question about a deal. `writer` is masked by TMON, `content` is not."""

    article_no: Number
    asked_at: MaybeMoment = Field(default=None, validation_alias="createDate")
    deal_no: MaybeNumber = None
    deal_title: Label = None
    order_no: MaybeNumber = Field(default=None, validation_alias="tmonOrderNo")
    writer: Label = Field(default=None, repr=False)
    content: Prose = Field(default=None, repr=False)


class InquiryCategory(ApiModel):
    """Category of a CS inquiry. The names come with the response; there is no code table."""

    no: MaybeNumber = Field(default=None, validation_alias="seqNo")
    name: Label = None


class CsInquiry(ApiModel):
    """CS문의 in a list: a TMON counsellor asks on behalf of a buyer. Has neither the text nor the time."""

    inquiry_no: Number = Field(validation_alias="csInquirySeqNo")
    group_no: Number = Field(validation_alias="csInquiryMessageGroupSeqNo")
    """The message; together with `inquiry_no` it identifies what an answer belongs to."""
    deal_no: MaybeNumber = None
    deal_title: Label = None
    order_no: MaybeNumber = None
    writer: Label = Field(default=None, repr=False)
    category: Annotated[InquiryCategory | None, IF_READABLE] = Field(default=None, validation_alias="categoryInfo")
    emergency: Flag = Field(default=False, validation_alias="emergencyYn")
    heavy_claim: Flag = Field(default=False, validation_alias="heavyClaimYn")


class CounselorInquiry(ApiModel):
    """The counsellor's text."""

    message: Prose = Field(default=None, repr=False)


class MessageGroup(ApiModel):
    """One message of a CS inquiry."""

    group_no: Number = Field(validation_alias="csInquiryMessageGroupSeqNo")
    asked_at: MaybeMoment = Field(default=None, validation_alias="createDate")
    counselor: Annotated[CounselorInquiry | None, IF_READABLE] = Field(
        default=None, validation_alias="counselorInquiry"
    )


class CsInquiryDetail(ApiModel):
    """A CS inquiry with its text."""

    inquiry_no: Number = Field(validation_alias="csInquirySeqNo")
    customer_message: Prose = Field(default=None, repr=False)
    groups: tuple[MessageGroup, ...] = Field(default=(), validation_alias="inquiryMessageGroupList")


def _read_questions(data: Any) -> Records[Question]:
    return read_each(data, lambda item: read(Question, item), "articleNo")


def _read_cs(data: Any) -> Records[CsInquiry]:
    return read_each(data, lambda item: read(CsInquiry, item), "csInquirySeqNo")


class Inquiries:
    """A store's unanswered inquiries."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    def questions(self, start: date, end: date) -> AsyncIterator[Records[Question]]:
        """Yield unanswered questions asked on these days (Korea), both included, at most 7 days; one list per page."""
        return self._session.pages(endpoints.QUESTIONS, _read_questions, query=_unanswered(start, end))

    def cs_inquiries(self, start: date, end: date) -> AsyncIterator[Records[CsInquiry]]:
        """Yield unanswered CS inquiries of these days, as for `questions`."""
        return self._session.pages(endpoints.CS_INQUIRIES, _read_cs, query=_unanswered(start, end))

    async def cs_inquiry(self, inquiry_no: int) -> CsInquiryDetail:
        """Return one CS inquiry with its text."""
        return await self._session.read(
            endpoints.CS_INQUIRY, lambda data: read(CsInquiryDetail, data), inquiry_no=inquiry_no
        )


def _unanswered(start: date, end: date) -> dict[str, str]:
    return {
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "answered": "false",
        "per": str(PER_PAGE),
    }
