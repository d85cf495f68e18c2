"""Inquiries, 상품문의 and CS문의, and their answers (docs/tmon-api.md, ch. 11.1-11.5)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidatorFunctionWrapHandler, WrapValidator

from tmon.api import endpoints
from tmon.api.endpoints import Endpoint
from tmon.api.errors import Rejected
from tmon.api.responses import SERVER_FAULT_MESSAGES, tidy
from tmon.api.session import ApiSession
from tmon.api.transport import ambiguous_error
from tmon.api.wire import (
    IF_READABLE,
    ApiModel,
    Label,
    MalformedResponse,
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
_EARLIEST = datetime.min.replace(tzinfo=UTC)


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
    category: Annotated[InquiryCategory | None, IF_READABLE] = Field(default=None, validation_alias="categoryInfo")
    files: Annotated[int, BeforeValidator(lambda found: len(found) if isinstance(found, list) else 0)] = Field(
        default=0, validation_alias="inquiryFileList"
    )
    """How many files came with it. What they are is not read."""
    groups: tuple[MessageGroup, ...] = Field(default=(), validation_alias="inquiryMessageGroupList")

    @property
    def newest(self) -> MessageGroup | None:
        """The message that waits for an answer: the last one. TMON does not say in which order it lists them."""
        return max(self.groups, key=lambda group: (group.asked_at or _EARLIEST, group.group_no), default=None)


def _read_questions(data: Any) -> Records[Question]:
    return read_each(data, lambda item: read(Question, item), "articleNo")


def _read_cs(data: Any) -> Records[CsInquiry]:
    return read_each(data, lambda item: read(CsInquiry, item), "csInquirySeqNo")


class _Saved(ApiModel):
    """What TMON answers to an answer, where that is an object (docs/tmon-api.md, ch. 11.5, 13.1)."""

    success: bool | None = None
    message: Annotated[str | None, IF_READABLE] = None


class Inquiries:
    """A store's inquiries, and the answers to them."""

    __slots__ = ("_session",)

    def __init__(self, session: ApiSession) -> None:
        self._session = session

    def questions(self, start: date, end: date, *, answered: bool = False) -> AsyncIterator[Records[Question]]:
        """Yield questions asked on these days (Korea), both included, at most 7 days; one list per page.

        `answered`: the answered ones, instead of those that wait.
        """
        return self._session.pages(endpoints.QUESTIONS, _read_questions, query=_query(start, end, answered))

    def cs_inquiries(self, start: date, end: date, *, answered: bool = False) -> AsyncIterator[Records[CsInquiry]]:
        """Yield CS inquiries of these days, as for `questions`."""
        return self._session.pages(endpoints.CS_INQUIRIES, _read_cs, query=_query(start, end, answered))

    async def cs_inquiry(self, inquiry_no: int) -> CsInquiryDetail:
        """Return one CS inquiry with its text."""
        return await self._session.read(
            endpoints.CS_INQUIRY, lambda data: read(CsInquiryDetail, data), inquiry_no=inquiry_no
        )

    async def reply(self, article_no: int, content: str) -> None:
        """Answer a question. Everybody sees it, and a second call is a second answer.

        Raises UnknownOutcome if it was sent without a conclusive answer, Rejected with TMON's sentence.
        """
        endpoint = endpoints.QUESTION_REPLY
        await self._session.write(
            endpoint, lambda data: _read_saved(endpoint, data), {"content": content}, article_no=article_no
        )

    async def answer_cs(
        self,
        inquiry_no: int,
        group_no: int,
        message: str,
        *,
        possible: bool | None,
        starts_on: date | None = None,
        ends_on: date | None = None,
    ) -> None:
        """Answer a message of a CS inquiry; what is None is left out. Raises as `reply` does.

        `Rejected.no_possibility`: the inquiry does not take `possible`.
        """
        body: dict[str, Any] = {"message": message}
        if possible is not None:
            body["possibilityYn"] = "Y" if possible else "N"
        if starts_on is not None:
            body["expectedStartDate"] = starts_on.isoformat()
        if ends_on is not None:
            body["expectedEndDate"] = ends_on.isoformat()
        endpoint = endpoints.CS_ANSWER
        await self._session.write(
            endpoint,
            lambda data: _read_saved(endpoint, data, tells_success=True),
            body,
            inquiry_no=inquiry_no,
            group_no=group_no,
        )


def _read_saved(endpoint: Endpoint, data: Any, *, tells_success: bool = False) -> None:
    """Raise Rejected where an answer of HTTP 200 says `success: false`, MalformedResponse where it says nothing.

    `tells_success`: an answer without `success` says nothing; else anything but silence is a success.
    """
    if data is None or data == "":
        raise MalformedResponse("(answer)", "missing")
    if not isinstance(data, dict):
        if tells_success:
            raise MalformedResponse("(answer)")
        return
    saved = read(_Saved, data)
    if saved.success is False:
        said = saved.message or ""
        if any(text in said for text in SERVER_FAULT_MESSAGES):
            raise ambiguous_error(endpoint, tidy(said), 200, reason="trouble inside TMON")
        raise Rejected(endpoint.name, tidy(said) or None, 200, said=said)
    if saved.success is None and tells_success:
        raise MalformedResponse("success", "missing")


def _query(start: date, end: date, answered: bool) -> dict[str, str]:
    return {
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "answered": "true" if answered else "false",
        "per": str(PER_PAGE),
    }
