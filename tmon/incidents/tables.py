"""What is kept of an incident."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class Cause(StrEnum):
    """What a failure is laid to, widest first."""

    VENDOR = "vendor"  # the deployment's vendor credential
    TMON = "tmon"  # TMON as a whole
    KEY = "key"  # one store's key
    AREA = "area"  # one store and one API area
    DATA_KEY = "data_key"  # buyers' data do not decrypt


class Incident(SQLModel, table=True):
    """One cause of failures, from its opening to its first success."""

    __table_args__ = (
        Index(
            "incident_open_once",
            "team_id",
            "subject",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    subject: str = Field(max_length=80)
    """`vendor`, `tmon`, `key:<store>`, `area:<store>:<kind>`: one open incident each."""
    cause: Cause = Field(sa_type=Choice(Cause))
    store_id: str | None = Field(default=None, max_length=20)
    area: str | None = Field(default=None, max_length=20)
    serious: bool = False
    failing_since: datetime
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    hidden_by: str | None = Field(default=None, max_length=20)
    """The wider incident that speaks for this one."""
    error: str = Field(default="", max_length=40)
    message: str | None = None
    """TMON's own sentence, if it gave one."""
    taken_by: str | None = Field(default=None, max_length=20)
    taken_at: datetime | None = None
    recovered: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What was caught up after the first success: counts by name."""
