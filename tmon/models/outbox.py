"""The outbox's rows: one row is one message at one place."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel


class MessageArgs(BaseModel):
    """What one kind of message is rendered from: ids only, never a secret or personal data.

    Stored as JSON in `OutboxMessage.args`. Fields are only ever added, and `kind` never changes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ClassVar[str]


class OutboxMessage(SQLModel, table=True):
    """One message at one place, posted once and edited in place from then on."""

    __tablename__ = "message"
    __table_args__ = (
        Index("message_due", "due_at", sqlite_where=text("wanted > sent"), postgresql_where=text("wanted > sent")),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    key: str = Field(primary_key=True, max_length=120)
    """Names the thing and the place, such as `order/st_…/9100200301`: one row, one message."""
    kind: str = Field(max_length=40)
    """Which class of `MessageArgs` it bears; a renderer draws each."""
    destination: str = Field(max_length=20)
    """A channel id, a user id (direct message), `contact`, `mail` or `operator`."""
    args: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The fields of that class."""
    thread_key: str | None = Field(default=None, max_length=120)
    """The message in whose thread it is a reply."""
    store_id: str | None = Field(default=None, max_length=20, index=True)
    version: int = Field(default=1, sa_column_kwargs={"name": "wanted", "key": "version"})
    delivered_version: int = Field(default=0, sa_column_kwargs={"name": "sent", "key": "delivered_version"})
    due_at: datetime
    attempts: int = 0
    error: str | None = Field(default=None, max_length=60)
    undeliverable: bool = Field(default=False, sa_column_kwargs={"name": "dead", "key": "undeliverable"})
    """Given up: what it told cannot be delivered anywhere. Never drawn again."""
    channel: str | None = Field(default=None, max_length=20)
    """The conversation it was posted in (`D…` for direct messages)."""
    ts: str | None = Field(default=None, max_length=30)
    created_at: datetime
    delivered_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "sent_at", "key": "delivered_at"})
    """When it reached its place last; a message that had nothing to show any more never did."""
