"""Who did what, when, and whose data was seen. Rows stay for at least a year; no personal data in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.ids import new_id
from tmon.models.audit import Audit
from tmon.pages import Page, fetch_page

PAGE = 15
"""Rows on one page of the list."""


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
    ) -> Page[Audit]:
        """What was recorded of a store, of a person, from the first moment up to the second; None leaves it open."""
        wanted = [col(Audit.team_id) == team_id]
        if store_id is not None:
            wanted.append(col(Audit.store_id) == store_id)
        if user_id is not None:
            wanted.append(col(Audit.user_id) == user_id)
        if between is not None:
            wanted += [col(Audit.at) >= between[0], col(Audit.at) < between[1]]
        async with self._db.read() as session:
            query = select(Audit).where(*wanted).order_by(col(Audit.at).desc(), col(Audit.id).desc())
            return await fetch_page(session, query, page, PAGE)
