"""Who did what, when, and whose data was seen. Rows stay for at least a year; no personal data in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from tmon.ids import new_id


class Audit(SQLModel, table=True):
    """One decision or one look at personal data."""

    __table_args__ = (Index("audit_by_day", "team_id", "at"),)

    team_id: str = Field(primary_key=True, max_length=20)
    id: str = Field(primary_key=True, max_length=20)
    at: datetime
    user_id: str = Field(max_length=20)
    """A Slack user id, `auto` for automatic confirmation, `system` for the bot itself."""
    action: str = Field(max_length=40)
    """`<feature>.<verb>`, such as `order.confirm`."""
    store_id: str | None = Field(default=None, max_length=20)
    subject: str | None = Field(default=None, max_length=60)
    """What it was done to: an order number, a field name, …"""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


def record(
    session: AsyncSession,
    *,
    team_id: str,
    at: datetime,
    user_id: str,
    action: str,
    store_id: str | None = None,
    subject: str | int | None = None,
    **details: Any,
) -> None:
    """Adds an audit row to the transaction that does what it tells."""
    session.add(
        Audit(
            team_id=team_id,
            id=new_id("au"),
            at=at,
            user_id=user_id,
            action=action,
            store_id=store_id,
            subject=None if subject is None else str(subject),
            details=details,
        )
    )
