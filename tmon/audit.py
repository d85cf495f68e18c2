"""Who did what, when, and whose data was seen. Rows stay for at least a year; no personal data in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel, col

from tmon.database import Database
from tmon.ids import new_id

PAGE = 15
"""Rows on one page of the list."""


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


@dataclass(frozen=True)
class AuditPage:
    """One page of the list, the newest rows first."""

    rows: Sequence[Audit]
    found: int
    page: int
    pages: int


class AuditLog:
    """Reads what was recorded. That only admins of the workspace do so is the caller's to check."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def page(
        self,
        team_id: str,
        *,
        store_id: str | None = None,
        user_id: str | None = None,
        between: tuple[datetime, datetime] | None = None,
        page: int = 0,
    ) -> AuditPage:
        """What was recorded of a store, of a person, from the first moment up to the second; None leaves it open."""
        wanted = [col(Audit.team_id) == team_id]
        if store_id is not None:
            wanted.append(col(Audit.store_id) == store_id)
        if user_id is not None:
            wanted.append(col(Audit.user_id) == user_id)
        if between is not None:
            wanted += [col(Audit.at) >= between[0], col(Audit.at) < between[1]]
        async with self._db.read() as session:
            found = await session.scalar(select(func.count()).select_from(Audit).where(*wanted)) or 0
            pages = max(1, -(-found // PAGE))
            page = min(max(page, 0), pages - 1)
            rows = await session.scalars(
                select(Audit)
                .where(*wanted)
                .order_by(col(Audit.at).desc(), col(Audit.id).desc())
                .offset(page * PAGE)
                .limit(PAGE)
            )
            return AuditPage(list(rows), found, page, pages)
