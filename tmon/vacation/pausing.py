"""Pausing the deals of a store for a vacation, and resuming those that it paused.

Both calls set an absolute state, so one whose outcome is not known may be repeated; the deal is read before each. What is
about to be paused is written down first (`VacationStep.SENT`), so that after a crash the vacation knows its own pauses. The
mark `Deal.paused_by_us` is set with it: if the sale of a deal's goods was stopped meanwhile, its pause is left to the stock sync.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from tmon import api
from tmon.api import (
    NotOffered,
    Rejected,
    SalesStatus,
    StoreApi,
    TmonError,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    UnreadableAnswer,
)
from tmon.api.endpoints import DEAL_PAUSE, DEAL_RESUME, Endpoint
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost
from tmon.models.calendar import Vacation, VacationItem, VacationStep
from tmon.models.products import Deal
from tmon.models.stores import Store
from tmon.products import repository
from tmon.stock.sale_status import is_stopped
from tmon.stores.repository import lock
from tmon.vacation.service import redraw, require_switches

REFUSED = "calendar.note_refused"
NOT_OFFERED = "calendar.note_not_offered"


class DealPauses:
    """Takes the steps of one vacation that are about deals."""

    def __init__(
        self, db: Database, clock: Clock, store: Store, vacation: Vacation, client: StoreApi, lease: HeldLease
    ) -> None:
        self._db, self._clock = db, clock
        self._store, self._vacation, self._client = store, vacation, client
        self._lease = lease

    async def pause(self, deal_no: int) -> None:
        """Pause a deal if it is on sale. Raises AppError if a switch is off, TmonError if TMON should be asked later."""
        deal = await self._read(deal_no)
        if deal is None:
            return
        async with self._db.write() as session:
            item, row = await self._load(session, deal_no)
            if item is None or row is None or item.state not in (VacationStep.WAITING, VacationStep.SENT):
                return
            if deal.sales_status is not SalesStatus.ON_SALE:
                mine = item.state is VacationStep.SENT and deal.sales_status is SalesStatus.PAUSE
                await self._ended(session, item, VacationStep.DONE if mine else VacationStep.SKIPPED)
                return
            vacation = await session.get_one(
                Vacation, (item.team_id, item.store_id, item.vacation_id), populate_existing=True
            )
            if vacation.ended_at is not None:  # ended while the deal was read
                await self._ended(session, item, VacationStep.SKIPPED)
                return
            item.state, item.note, item.error, item.updated_at = VacationStep.SENT, None, None, self._clock()
            row.paused_by_us = True
        try:
            await self._check()
            await self._client.deals.pause(deal_no)
        except (UnknownOutcome, UnexpectedResponse):  # the next reading tells
            raise
        except (Rejected, NotOffered) as error:
            await self._failed(deal_no, VacationStep.FAILED, error, ours=False)
            return
        except (AppError, TmonError):  # nothing was sent
            async with self._db.write() as session:
                item, row = await self._load(session, deal_no)
                if item is not None and row is not None:
                    item.state, row.paused_by_us = VacationStep.WAITING, False
            raise
        if (deal := await self._read_after(DEAL_PAUSE, deal_no, SalesStatus.ON_SALE)) is None:
            return
        async with self._db.write() as session:
            item, _ = await self._load(session, deal_no)
            if item is not None:
                paused = deal.sales_status is SalesStatus.PAUSE
                await self._ended(session, item, VacationStep.DONE if paused else VacationStep.SKIPPED)

    async def resume(self, deal_no: int) -> None:
        """Resume a deal that the vacation paused, unless somebody has seen to it since. Raises like `pause`."""
        deal = await self._read(deal_no)
        if deal is None:
            return
        async with self._db.write() as session:
            item, row = await self._load(session, deal_no)
            if item is None or row is None or item.state not in (VacationStep.DONE, VacationStep.SENT):
                return
            paused = deal.sales_status is SalesStatus.PAUSE
            if not paused:
                row.paused_by_us = False
            if not paused or not row.paused_by_us or await is_stopped(session, self._store, deal):
                await self._ended(session, item, VacationStep.UNDONE)
                return
        await self._check()
        try:
            await self._client.deals.resume(deal_no)
        except (Rejected, NotOffered) as error:
            await self._failed(deal_no, VacationStep.NOT_UNDONE, error, ours=True)
            return
        if await self._read_after(DEAL_RESUME, deal_no, SalesStatus.PAUSE) is None:
            return
        async with self._db.write() as session:
            item, row = await self._load(session, deal_no)
            if item is not None and row is not None:
                row.paused_by_us = False
                await self._ended(session, item, VacationStep.UNDONE)

    async def _read_after(self, call: Endpoint, deal_no: int, before: SalesStatus) -> api.Deal | None:
        """Read a deal after a call that TMON has answered, whose answer says nothing: it may have had no effect.

        Raises Unavailable if the deal is as it was `before`.
        """
        deal = await self._read(deal_no)
        if deal is not None and deal.sales_status is before:
            raise Unavailable(call.name, reason="the call had no effect")
        return deal

    async def _read(self, deal_no: int) -> api.Deal | None:
        """Read and store a deal; None if it is gone, or could not be read for a reason of its own."""
        await self._check()
        try:
            deal = await self._client.deals.get(deal_no)
        except Rejected as error:
            if not error.deal_gone:
                await self._failed(deal_no, self._failure, error)
                return None
            async with self._db.write() as session:
                await repository.mark_deleted(session, self._store, deal_no, self._clock())
                item, _ = await self._load(session, deal_no)
                if item is not None:
                    await self._ended(session, item, VacationStep.SKIPPED)
            return None
        except (UnexpectedResponse, NotOffered) as error:
            if isinstance(error, UnreadableAnswer) and error.passing:
                raise
            await self._failed(deal_no, self._failure, error)
            return None
        async with self._db.write() as session:
            await lock(session, self._store.team_id, self._store.id)  # people map options at the same time
            await repository.upsert_deal(session, self._store, deal, self._clock())
        return deal

    @property
    def _failure(self) -> VacationStep:
        return VacationStep.FAILED if self._vacation.ended_at is None else VacationStep.NOT_UNDONE

    async def _failed(self, deal_no: int, state: VacationStep, error: TmonError, *, ours: bool | None = None) -> None:
        """Write down that a deal needs a person. `ours`: whether the bot paused it; None: as before."""
        async with self._db.write() as session:
            item, row = await self._load(session, deal_no)
            if item is None:
                return
            if row is not None and ours is not None:
                row.paused_by_us = ours
            await self._ended(session, item, state)
            item.note, item.error = _WHY.get(type(error), "calendar.note_unreadable"), error.message

    async def _ended(self, session: AsyncSession, item: VacationItem, state: VacationStep) -> None:
        item.state, item.note, item.error, item.updated_at = state, None, None, self._clock()
        await redraw(session, self._vacation, self._clock())

    async def _load(self, session: AsyncSession, deal_no: int) -> tuple[VacationItem | None, Deal | None]:
        """Return the step and the deal, locked."""
        key = self._store.team_id, self._store.id
        row = await session.get(Deal, (*key, deal_no), with_for_update=True, populate_existing=True)
        item = await session.get(
            VacationItem, (*key, self._vacation.id, deal_no, 0, ""), with_for_update=True, populate_existing=True
        )
        return item, row

    async def _check(self) -> None:
        """Raise AppError if a switch was turned off, or the store removed, LeaseLost if another process may go on with it.

        Called right before each call.
        """
        async with self._db.read() as session:
            store = await session.get(Store, (self._store.team_id, self._store.id))
            if not await session.scalar(select(self._lease.is_held())):
                raise LeaseLost(self._lease.name)
        if store is None:
            raise AppError("common.store_gone")
        require_switches(store)


_WHY: Mapping[type[TmonError], str] = {Rejected: REFUSED, NotOffered: NOT_OFFERED}
"""Why a step failed, where the answer could be read."""
