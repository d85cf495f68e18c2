"""Each deal's turn: TMON is asked what its end is, the target is stored, sent, and how it ended is written down.

From the first time that it was sent a target never changes. It is sent again only after TMON has said that the old end still
stands, so whatever crashes and however often a run begins anew, an end is extended by one length and no more.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import (
    AuthError,
    NotOffered,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    Unavailable,
    UnknownOutcome,
    UnreadableAnswer,
)
from tmon.clock import Clock
from tmon.database import Database
from tmon.leases import HeldLease
from tmon.models.products import Deal, ExtensionNote, ExtensionState, SalePeriodExtension, SalePeriodSchedule
from tmon.models.stores import ApiGroup, Store
from tmon.products import repository
from tmon.products.sale_period.notifications import notify_not_offered, update_day
from tmon.products.sale_period.planning import OPEN, is_due, of_day
from tmon.stores import switches

RETRY_AFTER = timedelta(minutes=5)
"""Between two attempts at one deal: far from the 10 changes in 20 minutes that TMON allows (docs/tmon-api.md, ch. 8.2)."""
EXPIRE_AFTER = timedelta(hours=6)
"""After the run began: what was not carried out by then is reported, and left to the next run."""
_ASK_LATER = timedelta(hours=1)
"""Between two questions about a doubtful write from then on."""
LONGEST_WAIT = timedelta(days=1)
"""However long TMON asks us to wait."""

ExtensionKey = tuple[str, str, date, int]
"""Team, store, day and deal: the key of an extension."""


class DealExtender:
    """The turns of one store's deals."""

    def __init__(self, db: Database, clock: Clock, store: Store, client: StoreApi, lease: HeldLease) -> None:
        self._db = db
        self._clock = clock
        self._store = store
        self._client = client
        self._lease = lease

    async def extend(self, day: date, deal_no: int) -> None:
        """One deal's turn. Raises what ends the others' turns too: SwitchOff, LeaseLost, AuthError, Throttled, Unavailable and the like."""
        place = (self._store.team_id, self._store.id, day, deal_no)
        async with self._db.read() as session:
            switches.require_on(await session.get(Store, place[:2]), ApiGroup.PRODUCT)
            row = await session.get(SalePeriodExtension, place)
            if row is None or row.state not in OPEN:
                return  # excluded, dropped or failed meanwhile
        try:
            deal = await self._client.deals.get(deal_no)
        except Rejected as error:
            await self._not_read(place, error)
            return
        except TmonError as error:
            await self._wait(place, error)
            if isinstance(error, AuthError | Throttled | Unavailable | UnreadableAnswer):
                raise
            return
        target = await self._intend(place, deal)
        if target is not None:
            await self._send(place, target)

    async def _intend(self, place: ExtensionKey, deal: api.Deal) -> datetime | None:
        """Holds the extension against TMON's word. Returns the target, which is stored, if it is to be sent now."""
        now = self._clock()
        async with self._db.write() as session:
            await self._lease.check(session)
            await repository.upsert_deal(session, self._store, deal, now)
            store = await session.get_one(Store, place[:2])
            switches.require_on(store, ApiGroup.PRODUCT)
            row = await session.get(SalePeriodExtension, place, with_for_update=True)
            if row is None or row.state not in OPEN:
                return None
            if row.sent_at is None:
                if not store.extend_days:
                    return None  # dropped with the schedule, soon
                if deal.sales_end is not None:
                    row.old_end = deal.sales_end
                    row.target = deal.sales_end + timedelta(days=store.extend_days)
            elif deal.sales_end == row.target:
                await _settle(session, row, ExtensionState.DONE, now)
                return None
            if (note := _why_not(row, deal, now)) is not None:
                await _settle(session, row, ExtensionState.SKIPPED, now, note)
                return None
            if await _is_late(session, row, now):
                await _settle(session, row, ExtensionState.FAILED, now, ExtensionNote.NOT_REACHED)
                return None
            row.state, row.sent_at, row.due_at = ExtensionState.SENT, now, now + RETRY_AFTER
            return row.target

    async def _send(self, place: ExtensionKey, target: datetime) -> None:
        try:
            await self._client.deals.set_sales_period(place[3], target)
        except UnknownOutcome:
            await self._end(place, ExtensionState.UNKNOWN)
        except Rejected as error:
            if error.deal_gone:
                await self._not_read(place, error)
                return
            await self._end(place, ExtensionState.FAILED, ExtensionNote.REFUSED, error.message)
        except NotOffered:
            await self._not_offered(place)
        except (AuthError, Throttled, Unavailable) as error:  # certainly not carried out
            await self._end(place, ExtensionState.PLANNED)
            await self._wait(place, error)
            raise
        else:
            await self._done(place, target)

    async def _done(self, place: ExtensionKey, target: datetime) -> None:
        async with self._db.write() as session:
            deal = await session.get_one(Deal, (*place[:2], place[3]), with_for_update=True)
            row = await session.get(SalePeriodExtension, place, with_for_update=True)
            if row is None or row.state not in OPEN:  # another process has taken over, and found it carried out
                return
            await _settle(session, row, ExtensionState.DONE, self._clock())
            deal.sales_end = target
            schedule = await session.get(SalePeriodSchedule, place[:2])
            if schedule is not None:
                schedule.not_offered_at = None

    async def _end(
        self, place: ExtensionKey, state: ExtensionState, note: ExtensionNote | None = None, detail: str | None = None
    ) -> None:
        async with self._db.write() as session:
            row = await self._open_row(session, place)
            if row is not None:
                await _settle(session, row, state, self._clock(), note, detail)

    async def _not_read(self, place: ExtensionKey, error: Rejected) -> None:
        """TMON says no to the question itself. What was sent stays doubtful, unless the deal is gone."""
        now = self._clock()
        async with self._db.write() as session:
            row = await self._open_row(session, place)
            if row is None:
                return
            if error.deal_gone:
                await repository.mark_deleted(session, self._store, row.deal_no, now)
                await _settle(session, row, ExtensionState.SKIPPED, now, ExtensionNote.GONE)
            elif row.sent_at is None:
                await _settle(session, row, ExtensionState.FAILED, now, ExtensionNote.REFUSED, error.message)
            else:
                row.due_at = now + (_ASK_LATER if await _is_late(session, row, now) else RETRY_AFTER)

    async def _wait(self, place: ExtensionKey, error: TmonError) -> None:
        """Nothing was learnt or carried out: later again."""
        now = self._clock()
        async with self._db.write() as session:
            row = await self._open_row(session, place)
            if row is None:
                return
            wait = _ASK_LATER if await _is_late(session, row, now) else RETRY_AFTER
            if isinstance(error, Throttled) and error.retry_after is not None:
                wait = min(max(wait, timedelta(seconds=error.retry_after)), LONGEST_WAIT)
            row.due_at = now + wait

    async def _open_row(self, session: AsyncSession, place: ExtensionKey) -> SalePeriodExtension | None:
        """Return the row, locked; None if it was settled meanwhile.

        Raises LeaseLost if another process has taken over: what was learnt here may be older than what it knows.
        """
        await self._lease.check(session)
        row = await session.get(SalePeriodExtension, place, with_for_update=True)
        return None if row is None or row.state not in OPEN else row

    async def _not_offered(self, place: ExtensionKey) -> None:
        """TMON has no such call: nothing else is sent in this run, and it is told once."""
        now = self._clock()
        async with self._db.write() as session:
            await self._lease.check(session)
            rows = await session.scalars(
                select(SalePeriodExtension).where(
                    *of_day(*place[:3]),
                    (col(SalePeriodExtension.state) == ExtensionState.PLANNED)
                    | (col(SalePeriodExtension.deal_no) == place[3]),
                )
            )
            for row in rows:
                await _settle(session, row, ExtensionState.FAILED, now, ExtensionNote.NOT_OFFERED)
            schedule = await session.get(SalePeriodSchedule, place[:2])
            if schedule is not None:
                schedule.not_offered_at = now
            await notify_not_offered(session, self._store, now)


async def expire(session: AsyncSession, row: SalePeriodExtension, now: datetime) -> None:
    """What could not be carried out in time."""
    await _settle(session, row, ExtensionState.FAILED, now, ExtensionNote.NOT_REACHED)


async def _is_late(session: AsyncSession, row: SalePeriodExtension, now: datetime) -> bool:
    """Whether the run that it belongs to is over."""
    schedule = await session.get(SalePeriodSchedule, (row.team_id, row.store_id))
    if schedule is None or schedule.ran_at is None or schedule.ran_for != row.day:
        return True
    return now >= schedule.ran_at + EXPIRE_AFTER


def _why_not(row: SalePeriodExtension, deal: api.Deal, now: datetime) -> ExtensionNote | None:
    """What speaks against extending `deal` from the old end that is stored."""
    if deal.sales_status is api.SalesStatus.END or (deal.sales_end is not None and deal.sales_end <= now):
        return ExtensionNote.ENDED
    if deal.sales_end != row.old_end or not is_due(deal.sales_end, now):
        return ExtensionNote.CHANGED
    if deal.sales_status is not api.SalesStatus.ON_SALE:
        return ExtensionNote.NOT_ON_SALE
    return None


async def _settle(
    session: AsyncSession,
    row: SalePeriodExtension,
    state: ExtensionState,
    now: datetime,
    note: ExtensionNote | None = None,
    detail: str | None = None,
) -> None:
    row.state, row.note, row.detail = state, note, detail
    if state in OPEN:
        return
    audit.record(
        session,
        row,
        "system",
        "product.extend",
        now,
        subject=row.deal_no,
        outcome=state.value if note is None else f"{state}: {note}",
        old_end=row.old_end.isoformat(),
        target=row.target.isoformat(),
    )
    await update_day(session, row.team_id, row.store_id, row.day, now)
