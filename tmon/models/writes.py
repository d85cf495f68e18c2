"""Writes to TMON that were begun: one row each, from the claim to how it ended."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice
from tmon.sealing import Sealed


class WriteStep(StrEnum):
    """How far a write has come. Stored; only added to."""

    PREPARED = "prepared"
    """Claimed and being checked; nothing was sent."""
    SENT = "sent"
    """Written down before it leaves; after a crash nobody knows whether it arrived."""
    UNKNOWN = "unknown"
    """It left and no answer tells what became of it: TMON is asked, or a person."""
    DONE = "done"
    FAILED = "failed"
    """TMON has not done it, and will not."""


OPEN_STEPS = (WriteStep.PREPARED, WriteStep.SENT, WriteStep.UNKNOWN)
_IS_OPEN = text("state IN ('prepared', 'sent', 'unknown')")


class WriteRecord(SQLModel, table=True):
    """One write to TMON. Whoever holds `claim_token` may carry it on; every change of the row checks it."""

    __tablename__ = "remote_write"
    __table_args__ = (
        Index(
            "remote_write_open_once",
            *("team_id", "store_id", "kind", "subject"),
            unique=True,
            sqlite_where=_IS_OPEN,
            postgresql_where=_IS_OPEN,
        ),
        Index("remote_write_due", "due_at", sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20, index=True)
    kind: str = Field(max_length=40)
    """Which class of write it is: `RemoteWrite.kind`, declared in a feature's manifest."""
    subject: str = Field(max_length=100)
    """The thing that is written. One write of a kind is open for it, which the database enforces."""
    args: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What the write is made of again after a crash; never a secret or personal data."""
    sealed: str | None = Field(default=None, sa_type=Sealed)
    """Sealed JSON of the one field that is personal; NULL once the write has ended."""
    state: WriteStep = Field(default=WriteStep.PREPARED, sa_type=Choice(WriteStep))
    actor: str = Field(max_length=20)
    """A user id, or `system` and the like."""
    created_at: datetime
    sent_at: datetime | None = None
    """When the intent was committed, right before it left."""
    due_at: datetime
    """The recovery does not look at it before."""
    ended_at: datetime | None = None
    attempts: int = 0
    """How often TMON was asked in vain what became of it."""
    error: str | None = Field(default=None, max_length=60)
    """Name of the error, or text key, of why it failed."""
    handed_over: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """A person pressed it in a process that others share the work with: whoever finds it unsent carries it out."""
    result: str | None = Field(default=None, sa_type=Sealed)
    """Sealed JSON of how it ended, until whoever waits for that has read it."""
    waits_for_switch: bool = False
    """In doubt, and a switch of the store forbids to ask."""
    claim_token: str | None = Field(default=None, max_length=20)
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that holds the claim."""
    claimed_until: datetime | None = None
    """From then on another process may take the claim over, which makes the old token void."""
