"""Table of reviews (구매후기): facts in plain columns, texts sealed."""

from datetime import date, datetime

from pydantic import BaseModel
from pydantic import Field as Part
from sqlalchemy import BigInteger, Index
from sqlmodel import Field, SQLModel

from tmon.database import Choice, partial_index
from tmon.models.inquiries import AnswerState
from tmon.sealing import Sealed

LOW = 2
"""Ratings up to here are low (낮은 평점)."""


class ReviewText(BaseModel):
    """The text of a review, sealed as one value."""

    writer: str | None = Part(default=None, repr=False)
    content: str | None = Part(default=None, repr=False)


class Review(SQLModel, table=True):
    """One review of a deal. Rows are kept; their texts are destroyed in time."""

    __tablename__ = "review"
    __table_args__ = (
        Index("reviews_by_time", "team_id", "store_id", "written_at"),
        partial_index("reviews_to_report", "team_id", "store_id", where="reported_on IS NULL"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    review_no: int = Field(primary_key=True, sa_type=BigInteger)
    deal_no: int | None = Field(default=None, sa_type=BigInteger)
    title: str = ""
    order_no: int | None = Field(default=None, sa_type=BigInteger)
    score: int
    """1 to 5."""
    pictures: int = 0
    written_at: datetime
    content: str | None = Field(default=None, sa_type=Sealed)
    """Sealed `ReviewText`; NULL once destroyed."""
    reply: str | None = Field(default=None, sa_type=Sealed)
    """The seller's reply that was sent from here; NULL once destroyed."""
    reply_state: AnswerState = Field(default=AnswerState.NONE, sa_type=Choice(AnswerState))
    reply_error: str | None = None
    """TMON's sentence when it refused the reply."""
    replied_by: str | None = Field(default=None, max_length=20)
    """A user id; `tmon`: replied outside of this bot."""
    replied_at: datetime | None = None
    """When the reply was sent, whatever became of it."""
    reported_on: date | None = None
    """The day (Korea) whose digest contained it."""
    first_seen_at: datetime
    destroyed_at: datetime | None = None
