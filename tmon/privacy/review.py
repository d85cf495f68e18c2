"""The monthly review of access records (Standards of Measures to Secure the Safety of Personal Information, art. 8,
para. 2): an admin is reminded on the first day of a month, and says when it is done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.clock import Clock
from tmon.core import Core
from tmon.database import Database, fetch_many
from tmon.models.audit import Audit
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.outbox import ADMIN, enqueue, enqueue_update, new_message
from tmon.permissions import Person
from tmon.privacy import chain, looks
from tmon.privacy.messages import AccessReview

AUTOMATIC = "privacy.automatic"
"""Audited action: how often the bot itself decrypted personal data within an hour, by column."""
DONE = "privacy.review"
UNUSUAL = "privacy.unusual"
REMIND_AT = time(9)


@dataclass(frozen=True)
class MonthOfAccess:
    """Accesses to personal data within a month."""

    month: date
    looks: Mapping[tuple[str, str], int]
    """By person and action."""
    automatic: int
    """Decryptions by the bot."""
    destroyed: int
    """Destructions: rows of the audit log, each with its own number."""
    unusual: int
    reviewed: tuple[str, datetime] | None
    """Who said when that it was reviewed."""


class AccessReviews:
    """Reviews of access records. The caller checks that the person is an admin."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._zone = core.db, core.clock, core.options.zone

    async def awaited(self, team_id: str) -> date | None:
        """Return the last month if it had a store and was not reviewed yet, else None."""
        month = last_month(self._clock().astimezone(self._zone).date())
        if not await _had_store(self._db, team_id, bounds(month, self._zone)[1]):
            return None
        return None if (await self.month(team_id, month)).reviewed else month

    async def month(self, team_id: str, month: date) -> MonthOfAccess:
        """Return what happened in the month that begins with `month`."""
        begin, end = bounds(month, self._zone)
        counted = await looks.counts(self._db, team_id, begin, end)
        async with self._db.read() as session:
            within = (col(Audit.team_id) == team_id, col(Audit.at) >= begin, col(Audit.at) < end)
            automatic = await session.scalars(select(col(Audit.details)).where(*within, col(Audit.action) == AUTOMATIC))
            numbers = sum(int(count) for details in automatic for count in details.values())
            destroyed = await session.scalar(select(func.count()).where(*within, col(Audit.action).like("%.destroy")))
            unusual = await session.scalar(select(func.count()).where(*within, col(Audit.action) == UNUSUAL))
            done = await _reviewed(session, team_id, month)
        reviewed = None if done is None else (done.user_id, done.at)
        return MonthOfAccess(month, counted, numbers, destroyed or 0, unusual or 0, reviewed)

    async def export(self, person: Person, month: date) -> list[Audit]:
        """Return the month's access records, oldest first: looks, decryptions and destructions; audited."""
        begin, end = bounds(month, self._zone)
        action = col(Audit.action)
        query = (
            select(Audit)
            .where(
                col(Audit.team_id) == person.team_id,
                col(Audit.at) >= begin,
                col(Audit.at) < end,
                or_(looks.is_look(), action.like("%.destroy"), action.like("privacy.%")),
            )
            .order_by(col(Audit.at), col(Audit.id))
        )
        async with self._db.read() as session:
            found = await fetch_many(session, query)
        async with self._db.write() as session:
            audit.record_in_team(
                session,
                person.team_id,
                person.user_id,
                "privacy.export_access",
                self._clock(),
                subject=f"{month:%Y-%m}",
            )
        return found

    async def finish(self, person: Person, month: date) -> None:
        """Record that `person` reviewed a month; a second time changes nothing."""
        now = self._clock()
        async with self._db.write() as session:
            await session.get(OutboxMessage, (person.team_id, _key(month)), with_for_update=True)
            if await _reviewed(session, person.team_id, month) is not None:
                return
            audit.record_in_team(
                session, person.team_id, person.user_id, "privacy.review", now, subject=month.isoformat()
            )
            await enqueue_update(session, person.team_id, [_key(month)], now=now)


async def _reviewed(session: AsyncSession, team_id: str, month: date) -> Audit | None:
    """Return the record that a month was reviewed."""
    done: Audit | None = await session.scalar(
        select(Audit)
        .where(col(Audit.team_id) == team_id, col(Audit.action) == DONE, col(Audit.subject) == month.isoformat())
        .order_by(col(Audit.at))
        .limit(1)
    )
    return done


async def remind(db: Database, clock: Clock, zone: ZoneInfo, team_id: str) -> None:
    """Remind an admin of last month's review, once, from nine o'clock of the first day on; not before the first store."""
    now = clock().astimezone(zone)
    month = last_month(now.date())
    if now.day == 1 and now.time() < REMIND_AT:
        return
    _, end = bounds(month, zone)
    async with db.read() as session:
        if await session.get(OutboxMessage, (team_id, _key(month))) is not None:
            return
    if not await _had_store(db, team_id, end):
        return
    state = await chain.check(db, clock, team_id)
    message = AccessReview(month=month, chain_length=state.length, chain_hash=state.last_hash)
    async with db.write() as session:
        row = new_message(message, team_id=team_id, key=_key(month), to=ADMIN, now=clock())
        await enqueue(session, [row])


async def _had_store(db: Database, team_id: str, before: datetime) -> bool:
    async with db.read() as session:
        count = select(func.count()).where(col(Store.team_id) == team_id, col(Store.created_at) < before)
        return bool(await session.scalar(count))


def last_month(today: date) -> date:
    """Return the first day of the month before that of `today`."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def bounds(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the begin of the month that begins with `month`, and of the next."""
    after = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
    return datetime.combine(month, time(), zone), datetime.combine(after, time(), zone)


def _key(month: date) -> str:
    return f"{AccessReview.kind}/{month:%Y-%m}"
