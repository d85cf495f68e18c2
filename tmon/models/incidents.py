"""Tables of incidents and the stores they affect."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from tmon.database import Choice


class Cause(StrEnum):
    """Cause of an incident, widest first."""

    VENDOR = "vendor"  # the deployment's vendor credential
    TMON = "tmon"  # TMON as a whole
    KEY = "key"  # one store's key, or its own vendor credential
    AREA = "area"  # one store and one API area
    DATA_KEY = "data_key"  # buyers' data cannot be decrypted


class Resolution(StrEnum):
    """Why an incident was closed."""

    RECOVERED = "recovered"  # an affected store succeeded
    PAUSED = "paused"  # nothing is collected any more for the affected stores


class Incident(SQLModel, table=True):
    """One cause of failures, from the first failure to the first success."""

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
    """`vendor`, `tmon`, `key:<store>`, `area:<store>:<kind>`, `data_key` or `data_key:<store>`; at most one open each."""
    cause: Cause = Field(sa_type=Choice(Cause))
    area: str | None = Field(default=None, max_length=20)
    """The kind of collection that fails, for `Cause.AREA`."""
    serious: bool = False
    """Whether it is notified during quiet hours as well."""
    failing_since: datetime
    opened_at: datetime
    refreshed_at: datetime
    """When the displayed numbers (`waiting`, `urgent_at`) were last counted."""
    closed_at: datetime | None = None
    resolution: Resolution | None = Field(
        default=None, sa_type=Choice(Resolution), sa_column_kwargs={"name": "ended", "key": "resolution"}
    )
    suppressed_by: str | None = Field(
        default=None, max_length=20, sa_column_kwargs={"name": "hidden_by", "key": "suppressed_by"}
    )
    """The wider incident that suppresses this one's messages."""
    error: str = Field(max_length=40)
    message: str | None = None
    """TMON's error message, if any."""
    waiting: int = 0
    """Orders pending confirmation in the affected stores, as last counted."""
    urgent_at: datetime | None = None
    """Their earliest confirm-by time in the future."""
    assignee: str | None = Field(default=None, max_length=20, sa_column_kwargs={"name": "taken_by", "key": "assignee"})
    assigned_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "taken_at", "key": "assigned_at"})


class IncidentStore(SQLModel, table=True):
    """A store that an incident affects."""

    __tablename__ = "incident_store"
    __table_args__ = (Index("incident_by_store", "team_id", "store_id"),)

    team_id: str = Field(primary_key=True, max_length=20)
    incident_id: str = Field(primary_key=True, max_length=20)
    store_id: str = Field(primary_key=True, max_length=20)
    contact_store_id: str = Field(max_length=20)
    """The representative: the incident's first store with the same contact, so that each person is notified once."""
    joined_at: datetime
    recovered_at: datetime | None = None
    """When this store first succeeded again."""
    backfilled: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs={"name": "caught_up", "key": "backfilled"}
    )
    """Results of that first success: counts by name."""
