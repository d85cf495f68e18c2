"""What is kept of an inquiry: its facts, and what people wrote sealed apart; and how far each source was read."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class Source(StrEnum):
    """Where an inquiry comes from. TMON's API tells reviews to nobody."""

    QUESTION = "question"  # 상품문의
    CS = "cs"  # CS문의: a counsellor of TMON's asks for a buyer


class InquiryText(BaseModel):
    """What people wrote, sealed as one value."""

    writer: str | None = Part(default=None, repr=False)
    """As TMON masks it."""
    message: str | None = Part(default=None, repr=False)
    """The buyer's words."""
    counselor: str | None = Part(default=None, repr=False)
    """Those of TMON's counsellor."""


_WAITING = text("answered_at IS NULL")


class Inquiry(SQLModel, table=True):
    """One question, or one message of a CS inquiry. Rows stay; what people wrote is destroyed (`retention`)."""

    __table_args__ = (
        Index("inquiry_waiting", "team_id", "store_id", "asked_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    source: Source = Field(primary_key=True, sa_type=Choice(Source))
    number: int = Field(primary_key=True, sa_type=BigInteger)
    """`articleNo` or `csInquirySeqNo`."""
    part: int = Field(default=0, primary_key=True, sa_type=BigInteger)
    """`csInquiryMessageGroupSeqNo`: each message of a CS inquiry is answered by itself. 0 for questions."""
    deal_no: int | None = Field(default=None, sa_type=BigInteger)
    title: str = ""
    """The deal's; empty where TMON leaves it out."""
    order_no: int | None = Field(default=None, sa_type=BigInteger)
    category: str | None = None
    """TMON's own name of what a CS inquiry is about."""
    urgent: bool = False
    """긴급메시지, or a heavy claim."""
    asked_at: datetime
    """Where TMON does not say: the beginning of `listed_from`."""
    listed_from: date
    """A list of the seven days from here on (of Korea) tells of it while it is unanswered. For questions the day of asking;
    which day counts for a CS inquiry is not known, so it is the first of the list that told of it."""
    content: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `InquiryText`; NULL where TMON did not tell it, or once destroyed."""
    first_seen_at: datetime
    answered_at: datetime | None = None
    """When it was found to be no longer among the unanswered ones; NULL while it waits."""
    destroyed_at: datetime | None = None


class InquirySyncState(SQLModel, table=True):
    """How far one source was read for one store."""

    __tablename__ = "inquiry_standing"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    source: Source = Field(primary_key=True, sa_type=Choice(Source))
    read_until: date | None = None
    """The last day (of Korea) that was read; NULL before the first run."""
    not_offered_at: datetime | None = None
    """When TMON last said that it does not offer this source, while it offers the other."""
