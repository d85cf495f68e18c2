"""Table of the audit log: who did what, when, and whose data was viewed. Holds no personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from tmon.database import partial_index


class Audit(SQLModel, table=True):
    """One action, or one view of personal data."""

    __table_args__ = (
        Index("audit_by_day", "team_id", "at"),
        partial_index("audit_unchained", "team_id", "at", "id", "chain_no", where="chain_no IS NULL"),
        UniqueConstraint("team_id", "chain_no", name="audit_chain_no"),
    )

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
    chain_no: int | None = Field(default=None, sa_type=BigInteger)
    """Position in the team's hash chain, from 1; NULL until the chain has taken it up, and before the first chain."""
    chain_hash: str | None = Field(default=None, max_length=64)
    """SHA-256, in hex, of this row and of the hash before it."""

    @property
    def place(self) -> str:
        """Where from: people act through `Slack`, the bot itself on its `server`."""
        return "server" if self.user_id in ("auto", "system", "tmon") else "Slack"


class AuditChain(SQLModel, table=True):
    """The end of a team's hash chain over its audit rows, and what its last verification found."""

    __tablename__ = "audit_chain"

    team_id: str = Field(primary_key=True, max_length=20)
    length: int = Field(default=0, sa_type=BigInteger)
    last_hash: str = Field(default="", max_length=64)
    verified_at: datetime | None = None
    """When the chain was last verified; None: never yet."""
    verified_length: int = Field(default=0, sa_type=BigInteger)
    verified_hash: str = Field(default="", max_length=64)
    broken_at: int | None = Field(default=None, sa_type=BigInteger)
    """The first number that was missing or changed at the last verification; None: none."""
