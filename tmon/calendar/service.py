"""Closed days (휴무일) and collection hours (수집 시간) of a store, as the people who manage it set them.

Callers check permissions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.calendar.closed_days import closed_days
from tmon.clock import KST
from tmon.core import Core, StoreHook
from tmon.errors import AppError
from tmon.models.calendar import ClosedDay
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.scope import OfStore, scope
from tmon.stores.repository import lock

AHEAD = timedelta(days=366)
"""How far ahead a day can be closed."""
MOST_DAYS = 60
"""Days ahead that people can close one by one."""
NOTE_LENGTH = 60


@dataclass(frozen=True)
class Hours:
    """수집 시간, as typed."""

    days: tuple[int, ...] = ()
    """0: Monday; empty: every day."""
    begin: time | None = None
    """None, together with `end`: the whole day."""
    end: time | None = None
    skip_holidays: bool = False


class CalendarService:
    """Reads and changes the calendar of a store."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._changed = core.on_closed_days_changed

    async def days_ahead(self, store: Store) -> Sequence[ClosedDay]:
        """Return the closed days of a store from today on, by day."""
        today = self._clock().astimezone(KST).date()
        async with self._db.read() as session:
            rows = await session.scalars(
                select(ClosedDay)
                .where(*scope(ClosedDay, store), col(ClosedDay.day) >= today)
                .order_by(col(ClosedDay.day))
            )
            return list(rows)

    async def close_day(self, person: Person, store_id: str, day: date | None, note: str) -> None:
        """Close a day. Raises AppError for one that is past, too far ahead, or closed already."""
        now = self._clock()
        today = now.astimezone(KST).date()
        if day is None:
            raise AppError("calendar.no_day", field="day")
        if day < today:
            raise AppError("calendar.past_day", field="day")
        if day > today + AHEAD:
            raise AppError("calendar.far_day", field="day")
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if await session.get(ClosedDay, (person.team_id, store_id, day)) is not None:
                raise AppError("calendar.closed_already", field="day")
            ahead = await session.scalar(
                select(func.count())
                .select_from(ClosedDay)
                .where(*scope(ClosedDay, store), col(ClosedDay.day) >= today, col(ClosedDay.vacation_id).is_(None))
            )
            if (ahead or 0) >= MOST_DAYS:
                raise AppError("calendar.too_many_days", field="day", n=MOST_DAYS)
            session.add(
                ClosedDay(
                    team_id=person.team_id,
                    store_id=store_id,
                    day=day,
                    note=note[:NOTE_LENGTH],
                    added_by=person.user_id,
                    added_at=now,
                )
            )
            audit.record(session, store, person.user_id, "store.close_day", now, subject=day.isoformat())
            await days_changed(session, store, self._changed, now)

    async def open_day(self, person: Person, store_id: str, day: date) -> None:
        """Open a closed day again; nothing to do if it is open already."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            row = await session.get(ClosedDay, (person.team_id, store_id, day))
            if row is None:
                return
            await session.delete(row)
            audit.record(session, store, person.user_id, "store.open_day", now, subject=day.isoformat())
            await days_changed(session, store, self._changed, now)

    async def set_hours(self, person: Person, store_id: str, hours: Hours) -> bool:
        """Set the hours; return whether anything changed. Raises AppError if one of the times is missing, or both are the same."""
        if (hours.begin is None) is not (hours.end is None):
            raise AppError("calendar.one_time", field="begin" if hours.begin is None else "end")
        if hours.begin is not None and hours.begin == hours.end:
            raise AppError("calendar.same_times", field="end")
        days = sorted(set(hours.days) & set(range(7)))
        wanted = {
            "hours_days": [] if len(days) == 7 else days,
            "hours_from": hours.begin,
            "hours_to": hours.end,
            "hours_skip_holidays": hours.skip_holidays,
        }
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            if all(getattr(store, name) == value for name, value in wanted.items()):
                return False
            for name, value in wanted.items():
                setattr(store, name, value)
            store.updated_at = now
            audit.record(session, store, person.user_id, "store.hours", now)
        return True


async def days_changed(session: AsyncSession, store: Store, hooks: Iterable[StoreHook], now: datetime) -> None:
    """Let the features set their clocks anew, in the transaction that changed the closed days of a locked store."""
    await session.flush()
    for hook in hooks:
        await hook(session, store, now)


async def close_days(
    session: AsyncSession, of: OfStore, days: Iterable[date], vacation_id: str, user_id: str, now: datetime
) -> None:
    """Close the days of a vacation; those that a person closed stay that person's."""
    closed = await closed_days(session, of)
    session.add_all(
        ClosedDay(
            team_id=of.team_id,
            store_id=of.store_id,
            day=day,
            vacation_id=vacation_id,
            added_by=user_id,
            added_at=now,
        )
        for day in days
        if day not in closed
    )
