"""What sellers are asked: 상품문의 and CS문의, for reading (docs/tmon-api.md, ch. 11.1, 11.3, 11.4).

Reviews are not here: no integration ever had a call for them.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from tmon.api import endpoints
from tmon.api.session import ApiSession
from tmon.api.wire import ApiModel, Filled, Moment, as_array, read

PER_PAGE = 50
"""Items asked for on a page: what integrations use (docs/tmon-api.md, ch. 3)."""

Flag = Annotated[bool, BeforeValidator(lambda value: False if value in (None, "") else value)]
"""A boolean, also as the `Y` and `N` that its name on the wire speaks of; what is left out is no."""


class Question(ApiModel):
    """상품문의: what somebody asks about a deal. `writer` comes masked, `content` as it was typed."""

    article_no: int
    asked_at: Moment = Field(validation_alias="createDate")
    deal_no: int | None = None
    deal_title: Filled = None
    order_no: int | None = Field(default=None, validation_alias="tmonOrderNo")
    writer: Filled = Field(default=None, repr=False)
    content: str = Field(repr=False)


class InquiryCategory(ApiModel):
    """What a CS inquiry is about. The names arrive in the answer; they stand in no table."""

    no: int | None = Field(default=None, validation_alias="seqNo")
    name: Filled = None


class CsInquiry(ApiModel):
    """CS문의 in a list: a counsellor of TMON's asks for a buyer. It tells neither the words nor the time."""

    inquiry_no: int = Field(validation_alias="csInquirySeqNo")
    group_no: int = Field(validation_alias="csInquiryMessageGroupSeqNo")
    """The message; with `inquiry_no` it is what an answer goes to."""
    deal_no: int | None = None
    deal_title: Filled = None
    order_no: int | None = None
    writer: Filled = Field(default=None, repr=False)
    category: InquiryCategory | None = Field(default=None, validation_alias="categoryInfo")
    emergency: Flag = Field(default=False, validation_alias="emergencyYn")
    heavy_claim: Flag = Field(default=False, validation_alias="heavyClaimYn")


class CounselorInquiry(ApiModel):
    """A counsellor's words."""

    message: Filled = Field(default=None, repr=False)


class MessageGroup(ApiModel):
    """One message of a CS inquiry."""

    group_no: int = Field(validation_alias="csInquiryMessageGroupSeqNo")
    asked_at: Moment | None = Field(default=None, validation_alias="createDate")
    counselor: CounselorInquiry | None = Field(default=None, validation_alias="counselorInquiry")


class CsInquiryDetail(ApiModel):
    """One CS inquiry with its words."""

    inquiry_no: int = Field(validation_alias="csInquirySeqNo")
    customer_message: Filled = Field(default=None, repr=False)
    groups: tuple[MessageGroup, ...] = Field(default=(), validation_alias="inquiryMessageGroupList")


def _read_questions(data: Any) -> list[Question]:
    return [read(Question, item) for item in as_array(data)]


def _read_cs(data: Any) -> list[CsInquiry]:
    return [read(CsInquiry, item) for item in as_array(data)]


class Inquiries:
    """What a store is asked and has not answered."""

    __slots__ = ("_caller",)

    def __init__(self, caller: ApiSession) -> None:
        self._caller = caller

    def questions(self, start: date, end: date) -> AsyncIterator[list[Question]]:
        """Unanswered questions asked on these days of Korea, both included and at most 7 apart; one list a page."""
        return self._caller.pages(endpoints.QUESTIONS, _read_questions, query=_unanswered(start, end))

    def cs_inquiries(self, start: date, end: date) -> AsyncIterator[list[CsInquiry]]:
        """Unanswered CS inquiries of these days, as for `questions`."""
        return self._caller.pages(endpoints.CS_INQUIRIES, _read_cs, query=_unanswered(start, end))

    async def cs_inquiry(self, inquiry_no: int) -> CsInquiryDetail:
        """One CS inquiry with its words."""
        return await self._caller.read(
            endpoints.CS_INQUIRY, lambda data: read(CsInquiryDetail, data), inquiry_no=inquiry_no
        )


def _unanswered(start: date, end: date) -> dict[str, str]:
    return {
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "answered": "false",
        "per": str(PER_PAGE),
    }
