"""Table of the audit log: who did what, when, and whose data was viewed. Holds no personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel


class Audit(SQLModel, table=True):
    """One action, or one view of personal data."""

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
    """What the action was applied to: an order number, a field name, …"""
    details: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
