"""Catalog of known deals: search, view, adding by number, and reading them at TMON in portions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, exists, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api, audit
from tmon.api import AuthError, Rejected, StoreApi, Throttled, TmonError, UnexpectedResponse
from tmon.collection.unread import UnreadLog, tell
from tmon.core import Core
from tmon.due_times import has_come, is_over
from tmon.errors import AppError
from tmon.models.collection import Unread
from tmon.models.listings import ListedProduct, ProductState
from tmon.models.products import Deal, DealOption
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.pages import Page, fetch_page
from tmon.permissions import Person
from tmon.products import repository
from tmon.scope import StoreKey, scope
from tmon.stores import switches

log = structlog.get_logger(__name__)

PAGE = 10
"""Deals per page."""
PLANNED = 5
"""Products named that TMON has no number for yet."""
_COMING = (ProductState.PLANNED, ProductState.SENDING, ProductState.UNKNOWN)
FOUND = 20
"""Deals offered for what was typed after a command."""
_DEALS_PER_RUN = 20
"""Deals read per run and store."""
_READ_INTERVAL = timedelta(days=1)
_RETRY_INTERVAL = timedelta(hours=1)
"""Delay after a failure that concerned only one deal."""
_THROTTLED_PAUSE = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(days=1)
"""However long TMON asks us to wait."""
_AT_ONCE = 8
"""Stores whose deals are read at the same time: one whose TMON is slow does not hold up the others."""
_LEASE = timedelta(minutes=1)
"""How long one process alone reads a store's deals without a sign of life."""
_LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, kw_only=True)
class DealPage(Page[Deal]):
    """One page of a store's known deals; `total` counts those that match the search."""

    store: Store
    known: int
    """Number of known deals; TMON may have more."""
    managed: Mapping[int, ProductState] = field(default_factory=dict)
    """Those of the page that are managed here, by TMON's number."""
    planned: Sequence[tuple[str, ProductState]] = ()
    """Seller numbers of the first products that TMON has no number for yet, and how they stand."""
    matching: int = 0
    """How many deals that match the search are managed here."""


@dataclass(frozen=True)
class DealOfStore:
    """A deal and its store."""

    store: Store
    deal: Deal


@dataclass(frozen=True)
class DealSummary:
    """One deal with its options, as last read."""

    store: Store
    deal: Deal
    options: Sequence[DealOption]


class CatalogService:
    """The known deals of all stores. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._clients, self._on_auth_error = core.clients, core.report_auth_error
        self._leases = core.leases

    async def page(self, team_id: str, store_id: str, query: str = "", page: int = 0) -> DealPage:
        """Return a page of deals whose title contains `query` or whose number, or the seller's, it is; deals on sale first, by title."""
        mine = (col(Deal.team_id) == team_id) & (col(Deal.store_id) == store_id)
        conditions = mine & matches(query)
        async with self._db.read() as session:
            store = await known_store(session, team_id, store_id)
            known = await session.scalar(select(func.count()).select_from(Deal).where(mine)) or 0
            deals = select(Deal).where(conditions)
            deals = deals.order_by(
                col(Deal.deleted_at).is_not(None),
                func.coalesce(col(Deal.sales_status), "") != api.SalesStatus.ON_SALE,
                col(Deal.title_key),
                col(Deal.deal_no),
            )
            found = await fetch_page(session, deals, page, PAGE)
            theirs = scope(ListedProduct, store)
            rows = await session.execute(
                select(col(ListedProduct.deal_no), col(ListedProduct.state)).where(
                    *theirs, col(ListedProduct.deal_no).in_([one.deal_no for one in found.items])
                )
            )
            managed: dict[int, ProductState] = {number: state for number, state in rows if number is not None}
            planned = await session.execute(
                select(col(ListedProduct.seller_no), col(ListedProduct.state))
                .where(*theirs, col(ListedProduct.deal_no).is_(None), col(ListedProduct.state).in_(_COMING))
                .order_by(col(ListedProduct.created_at), col(ListedProduct.number_key))
                .limit(PLANNED)
            )
            matching = select(func.count()).select_from(Deal).where(conditions, col(Deal.deleted_at).is_(None), MANAGED)
            return DealPage(
                found.items,
                found.number,
                found.pages,
                found.total,
                store=store,
                known=known,
                managed=managed,
                planned=[(number, state) for number, state in planned],
                matching=await session.scalar(matching) or 0,
            )

    async def find(self, team_id: str, words: str) -> Page[DealOfStore]:
        """Return the known deals of all stores with this number, else with this one of the seller's, else with `words` in their title.

        At most `FOUND`; where there are more, `total` is greater.
        """
        key = repository.search_key(words)
        theirs = (col(Store.team_id) == col(Deal.team_id)) & (col(Store.id) == col(Deal.store_id))
        living = (col(Deal.team_id) == team_id) & col(Store.removed_at).is_(None) & col(Deal.deleted_at).is_(None)
        conditions = [_numbered(key), col(Deal.title_key).contains(key, autoescape=True)]
        if _is_number(key):
            conditions.insert(0, col(Deal.deal_no) == int(key))
        async with self._db.read() as session:
            for condition in conditions:
                rows = await session.execute(
                    select(Store, Deal)
                    .join(Deal, theirs)
                    .where(living, condition)
                    .order_by(col(Deal.title_key), col(Deal.deal_no), col(Store.name_key))
                    .limit(FOUND + 1)
                )
                if found := [DealOfStore(store, deal) for store, deal in rows]:
                    return Page.of(found, 0, FOUND)
        return Page.of([], 0, FOUND)

    async def summary(self, team_id: str, store_id: str, deal_no: int) -> DealSummary:
        """Return a deal as last read. Raises AppError if it is not known."""
        async with self._db.read() as session:
            store = await known_store(session, team_id, store_id)
            deal = await session.get(Deal, (team_id, store_id, deal_no))
            if deal is None:
                raise AppError("products.not_known")
            options = await session.scalars(
                select(DealOption)
                .where(
                    col(DealOption.team_id) == team_id,
                    col(DealOption.store_id) == store_id,
                    col(DealOption.deal_no) == deal_no,
                )
                .order_by(col(DealOption.position), col(DealOption.option_no))
            )
            return DealSummary(store, deal, list(options))

    async def refresh(self, team_id: str, store_id: str, deal_no: int) -> DealSummary:
        """Read a deal at TMON and return it. Raises AppError if it is not known or a switch is off, and TmonError."""
        summary = await self.summary(team_id, store_id, deal_no)
        switches.require_on(summary.store, ApiGroup.PRODUCT)
        await self._read(summary.store, self._clients.for_store(summary.store), deal_no)
        return await self.summary(team_id, store_id, deal_no)

    async def add(self, person: Person, store_id: str, typed: str) -> int:
        """Add the deal whose number was typed, if it exists at TMON. Raises AppError for the field `deal_no`, TmonError."""
        digits = repository.search_key(typed)
        if not _is_number(digits):
            raise AppError("products.number_malformed", field="deal_no")
        deal_no = int(digits)
        async with self._db.read() as session:
            store = await known_store(session, person.team_id, store_id)
        switches.require_on(store, ApiGroup.PRODUCT)
        try:
            deal = await self._clients.for_store(store).deals.get(deal_no)
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        except Rejected as error:
            if not error.deal_gone:
                raise
            raise AppError("products.number_unknown", field="deal_no") from None
        now = self._clock()
        async with self._db.write() as session:
            await repository.upsert_deal(session, store, deal, now)
            audit.record(
                session, StoreKey(person.team_id, store_id), person.user_id, "product.add", now, subject=deal_no
            )
        return deal_no

    async def read_due(self) -> None:
        """Read a portion of the deals never read, or not within a day, of every store whose switch is on."""
        now = self._clock()
        theirs = (col(Deal.team_id) == col(Store.team_id), col(Deal.store_id) == col(Store.id))
        async with self._db.read() as session:
            rows = await session.scalars(
                select(Store).where(
                    col(Store.removed_at).is_(None),
                    col(Store.state) == StoreState.APPROVED,
                    col(Store.sync_on),
                    col(Store.product_on),
                    col(Store.throttled_until).is_(None) | has_come(col(Store.throttled_until), now, _LONGEST_PAUSE),
                    exists().where(*theirs, *_due(now)),
                )
            )
            stores = list(rows)
        slots = asyncio.Semaphore(_AT_ONCE)

        async def one(store: Store) -> None:
            async with slots:
                await self._read_some(store)

        await asyncio.gather(*(one(store) for store in stores))

    async def _read_some(self, store: Store) -> None:
        """Read a portion, unless another process does; what fails is tried again later."""
        try:
            async with self._leases.held(store.team_id, f"deals/{store.id}", _LEASE) as lease:
                if lease is not None:
                    await self._read_portion(store)
        except switches.SwitchOff:
            pass  # turned off meanwhile: the rest is read once it is on again
        except TmonError as error:
            log.info("deals not read", store=store.id, error=type(error).__name__, call=error.call)
            wait = error.retry_after if isinstance(error, Throttled) else None
            await self._pause(store, _THROTTLED_PAUSE if wait is None else timedelta(seconds=wait))
        except Exception:
            log.exception("reading deals crashed", store=store.id)

    async def _pause(self, store: Store, wait: timedelta) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(Store)
                .where(col(Store.team_id) == store.team_id, col(Store.id) == store.id)
                .values(throttled_until=self._clock() + min(wait, _LONGEST_PAUSE)),
                execution_options={"synchronize_session": False},
            )

    async def _read_portion(self, store: Store) -> None:
        now = self._clock()
        async with self._db.read() as session:
            rows = await session.scalars(
                select(col(Deal.deal_no))
                .where(
                    *scope(Deal, store),
                    *_due(now),
                )
                .order_by(col(Deal.tried_at).is_not(None), col(Deal.tried_at), col(Deal.deal_no))
                .limit(_DEALS_PER_RUN)
            )
            due = list(rows)
        if not due:
            return
        client = self._clients.for_store(store)
        for deal_no in due:
            async with self._db.read() as session:
                switches.require_on(await session.get(Store, (store.team_id, store.id)), ApiGroup.PRODUCT)
            try:
                await self._read(store, client, deal_no)
            except (AuthError, Throttled):
                raise
            except TmonError as error:
                log.info("deal not read", store=store.id, deal=deal_no, error=type(error).__name__)
                async with self._db.write() as session:
                    (await session.get_one(Deal, (store.team_id, store.id, deal_no))).tried_at = self._clock()
                if isinstance(error, api.UnreadableAnswer) or not isinstance(error, Rejected | api.UnexpectedResponse):
                    return  # the next one would fail, too

    async def _read(self, store: Store, client: StoreApi, deal_no: int) -> None:
        try:
            deal = await client.deals.get(deal_no)
        except AuthError as error:
            await self._on_auth_error(store, error)
            raise
        except Rejected as error:
            if error.deal_gone:
                async with self._db.write() as session:
                    await repository.mark_deleted(session, store, deal_no, self._clock())
            raise
        except UnexpectedResponse as error:
            await UnreadLog(self._db, store, Unread.DEAL).set_one_aside(deal_no, error, self._clock())
            async with self._db.write() as session:
                await tell(session, store, self._clock())
            raise
        async with self._db.write() as session:
            await repository.upsert_deal(session, store, deal, self._clock())


MANAGED = (
    exists()
    .where(
        col(ListedProduct.team_id) == col(Deal.team_id),
        col(ListedProduct.store_id) == col(Deal.store_id),
        col(ListedProduct.deal_no) == col(Deal.deal_no),
        col(ListedProduct.state) == ProductState.LISTED,
    )
    .correlate(Deal)
)
"""The deal is managed here."""


def _numbered(key: str) -> ColumnElement[bool]:
    """Return the condition that a deal is managed here under the seller's number `key`, as `search_key` makes it."""
    return (
        exists()
        .where(
            col(ListedProduct.team_id) == col(Deal.team_id),
            col(ListedProduct.store_id) == col(Deal.store_id),
            col(ListedProduct.number_key) == key,
            col(ListedProduct.deal_no) == col(Deal.deal_no),
        )
        .correlate(Deal)
    )


def matches(query: str) -> ColumnElement[bool]:
    """Return the condition that a deal's title contains `query`, or that it is its number or the seller's."""
    if not (key := repository.search_key(query)):
        return true()
    match = col(Deal.title_key).contains(key, autoescape=True) | _numbered(key)
    return match | (col(Deal.deal_no) == int(key)) if _is_number(key) else match


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text[:20]) <= _LAST_NUMBER and len(text) <= 19


async def known_store(session: AsyncSession, team_id: str, store_id: str) -> Store:
    """Return a store. Raises AppError if it is gone."""
    store = await session.get(Store, (team_id, store_id))
    if store is None or store.removed_at is not None:
        raise AppError("common.store_gone")
    return store


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of deals that are due to be read automatically."""
    return (
        col(Deal.deleted_at).is_(None),
        col(Deal.read_at).is_(None) | is_over(col(Deal.read_at), now, _READ_INTERVAL),
        col(Deal.tried_at).is_(None) | is_over(col(Deal.tried_at), now, _RETRY_INTERVAL),
    )
