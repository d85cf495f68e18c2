"""Looks at personal data by people: counted for the monthly review, and told to an admin when there are unusually many."""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, or_, select
from sqlmodel import col

from tmon import audit
from tmon.clock import Clock
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.outbox import ADMIN, enqueue, new_message
from tmon.privacy.messages import UnusualLooks

WINDOW = timedelta(hours=1)
MANY = 30
"""Looks of one person within an hour that are unusual for anybody, without those that one file brought with it."""
IN_FILE = "order.export_recipient"
"""Audited action: a recipient was in a file with many. How many are usual depends on who it is."""
TIMES = 5
"""Looks within an hour are unusual for a person above so many times their usual day, if there are at least `SOME`."""
SOME = 10
USUAL = timedelta(days=30)
QUIET = timedelta(days=1)
"""A person is told of once in this time."""


def is_look() -> ColumnElement[bool]:
    """The condition for an audit row that records a look at personal data, or a download of it."""
    action = col(Audit.action)
    return or_(action.like("%.see"), action.like("%.see_%"), action.like("%.export%"))


async def watch(db: Database, clock: Clock, team_id: str) -> None:
    """Tell an admin of everybody who looked at personal data unusually often within the last hour."""
    now = clock()
    single = case((col(Audit.action) == IN_FILE, 0), else_=1)
    async with db.write() as session:
        recent = await session.execute(
            select(col(Audit.user_id), func.count(), func.min(col(Audit.at)), func.sum(single))
            .where(col(Audit.team_id) == team_id, is_look(), col(Audit.at) > now - WINDOW)
            .group_by(col(Audit.user_id))
            .having(func.count() >= SOME)
        )
        for user_id, count, since, singly in recent.all():
            if singly < MANY:
                usual = await session.scalar(
                    select(func.count()).where(
                        col(Audit.team_id) == team_id,
                        col(Audit.user_id) == user_id,
                        is_look(),
                        col(Audit.at) > now - USUAL,
                        col(Audit.at) <= now - WINDOW,
                    )
                )
                if count <= TIMES * (usual or 0) / USUAL.days:
                    continue
            told = await session.scalar(
                select(func.count()).where(
                    col(Audit.team_id) == team_id,
                    col(Audit.action) == "privacy.unusual",
                    col(Audit.subject) == user_id,
                    col(Audit.at) > now - QUIET,
                )
            )
            if told:
                continue
            audit.record_in_team(session, team_id, "system", "privacy.unusual", now, subject=user_id, looks=count)
            message = UnusualLooks(who=user_id, count=count, since=since)
            key = f"{UnusualLooks.kind}/{user_id}/{now:%Y%m%d%H}"
            await enqueue(session, [new_message(message, team_id=team_id, key=key, to=ADMIN, now=now)])


async def counts(db: Database, team_id: str, begin: datetime, end: datetime) -> Counter[tuple[str, str]]:
    """Return how often each person did what with personal data: (user id, action) → rows."""
    async with db.read() as session:
        rows = await session.execute(
            select(col(Audit.user_id), col(Audit.action), func.count())
            .where(col(Audit.team_id) == team_id, is_look(), col(Audit.at) >= begin, col(Audit.at) < end)
            .group_by(col(Audit.user_id), col(Audit.action))
        )
        return Counter({(user_id, action): count for user_id, action, count in rows})
