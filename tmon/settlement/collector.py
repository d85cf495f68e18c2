"""Collection of settlement: one run over one store, which reads the days that are due."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import (
    AuthError,
    NotOffered,
    Records,
    SettlementItem,
    StoreApi,
    Throttled,
    TmonError,
    Unavailable,
    UnreadableAnswer,
    UnreadItem,
    unread_of,
)
from tmon.api.settlement import noted
from tmon.collection.runs import record_run
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.database import upsert
from tmon.models.collection import RunOutcome, SyncState, Unread, UnreadWhy
from tmon.models.settlement import SettlementDay
from tmon.models.stores import Store
from tmon.scope import scope
from tmon.settlement.days import Timetable, day_of, first_day, new_days
from tmon.settlement.storing import Stored, store_day

log = structlog.get_logger(__name__)

SETTLEMENT = "settlement"
"""Kind of this collection."""
INTERVAL = timedelta(hours=1)
"""How often it is looked for days that are due; a run that knows of an earlier one comes then."""
_AT_ONCE = 10
"""Days that one run reads by itself: the first run and a long absence go on with the next ones."""
_FAILED_AT_ONCE = 3
"""And of those that could not be read before: a run says whether they can be, and others get their turn."""
_PACE = timedelta(minutes=1)
"""Until the next run, where days remain."""
_LAST_DAYS = 8
"""Days that a person reads again in any case: what is read each day."""
_GIVE_UP_AFTER = 3
"""So many days in a row for which TMON does not answer, and the run ends."""


class SettlementCollector:
    """One run over the settlement of one store."""

    def __init__(self, core: Core, store: Store, asked_by: str | None) -> None:
        """`asked_by`: who asked for it: then everything that is due is read, and the last days in any case."""
        self._db, self._clock = core.db, core.clock
        self._timetable = Timetable(core.options.settlement_at, core.options.zone)
        self._store = store
        self._asked_by = asked_by
        self._started_at = core.clock()
        self.counts: dict[str, int] = {}
        self.key_refused = False
        self.answered = False

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read the days that are due, the newest first. Raises TmonError: the first one, after the other days were read."""
        unread = UnreadLog(self._db, self._store, Unread.SETTLEMENT)
        await unread.load()
        error = await self._read_days(client, await self._wanted(unread), unread)
        if error is not None:
            raise error

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Record the run, and let the next one come when a day is due."""
        due_at = await session.scalar(select(func.min(col(SettlementDay.due_at))).where(*scope(SettlementDay, store)))
        if due_at is not None:
            state.due_at = min(state.due_at, max(due_at, now + _PACE))
        record_run(
            session,
            state,
            outcome,
            counts=self.counts,
            asked_by=self._asked_by,
            started_at=self._started_at,
            now=now,
        )

    async def _wanted(self, unread: UnreadLog) -> list[date]:
        """Return the days to read: of those due the newest, and some that failed before.

        On a person's wish all that are due, the last ones, and those with unread rows.
        """
        due = await self._plan()
        if self._asked_by is not None:
            today = day_of(self._started_at)
            due |= {today - timedelta(days=n) for n in range(1, _LAST_DAYS + 1)}
            due |= {row.listed_from for row in unread.before.values() if row.listed_from is not None}
        failed_at = await self._failed_at(due)
        fresh = sorted(due - failed_at.keys(), reverse=True)
        failed = sorted(failed_at, key=lambda day: (failed_at[day], day))
        return [*fresh, *failed] if self._asked_by is not None else [*fresh[:_AT_ONCE], *failed[:_FAILED_AT_ONCE]]

    async def _failed_at(self, days: Collection[date]) -> dict[date, datetime]:
        """Return when each of the days that could not be read was asked for last: they do not keep others from their turn."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(SettlementDay.day), col(SettlementDay.failed_at)).where(
                    *self._of_store, col(SettlementDay.day).in_(days), col(SettlementDay.failed_at).is_not(None)
                )
            )
            return {day: at for day, at in rows if at is not None}

    async def _plan(self) -> set[date]:
        """Plan the readings of every day up to yesterday; return the days that are due."""
        now = self._started_at
        async with self._db.read() as session:
            day, first = col(SettlementDay.day), first_day(day_of(now))
            earlier = await session.scalar(select(func.max(day)).where(*self._of_store, day < first))
            planned = set(await session.scalars(select(day).where(*self._of_store, day >= first)))
            open_days = await session.scalars(
                select(SettlementDay).where(
                    *self._of_store, or_(col(SettlementDay.due_at).is_not(None), col(SettlementDay.read_at) > now)
                )
            )
            known = {row.day: (row.read_at, row.due_at) for row in open_days}
        known.update((new, (None, None)) for new in new_days(planned, earlier, now))
        due_at = {day: self._timetable.due_at(day, read_at, now) for day, (read_at, _) in known.items()}
        moved = [day for day, moment in due_at.items() if moment != known[day][1]]
        if moved:
            rows = [self._row(day, known[day][0], due_at[day]) for day in moved]
            async with self._db.write() as session:
                await upsert(session, SettlementDay.__table__, rows, update=["due_at"])  # type: ignore[attr-defined]
        return {day for day, moment in due_at.items() if moment is not None and moment <= now}

    async def _read_days(self, client: StoreApi, days: Sequence[date], unread: UnreadLog) -> TmonError | None:
        """Read and store days one by one; return the first failure. A day that fails holds up no other one."""
        first: TmonError | None = None
        read, in_a_row = set[date](), 0
        for day in days:
            if in_a_row >= _GIVE_UP_AFTER:
                break
            asked_at = self._clock()
            try:
                rows = await client.settlement.day(day)
            except (AuthError, NotOffered, Throttled):
                raise
            except TmonError as error:
                log.warning("settlement not read", store=self._store.id, day=day, error=type(error).__name__)
                await self._note_failure(day, asked_at)
                first = first or error
                in_a_row = in_a_row + 1 if isinstance(error, Unavailable | UnreadableAnswer) else 0
                continue
            self.answered, in_a_row = True, 0
            await self._store_day(day, rows, asked_at, unread)
            read.add(day)
        if read:
            self.counts["days"] = len(read)
        if unread.before:
            elsewhere = {number for number, row in unread.before.items() if row.listed_from not in read}
            async with self._db.write() as session:
                await unread.drop_others(session, self._clock(), keep=elsewhere)
        return first

    async def _store_day(
        self, day: date, rows: Records[SettlementItem], asked_at: datetime, unread_log: UnreadLog
    ) -> None:
        now = self._clock()
        unread = unread_of(rows)
        async with self._db.write() as session:
            store = await session.get_one(Store, (self._store.team_id, self._store.id), with_for_update=True)
            if store.removed_at is not None:
                return
            stored = await store_day(
                session, store, day, rows, now, asked_at=asked_at, unread={item.number for item in unread}
            )
            await session.execute(
                update(SettlementDay)
                .where(*self._of_store, col(SettlementDay.day) == day)
                .values(due_at=self._timetable.due_at(day, asked_at, now), failed_at=None),
                execution_options={"synchronize_session": False},
            )
            notes = [*unread, *(UnreadItem(noted(tx_no), "", UnreadWhy.NOT_STORED) for tx_no in stored.not_stored)]
            still = {item.number for item in notes}
            await unread_log.could_read(session, {noted(row.tx_no) for row in rows} - still, now)
            await unread_log.set_aside(session, notes, now, day)
        self._count(stored)

    async def _note_failure(self, day: date, asked_at: datetime) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(SettlementDay).where(*self._of_store, col(SettlementDay.day) == day).values(failed_at=asked_at),
                execution_options={"synchronize_session": False},
            )

    def _row(self, day: date, read_at: datetime | None, due_at: datetime | None) -> dict[str, object]:
        return {
            "team_id": self._store.team_id,
            "store_id": self._store.id,
            "day": day,
            "read_at": read_at,
            "due_at": due_at,
            "rows": 0,
        }

    @property
    def _of_store(self) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return scope(SettlementDay, self._store)

    def _count(self, stored: Stored) -> None:
        """Count under names of its own: an incident tells the others as orders."""
        for name, n in (("new_rows", stored.new), ("changed_rows", stored.changed), ("gone_rows", stored.gone)):
            if n:
                self.counts[name] = self.counts.get(name, 0) + n
