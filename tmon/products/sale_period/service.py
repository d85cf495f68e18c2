"""At dawn, deals on sale that end soon get their old end + the length that their store chose, once.

When a run is due stands in a table, so one that was missed is done at the start.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.api import AuthError, TmonError
from tmon.core import Core
from tmon.due_times import has_come
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost
from tmon.models.products import Deal, ExtensionNote, ExtensionState, SalePeriodExtension, SalePeriodSchedule
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.permissions import Person
from tmon.products.sale_period.extender import EXPIRE_AFTER, LONGEST_WAIT, DealExtender, expire
from tmon.products.sale_period.notifications import notify_preview, notify_result, update_day
from tmon.products.sale_period.planning import OPEN, drop_planned, ending, of_day, plan, rows_of
from tmon.products.sale_period.schedule import ExtensionSchedule
from tmon.scope import StoreKey, scope
from tmon.stores import switches
from tmon.stores.repository import lock

log = structlog.get_logger(__name__)

_AT_ONCE = 4
"""Stores extended at the same time."""
_LEASE = timedelta(minutes=1)
"""How long one process alone sends to a store's deals without a sign of life."""


@dataclass(frozen=True)
class ExtensionDay:
    """The extension of one day in one store."""

    store: Store
    day: date
    rows: Sequence[tuple[SalePeriodExtension, Deal]]
    """Those that end first at the top."""
    schedule: SalePeriodSchedule | None

    @property
    def ran(self) -> bool:
        """Whether its run has begun, so that nothing can be excluded any more."""
        return _has_run(self.schedule, self.day)


@dataclass(frozen=True)
class FirstRun:
    """What happens if a store's sale periods begin to be extended now."""

    due_at: datetime
    previewed_at: datetime
    lapsing: Sequence[Deal]
    """Deals whose sale ends before it, the earliest first."""


class SalePeriodService:
    """Extends the sale periods of all stores that chose a length."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock, self._leases = core.db, core.clock, core.leases
        self._connections, self._on_auth_error = core.clients, core.report_auth_error
        self._timetable = ExtensionSchedule(core.options.extend_period_at, core.options.zone)
        self._slots = asyncio.Semaphore(_AT_ONCE)

    async def tick(self) -> None:
        """Previews, extends, settles and reports what is due. Called every minute."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Store).where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.product_on),
                    or_(
                        col(Store.extend_days) > 0,
                        _has(SalePeriodSchedule),
                        _has(SalePeriodExtension, col(SalePeriodExtension.state).in_(OPEN)),
                    ),
                )
            )
            stores = list(rows)

        async def one(store: Store) -> None:
            async with self._slots:
                await self._keep_schedule(store)
                await self._take_turns(store)
                await self._report(store)

        done = await asyncio.gather(*(one(store) for store in stores), return_exceptions=True)
        for store, error in zip(stores, done, strict=True):
            if isinstance(error, Exception):
                log.error("extending sale periods broke", store=store.id, exc_info=error)

    async def day(self, team_id: str, store_id: str, day: date) -> ExtensionDay | None:
        """What is planned for a day, or came of it; None when the store is gone."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            if store is None or store.removed_at is not None:
                return None
            schedule = await session.get(SalePeriodSchedule, (team_id, store_id))
            return ExtensionDay(store, day, await rows_of(session, team_id, store_id, day), schedule)

    async def schedule(self, team_id: str, store_id: str) -> SalePeriodSchedule | None:
        """When the next run is due; None where none is."""
        async with self._db.read() as session:
            return await session.get(SalePeriodSchedule, (team_id, store_id))

    async def first_run(self, store: Store) -> FirstRun:
        """The first run, if extension is turned on for `store` now, and what would lapse before it."""
        now = self._clock()
        due_at = self._timetable.first_run(now)
        async with self._db.read() as session:
            deals = await session.scalars(
                select(Deal)
                .where(*scope(Deal, store), *ending(now, due_at))
                .order_by(col(Deal.sales_end), col(Deal.deal_no))
            )
            return FirstRun(due_at, self._timetable.preview_of(due_at), list(deals))

    async def extend_at_once(self, team_id: str, store_id: str) -> int:
        """Plan what ends before the store's first run as an earlier run of its own; return how many. `tick` carries it out.

        Raises AppError if the store is gone or its switch is off.
        """
        async with self._db.write() as session:
            now = self._clock()
            store = await lock(session, team_id, store_id)
            switches.require_on(store, ApiGroup.PRODUCT)
            schedule = await session.get(SalePeriodSchedule, (team_id, store_id))
            if schedule is None:
                schedule = SalePeriodSchedule(team_id=team_id, store_id=store_id, due_at=self._timetable.first_run(now))
                session.add(schedule)
            elif schedule.ran_for is not None:  # its runs have begun: nothing is skipped
                return 0
            day = self._timetable.day_of(schedule.due_at) - timedelta(days=1)
            schedule.ran_for, schedule.ran_at = day, now
            return await plan(session, store, day, now, before=schedule.due_at)

    async def exclude(self, person: Person, store_id: str, deal_no: int, day: date, *, excluded: bool) -> None:
        """이번에는 제외, and the way back; asked for twice it is done once. Raises AppError: the switch, or it is too late."""
        now = self._clock()
        before, after = ExtensionState.PLANNED, ExtensionState.EXCLUDED
        if not excluded:
            before, after = after, before
        async with self._db.write() as session:
            switches.require_on(await session.get(Store, (person.team_id, store_id)), ApiGroup.PRODUCT)
            schedule = await session.get(SalePeriodSchedule, (person.team_id, store_id))
            changed = await session.scalars(
                update(SalePeriodExtension)
                .where(
                    *of_day(person.team_id, store_id, day),
                    col(SalePeriodExtension.deal_no) == deal_no,
                    col(SalePeriodExtension.state) == before,
                )
                .values(state=after, excluded_by=person.user_id if excluded else None)
                .returning(col(SalePeriodExtension.deal_no)),
                execution_options={"synchronize_session": False},
            )
            is_changed = bool(changed.all())
            row = await session.get(SalePeriodExtension, (person.team_id, store_id, day, deal_no))
            if row is None or row.state != after or schedule is None or _has_run(schedule, day):
                raise AppError("products.too_late")
            if not is_changed:  # somebody was faster
                return
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "product.exclude" if excluded else "product.include",
                now,
                subject=deal_no,
                day=str(day),
            )
            await update_day(session, person.team_id, store_id, day, now)

    async def _keep_schedule(self, store: Store) -> None:
        """Begins or ends a store's schedule, previews the evening before, and plans the run when it is due."""
        now, place = self._clock(), (store.team_id, store.id)
        async with self._db.read() as session:
            if not await self._is_something_due(session, store, await session.get(SalePeriodSchedule, place), now):
                return
        async with self._db.write() as session:
            current = await session.get(Store, place, with_for_update=True)
            schedule = await session.get(SalePeriodSchedule, place, with_for_update=True)
            if current is None or current.removed_at is not None:
                return
            store = current
            if not await self._is_something_due(session, store, schedule, now):
                return  # another process was faster
            if schedule is None:
                due_at = self._timetable.first_run(now)
                session.add(SalePeriodSchedule(team_id=store.team_id, store_id=store.id, due_at=due_at))
                return
            if schedule.due_at > (latest := self._latest_run(schedule, now)):  # planned when the clock was ahead
                _bring_back(schedule, latest, self._timetable.day_of(latest))
            day = self._timetable.day_of(schedule.due_at)
            if not store.extend_days:
                await _close(session, store, schedule, now)
                await drop_planned(session, store.team_id, store.id)
                await update_day(session, store.team_id, store.id, day, now)
                await session.delete(schedule)
            elif schedule.due_at <= now:
                await _close(session, store, schedule, now)
                await plan(session, store, day, now)
                schedule.ran_for, schedule.ran_at = day, now
                schedule.due_at = self._timetable.run_after(now)
                await update_day(session, store.team_id, store.id, day, now)
            elif schedule.previewed_for == day:  # another length was chosen since
                for row in await self._of_another_length(session, store, schedule):
                    row.target = row.old_end + timedelta(days=store.extend_days)
                await update_day(session, store.team_id, store.id, day, now)
            else:
                schedule.previewed_for = day
                if await plan(session, store, day, schedule.due_at):
                    await notify_preview(session, store, day, now)

    def _latest_run(self, schedule: SalePeriodSchedule, now: datetime) -> datetime:
        """For when the next run can be planned at the latest; the day that has run is not run again."""
        if schedule.ran_for is None:
            return self._timetable.first_run(now)
        run = self._timetable.run_after(now)
        return self._timetable.run_after(run) if self._timetable.day_of(run) == schedule.ran_for else run

    async def _of_another_length(
        self, session: AsyncSession, store: Store, schedule: SalePeriodSchedule
    ) -> list[SalePeriodExtension]:
        """What was previewed with a length that is not the store's any more."""
        day = self._timetable.day_of(schedule.due_at)
        if schedule.previewed_for != day or not store.extend_days:
            return []
        rows = await session.scalars(
            select(SalePeriodExtension).where(
                *of_day(store.team_id, store.id, day), col(SalePeriodExtension.sent_at).is_(None)
            )
        )
        length = timedelta(days=store.extend_days)
        return [row for row in rows if row.target != row.old_end + length]

    async def _is_something_due(
        self, session: AsyncSession, store: Store, schedule: SalePeriodSchedule | None, now: datetime
    ) -> bool:
        if schedule is None or not store.extend_days:
            return (schedule is None) == bool(store.extend_days)
        if await self._of_another_length(session, store, schedule):
            return True
        if schedule.due_at > self._latest_run(schedule, now):
            return True
        previewed = schedule.previewed_for == self._timetable.day_of(schedule.due_at)
        if previewed or schedule.not_offered_at is not None:
            return schedule.due_at <= now
        return min(schedule.due_at, self._timetable.preview_of(schedule.due_at)) <= now

    async def _take_turns(self, store: Store) -> None:
        if not await self._due(store):
            return
        async with self._leases.held(store.team_id, f"sale_period/{store.id}", _LEASE) as lease:
            if lease is not None:  # else another process is at it
                await self._extend_due(store, lease)

    async def _due(self, store: Store) -> list[tuple[date, int]]:
        """Return the days and deals whose turn it is."""
        async with self._db.read() as session:
            rows = await session.execute(
                select(col(SalePeriodExtension.day), col(SalePeriodExtension.deal_no))
                .where(
                    *scope(SalePeriodExtension, store),
                    col(SalePeriodExtension.state).in_(OPEN),
                    has_come(col(SalePeriodExtension.due_at), self._clock(), LONGEST_WAIT),
                )
                .order_by(col(SalePeriodExtension.old_end), col(SalePeriodExtension.deal_no))
            )
            return [(day, deal_no) for day, deal_no in rows]

    async def _extend_due(self, store: Store, lease: HeldLease) -> None:
        turns = DealExtender(self._db, self._clock, store, self._connections.for_store(store), lease)
        try:
            for day, deal_no in await self._due(store):
                await turns.extend(day, deal_no)
        except LeaseLost:
            log.warning("extending was taken over", store=store.id)
        except switches.SwitchOff:
            pass  # somebody turned it off meanwhile: the rest waits until it is on
        except TmonError as error:
            log.warning("extending ended early", store=store.id, error=type(error).__name__, call=error.call)
            if isinstance(error, AuthError):
                await self._on_auth_error(store, error)

    async def _report(self, store: Store) -> None:
        """Reports the last run when all of it is settled, or when it takes too long."""
        now = self._clock()
        place = (store.team_id, store.id)
        async with self._db.read() as session:
            if not await _is_to_be_reported(session, await session.get(SalePeriodSchedule, place), now):
                return
        async with self._db.write() as session:
            schedule = await session.get(SalePeriodSchedule, place, with_for_update=True)
            if schedule is not None and await _is_to_be_reported(session, schedule, now):
                await _close(session, store, schedule, now)


def _has(table: type[SalePeriodSchedule | SalePeriodExtension], *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a store has such a row."""
    return exists().where(col(table.team_id) == col(Store.team_id), col(table.store_id) == col(Store.id), *where)


def _bring_back(schedule: SalePeriodSchedule, due_at: datetime, day: date) -> None:
    schedule.due_at = due_at
    if schedule.ran_for is not None and schedule.ran_for >= day:
        schedule.ran_for = schedule.reported_for = schedule.ran_at = None
    if schedule.previewed_for is not None and schedule.previewed_for > day:
        schedule.previewed_for = None


def _has_run(schedule: SalePeriodSchedule | None, day: date) -> bool:
    return schedule is not None and schedule.ran_for is not None and schedule.ran_for >= day


async def _is_to_be_reported(session: AsyncSession, schedule: SalePeriodSchedule | None, now: datetime) -> bool:
    """Return whether the last run was not reported, and is settled or takes too long."""
    if schedule is None or schedule.ran_for is None or schedule.reported_for == schedule.ran_for:
        return False
    assert schedule.ran_at is not None
    rows = await rows_of(session, schedule.team_id, schedule.store_id, schedule.ran_for)
    return now >= schedule.ran_at + EXPIRE_AFTER or not any(row.state in OPEN for row, _ in rows)


async def _close(session: AsyncSession, store: Store, schedule: SalePeriodSchedule, now: datetime) -> None:
    """Gives up what the last run could not begin and reports it, unless that was done. What was not offered is told apart."""
    day = schedule.ran_for
    if day is None or schedule.reported_for == day:
        return
    schedule.reported_for = day
    rows = [row for row, _ in await rows_of(session, store.team_id, store.id, day)]
    for row in rows:
        if row.state is ExtensionState.PLANNED:
            await expire(session, row, now)
    told = [row for row in rows if row.state is not ExtensionState.EXCLUDED]
    if any(row.note is not ExtensionNote.NOT_OFFERED for row in told):
        await notify_result(session, store, day, now)
