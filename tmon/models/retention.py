"""Table of personal data whose destruction is due and held back."""

from datetime import datetime
from enum import StrEnum

from sqlmodel import Field, SQLModel

from tmon.database import Choice


class HoldReason(StrEnum):
    """Why what is due is not destroyed. Stored; only added to."""

    CLOCK = "clock"  # neither Slack nor TMON agrees with the machine's clock
    SHARE = "share"  # more is due than on other days


class HeldDestruction(SQLModel, table=True):
    """One kind of personal data that is due and held back; the row goes when nothing is held back any more."""

    __tablename__ = "held_destruction"

    team_id: str = Field(primary_key=True, max_length=20)
    what: str = Field(primary_key=True, max_length=20)
    """`Retention.name`."""
    reason: HoldReason = Field(sa_type=Choice(HoldReason))
    waiting: int
    """How many are due."""
    since: datetime
    told_at: datetime | None = None
    """When the operator was told."""
