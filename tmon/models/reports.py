"""Table of scheduled reports: which are due, and which were posted."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class ReportKind(StrEnum):
    """Kinds of scheduled reports. Stored; only added to."""

    DAILY = "daily"  # 일일 리포트
    WEEKLY = "weekly"  # 주간 리포트
    MONTHLY = "monthly"  # 월간 정산 리포트


class ScheduledReport(SQLModel, table=True):
    """One report to one place: a channel, or of monthly ones also the direct messages of a person."""

    __tablename__ = "scheduled_report"
    __table_args__ = (Index("scheduled_reports_due", "team_id", "posted_at", "due_at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    destination: str = Field(primary_key=True, max_length=20)
    """A channel id, or a user id."""
    kind: ReportKind = Field(primary_key=True, sa_type=Choice(ReportKind))
    day: date = Field(primary_key=True)
    """The last day that it tells of (Korea); of a monthly one the last day of the month."""
    due_at: datetime
    posted_at: datetime | None = None
    """When it was handed to the outbox; NULL: not yet."""
    late: bool = False
    """It was made up later (늦은 리포트)."""
    given_up_at: datetime | None = None
    """Too late to be made up."""
