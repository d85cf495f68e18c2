"""The audit log: who did what, when, and whose data was viewed. Kept for at least a year; holds no personal data."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.ids import new_id
from tmon.models.audit import Audit
from tmon.pages import Page, fetch_page
from tmon.scope import OfStore

PAGE = 15
"""Rows per page of the list."""


def record(
    session: AsyncSession,
    of: OfStore,
    actor: str,
    action: str,
    now: datetime,
    *,
    subject: str | int | None = None,
    **details: Any,
) -> None:
    """Add an audit row about a store, in the transaction of the action that it records.

    `actor`: a Slack user id, `auto` or `system`; `action`: `<feature>.<verb>`; `subject`: an order number, a field, …
    """
    _add(session, of.team_id, of.store_id, actor, action, now, subject, details)


def record_in_team(
    session: AsyncSession,
    team_id: str,
    actor: str,
    action: str,
    now: datetime,
    *,
    subject: str | int | None = None,
    **details: Any,
) -> None:
    """Add an audit row about something that concerns no single store."""
    _add(session, team_id, None, actor, action, now, subject, details)


def _add(
    session: AsyncSession,
    team_id: str,
    store_id: str | None,
    actor: str,
    action: str,
    now: datetime,
    subject: str | int | None,
    details: dict[str, Any],
) -> None:
    session.add(
        Audit(
            team_id=team_id,
            id=new_id("au"),
            at=now,
            user_id=actor,
            action=action,
            store_id=store_id,
            subject=None if subject is None else str(subject),
            details=details,
        )
    )


class AuditLog:
    """Queries of the audit log. The caller checks that the reader is an admin of the workspace."""

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
        """Return a page of the rows of a store, of a user, and of `between` (end excluded), newest first.

        None does not filter.
        """
        conditions = [col(Audit.team_id) == team_id]
        if store_id is not None:
            conditions.append(col(Audit.store_id) == store_id)
        if user_id is not None:
            conditions.append(col(Audit.user_id) == user_id)
        if between is not None:
            conditions += [col(Audit.at) >= between[0], col(Audit.at) < between[1]]
        async with self._db.read() as session:
            query = select(Audit).where(*conditions).order_by(col(Audit.at).desc(), col(Audit.id).desc())
            return await fetch_page(session, query, page, PAGE)
