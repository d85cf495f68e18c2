"""Keeping TMON's stock in step: reads first, pushes only differences, and asks again instead of repeating."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy import select
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, Rejected, StoreApi, Throttled, TmonError, UnexpectedAnswer, UnknownOutcome
from tmon.clock import Clock
from tmon.database import Database
from tmon.products import kept
from tmon.products.tables import Deal
from tmon.stock.mapping import map_equal_codes
from tmon.stock.notices import tell_refused
from tmon.stock.planning import Push, forget_attempts, plan, record_answers
from tmon.stock.tables import OptionLink
from tmon.stores import switches
from tmon.stores.connections import Connections
from tmon.stores.tables import Group, Store, StoreState

log = structlog.get_logger(__name__)

_AT_ONCE = 4
"""Stores synchronised at the same time."""


@dataclass
class Synced:
    """How a run over one store went."""

    read: int = 0
    """Deals that TMON told of."""
    unread: int = 0
    pushed: int = 0
    """Options whose stock was set."""
    refused: int = 0
    unclear: int = 0
    """Options whose push was not answered; TMON is asked next time."""
    error: TmonError | None = None
    """What ended the run early."""


class StockSync:
    """Synchronises the stock of stores whose switch is on."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        connections: Connections,
        on_auth_error: Callable[[Store, AuthError], Awaitable[None]],
    ) -> None:
        """`on_auth_error`: told when TMON refuses the credentials."""
        self._db = db
        self._clock = clock
        self._connections = connections
        self._on_auth_error = on_auth_error
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._locks: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    async def tick(self) -> None:
        """Every store in turn; what goes wrong with one does not concern the others."""
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Store).where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.stock_on),
                )
            )
            stores = list(rows)

        async def one(store: Store) -> None:
            async with self._slots:
                await self._run(store)

        done = await asyncio.gather(*(one(store) for store in stores), return_exceptions=True)
        for store, error in zip(stores, done, strict=True):
            if isinstance(error, Exception):
                log.error("stock sync broke", store=store.id, exc_info=error)

    async def run(self, team_id: str, store_id: str) -> Synced:
        """One store, now. Raises AppError when its switch is off."""
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
        switches.check(store, Group.STOCK)
        assert store is not None
        return await self._run(store)

    async def _run(self, store: Store) -> Synced:
        async with self._locks[(store.team_id, store.id)]:
            synced = Synced()
            try:
                await self._deals(store, self._connections.of(store), synced)
            except switches.SwitchOff:
                pass  # somebody turned it off meanwhile: the rest waits until it is on
            except TmonError as error:
                synced.error = error
                log.warning("stock sync ended early", store=store.id, error=type(error).__name__, call=error.call)
                if isinstance(error, AuthError):
                    await self._on_auth_error(store, error)
            return synced

    async def _deals(self, store: Store, client: StoreApi, synced: Synced) -> None:
        told: dict[int, api.Deal] = {}
        for deal_no in await self._wanted(store):
            deal = await self._read(store, client, deal_no, synced)
            if deal is not None:
                told[deal_no] = deal
        for deal_no in sorted(told):
            if await self._plan(store, deal_no, told, push=False):
                fresh = await self._read(store, client, deal_no, synced)
                if fresh is None:
                    continue
                told[deal_no] = fresh
                await self._check_switch(store)
                if pushes := await self._plan(store, deal_no, told, push=True):
                    await self._push(store, client, deal_no, pushes, told, synced)

    async def _wanted(self, store: Store) -> Sequence[int]:
        """Deals with a mapped option, and those of which nothing but the number is known yet."""
        async with self._db.read() as session:
            mapped = await session.scalars(
                select(col(OptionLink.deal_no))
                .where(col(OptionLink.team_id) == store.team_id, col(OptionLink.store_id) == store.id)
                .distinct()
            )
            wanted = set(mapped)
            rows = await session.scalars(
                select(Deal).where(col(Deal.team_id) == store.team_id, col(Deal.store_id) == store.id)
            )
            for deal in rows:
                if deal.gone_at is not None:
                    wanted.discard(deal.deal_no)
                elif deal.read_at is None:
                    wanted.add(deal.deal_no)
        return sorted(wanted)

    async def _read(self, store: Store, client: StoreApi, deal_no: int, synced: Synced) -> api.Deal | None:
        """A deal as it is now; None when TMON does not tell. Raises TmonError when it would not tell of others either."""
        await self._check_switch(store)
        try:
            deal = await client.deals.get(deal_no)
        except (AuthError, Throttled):
            raise
        except TmonError as error:
            log.info("deal not read", store=store.id, deal=deal_no, error=type(error).__name__)
            synced.unread += 1
            if isinstance(error, Rejected) and error.deal_gone:
                async with self._db.write() as session:
                    await kept.mark_gone(session, store, deal_no, self._clock())
            return None
        async with self._db.write() as session:
            await kept.keep(session, store, deal, self._clock())
            await map_equal_codes(session, store, [deal_no])
        synced.read += 1
        return deal

    async def _plan(self, store: Store, deal_no: int, told: dict[int, api.Deal], *, push: bool) -> list[Push]:
        async with self._db.write() as session:
            return await plan(session, store, deal_no, told, self._clock(), push=push)

    async def _push(
        self,
        store: Store,
        client: StoreApi,
        deal_no: int,
        pushes: Sequence[Push],
        told: dict[int, api.Deal],
        synced: Synced,
    ) -> None:
        try:
            await self._check_switch(store)
            answers = await client.deals.set_stock(deal_no, {push.key: push.target for push in pushes})
        except (UnknownOutcome, UnexpectedAnswer):
            synced.unclear += len(pushes)
            del told[deal_no]  # what it has now is not known
            return
        except switches.SwitchOff:
            await self._forget(store, deal_no)
            raise
        except Rejected as error:
            answers = {push.key: api.OptionResult(success=False, message=error.message) for push in pushes}
        except TmonError:
            await self._forget(store, deal_no)
            raise
        results = {push.option_no: answers[push.key] for push in pushes}
        now = self._clock()
        async with self._db.write() as session:
            refused = await record_answers(session, store, deal_no, results, now)
            await tell_refused(session, store, refused, now)
        done = {push.option_no: push.target for push in pushes if results[push.option_no].success}
        synced.pushed += len(done)
        synced.refused += len(pushes) - len(done)
        told[deal_no] = _with_stock(told[deal_no], done)

    async def _forget(self, store: Store, deal_no: int) -> None:
        async with self._db.write() as session:
            await forget_attempts(session, store, deal_no)

    async def _check_switch(self, store: Store) -> None:
        async with self._db.read() as session:
            switches.check(await session.get(Store, (store.team_id, store.id)), Group.STOCK)


def _with_stock(deal: api.Deal, stock: dict[int, int]) -> api.Deal:
    """The deal as TMON has it after a push."""
    options = tuple(
        option.model_copy(update={"stock": stock.get(option.option_no, option.stock)}) for option in deal.options
    )
    return deal.model_copy(update={"options": options})
