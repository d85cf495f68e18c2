"""Stock sync: reads first, pushes only differences, and verifies by reading instead of repeating a write."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import (
    AuthError,
    NotOffered,
    Rejected,
    StoreApi,
    Throttled,
    TmonError,
    Unavailable,
    UnexpectedResponse,
    UnknownOutcome,
    UnreadableAnswer,
)
from tmon.collection.run_claims import RunLost
from tmon.collection.unread import UnreadLog
from tmon.core import Core
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost
from tmon.models.collection import RunOutcome, SyncState, Unread
from tmon.models.products import Deal
from tmon.models.stock import OptionLink
from tmon.models.stores import ApiGroup, Store
from tmon.products import repository
from tmon.scope import scope
from tmon.stock.mapping import map_equal_codes
from tmon.stock.notifications import RefusedPush, notify_refused
from tmon.stock.planning import Push, drop_pending, plan, record_answers
from tmon.stock.sale_status import SaleStatusChange, desired_change
from tmon.stock.sale_status_writer import SaleStatusWriter
from tmon.stock.sync_counts import SyncCounts
from tmon.stores import switches

STOCK = "stock"
"""Kind of this collection."""

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
"""How long one run alone sets the stock of a store without a sign of life: TMON takes absolute numbers, in whatever order."""
_MAX_UNREADABLE = 3
"""Unreadable deals after which the run is aborted, if none has been read yet."""


class StockCollector:
    """One run of the stock sync over one store."""

    def __init__(self, core: Core, store: Store) -> None:
        self._db, self._clock, self._leases = core.db, core.clock, core.leases
        self._store = store
        self._lease: HeldLease
        self._counts = SyncCounts()
        self._unread: TmonError | None = None
        """Error of the last deal that could not be read, except deleted ones."""
        self.key_refused = False

    @property
    def counts(self) -> dict[str, int]:
        """Results so far, by the names of `SyncCounts`."""
        return asdict(self._counts)

    @property
    def answered(self) -> bool:
        """Whether a deal was read: a store may have none to ask for."""
        return self._counts.read > 0

    async def collect(self, client: StoreApi, watermark: datetime | None) -> None:
        """Read all deals, then push only differences.

        Raises TmonError if no deal could be read, RunLost if another run has the lease: this one is no success and no failure.
        """
        async with self._leases.held(self._store.team_id, f"stock/{self._store.id}", LEASE) as lease:
            if lease is None:
                raise RunLost("stock is being synchronised elsewhere")
            self._lease = lease
            try:
                await self._sync_deals(self._store, client, self._counts)
            except LeaseLost as error:
                raise RunLost("the stock sync was taken over") from error
            except AppError:
                pass  # turned off meanwhile: the rest is synchronised once it is on again; or the store was removed
        if self._unread is not None and not self._counts.read:
            raise self._unread

    async def record(
        self, session: AsyncSession, store: Store, state: SyncState, outcome: RunOutcome, now: datetime
    ) -> None:
        """Log the counts; no run is recorded, because each option stores its last push."""
        log.info("stock synchronised", store=store.id, outcome=outcome, **self.counts)

    async def _sync_deals(self, store: Store, client: StoreApi, counts: SyncCounts) -> None:
        remote: dict[int, api.Deal] = {}
        for deal_no in await self._deal_nos(store):
            deal = await self._read(store, client, deal_no, counts)
            if deal is not None:
                remote[deal_no] = deal
        for deal_no in sorted(remote):
            await self._sync_deal(store, client, deal_no, remote, counts)

    async def _sync_deal(
        self, store: Store, client: StoreApi, deal_no: int, remote: dict[int, api.Deal], counts: SyncCounts
    ) -> None:
        """Synchronise one deal: turn off first what is not sold, turn on last what is sold again."""
        if not (await self._change(store, remote[deal_no])).any and not await self._plan(
            store, deal_no, remote, push=False
        ):
            return
        fresh = await self._read(store, client, deal_no, counts)
        if fresh is None:
            return
        calls = SaleStatusWriter(self._db, self._clock, store, client, counts, lambda: self._check(store))
        change = await self._change(store, fresh, intend=True)
        if change.turns_off:
            await calls.turn_off(fresh, change)
            # The calls took time, and stock must be pushed relative to a fresh reading.
            fresh = await self._read(store, client, deal_no, counts)
            if fresh is None:
                return
            change = await self._change(store, fresh)
        remote[deal_no] = fresh
        await self._check(store)
        pushes = await self._plan(store, deal_no, remote, push=True)
        pushed = await self._push(store, client, deal_no, pushes, remote, counts) if pushes else set()
        # An option is shown only with the right stock, and a deal is not resumed while an option of it still has to be hidden.
        waits = {push.option_no for push in pushes} - pushed
        await calls.turn_on(
            fresh,
            replace(change, show=change.show - waits, resume=change.resume and not waits and not change.turns_off),
        )

    async def _change(self, store: Store, deal: api.Deal, *, intend: bool = False) -> SaleStatusChange:
        async with self._db.write() as session:
            await self._lease.check(session)
            return await desired_change(session, store, deal, self._clock(), intend=intend)

    async def _deal_nos(self, store: Store) -> Sequence[int]:
        """Map the options of deals that the list of deals has read; return the deals with a mapped option and those never read.

        Deleted ones are left out.
        """
        async with self._db.write() as session:
            await self._lease.check(session)
            await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
            await map_equal_codes(session, store)
            mapped = await session.scalars(select(col(OptionLink.deal_no)).where(*scope(OptionLink, store)).distinct())
            deal_nos = set(mapped)
            rows = await session.scalars(select(Deal).where(*scope(Deal, store)))
            for deal in rows:
                if deal.deleted_at is not None:
                    deal_nos.discard(deal.deal_no)
                elif deal.read_at is None:
                    deal_nos.add(deal.deal_no)
        return sorted(deal_nos)

    async def _read(self, store: Store, client: StoreApi, deal_no: int, counts: SyncCounts) -> api.Deal | None:
        """Read a deal; None if it cannot be read. Raises TmonError if other deals would fail, too."""
        await self._check(store)
        try:
            deal = await client.deals.get(deal_no)
        except (AuthError, Throttled, NotOffered):
            raise
        except TmonError as error:
            log.info("deal not read", store=store.id, deal=deal_no, error=type(error).__name__)
            counts.unread += 1
            if isinstance(error, Rejected) and error.deal_gone:
                async with self._db.write() as session:
                    await repository.mark_deleted(session, store, deal_no, self._clock())
                return None
            self._unread = error
            await UnreadLog(self._db, store, Unread.DEAL).set_one_aside(deal_no, error, self._clock())
            if (
                isinstance(error, Unavailable | UnreadableAnswer)
                and not counts.read
                and counts.unread >= _MAX_UNREADABLE
            ):
                raise
            return None
        async with self._db.write() as session:
            # Users map options at the same time.
            await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
            await repository.upsert_deal(session, store, deal, self._clock())
            await map_equal_codes(session, store, [deal_no])
        counts.read += 1
        return deal

    async def _plan(self, store: Store, deal_no: int, remote: dict[int, api.Deal], *, push: bool) -> list[Push]:
        async with self._db.write() as session:
            await self._lease.check(session)
            return await plan(session, store, deal_no, remote, self._clock(), push=push)

    async def _push(
        self,
        store: Store,
        client: StoreApi,
        deal_no: int,
        pushes: Sequence[Push],
        remote: dict[int, api.Deal],
        counts: SyncCounts,
    ) -> set[int]:
        """Set the stock of options. Return those for which TMON reported success."""
        try:
            await self._check(store)
            answers = await client.deals.set_stock(deal_no, {push.key: push.target for push in pushes})
        except (UnknownOutcome, UnexpectedResponse):
            counts.unclear += len(pushes)
            del remote[deal_no]  # its current stock is not known
            return set()
        except switches.SwitchOff:
            await self._drop_pending(store, deal_no, pushes)
            raise
        except Rejected as error:
            answers = {push.key: api.OptionResult(success=False, message=error.message) for push in pushes}
        except TmonError:
            await self._drop_pending(store, deal_no, pushes)
            raise
        results = {push.option_no: answers[push.key] for push in pushes}
        now = self._clock()
        async with self._db.write() as session:
            await self._lease.check(session)  # or what is open by now is another run's
            refused = await record_answers(session, store, deal_no, results, now)
            if refused:
                await notify_refused(session, store, deal_no, refused, RefusedPush.STOCK, now)
        done = {push.option_no: push.target for push in pushes if results[push.option_no].success}
        counts.pushed += len(done)
        counts.refused += len(pushes) - len(done)
        remote[deal_no] = _with_stock(remote[deal_no], done)
        return set(done)

    async def _drop_pending(self, store: Store, deal_no: int, pushes: Sequence[Push]) -> None:
        async with self._db.write() as session:
            await self._lease.check(session)
            await drop_pending(session, store, deal_no, pushes)

    async def _check(self, store: Store) -> None:
        """Raise SwitchOff, or LeaseLost if another run may have begun. Called right before each call."""
        async with self._db.read() as session:
            switches.require_on(await session.get(Store, (store.team_id, store.id)), ApiGroup.STOCK)
            if not await session.scalar(select(self._lease.is_held())):
                raise LeaseLost(self._lease.name)


def _with_stock(deal: api.Deal, stock: dict[int, int]) -> api.Deal:
    """Return the deal as it is at TMON after a push."""
    options = tuple(
        option.model_copy(update={"stock": stock.get(option.option_no, option.stock)}) for option in deal.options
    )
    return deal.model_copy(update={"options": options})
