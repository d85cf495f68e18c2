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
    """Source of an inquiry. TMON's API offers no reviews."""

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


_WAITING = text("answered_at IS NULL")


class Inquiry(SQLModel, table=True):
    """One question, or one message of a CS inquiry. Rows are kept; their text is destroyed in time (`retention`)."""

    __table_args__ = (
        Index("inquiry_waiting", "team_id", "store_id", "asked_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
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
    urgent: bool = False
    """긴급메시지, or a heavy claim (중대 클레임)."""
    asked_at: datetime
    """If TMON omits it: midnight of `listed_from`, Korea time."""
    listed_from: date
    """A list query over the seven days (Korea) from here contains it while it is unanswered. For questions the day of
    asking; which day TMON uses for CS inquiries is not known, so it is the first day of the list that contained it."""
    content: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `InquiryText`; NULL if TMON did not deliver it, or once destroyed."""
    first_seen_at: datetime
    answered_at: datetime | None = None
    """When it was no longer listed as unanswered; NULL while it is unanswered."""
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
