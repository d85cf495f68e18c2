"""Tables of inquiries (facts in plain columns, text sealed), and how far each source was read."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class Source(StrEnum):
    """Source of an inquiry."""

    QUESTION = "question"  # 상품문의
    CS = "cs"  # CS문의: a TMON counsellor asks on behalf of a buyer


class InquiryText(BaseModel):
    """The text of an inquiry, sealed as one value."""

    writer: str | None = Part(default=None, repr=False)
    """Masked by TMON."""
    message: str | None = Part(default=None, repr=False)
    """The buyer's text."""
    counselor: str | None = Part(default=None, repr=False)
    """The text of TMON's counsellor."""


class AnswerState(StrEnum):
    """State of an answer or a reply of ours. Stored; only added to."""

    NONE = "none"  # 미답변
    SENDING = "sending"  # 등록 중
    UNKNOWN = "unknown"  # 확인 중: whether TMON took it is not known
    UNSENT = "unsent"  # TMON calls it unanswered after a lost answer: a person sends it again
    FAILED = "failed"  # 등록 실패
    DONE = "done"  # 답변 완료
    ELSEWHERE = "elsewhere"  # 티몬에서 답변됨


UNDER_WAY = (AnswerState.SENDING, AnswerState.UNKNOWN)
"""An answer of ours may be at TMON, or be about to."""
ELSEWHERE = "tmon"
"""`Inquiry.answered_by` of what was answered outside of this bot."""


class AnswerText(BaseModel):
    """An answer as typed, sealed as one value."""

    content: str = Part(default="", repr=False)
    possible: bool | None = None
    """처리 가능 여부 of a CS inquiry."""
    starts_on: date | None = None
    """예정 시작일."""
    ends_on: date | None = None
    """예정 종료일."""


_WAITING = text("answered_at IS NULL")


class Inquiry(SQLModel, table=True):
    """One question, or one message of a CS inquiry. Rows are kept; their text is destroyed in time (`retention`)."""

    __table_args__ = (
        Index("inquiry_waiting", "team_id", "store_id", "asked_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("inquiries_by_day", "team_id", "asked_at"),
        Index("inquiries_to_remind", "remind_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    source: Source = Field(primary_key=True, sa_type=Choice(Source))
    number: int = Field(primary_key=True, sa_type=BigInteger)
    """`articleNo` or `csInquirySeqNo`."""
    part: int = Field(default=0, primary_key=True, sa_type=BigInteger)
    """`csInquiryMessageGroupSeqNo`: each message of a CS inquiry is answered separately. 0 for questions."""
    deal_no: int | None = Field(default=None, sa_type=BigInteger)
    title: str = ""
    """Title of the deal; empty if TMON omits it."""
    order_no: int | None = Field(default=None, sa_type=BigInteger)
    category: str | None = None
    """TMON's name of the category of a CS inquiry."""
    category_no: int | None = Field(default=None, sa_type=BigInteger)
    """TMON's number of the category: 4 and 6 ask for dates (docs/tmon-api.md, ch. 11.5)."""
    urgent: bool = False
    """긴급메시지, or a heavy claim (중대 클레임)."""
    heavy: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """중대 클레임."""
    files: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Files that came with it. They are counted, not opened."""
    asked_at: datetime
    """If TMON omits it: midnight of `listed_from`, Korea time."""
    listed_from: date
    """A list query over the seven days (Korea) from here contains it while it is unanswered. For questions the day of
    asking; which day TMON uses for CS inquiries is not known, so it is the first day of the list that contained it."""
    content: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `InquiryText`; NULL if TMON did not deliver it, or once destroyed."""
    first_seen_at: datetime
    answered_at: datetime | None = None
    """When it was answered, or no longer listed as unanswered; NULL while it is unanswered."""
    answer_state: AnswerState = Field(
        default=AnswerState.NONE, sa_type=Choice(AnswerState), sa_column_kwargs={"server_default": AnswerState.NONE}
    )
    answered_by: str | None = Field(default=None, max_length=20)
    """Who answered, or is answering: a user id; `tmon`: outside of this bot."""
    answer: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `AnswerText` that was sent, or was to be; NULL once destroyed."""
    answer_error: str | None = None
    """TMON's sentence when it refused the answer."""
    reminded: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """How many steps of its reminders are over (`tmon.inquiries.reminders`)."""
    remind_at: datetime | None = None
    """When people are reminded of it next; NULL: no more."""
    reminded_at: datetime | None = None
    """When people were last reminded of it."""
    destroyed_at: datetime | None = None


class InquirySyncState(SQLModel, table=True):
    """How far one source was read for one store."""

    __tablename__ = "inquiry_standing"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    source: Source = Field(primary_key=True, sa_type=Choice(Source))
    read_until: date | None = None
    """The last day (Korea) that was read; NULL before the first run."""
    not_offered_at: datetime | None = None
    """When TMON last answered that it does not offer this source, while it offers the other."""


class AnswerDraft(SQLModel, table=True):
    """What a person typed as an answer and kept (임시 저장), or could not send. One per person and inquiry."""

    __tablename__ = "answer_draft"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    source: Source = Field(primary_key=True, sa_type=Choice(Source))
    number: int = Field(primary_key=True, sa_type=BigInteger)
    part: int = Field(default=0, primary_key=True, sa_type=BigInteger)
    user_id: str = Field(primary_key=True, max_length=20)
    content: str = Field(sa_type=Sealed)
    """Sealed `AnswerText`."""
    updated_at: datetime


class AnswerPhrase(SQLModel, table=True):
    """A ready-made text for answers (답변 문구) of one store."""

    __tablename__ = "answer_phrase"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    name: str = Field(max_length=40)
    content: str = Field(max_length=2000)
    updated_by: str = Field(max_length=20)
    updated_at: datetime
