"""Tables of a store's calendar: its closed days (휴무일) and its vacations (휴가 모드)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class ClosedDay(SQLModel, table=True):
    """A day on which the store is closed: confirm-by and ship-by dates of our own do not count it."""

    __tablename__ = "closed_day"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    day: date = Field(primary_key=True)
    note: str = Field(default="", max_length=60)
    vacation_id: str | None = Field(default=None, max_length=20)
    """The vacation that closed it; NULL: a person did."""
    added_by: str = Field(max_length=20)
    added_at: datetime


class Vacation(SQLModel, table=True):
    """A span of closed days with deals paused and delay notices sent (휴가 모드)."""

    __tablename__ = "vacation"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    starts_on: date
    ends_on: date
    ship_on: date
    """새 발송예정일: what the delay notices promise."""
    begun_by: str = Field(max_length=20)
    begun_at: datetime
    started_at: datetime | None = None
    """When its deals and orders were taken down, on its first day; NULL: it is planned."""
    ended_by: str | None = Field(default=None, max_length=20)
    ended_at: datetime | None = None
    """NULL: it goes on."""
    reminded_at: datetime | None = None
    """When people were told that it is past and its deals are still paused."""
    failed_at: datetime | None = None
    """When TMON did not answer, or refused the key: its steps wait for a while."""
    blocked_by: str | None = Field(default=None, max_length=60)
    """Text key of the switch that its steps wait for, as its message shows it."""


class VacationStep(StrEnum):
    """State of one deal or one parcel in a vacation. Stored; only added to."""

    WAITING = "waiting"
    SENT = "sent"  # a deal that is about to be paused, or was: its next reading tells
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # nothing to do: not on sale, shipped or told already, or the vacation has ended
    UNDONE = "undone"  # a deal that was resumed, or is no longer ours to resume
    NOT_UNDONE = "not_undone"  # a deal that TMON refused to resume


class VacationItem(SQLModel, table=True):
    """What a vacation does to one deal (pause) or one parcel (delay notice)."""

    __tablename__ = "vacation_item"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    vacation_id: str = Field(primary_key=True, max_length=20)
    deal_no: int = Field(primary_key=True, sa_type=BigInteger)
    order_no: int = Field(default=0, primary_key=True, sa_type=BigInteger)
    """0: the deal itself is paused; else its delay notice for this order."""
    delivery_no: str = Field(default="", primary_key=True, max_length=40)
    state: VacationStep = Field(default=VacationStep.WAITING, sa_type=Choice(VacationStep))
    note: str | None = Field(default=None, max_length=60)
    """Text key of why it failed or still waits."""
    error: str | None = None
    """TMON's own sentence about it."""
    updated_at: datetime
