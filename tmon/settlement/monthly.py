"""월간 정산 리포트: once a month to those who manage a store, and to its channel.

It comes after the reading on the 10th, not on the 1st: until then TMON adds late rows and corrects earlier ones, and only then
an order counts as not settled. Which report comes next stands in the table of reports before it is due, so that each comes
once. One that was not posted at its time is made up until the end of that month.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.calendar.hours import next_opening
from tmon.core import Core
from tmon.counters.months import month_of, months_later
from tmon.database import upsert
from tmon.models.reports import ReportKind, ScheduledReport
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import DEPLOYMENT, OPERATOR, enqueue, new_message, post
from tmon.permissions import managers
from tmon.reports.messages import ReportsLate
from tmon.reports.schedule import has_reports
from tmon.settlement.days import Timetable
from tmon.settlement.matching import Matches, last_reading, read_months
from tmon.settlement.messages import MonthlyReport
from tmon.settlement.months import Basis, Sums, sums_of_store
from tmon.settlement.service import SettlementService

LATE_AFTER = timedelta(hours=1)
"""A report that comes so much later than it should is called late: until then the days of the month are still read."""
WAITS_FOR = timedelta(hours=24)
"""So long a report waits for days that cannot be read."""
_DAY = timedelta(days=1)

_Place = tuple[str, str]
"""Workspace, and channel or person."""


@dataclass(frozen=True)
class StoreMonth:
    """What a report says of one store."""

    store: Store
    due: Sums
    """Of what is paid in the month."""
    sold: Sums
    """Of what was sold in the month."""
    matches: Matches
    """Of the orders of the month."""
    unread: bool
    """Not every day of the month could be read on the 10th or later."""
    amounts: bool
    """Whether amounts may be told."""


class MonthlyReports:
    """Plans and posts the reports, and reads their numbers. Called every minute."""

    def __init__(self, core: Core, service: SettlementService) -> None:
        self._db, self._clock = core.db, core.clock
        self._zone = core.options.zone
        self._timetable = Timetable(core.options.settlement_at, core.options.zone)
        self._service = service

    async def __call__(self) -> None:
        """Plan what comes next, and post what is due. Nothing is written while there is nothing to do."""
        now = self._clock()
        async with self._db.read() as session:
            places = await _places(session)
            planned = self._planned(places, now)
            known = {
                (row.team_id, row.destination, row.day) for row in await _rows(session, {key[2] for key in planned})
            }
            due = [row for row in await _open_rows(session) if row.due_at <= now]
        new = [row for key, row in planned.items() if key not in known]
        if new:
            async with self._db.write() as session:
                await upsert(session, ScheduledReport.__table__, new, update=[])  # type: ignore[attr-defined]
        for row in due:
            await self._post_due(row, places.get((row.team_id, row.destination), ()), now)

    async def report(self, team_id: str, args: MonthlyReport) -> list[StoreMonth]:
        """Return what a report says, of the stores about which it may still tell."""
        now, found = self._clock(), []
        async with self._db.read() as session:
            stores = await session.scalars(
                select(Store)
                .where(col(Store.team_id) == team_id, col(Store.id).in_(args.stores), col(Store.removed_at).is_(None))
                .order_by(col(Store.name_key))
            )
            for store in stores:
                if args.to not in (managers(store) if args.private else (store.channel_id,)):
                    continue
                matching = await self._service.matching(session, store, args.month, Basis.SOLD)
                found.append(
                    StoreMonth(
                        store,
                        await sums_of_store(session, store, args.month, Basis.PAY_DUE),
                        await sums_of_store(session, store, args.month, Basis.SOLD),
                        await matching.matches(session),
                        args.month not in await read_months(session, store, self._timetable, now),
                        args.private or store.report_revenue,
                    )
                )
        return found

    def _planned(self, places: Mapping[_Place, Sequence[Store]], now: datetime) -> dict[tuple[str, str, date], Any]:
        """Return the rows of the reports that are still to come: of this month, and until the 10th of the last one."""
        this_month = month_of(now)
        rows: dict[tuple[str, str, date], Any] = {}
        for month in (months_later(this_month, -1), this_month):
            begin = last_reading(self._timetable, month)
            day = months_later(month, 1) - _DAY
            if now >= begin:
                continue
            for (team_id, to), stores in places.items():
                rows[team_id, to, day] = {
                    "team_id": team_id,
                    "destination": to,
                    "kind": ReportKind.MONTHLY,
                    "day": day,
                    "due_at": self._opening(stores, begin),
                    "posted_at": None,
                    "late": False,
                    "given_up_at": None,
                }
        return rows

    def _opening(self, stores: Sequence[Store], begin: datetime) -> datetime:
        return min(next_opening(store, begin, self._zone) for store in stores)

    async def _post_due(self, row: ScheduledReport, stores: Sequence[Store], now: datetime) -> None:
        """Post a report unless days of its month are still to be read."""
        month = row.day.replace(day=1)
        over = month_of(now) > months_later(month, 1)
        if stores and not over:
            due_at = self._opening(stores, last_reading(self._timetable, month))
            waits = now < due_at + WAITS_FOR and await self._is_read_later(stores, month, now)
            if now < due_at or waits:
                return
        async with self._db.write() as session:
            key = (row.team_id, row.destination, row.kind, row.day)
            stored = await session.get(ScheduledReport, key, with_for_update=True)
            if stored is None or stored.posted_at is not None or stored.given_up_at is not None:
                return
            if not stores:
                stored.given_up_at = now  # nobody has the report there any more
                return
            stored.late = now - due_at > LATE_AFTER if not over else True
            if over:
                stored.given_up_at = now
            else:
                stored.posted_at = now
                await _post(session, stored, stores, month, now)
            if stored.late:
                told = ReportsLate(since=stored.due_at, late=int(not over), given_up=int(over))
                mail = f"{ReportsLate.kind}/{MonthlyReport.kind}/{month:%Y%m}"
                await enqueue(session, [new_message(told, team_id=DEPLOYMENT, key=mail, to=OPERATOR, now=now)])

    async def _is_read_later(self, stores: Sequence[Store], month: date, now: datetime) -> bool:
        """Return whether days of the month are still to be read of one of the stores."""
        async with self._db.read() as session:
            for store in stores:
                collected = store.active and store.group_on(ApiGroup.ORDER)
                if collected and month not in await read_months(session, store, self._timetable, now):
                    return True
        return False


async def _places(session: AsyncSession) -> dict[_Place, list[Store]]:
    """Return the people and channels that have reports, with the stores that these are about."""
    places: dict[_Place, list[Store]] = {}
    for store in await session.scalars(select(Store).where(*has_reports()).order_by(col(Store.name_key))):
        for to in (store.channel_id, *managers(store)):
            places.setdefault((store.team_id, to), []).append(store)
    return places


async def _rows(session: AsyncSession, days: Collection[date]) -> Sequence[ScheduledReport]:
    rows = await session.scalars(
        select(ScheduledReport).where(
            col(ScheduledReport.kind) == ReportKind.MONTHLY, col(ScheduledReport.day).in_(days)
        )
    )
    return rows.all()


async def _open_rows(session: AsyncSession) -> Sequence[ScheduledReport]:
    rows = await session.scalars(
        select(ScheduledReport).where(
            col(ScheduledReport.kind) == ReportKind.MONTHLY,
            col(ScheduledReport.posted_at).is_(None),
            col(ScheduledReport.given_up_at).is_(None),
        )
    )
    return rows.all()


async def _post(
    session: AsyncSession, row: ScheduledReport, stores: Sequence[Store], month: date, now: datetime
) -> None:
    message = MonthlyReport(
        month=month,
        stores=[store.id for store in stores],
        to=row.destination,
        private=row.destination != stores[0].channel_id,
        late=row.late,
    )
    key = f"{MonthlyReport.kind}/{row.destination}/{month:%Y%m}"
    await post(session, stores[0], message, key=key, to=row.destination, now=now)
