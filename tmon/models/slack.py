"""Tables of what all processes have to know of their talk with Slack."""

from datetime import datetime

from sqlalchemy import Double, Index, text
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
    """Sealed JSON of what a submission was acknowledged with; NULL: not acknowledged yet."""
    press: str | None = Field(default=None, max_length=64)
    """SHA-256 of whose button was pressed, as long as what follows from it is at work: a second press is ignored."""
    owner: str | None = Field(default=None, max_length=20)
    """The process that took it."""
    __table_args__ = (Index("envelope_pressed_once", "team_id", "press", unique=True),)


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
    """When the person opened it, or last acted on it. Nothing reads it: it tells the operator whose tabs are in use."""
    drawing: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Number of the last drawing that was begun."""
    shown: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    """Number of the latest drawing that Slack has taken."""
