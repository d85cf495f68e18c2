"""Takes the steps of vacations, one after the other: resumable, since every step is a row.

Called every few seconds. A switch that is off, or a TMON that does not answer, stops the steps of that store until later;
nothing is lost, and the message of the vacation says what it waits for.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import AuthError, DelayReason, NotOffered, Rejected, Throttled, TmonError, UnexpectedResponse
from tmon.clock import KST
from tmon.core import Core
from tmon.due_times import over
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost
from tmon.models.calendar import Vacation, VacationItem, VacationStep
from tmon.models.stores import Store
from tmon.models.waybills import DelayNotice, WaybillState
from tmon.models.writes import WriteStep
from tmon.outbox import post
from tmon.scope import same_key, scope
from tmon.sealing import CannotOpen
from tmon.stores.repository import lock
from tmon.stores.switches import SwitchOff
from tmon.vacation.messages import VacationOver, card_key
from tmon.vacation.pausing import NOT_OFFERED, REFUSED, DealPauses
from tmon.vacation.planning import add_items, plan
from tmon.vacation.service import (
    OPEN,
    TO_RESUME,
    VacationSummary,
    begins_now,
    blocking,
    is_past,
    of_vacation,
    redraw,
    summarize,
)
from tmon.waybills.writes import NotifyDelay
from tmon.writes.remote_write import WriteConflict

log = structlog.get_logger(__name__)

SECONDS = 5.0
LEASE = timedelta(minutes=1)
"""How long one process alone takes the steps of a store without a sign of life."""
PAUSE = timedelta(minutes=1)
"""After TMON did not answer, or refused the key, the steps of a store wait for so long."""
REMIND_HOUR = 9
"""On the day after the last one, in Korea."""
DOWN, KEY = "calendar.note_down", "calendar.note_key"
_AT_ONCE = 8
"""Vacations carried on at the same time: a store whose TMON is slow does not hold up the others."""
_MOST_FAILURES = 3
_UNDER_WAY = (WaybillState.SENDING, WaybillState.UNKNOWN)
_NOTHING_TO_TELL = (
    "waybills.cancelled",
    "waybills.shipped_already",
    "waybills.delayed_already",
    "waybills.confirm_first",
    "orders.gone",
)
"""Why a delivery needs no notice any more."""


def notice_text(ship_on: date) -> str:
    """Return the reason that buyers read in a late-shipping notice, which TMON shows in Korean."""
    return f"판매자 휴가로 발송이 늦어집니다. {ship_on.month}월 {ship_on.day}일에 발송할 예정입니다."


class VacationRunner:
    """Begins planned vacations, takes their steps, and reminds of those that are past."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._db, self._clock, self._leases = core.db, core.clock, core.leases

    async def __call__(self) -> None:
        """Take every step that can be taken now, of several vacations at the same time."""
        slots = asyncio.Semaphore(_AT_ONCE)

        async def run(vacation: Vacation) -> None:
            async with slots:
                try:
                    await self._run(vacation)
                except CannotOpen:
                    log.error("credentials do not open with the configured keys", store=vacation.store_id)
                except Exception:
                    log.exception("vacation not carried on", store=vacation.store_id, vacation=vacation.id)

        await asyncio.gather(*(run(vacation) for vacation in await self._found()))

    async def _found(self) -> Sequence[Vacation]:
        """Return the vacations that go on, and the ended ones with steps left."""
        deal = col(VacationItem.order_no) == 0
        left = (
            select(col(VacationItem.deal_no))
            .where(
                same_key(VacationItem, Vacation),
                col(VacationItem.vacation_id) == col(Vacation.id),
                or_(and_(deal, col(VacationItem.state).in_(TO_RESUME)), col(VacationItem.state).in_(OPEN)),
            )
            .exists()
        )
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Vacation)
                .join(Store, (col(Store.team_id) == col(Vacation.team_id)) & (col(Store.id) == col(Vacation.store_id)))
                .where(col(Store.removed_at).is_(None), or_(col(Vacation.ended_at).is_(None), left))
                .order_by(col(Vacation.begun_at))
            )
            return list(rows)

    async def _run(self, vacation: Vacation) -> None:
        now = self._clock()
        if vacation.started_at is None and vacation.ended_at is None:
            if not begins_now(vacation, now):
                return
            vacation = await self._start(vacation)
        await self._remind(vacation)
        summary = await self._look(vacation)
        if not summary.left or _waits(vacation, now):
            return
        async with self._leases.held(vacation.team_id, f"vacation/{vacation.store_id}", LEASE) as lease:
            if lease is None:
                return  # another process takes them
            current = await self._reload(vacation)
            if not _waits(current, now):
                await self._carry_on(summary.store, current, lease)

    async def _carry_on(self, store: Store, vacation: Vacation, lease: HeldLease) -> None:
        try:
            await self._steps(store, vacation, lease)
        except LeaseLost:
            log.warning("vacation was taken over", store=vacation.store_id)
        except SwitchOff:
            await self._look(vacation)
        except AppError as error:
            log.info("vacation not carried on", store=vacation.store_id, key=error.key)
        except TmonError as error:
            await self._wait(vacation)
            if isinstance(error, AuthError):
                await self._core.report_auth_error(store, error)
                await self._note_next(vacation)

    async def _start(self, vacation: Vacation) -> Vacation:
        """Write down what a planned vacation is to do, now that its first day has come."""
        now = self._clock()
        async with self._db.write() as session:
            store = await lock(session, vacation.team_id, vacation.store_id)
            row = await session.get_one(
                Vacation, (vacation.team_id, vacation.store_id, vacation.id), with_for_update=True
            )
            if row.started_at is None and row.ended_at is None:
                row.started_at = now
                add_items(session, row, await plan(session, store, row.ship_on), now)
                await redraw(session, row, now)
        return row

    async def _remind(self, vacation: Vacation) -> None:
        """Say once, on the morning after its last day, that the deals are still paused."""
        now = self._clock()
        there = now.astimezone(KST)
        if vacation.ended_at is not None or vacation.reminded_at is not None:
            return
        if not is_past(vacation, there.date()) or there.hour < REMIND_HOUR:
            return
        key = f"{VacationOver.kind}/{vacation.store_id}/{vacation.id}"
        async with self._db.write() as session:
            store = await lock(session, vacation.team_id, vacation.store_id)
            if not await _change(session, vacation, col(Vacation.reminded_at).is_(None), reminded_at=now):
                return
            message = VacationOver(store=store.id, vacation=vacation.id)
            thread = card_key(vacation.store_id, vacation.id)
            await post(session, store, message, key=key, now=now, thread_key=thread)

    async def _look(self, vacation: Vacation) -> VacationSummary:
        """Return how far it is; if another switch blocks it than before, its message is drawn anew."""
        async with self._db.read() as session:
            store = await session.get_one(Store, (vacation.team_id, vacation.store_id))
            summary = await summarize(session, store, vacation)
        off = blocking(summary)
        blocked = None if off is None else off.key
        if vacation.blocked_by != blocked:
            async with self._db.write() as session:
                is_new = col(Vacation.blocked_by).is_distinct_from(blocked)
                if await _change(session, vacation, is_new, blocked_by=blocked):
                    await redraw(session, vacation, self._clock())
        return summary

    async def _wait(self, vacation: Vacation) -> None:
        """Let the steps of the store wait for a while."""
        async with self._db.write() as session:
            await session.execute(
                update(Vacation).where(*scope(Vacation, vacation)).values(failed_at=self._clock()),
                execution_options={"synchronize_session": False},
            )

    async def _steps(self, store: Store, vacation: Vacation, lease: HeldLease) -> None:
        """Take the steps.

        Raises SwitchOff, AppError if the store is gone, TmonError if TMON should be asked later, LeaseLost.
        """
        deals = DealPauses(self._db, self._clock, store, vacation, self._core.clients.for_store(store), lease)
        states, act = (OPEN, deals.pause) if vacation.ended_at is None else (TO_RESUME, deals.resume)
        stopped: AppError | None = None
        attempts = _Attempts()
        try:
            for item in await self._items(vacation, states, notices=False):
                if vacation.ended_at is None and await self._was_ended(vacation):
                    break  # what was paused is resumed in the next run
                await self._attempt(vacation, item, act(item.deal_no), attempts)
        except AppError as error:  # notices do not need the switches of deals
            stopped = error
        for item in await self._items(vacation, OPEN, notices=True):
            await self._attempt(vacation, item, self._tell(vacation, item), attempts)
        if stopped is not None:
            raise stopped
        if attempts.last is not None:
            raise attempts.last

    async def _attempt(
        self, vacation: Vacation, item: VacationItem, step: Awaitable[None], attempts: "_Attempts"
    ) -> None:
        """Take one step. TMON's failure at it does not stop the others, unless they fail as well."""
        try:
            await step
        except (AuthError, Throttled):
            raise
        except TmonError as error:
            log.info("step of a vacation not taken", store=vacation.store_id, error=type(error).__name__)
            await self._note(vacation, item, DOWN)
            attempts.fail(error)
        else:
            attempts.in_a_row = 0

    async def _items(
        self, vacation: Vacation, states: tuple[VacationStep, ...], *, notices: bool
    ) -> Sequence[VacationItem]:
        about_order = col(VacationItem.order_no) != 0
        async with self._db.read() as session:
            rows = await session.scalars(
                select(VacationItem)
                .where(
                    *of_vacation(vacation),
                    about_order if notices else ~about_order,
                    col(VacationItem.state).in_(states),
                )
                .order_by(col(VacationItem.order_no), col(VacationItem.deal_no))
            )
            return list(rows)

    async def _reload(self, vacation: Vacation) -> Vacation:
        async with self._db.read() as session:
            return await session.get_one(Vacation, (vacation.team_id, vacation.store_id, vacation.id))

    async def _was_ended(self, vacation: Vacation) -> bool:
        return (await self._reload(vacation)).ended_at is not None

    async def _tell(self, vacation: Vacation, item: VacationItem) -> None:
        """Send the late-shipping notice of one delivery, once: what TMON has is found in its row. Raises like `_steps`."""
        key = (item.team_id, item.store_id, item.order_no, item.delivery_no, item.deal_no)
        async with self._db.read() as session:
            notice = await session.get(DelayNotice, key)
        if notice is not None and notice.state is WaybillState.REGISTERED:
            await self._end(vacation, item, VacationStep.DONE)
            return
        if notice is not None and notice.state in _UNDER_WAY:
            return  # TMON is being asked
        if await self._was_ended(vacation):
            await self._end(vacation, item, VacationStep.SKIPPED)
            return
        write = NotifyDelay(
            team_id=item.team_id,
            store_id=item.store_id,
            order_no=item.order_no,
            delivery_no=item.delivery_no,
            deal_no=item.deal_no,
            reason=DelayReason.OTHER.value,
            detail=notice_text(vacation.ship_on),
            ship_on=vacation.ship_on,
        )
        try:
            outcome = await self._core.writes.run(write, vacation.begun_by)
        except WriteConflict:
            return  # a person is sending one, or it is being asked about
        except SwitchOff:
            raise
        except AppError as error:
            if error.key == "common.store_gone":
                raise
            skipped = error.key in _NOTHING_TO_TELL
            await self._end(
                vacation, item, VacationStep.SKIPPED if skipped else VacationStep.FAILED, None if skipped else REFUSED
            )
            return
        except (Rejected, UnexpectedResponse, NotOffered) as error:  # of the reading before: nothing was sent
            await self._fail(vacation, item, error)
            return
        if outcome.state is WriteStep.DONE:
            await self._end(vacation, item, VacationStep.DONE)
        elif outcome.state is WriteStep.FAILED:
            if isinstance(outcome.error, TmonError):
                await self._fail(vacation, item, outcome.error)
            elif isinstance(outcome.error, AppError):
                raise outcome.error  # turned off in between: nothing was sent

    async def _fail(self, vacation: Vacation, item: VacationItem, error: TmonError) -> None:
        """Write down that a notice needs a person; raises `error` if TMON should be asked later instead."""
        if isinstance(error, AuthError | Throttled):
            raise error
        if isinstance(error, NotOffered):
            await self._end(vacation, item, VacationStep.FAILED, NOT_OFFERED)
        elif isinstance(error, Rejected):
            await self._end(vacation, item, VacationStep.FAILED, REFUSED, error.message)
        elif isinstance(error, UnexpectedResponse):
            await self._end(vacation, item, VacationStep.FAILED, "calendar.note_unreadable")
        else:
            raise error

    async def _end(
        self,
        vacation: Vacation,
        item: VacationItem,
        state: VacationStep,
        note: str | None = None,
        error: str | None = None,
    ) -> None:
        now = self._clock()
        key = (item.team_id, item.store_id, item.vacation_id, item.deal_no, item.order_no, item.delivery_no)
        async with self._db.write() as session:
            row = await session.get_one(VacationItem, key, with_for_update=True)
            if row.state not in OPEN:
                return  # another process has seen to it
            row.state, row.note, row.error, row.updated_at = state, note, error, now
            await redraw(session, vacation, now)

    async def _note_next(self, vacation: Vacation) -> None:
        """Write at the next step that TMON refuses the key."""
        states = OPEN if vacation.ended_at is None else TO_RESUME
        deals = await self._items(vacation, states, notices=False)
        for item in [*deals, *await self._items(vacation, OPEN, notices=True)][:1]:
            await self._note(vacation, item, KEY)

    async def _note(self, vacation: Vacation, item: VacationItem, note: str) -> None:
        """Write at a step why it is tried again later."""
        now = self._clock()
        key = (item.team_id, item.store_id, item.vacation_id, item.deal_no, item.order_no, item.delivery_no)
        async with self._db.write() as session:
            row = await session.get_one(VacationItem, key, with_for_update=True)
            if row.note != note:
                row.note = note
                await redraw(session, vacation, now)


def _waits(vacation: Vacation, now: datetime) -> bool:
    return vacation.failed_at is not None and not over(vacation.failed_at, now, PAUSE)


async def _change(session: AsyncSession, vacation: Vacation, condition: ColumnElement[bool], **values: Any) -> bool:
    """Change a vacation on a condition. Returns whether it was so: of two processes one is told."""
    changed = await session.scalar(
        update(Vacation)
        .where(*scope(Vacation, vacation), col(Vacation.id) == vacation.id, condition)
        .values(**values)
        .returning(col(Vacation.id)),
        execution_options={"synchronize_session": False},
    )
    return changed is not None


@dataclass
class _Attempts:
    """Failures of TMON in one run over a vacation."""

    last: TmonError | None = None
    in_a_row: int = 0

    def fail(self, error: TmonError) -> None:
        """Count one. Raises it when so many failed one after the other that TMON itself is down."""
        self.last, self.in_a_row = error, self.in_a_row + 1
        if self.in_a_row >= _MOST_FAILURES:
            raise error
