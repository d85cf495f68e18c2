"""Vacations of stores: preview, beginning, end, and what their messages show. Callers check permissions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.calendar.service import close_days, days_changed
from tmon.clock import KST
from tmon.core import Core
from tmon.errors import AppError, RepeatedPress
from tmon.ids import new_id
from tmon.models.calendar import ClosedDay, Vacation, VacationItem, VacationStep
from tmon.models.products import Deal
from tmon.models.stores import ApiGroup, Store
from tmon.outbox import enqueue_update, post
from tmon.permissions import Person
from tmon.scope import scope
from tmon.stores.repository import lock
from tmon.stores.switches import SwitchOff, require_on
from tmon.vacation.messages import VacationCard, card_key
from tmon.vacation.planning import Plan, Span, add_items, plan

SHOWN_FAILURES = 5
NEEDED = (ApiGroup.PRODUCT, ApiGroup.STOCK)
"""The switches without which no vacation begins."""
OPEN = (VacationStep.WAITING, VacationStep.SENT)
TO_RESUME = (VacationStep.DONE, VacationStep.SENT)
"""Deals that an ended vacation still has to resume."""
FAILED = (VacationStep.FAILED, VacationStep.NOT_UNDONE)


class PlanChanged(Exception):
    """More, or less, would be done than the person saw."""

    def __init__(self, found: Plan) -> None:
        super().__init__(found.seen)
        self.found = found


@dataclass(frozen=True)
class Failure:
    """A step that failed, and why."""

    deal_no: int
    title: str
    order_no: int
    """0: the deal was to be paused or resumed; else the order whose buyer was to be told."""
    state: VacationStep
    note: str | None
    error: str | None


@dataclass(frozen=True)
class VacationSummary:
    """A vacation and how far it is."""

    store: Store
    vacation: Vacation
    pauses: Mapping[VacationStep, int]
    notices: Mapping[VacationStep, int]
    failures: Sequence[Failure] = ()
    """The first ones."""
    blocked: ApiGroup | None = None
    """The switch that what is left waits for."""
    sync_off: bool = False
    """It waits for 연동설정."""
    note: str | None = None
    """Text key of why a step will be tried again."""

    @property
    def failed(self) -> int:
        """Steps that need a person."""
        return sum(states.get(state, 0) for states in (self.pauses, self.notices) for state in FAILED)

    @property
    def paused(self) -> int:
        """Deals that its end has to resume."""
        return sum(self.pauses.get(state, 0) for state in TO_RESUME)

    @property
    def left(self) -> int:
        """Steps that are still to be taken."""
        pauses = TO_RESUME if self.vacation.ended_at is not None else OPEN
        return sum(self.pauses.get(state, 0) for state in pauses) + sum(self.notices.get(state, 0) for state in OPEN)


class VacationService:
    """Begins and ends vacations; `VacationRunner` takes their steps."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._days_changed = core.on_closed_days_changed

    async def preview(self, store: Store, span: Span) -> Plan:
        """Return what would be done if it began now. Raises AppError if a switch is off, or there is a vacation already."""
        require_switches(store)
        async with self._db.read() as session:
            await _require_none(session, store)
            return await plan(session, store, span.ship_on)

    async def begin(self, person: Person, store_id: str, span: Span, seen: str) -> Vacation:
        """Begin a vacation, or plan it if its first day is not today.

        `seen`: the mark of the plan that the person saw. Raises PlanChanged, and AppError if a switch is off or there is a
        vacation already, as after a second press.
        """
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            require_switches(store)
            await _require_none(session, store, person)
            vacation = Vacation(
                team_id=store.team_id,
                store_id=store.id,
                id=new_id("va"),
                starts_on=span.starts_on,
                ends_on=span.ends_on,
                ship_on=span.ship_on,
                begun_by=person.user_id,
                begun_at=now,
            )
            if begins_now(vacation, now):
                found = await plan(session, store, span.ship_on)
                if found.seen != seen:
                    raise PlanChanged(found)
                vacation.started_at = now
                add_items(session, vacation, found, now)
            session.add(vacation)
            await close_days(session, vacation, span.days, vacation.id, person.user_id, now)
            audit.record(session, store, person.user_id, "vacation.begin", now, subject=vacation.id)
            message = VacationCard(store=store.id, vacation=vacation.id)
            await post(session, store, message, key=card_key(store.id, vacation.id), now=now)
            await days_changed(session, store, self._days_changed, now)
        return vacation

    async def end(self, person: Person, store_id: str, vacation_id: str) -> None:
        """End a vacation: its days to come are open again, and the deals that it paused are to be resumed.

        Raises AppError if a switch is off that resuming needs, or it was ended already.
        """
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            vacation = await session.get(Vacation, (store.team_id, store.id, vacation_id), with_for_update=True)
            if vacation is None or vacation.ended_at is not None:
                again = vacation is not None and vacation.ended_by == person.user_id
                raise (RepeatedPress if again else AppError)("calendar.vacation_over")
            deals = *of_vacation(vacation), col(VacationItem.order_no) == 0
            paused = await session.scalar(
                select(func.count()).select_from(VacationItem).where(
                    *deals, col(VacationItem.state).in_(TO_RESUME)
                )
            )  # fmt: skip
            if paused:
                require_switches(store)
            vacation.ended_by, vacation.ended_at = person.user_id, now
            await session.execute(
                update(VacationItem)
                .where(*deals, col(VacationItem.state) == VacationStep.WAITING)
                .values(state=VacationStep.SKIPPED, note=None, updated_at=now)
            )
            await session.execute(
                delete(ClosedDay).where(
                    *scope(ClosedDay, store),
                    col(ClosedDay.vacation_id) == vacation.id,
                    col(ClosedDay.day) >= now.astimezone(KST).date(),
                )
            )
            audit.record(session, store, person.user_id, "vacation.end", now, subject=vacation.id)
            await redraw(session, vacation, now)
            await days_changed(session, store, self._days_changed, now)

    async def retry(self, person: Person, store_id: str, vacation_id: str) -> int:
        """Let the steps that failed be taken again; return their number. Raises AppError if a switch is off."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, person.team_id, store_id)
            vacation = await session.get(Vacation, (store.team_id, store.id, vacation_id), with_for_update=True)
            if vacation is None:
                raise AppError("calendar.vacation_over")
            require_switches(store)
            again = {VacationStep.NOT_UNDONE: VacationStep.DONE}
            if vacation.ended_at is None:
                again[VacationStep.FAILED] = VacationStep.WAITING
            count = 0
            for old, new in again.items():
                changed = await session.scalars(
                    update(VacationItem)
                    .where(*of_vacation(vacation), col(VacationItem.state) == old)
                    .values(state=new, note=None, error=None, updated_at=now)
                    .returning(col(VacationItem.deal_no))
                )
                count += len(list(changed))
            if count:
                audit.record(session, store, person.user_id, "vacation.retry", now, subject=vacation.id)
                await redraw(session, vacation, now)
        return count

    async def current(self, team_id: str, store_id: str) -> VacationSummary | None:
        """Return the vacation of a store that is planned or under way, or that still has deals to resume; None: there is none."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            if store is None:
                return None
            found = await session.scalars(
                select(Vacation).where(*scope(Vacation, store)).order_by(col(Vacation.begun_at).desc()).limit(1)
            )
            vacation = found.first()
            if vacation is None:
                return None
            summary = await summarize(session, store, vacation)
        return None if vacation.ended_at is not None and not (summary.left or summary.failed) else summary

    async def summary(self, team_id: str, store_id: str, vacation_id: str) -> VacationSummary:
        """Return one vacation. Raises AppError if there is none."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            vacation = await session.get(Vacation, (team_id, store_id, vacation_id))
            if store is None or vacation is None:
                raise AppError("calendar.vacation_over")
            return await summarize(session, store, vacation)


def begins_now(vacation: Vacation, now: datetime) -> bool:
    """Return whether the first day of a vacation has come."""
    return vacation.starts_on <= now.astimezone(KST).date()


def is_past(vacation: Vacation, today: date) -> bool:
    """Return whether its last day has passed."""
    return vacation.ends_on < today


def require_switches(store: Store) -> None:
    """Raise SwitchOff unless deals can be read, paused and resumed."""
    for group in NEEDED:
        require_on(store, group)


async def summarize(session: AsyncSession, store: Store, vacation: Vacation) -> VacationSummary:
    """Return how far a vacation is."""
    counts: tuple[dict[VacationStep, int], dict[VacationStep, int]] = ({}, {})
    about_order = col(VacationItem.order_no) != 0
    rows = await session.execute(
        select(about_order.label("notice"), col(VacationItem.state), func.count())
        .where(*of_vacation(vacation))
        .group_by(about_order, col(VacationItem.state))
    )
    for notice, state, count in rows:
        counts[bool(notice)][state] = count
    failures = await session.execute(
        select(VacationItem, col(Deal.title))
        .outerjoin(
            Deal,
            (col(Deal.team_id) == VacationItem.team_id)
            & (col(Deal.store_id) == VacationItem.store_id)
            & (col(Deal.deal_no) == VacationItem.deal_no),
        )
        .where(*of_vacation(vacation), col(VacationItem.state).in_(FAILED))
        .order_by(col(VacationItem.order_no), col(VacationItem.deal_no))
        .limit(SHOWN_FAILURES)
    )
    waits = await session.scalar(
        select(col(VacationItem.note)).where(
            *of_vacation(vacation), col(VacationItem.state).not_in(FAILED), col(VacationItem.note).is_not(None)
        ).limit(1)
    )  # fmt: skip
    summary = VacationSummary(
        store=store,
        vacation=vacation,
        pauses=counts[0],
        notices=counts[1],
        failures=[
            Failure(item.deal_no, title or "", item.order_no, item.state, item.note, item.error)
            for item, title in failures
        ],
        note=waits,
    )
    off = blocking(summary)
    if off is None:
        return summary
    return replace(summary, blocked=off.group, sync_off=off.group is None)


def blocking(summary: VacationSummary) -> SwitchOff | None:
    """Return the switch that forbids the next step of a vacation; None if nothing is left, or nothing forbids it."""
    ended = summary.vacation.ended_at is not None
    pauses = any(summary.pauses.get(state) for state in (TO_RESUME if ended else OPEN))
    notices = any(summary.notices.get(state) for state in OPEN)
    groups = (*(NEEDED if pauses else ()), *((ApiGroup.ORDER,) if notices and not ended else ()))
    for group in groups:
        try:
            require_on(summary.store, group)
        except SwitchOff as off:
            return off
        except AppError:  # the store was removed
            return None
    return None


async def redraw(session: AsyncSession, vacation: Vacation, now: datetime) -> None:
    """Enqueue an update of the message of a vacation."""
    await enqueue_update(session, vacation.team_id, [card_key(vacation.store_id, vacation.id)], now=now)


async def _require_none(session: AsyncSession, store: Store, person: Person | None = None) -> None:
    """Raise AppError unless a vacation can begin; RepeatedPress if `person` has just begun the one that there is."""
    found = await session.scalar(
        select(Vacation).where(*scope(Vacation, store), col(Vacation.ended_at).is_(None)).limit(1)
    )
    if found is not None:
        again = person is not None and found.begun_by == person.user_id
        raise (RepeatedPress if again else AppError)("calendar.vacation_already")
    resuming = await session.scalar(
        select(col(VacationItem.deal_no))
        .where(*scope(VacationItem, store), col(VacationItem.order_no) == 0, col(VacationItem.state).in_(TO_RESUME))
        .limit(1)
    )
    if resuming is not None:
        raise AppError("calendar.vacation_resuming")


def of_vacation(vacation: Vacation) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the steps of a vacation."""
    return *scope(VacationItem, vacation), col(VacationItem.vacation_id) == vacation.id
