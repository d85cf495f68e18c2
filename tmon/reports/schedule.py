"""When the reports of channels are due, and posting them: each exactly once, whatever crashes and however often it is looked.

Which report comes next stands in a table before it is due, so that one which did not come is known. It is made up within a
day; the operator hears of it once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.business_days import business_day_after
from tmon.calendar.hours import next_opening
from tmon.core import Core
from tmon.database import upsert
from tmon.models.reports import ReportKind, ScheduledReport
from tmon.models.stores import Store, StoreState
from tmon.outbox import DEPLOYMENT, OPERATOR, enqueue, new_message, post
from tmon.reports.messages import ChannelReport, ReportsLate

LATE_AFTER = timedelta(minutes=10)
"""A report that comes so much later than it should is called late."""
MADE_UP_WITHIN = timedelta(hours=24)
"""A report that is later than this is not posted any more."""
_KEPT = timedelta(days=60)
_DAY = timedelta(days=1)
_SUNDAY = 6
_STEP = {ReportKind.DAILY: _DAY, ReportKind.WEEKLY: 7 * _DAY}
"""Days from one report to the next, by kind."""

_Place = tuple[str, str]
"""Workspace and channel."""
_Key = tuple[str, str, ReportKind]


@dataclass
class _Work:
    """What a look at the table has found to do."""

    new: list[ScheduledReport] = field(default_factory=list)
    moved: list[tuple[ScheduledReport, datetime]] = field(default_factory=list)
    """Rows whose due time is another one now."""
    due: list[ScheduledReport] = field(default_factory=list)


class ReportSchedule:
    """Posts the daily and weekly reports of all channels. Called every few seconds."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._options = core.db, core.clock, core.options

    async def __call__(self) -> None:
        """Plan what comes next, and post what is due. Nothing is written while there is nothing to do."""
        now = self._clock()
        async with self._db.read() as session:
            channels = await _channels(session)
            work = self._look(channels, await _open_rows(session), now)
        if not (work.new or work.moved or work.due):
            return
        async with self._db.write() as session:
            await _plan(session, work)
            await session.execute(
                delete(ScheduledReport).where(
                    col(ScheduledReport.kind).in_(_STEP), col(ScheduledReport.due_at) < now - _KEPT
                )
            )
            rows = await session.scalars(
                select(ScheduledReport)
                .where(*_is_open(), col(ScheduledReport.due_at) <= now)
                .order_by(*map(col, (ScheduledReport.destination, ScheduledReport.kind, ScheduledReport.day)))
                .with_for_update(skip_locked=True)
            )
            await self._post_due(session, channels, list(rows), now)

    def _look(
        self, channels: Mapping[_Place, Sequence[Store]], rows: Sequence[ScheduledReport], now: datetime
    ) -> _Work:
        work = _Work(due=[row for row in rows if row.due_at <= now])
        by_key: dict[_Key, list[ScheduledReport]] = {}
        for row in rows:
            by_key.setdefault((row.team_id, row.destination, row.kind), []).append(row)
        for (team_id, channel_id), stores in channels.items():
            for kind in _STEP:
                mine = by_key.get((team_id, channel_id, kind), [])
                self._plan_next(work, (team_id, channel_id, kind), stores, mine, now)
        return work

    def _plan_next(
        self, work: _Work, key: _Key, stores: Sequence[Store], rows: Sequence[ScheduledReport], now: datetime
    ) -> None:
        """Plan the report after now, and those that nobody planned while the bot was away."""
        team_id, channel_id, kind = key
        step, days = _STEP[kind], {row.day for row in rows}
        upcoming = self._upcoming(kind, now)
        missed = [row.day for row in rows if row.due_at <= now]
        first = max(missed) + step if missed else upcoming
        for count in range((upcoming - first).days // step.days + 1):
            day = first + count * step
            if day not in days:
                row = ScheduledReport(
                    team_id=team_id, destination=channel_id, kind=kind, day=day, due_at=self._due_at(kind, day, stores)
                )
                work.new.append(row)
                if row.due_at <= now:
                    work.due.append(row)
        for row in rows:
            # A report that hours held back, and do not any more, is not late: it comes now.
            if row.due_at > now and (due_at := max(self._due_at(kind, row.day, stores), now)) != row.due_at:
                work.moved.append((row, due_at))

    def _upcoming(self, kind: ReportKind, now: datetime) -> date:
        """Return the last day of the first report whose time is still to come."""
        day = now.astimezone(self._options.zone).date() - 2 * _DAY
        if kind is ReportKind.WEEKLY:
            day -= ((day.weekday() - _SUNDAY) % 7) * _DAY + 7 * _DAY
        while self._time_of(kind, day) <= now:
            day += _STEP[kind]
        return day

    def _time_of(self, kind: ReportKind, day: date) -> datetime:
        """Return when a report is due by the clock: the day after its last one, a weekly one on the first business day."""
        on = business_day_after(day, 1) if kind is ReportKind.WEEKLY else day + _DAY
        return datetime.combine(on, self._options.daily_report_at, self._options.zone).astimezone(UTC)

    def _due_at(self, kind: ReportKind, day: date, stores: Sequence[Store]) -> datetime:
        """Return when a report is due within the hours of the stores (수집 시간): when the first of them opens."""
        at = self._time_of(kind, day)
        return min(next_opening(store, at, self._options.zone) for store in stores)

    async def _post_due(
        self,
        session: AsyncSession,
        channels: Mapping[_Place, Sequence[Store]],
        rows: Sequence[ScheduledReport],
        now: datetime,
    ) -> None:
        together: dict[tuple[_Key, datetime], list[ScheduledReport]] = {}
        missed: list[ScheduledReport] = []
        for row in rows:
            if (row.team_id, row.destination) not in channels:
                row.given_up_at = now  # no store has its reports there any more
                continue
            row.late = now - row.due_at > LATE_AFTER
            if now - row.due_at > MADE_UP_WITHIN:
                row.given_up_at = now
            else:
                row.posted_at = now
                key = (row.team_id, row.destination, row.kind)
                together.setdefault((key, row.due_at), []).append(row)
            if row.late:
                missed.append(row)
        for (key, _), posted in together.items():
            await _post(session, channels[key[:2]][0], posted, now)
        if missed:
            await self._tell_operator(session, missed, now)

    async def _tell_operator(self, session: AsyncSession, rows: Sequence[ScheduledReport], now: datetime) -> None:
        """Mail the operator that reports were late, once a day at most, whoever's they are."""
        given_up = sum(row.given_up_at is not None for row in rows)
        message = ReportsLate(since=min(row.due_at for row in rows), late=len(rows) - given_up, given_up=given_up)
        key = f"{ReportsLate.kind}/{now.astimezone(self._options.zone):%Y%m%d}"
        await enqueue(session, [new_message(message, team_id=DEPLOYMENT, key=key, to=OPERATOR, now=now)])


def has_reports() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of a store that has reports: it was approved once, and is not paused."""
    approved = or_(col(Store.state) == StoreState.APPROVED, col(Store.approved_at).is_not(None))
    return col(Store.removed_at).is_(None), col(Store.sync_on).is_(True), approved


def of_channel(team_id: str, channel_id: str) -> Select[Store]:
    """Return the query of the stores of a channel that have reports."""
    return select(Store).where(col(Store.team_id) == team_id, col(Store.channel_id) == channel_id, *has_reports())


def _is_open() -> tuple[ColumnElement[bool], ...]:
    return (
        col(ScheduledReport.kind).in_(_STEP),
        col(ScheduledReport.posted_at).is_(None),
        col(ScheduledReport.given_up_at).is_(None),
    )


async def _channels(session: AsyncSession) -> dict[_Place, list[Store]]:
    channels: dict[_Place, list[Store]] = {}
    for store in await session.scalars(select(Store).where(*has_reports()).order_by(col(Store.name_key))):
        channels.setdefault((store.team_id, store.channel_id), []).append(store)
    return channels


async def _open_rows(session: AsyncSession) -> list[ScheduledReport]:
    return list(await session.scalars(select(ScheduledReport).where(*_is_open())))


async def _plan(session: AsyncSession, work: _Work) -> None:
    table = ScheduledReport.__table__  # type: ignore[attr-defined]
    await upsert(session, table, [row.model_dump() for row in work.new], update=[])
    for row, due_at in work.moved:
        stored = await session.get(
            ScheduledReport, (row.team_id, row.destination, row.kind, row.day), with_for_update=True
        )
        if stored is not None and stored.posted_at is None:
            stored.due_at = due_at
    await session.flush()


async def _post(session: AsyncSession, store: Store, rows: Sequence[ScheduledReport], now: datetime) -> None:
    """Post one message about the days of `rows`: several whose time has moved to the same opening are one."""
    last = rows[-1]
    first = rows[0].day - _STEP[last.kind] + _DAY
    message = ChannelReport(
        channel=last.destination,
        report=last.kind,
        first=first,
        last=last.day,
        late=any(row.late for row in rows),
    )
    key = f"{ChannelReport.kind}/{last.kind}/{last.destination}/{last.day:%Y%m%d}"
    await post(session, store, message, key=key, to=last.destination, now=now)
