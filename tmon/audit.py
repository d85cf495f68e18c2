"""The audit log: who did what, when, and whose data was viewed. Kept for at least a year; holds no personal data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock, system_clock
from tmon.database import Database, fetch_many
from tmon.ids import new_id
from tmon.models.audit import Audit
from tmon.pages import Page
from tmon.permissions import Person
from tmon.scope import OfStore

PAGE = 15
"""Rows per page of the list."""
MOST_EXPORTED = 50_000
"""Rows in one file."""
_LISTED = 5000
"""Newest rows that are listed; of older ones those of a day, or a file."""
_GAP = timedelta(minutes=2)
"""Longest time between two rows that are joined."""
_BATCHED = ("order.confirm", "order.confirm_failed", "order.export_recipient", "product.extend")
"""Actions that one press or one run records many times."""
_NEWEST_FIRST = (col(Audit.at).desc(), col(Audit.id).desc())


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


@dataclass(frozen=True, kw_only=True)
class AuditPage(Page[Audit]):
    """A page of the log. Of what one press or run recorded many times only the newest row is among the items."""

    joined: Mapping[str, int]
    """How many rows an item stands for, by its id."""
    rows: int
    """All rows that match."""
    older: bool
    """Whether there are older rows than are listed."""


@dataclass(frozen=True)
class AuditFilter:
    """Which rows are asked for; None does not filter."""

    store_id: str | None = None
    user_id: str | None = None
    between: tuple[datetime, datetime] | None = None
    """End excluded."""


class AuditLog:
    """Queries of the audit log. The caller checks that the reader is an admin of the workspace."""

    def __init__(self, db: Database, clock: Clock = system_clock) -> None:
        self._db, self._clock = db, clock

    async def page(
        self,
        team_id: str,
        *,
        store_id: str | None = None,
        user_id: str | None = None,
        between: tuple[datetime, datetime] | None = None,
        page: int = 0,
    ) -> AuditPage:
        """Return a page of the rows of a store, of a user, and of `between` (end excluded), newest first.

        None does not filter.
        """
        where = _where(team_id, AuditFilter(store_id, user_id, between))
        columns = (Audit.id, Audit.at, Audit.user_id, Audit.action, Audit.store_id)
        async with self._db.read() as session:
            total = await session.scalar(select(func.count()).select_from(Audit).where(*where)) or 0
            newest = await session.execute(
                select(*map(col, columns)).where(*where).order_by(*_NEWEST_FIRST).limit(_LISTED)
            )
            joined = _joined(newest)
            shown = Page.of(list(joined), page, PAGE)
            rows = await session.scalars(
                select(Audit)
                .where(col(Audit.team_id) == team_id, col(Audit.id).in_(shown.items))
                .order_by(*_NEWEST_FIRST)
            )
            found = list(rows)
        return AuditPage(
            found, shown.number, shown.pages, shown.total, joined=joined, rows=total, older=total > _LISTED
        )

    async def export(self, person: Person, wanted: AuditFilter) -> list[Audit]:
        """Return the newest rows, at most `MOST_EXPORTED`; audited."""
        query = select(Audit).where(*_where(person.team_id, wanted)).order_by(*_NEWEST_FIRST).limit(MOST_EXPORTED)
        async with self._db.read() as session:
            found = await fetch_many(session, query)
        async with self._db.write() as session:
            record_in_team(
                session, person.team_id, person.user_id, "privacy.export_access", self._clock(), subject="audit"
            )
        return found


def _where(team_id: str, wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions = [col(Audit.team_id) == team_id]
    if wanted.store_id is not None:
        conditions.append(col(Audit.store_id) == wanted.store_id)
    if wanted.user_id is not None:
        conditions.append(col(Audit.user_id) == wanted.user_id)
    if wanted.between is not None:
        conditions += [col(Audit.at) >= wanted.between[0], col(Audit.at) < wanted.between[1]]
    return conditions


def _joined(newest: Iterable[Any]) -> dict[str, int]:
    """Join rows of one actor, action and store that follow each other: how many, by the id of the newest."""
    joined: dict[str, int] = {}
    open_: dict[tuple[str, str, str | None], tuple[str, datetime]] = {}
    for row_id, at, user_id, action, store_id in newest:
        key = (user_id, action, store_id)
        head, last_at = open_.get(key, ("", at))
        if not head or action not in _BATCHED or last_at - at > _GAP:
            head = row_id
            joined[head] = 0
        joined[head] += 1
        open_[key] = (head, at)
    return joined
