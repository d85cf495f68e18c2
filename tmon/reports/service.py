"""Reports of stores over a period, and what people do with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.counters.service import Tally
from tmon.counters.service import count as count_late
from tmon.models.stores import Store
from tmon.outbox import post
from tmon.permissions import Person
from tmon.reports import figures
from tmon.reports.figures import StoreFigures
from tmon.reports.messages import PostedReport
from tmon.reports.periods import Period, earlier, korean_day
from tmon.reports.schedule import of_channel


@dataclass(frozen=True)
class Report:
    """What a report says."""

    period: Period
    earlier: tuple[Period, ...]
    """The periods that it is held against, the oldest first."""
    stores: tuple[tuple[Store, StoreFigures], ...]
    """By name."""
    month: date
    """The month of the counters: that of the last day."""
    today: date
    """The day until whose end `Due` counts."""

    @property
    def total(self) -> StoreFigures:
        """All stores together."""
        return reduce(_sum, (found for _, found in self.stores)) if self.stores else StoreFigures()

    @property
    def quiet(self) -> bool:
        """Whether nothing happened and nothing waits in any of the stores."""
        return all(found.quiet for _, found in self.stores)


def _sum(one: StoreFigures, other: StoreFigures) -> StoreFigures:
    return StoreFigures(
        one.figures + other.figures,
        tuple(a + b for a, b in zip(one.earlier, other.earlier, strict=True)),
        {counter: tally + other.late.get(counter, Tally()) for counter, tally in one.late.items()},
        one.due + other.due,
    )


class ReportService:
    """Makes reports. The number of queries does not depend on the number of stores; rights are the caller's to check."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def figures(self, team_id: str, stores: Sequence[str], period: Period) -> Mapping[str, StoreFigures]:
        """Return the figures of each of `stores`, by id."""
        async with self._db.read() as session:
            return await self._figures(session, team_id, stores, period)

    async def report(self, team_id: str, stores: Sequence[str], period: Period) -> Report:
        """Return the report of those of `stores`, by id, that are not removed."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Store)
                .where(col(Store.team_id) == team_id, col(Store.id).in_(stores), col(Store.removed_at).is_(None))
                .order_by(col(Store.name_key))
            )
            return await self._report(session, team_id, list(rows), period)

    async def channel(self, team_id: str, channel_id: str, period: Period) -> Report:
        """Return the report of all stores of a channel that have reports."""
        async with self._db.read() as session:
            stores = await session.scalars(of_channel(team_id, channel_id).order_by(col(Store.name_key)))
            return await self._report(session, team_id, list(stores), period)

    async def post(self, person: Person, report: Report, press: str) -> None:
        """Post a report that a person sees to the channels of its stores, to each those of its own; once per `press`."""
        now = self._clock()
        channels: dict[str, list[Store]] = {}
        for store, _ in report.stores:
            channels.setdefault(store.channel_id, []).append(store)
        first, last = report.period.first, report.period.last
        async with self._db.write() as session:
            for channel_id, stores in channels.items():
                message = PostedReport(
                    stores=[store.id for store in stores], first=first, last=last, who=person.user_id
                )
                key = f"{PostedReport.kind}/{person.user_id}/{press}/{channel_id}"
                await post(session, stores[0], message, key=key, now=now)
            self._record(session, person, report, "report.post", now)

    async def record_export(self, person: Person, report: Report) -> None:
        """Write down that somebody takes the figures of a report with them."""
        async with self._db.write() as session:
            self._record(session, person, report, "report.export", self._clock())

    def today(self) -> date:
        """Return the day in Korea."""
        return korean_day(self._clock())

    def _record(self, session: AsyncSession, person: Person, report: Report, action: str, now: datetime) -> None:
        days = f"{report.period.first}–{report.period.last}"
        for store, _ in report.stores:
            audit.record(session, store, person.user_id, action, now, subject=days)

    async def _report(self, session: AsyncSession, team_id: str, stores: Sequence[Store], period: Period) -> Report:
        found = await self._figures(session, team_id, [store.id for store in stores], period)
        return Report(
            period,
            earlier(period),
            tuple((store, found[store.id]) for store in stores),
            period.last.replace(day=1),
            self.today(),
        )

    async def _figures(
        self, session: AsyncSession, team_id: str, store_ids: Sequence[str], period: Period
    ) -> dict[str, StoreFigures]:
        now, periods = self._clock(), [*earlier(period), period]
        _, end_of_today = Period(korean_day(now), korean_day(now)).bounds
        return figures.put_together(
            store_ids,
            await figures.sales(session, team_id, store_ids, periods),
            await figures.counts(session, team_id, store_ids, period),
            await count_late(session, team_id, period.last.replace(day=1), now),
            await figures.due(session, team_id, store_ids, end_of_today, now),
            len(periods),
        )
