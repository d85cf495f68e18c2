"""Sends the changes that are due, in the order of their acceptance: one of each product, several products at a time.

A change is a row with a due time: nothing sleeps while it waits for TMON's limit, and whichever process looks next goes on with
what a killed one has left. Where a call was under way, the recovery of writes finds out what became of it first.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, and_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError
from tmon.core import Core
from tmon.due_times import NOTHING, has_come
from tmon.errors import AppError
from tmon.leases import HeldLease, LeaseLost
from tmon.listings.documents import Wanted
from tmon.listings.failures import Failure, failure_of
from tmon.listings.outcomes import LEFT_AS_IT_WAS, fail
from tmon.listings.queue import LONGEST_RETRY, SEND, finish, heads, postpone
from tmon.listings.writes import NothingLeft, OtherKind, ProductWrite, WaitLimit, WriteListing, WriteSale
from tmon.models.listings import OPEN_CHANGES, ChangeState, ChangeWait, ProductChange
from tmon.models.stores import Store
from tmon.presence import is_present
from tmon.scope import StoreKey, scope
from tmon.sealing import CannotOpen
from tmon.writes.remote_write import WriteConflict

log = structlog.get_logger(__name__)

SECONDS = 10.0
"""Between two looks at what is due."""
LEASE = timedelta(minutes=1)
"""How long one process alone sends for a store without a sign of life."""
LONGEST_WAIT = timedelta(minutes=21)
"""For TMON's limit; what TMON itself asks to wait may be longer."""
BUSY_PAUSE = timedelta(seconds=10)
_LEASE_OF = "products/"
"""How the names of the leases begin; the store's id follows."""
_PRODUCTS_AT_ONCE = 4
_MOST_STEPS = 12
"""Writes that one turn of a change may take: steps, and what is sent again."""


class ProductRunner:
    """Sends what is due."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._leases, self._writes, self._work = core.leases, core.writes, core.work

    async def __call__(self) -> None:
        """Ask for the sending of what is due, of each store for which nobody sends. Called every few seconds.

        Each is a task of its own: a store whose calls hang for minutes holds up no other.
        """
        lease = literal(_LEASE_OF) + col(ProductChange.store_id)
        async with self._db.read() as session:
            found = await session.execute(
                select(col(ProductChange.team_id), col(ProductChange.store_id))
                .where(
                    col(ProductChange.state).in_(OPEN_CHANGES),
                    self._is_due(),
                    is_present(col(ProductChange.team_id)),
                    ~self._leases.is_taken(col(ProductChange.team_id), lease),
                )
                .distinct()
            )
            stores = found.all()
        if not stores:
            return
        async with self._db.write() as session:
            for team_id, store_id in stores:
                await self._work.ask(session, SEND, store_id, team_id=team_id, store_id=store_id)

    async def send_due(self, team_id: str, store_id: str) -> None:
        """Send what is due of a store, unless another process does so."""
        async with self._leases.held(team_id, _LEASE_OF + store_id, LEASE) as lease:
            if lease is None:
                return
            store = StoreKey(team_id, store_id)
            try:
                while due := await self._due(store, lease):
                    slots = asyncio.Semaphore(_PRODUCTS_AT_ONCE)
                    await asyncio.gather(*(self._carry_on(change, lease, slots) for change in due))
            except LeaseLost:
                log.warning("sending of products was taken over", store=store_id)

    def _is_due(self) -> ColumnElement[bool]:
        """Return the condition that a change is to be sent now."""
        now, due_at = self._clock(), col(ProductChange.due_at)
        asked = col(ProductChange.wait) == ChangeWait.THROTTLED
        return and_(
            col(ProductChange.state) == ChangeState.WAITING,
            or_(
                has_come(due_at, now, LONGEST_RETRY),
                and_(or_(col(ProductChange.wait).is_(None), ~asked), has_come(due_at, now, LONGEST_WAIT)),
            ),
        )

    async def _due(self, store: StoreKey, lease: HeldLease) -> Sequence[ProductChange]:
        """Return the oldest change of each product, if it is due. The others wait for it."""
        async with self._db.write() as session:
            await lease.check(session)
            rows = await session.scalars(
                select(ProductChange)
                .where(*scope(ProductChange, store), col(ProductChange.state).in_(OPEN_CHANGES))
                .order_by(col(ProductChange.seq))
            )
            queue = list(rows)
            first = heads(queue)
            behind = {row.id for row in queue} - {row.id for row in first}
            for row in queue:
                if row.id in behind and row.state is ChangeState.WAITING and row.wait is not ChangeWait.AHEAD:
                    row.wait = ChangeWait.AHEAD
            due = await session.scalars(
                select(col(ProductChange.id)).where(*scope(ProductChange, store), self._is_due())
            )
            is_due = set(due)
        return [row for row in first if row.id in is_due]

    async def _carry_on(self, change: ProductChange, lease: HeldLease, slots: asyncio.Semaphore) -> None:
        """Take the steps of a change that can be taken now. Raises LeaseLost."""
        async with slots:
            await self._require(lease)
            try:
                await self._steps(change, lease)
            except LeaseLost:
                raise
            except CannotOpen:
                log.error("credentials do not open with the configured keys", store=change.store_id)
                await self._fail(change, Failure("listings.key_refused"))
            except Exception:
                log.exception("change of a product not carried on", change=change.id)
                await self._fail(change, Failure("listings.fault", wait=ChangeWait.RETRY))

    async def _steps(self, change: ProductChange, lease: HeldLease) -> None:
        kind: type[ProductWrite] = _first_kind(change)
        for _ in range(_MOST_STEPS):
            write = kind(team_id=change.team_id, store_id=change.store_id, change=change.id, product=change.product_key)
            try:
                await self._writes.run(write, change.user_id)
            except NothingLeft as left:
                await self._finish(change, as_it_was=left.as_it_was)
                return
            except OtherKind:
                kind = WriteSale if kind is WriteListing else WriteListing
                continue
            except WaitLimit as limit:
                await self._wait(change, ChangeWait.LIMIT, limit.until - self._clock())
                return
            except WriteConflict:  # one of the same product is being asked about
                await self._wait(change, None, BUSY_PAUSE)
                return
            except (AppError, TmonError) as error:  # nothing was sent
                await self._fail(change, failure_of(error))
                return
            if not await self._goes_on(change):
                return
            await self._require(lease)
        await self._wait(change, None, BUSY_PAUSE)

    async def _require(self, lease: HeldLease) -> None:
        """Raise LeaseLost if another process may send by now."""
        async with self._db.read() as session:
            if not await session.scalar(select(lease.is_held())):
                raise LeaseLost(lease.name)

    async def _goes_on(self, change: ProductChange) -> bool:
        """Return whether a change is to be sent further at once."""
        async with self._db.read() as session:
            found = await session.scalar(
                select(col(ProductChange.id)).where(
                    col(ProductChange.team_id) == change.team_id, col(ProductChange.id) == change.id, self._is_due()
                )
            )
        return found is not None

    async def _finish(self, change: ProductChange, *, as_it_was: bool) -> None:
        async with self._db.write() as session:
            if (row := await _waiting(session, change)) is not None:
                note = LEFT_AS_IT_WAS if as_it_was else row.note if row.note == LEFT_AS_IT_WAS else None
                await finish(session, row, ChangeState.DONE, self._clock(), note=note)

    async def _wait(self, change: ProductChange, wait: ChangeWait | None, pause: timedelta) -> None:
        async with self._db.write() as session:
            if (row := await _waiting(session, change)) is not None:
                postpone(row, self._clock(), wait, max(pause, NOTHING))

    async def _fail(self, change: ProductChange, failure: Failure) -> None:
        async with self._db.write() as session:
            if (row := await _waiting(session, change)) is not None:
                await fail(session, row, failure, self._clock())


async def _waiting(session: AsyncSession, change: ProductChange) -> ProductChange | None:
    """Return a change of which no call is under way, with the store locked; None: there is none any more."""
    await session.get(Store, (change.team_id, change.store_id), with_for_update=True)
    row = await session.get(ProductChange, (change.team_id, change.id), with_for_update=True)
    return row if row is not None and row.state is ChangeState.WAITING else None


def _first_kind(change: ProductChange) -> type[ProductWrite]:
    """Return the kind of write that a change begins with, as far as what it wants says so."""
    wanted = Wanted.model_validate(change.wanted)
    if wanted.values or wanted.is_new or wanted.sale is None:
        return WriteListing
    return WriteSale
