"""Table of the outbox: one row is one message at one destination."""

from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict
from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from tmon.database import partial_index


class MessageArgs(BaseModel):
    """Arguments that one kind of message is rendered from: ids only, never secrets or personal data.

    Stored as JSON in `OutboxMessage.args`. Fields are only ever added, and `kind` never changes.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: ClassVar[str]


class OutboxMessage(SQLModel, table=True):
    """One message at one destination, posted once and edited in place afterwards."""

    __tablename__ = "message"
    __table_args__ = (
        partial_index("message_due", "due_at", where="wanted > sent"),
        # SQLite takes it for what is grouped by workspace, for which it would read all messages otherwise
        partial_index("message_waiting", "team_id", "due_at", where="wanted > sent"),
        partial_index("inquiry_cards", "team_id", "store_id", "key", where="kind = 'inquiries'"),
        partial_index("messages_of_store", "team_id", "store_id", where="wanted > sent"),
    )

    team_id: str = Field(primary_key=True, max_length=20)
    key: str = Field(primary_key=True, max_length=120)
    """Identifies subject and destination, such as `order/st_…/9100200301`: one row, one message."""
    kind: str = Field(max_length=40)
    """`MessageArgs.kind`, which selects the renderer."""
    destination: str = Field(max_length=20)
    """A channel id, a user id (direct message), `contact`, `admin`, `mail` or `operator`."""
    args: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    """The fields of that `MessageArgs` class."""
    thread_key: str | None = Field(default=None, max_length=120)
    """Key of the message that it replies to in its thread."""
    store_id: str | None = Field(default=None, max_length=20, index=True)
    version: int = Field(default=1, sa_column_kwargs={"name": "wanted", "key": "version"})
    delivered_version: int = Field(default=0, sa_column_kwargs={"name": "sent", "key": "delivered_version"})
    due_at: datetime
    attempts: int = 0
    error: str | None = Field(default=None, max_length=60)
    refused_since: datetime | None = None
    """Since when `error` has been the same at every attempt; NULL after a success."""
    undeliverable: bool = Field(default=False, sa_column_kwargs={"name": "dead", "key": "undeliverable"})
    """Given up: it cannot be delivered anywhere and is never rendered again."""
    channel: str | None = Field(default=None, max_length=20)
    """The conversation it was posted in (`D…` for direct messages)."""
    ts: str | None = Field(default=None, max_length=30)
    created_at: datetime
    delivered_at: datetime | None = Field(default=None, sa_column_kwargs={"name": "sent_at", "key": "delivered_at"})
    """When it was last delivered; NULL also for a message that was withdrawn before delivery."""
