"""Tables of what all processes have to know of their talk with Slack."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Double
from sqlmodel import Field, SQLModel

from tmon.sealing import Sealed


class Envelope(SQLModel, table=True):
    """An envelope that was taken. Slack may deliver one again, also to another process: it has one effect and one answer."""

    __tablename__ = "envelope"

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=64)
    """SHA-256 of what tells it apart."""
    received_at: datetime = Field(index=True)
    answer: str | None = Field(default=None, sa_type=Sealed)
    """Sealed JSON of what it was acknowledged with; NULL: not acknowledged yet."""


class SlackPace(SQLModel, table=True):
    """How fast the Web API may be called: a token bucket."""

    __tablename__ = "slack_pace"

    team_id: str = Field(primary_key=True, max_length=20)
    lane: str = Field(primary_key=True, max_length=40)
    """A place for posts, a method for the others."""
    full_at: float = Field(sa_type=Double)
    """When the bucket is full again if nothing is taken, in seconds since 1970 by the database's clock (`Database.seconds`)."""


class HomeTab(SQLModel, table=True):
    """The home tab of a person who has opened it."""

    __tablename__ = "home_tab"

    team_id: str = Field(primary_key=True, max_length=20)
    user_id: str = Field(primary_key=True, max_length=20)
    page: int = 0
    seen_at: datetime
    shown: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """What else it shows."""
