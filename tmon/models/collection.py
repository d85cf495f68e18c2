"""Tables of collection: the state per store and kind, and recorded runs."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from tmon.database import Choice

ORDERS = "orders"
"""Kind of the order collection, named here because automatic confirmation and wide incidents depend on it. Other kinds
are named by the features that collect them."""


class RunOutcome(StrEnum):
    """How a run ended."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Unread(StrEnum):
    """Kinds of TMON's records that may be unreadable."""

    ORDER = "order"
    CANCEL = "cancel"
    RETURN = "return"
    EXCHANGE = "exchange"
    REDELIVERY = "redelivery"
    QUESTION = "question"
    CS = "cs"
    REVIEW = "review"
    DEAL = "deal"
    ADDRESS = "address"
    TEMPLATE = "template"
    SETTLEMENT = "settlement"


class UnreadWhy(StrEnum):
    """What is wrong with a record."""

    MISSING = "missing"
    FRACTION = "fraction"  # a part of a won or of a piece
    TOO_LARGE = "too_large"  # more than 64 bits
    TOO_LONG = "too_long"
    MALFORMED = "malformed"
    NOT_STORED = "store"  # it could be read, but not stored


def field_name(path: str) -> str:
    """Return the path of a field without positions in lists: what is wrong with it may be wrong in other records, too."""
    return ".".join(part for part in path.split(".") if not part.isdecimal())


class UnreadRecord(SQLModel, table=True):
    """A record of TMON that could not be read or stored. The others are not held up; deleted once it could be read.

    Nothing of its content is kept: it may be anything.
    """

    __tablename__ = "unread_record"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    what: Unread = Field(primary_key=True, sa_type=Choice(Unread))
    number: str = Field(primary_key=True, max_length=20)
    """TMON's number; empty for all of a kind whose number cannot be read either."""
    field: str = Field(max_length=120)
    """Path of the field that is wrong."""
    why: UnreadWhy = Field(sa_type=Choice(UnreadWhy))
    listed_from: date | None = None
    """A list query over the seven days (Korea) from here contains it, where it can only be found in lists."""
    first_seen_at: datetime
    last_seen_at: datetime
    told_at: datetime | None = None
    """When people were told; part of the key of that message."""


class SyncState(SQLModel, table=True):
    """State of one kind of collection for one store: due time, watermark, failures."""

    __tablename__ = "collection"

    team_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    kind: str = Field(primary_key=True, max_length=32)
    """Kind of a collector, as declared in a feature's manifest."""
    watermark: datetime | None = None
    """Everything up to here has been collected; NULL before the first run."""
    due_at: datetime
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    failures: int = 0
    """Consecutive failures."""
    failing_since: datetime | None = None
    error: str | None = Field(default=None, max_length=40)
    """Error code of the last failure; NULL after a success."""
    not_offered_at: datetime | None = None
    """When TMON first answered that it does not offer the call."""
    claim_token: str | None = Field(default=None, max_length=20)
    """Held by the run that waits for its turn or is under way (`collection.run_claims`)."""
    claim_owner: str | None = Field(default=None, max_length=20)
    claimed_until: datetime | None = None
    run_by: str | None = Field(default=None, max_length=20)
    """The process that has begun the last run: what others remember of the store does not hold any more."""
    last_run: dict[str, Any] | None = Field(default=None, sa_type=JSON(none_as_null=True))
    """How the last run ended, for those who wait for it in other processes."""


class SyncRun(SQLModel, table=True):
    """One run of a collection."""

    __tablename__ = "collection_run"
    __table_args__ = (Index("run_by_store", "team_id", "store_id", "started_at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(max_length=20)
    kind: str = Field(max_length=32)
    outcome: RunOutcome = Field(default=RunOutcome.RUNNING, sa_type=Choice(RunOutcome))
    asked_by: str | None = Field(default=None, max_length=20)
    """The user who requested it; NULL: the scheduler."""
    started_at: datetime
    finished_at: datetime | None = None
    window_start: datetime | None = None
    window_end: datetime | None = None
    counts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What changed, by name: `new`, `preparing`, `changed`, `cancelled`, …"""
    error: str | None = Field(default=None, max_length=40)
