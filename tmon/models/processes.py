"""Tables of the processes that share the database, and of what only one of them may do at a time."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field, SQLModel


class ProcessRecord(SQLModel, table=True):
    """A process that works on this database. One whose heartbeat is too old is gone: others take over what it had claimed.

    All times are the database's.
    """

    __tablename__ = "process"

    id: str = Field(primary_key=True, max_length=20)
    role: str = Field(max_length=10)
    """`run`, `web` or `worker`."""
    version: str = Field(max_length=20)
    keys: list[str] = Field(default_factory=list, sa_type=JSON)
    """Fingerprints of its encryption keys, the one that encrypts first."""
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What it says about itself, for the operator."""
    started_at: datetime
    heartbeat_at: datetime


class Lease(SQLModel, table=True):
    """The right to do something alone, for a while: whoever has its token may. All times are the database's."""

    __tablename__ = "lease"

    team_id: str = Field(primary_key=True, max_length=20)
    """Empty for what concerns no workspace."""
    name: str = Field(primary_key=True, max_length=120)
    """What may be done alone, such as `place/C…` or `sale_period/st_…`."""
    claim_token: str | None = Field(default=None, max_length=20)
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that has it."""
    claimed_until: datetime | None = None


class Chore(SQLModel, table=True):
    """Work that is due at an interval, for all processes together. All times are the database's."""

    __tablename__ = "chore"

    name: str = Field(primary_key=True, max_length=60)
    due_at: datetime
    claim_token: str | None = Field(default=None, max_length=20)
    claim_owner: str | None = Field(default=None, max_length=20)
    """The process that does it now."""
    claimed_until: datetime | None = None
    done_at: datetime | None = None
    """When it last ended, done or not."""


class OldestCode(SQLModel, table=True):
    """The oldest code that works with this schema; no row: any that knows this table.

    A revision that takes something away adds a row with the newest revision of the first code that goes without it.
    """

    __tablename__ = "oldest_code"

    id: int | None = Field(default=None, primary_key=True)
    revision: str = Field(max_length=10)
