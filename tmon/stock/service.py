"""Service of stock: SKUs as a list or one by one, mapping of options, and resolving mismatches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.core import Core
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import ApiGroup, Store
from tmon.pages import Page
from tmon.permissions import Person
from tmon.scope import StoreKey, scope
from tmon.spreadsheets.cells import MAX_ROWS, RowProblem
from tmon.stock.allocations import lock_links, sync_deal
from tmon.stock.link_import import LinkResult, LinkRow, apply_links, check_links, file_rows
from tmon.stock.mapping import map_equal_codes
from tmon.stock.notifications import notify_mismatch
from tmon.stock.sku_import import SkuRow, check_codes
from tmon.stock.summary import OptionSummary, SkuPage, SkuSummary, option_summaries, sku_page, unmapped_page
from tmon.stores import switches

CHOICES = 100
"""SKUs that a menu holds at most (docs.slack.dev, "Select menu element")."""


@dataclass(frozen=True)
class SkuImportResult:
    """Result of importing a list of SKUs."""

    new: int = 0
    changed: int = 0
    """Known SKUs of which anything differs from what was stored."""
    same: int = 0
    mapped: int = 0
    """Options mapped to a SKU by equal code."""
    stopped: int = 0
    """SKUs that are 판매중지 now and were not before."""
    sold_again: int = 0


class StockService:
    """Queries and operations on SKUs."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock

    async def page(self, team_id: str, store_id: str, page: int, search: str = "") -> SkuPage:
        """Return SKUs whose code or name contains `search`. Raises AppError if the store was removed."""
        async with self._db.read() as session:
            return await sku_page(session, await _store(session, team_id, store_id), page, search)

    async def unmapped(
        self, team_id: str, store_id: str, page: int, shown: Sequence[tuple[int, int]] = ()
    ) -> tuple[Store, Page[OptionSummary]]:
        """Return the store and a page of its options that are not synchronised, or of those that were `shown` on it.

        Raises AppError if the store was removed.
        """
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            return store, await unmapped_page(session, store, page, shown)

    async def sku(self, team_id: str, store_id: str, sku_id: str) -> tuple[Store, SkuSummary]:
        """Return one SKU. Raises AppError if it does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            sku = await session.get(Sku, (team_id, store_id, sku_id))
            if sku is None:
                raise AppError("stock.sku_gone")
            return store, SkuSummary(
                sku, tuple(await option_summaries(session, store, col(OptionLink.sku_id) == sku_id))
            )

    async def option(self, team_id: str, store_id: str, deal_no: int, option_no: int) -> tuple[Store, OptionSummary]:
        """Return one option. Raises AppError if it does not exist."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            found = await option_summaries(
                session, store, (col(DealOption.deal_no) == deal_no) & (col(DealOption.option_no) == option_no)
            )
        if not found:
            raise AppError("stock.option_gone")
        return store, found[0]

    async def check(self, team_id: str, store_id: str, rows: Sequence[SkuRow]) -> list[RowProblem]:
        """Return problems of rows given the store's known codes: leading zeros dropped by Excel."""
        async with self._db.read() as session:
            await _store(session, team_id, store_id)
            return check_codes(rows, await _codes(session, team_id, store_id))

    async def apply(self, person: Person, store_id: str, rows: Sequence[SkuRow], *, source: str) -> SkuImportResult:
        """Add and change SKUs, all or none. Fields that a row omits are not changed.

        `source`: `file`, `pasted` or `form`, for the audit. Raises AppError.
        """
        if len(rows) > MAX_ROWS:
            raise AppError("sheets.too_many_rows", most=MAX_ROWS)
        now = self._clock()
        async with self._db.write() as session:
            store = await _store(session, person.team_id, store_id, lock=True)
            counts = await apply_rows(session, store, rows, now)
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "sku.count",
                now,
                subject=rows[0].code if len(rows) == 1 else None,
                source=source,
                new=counts.new,
                changed=counts.changed,
                stopped=counts.stopped,
                sold_again=counts.sold_again,
            )
        return counts

    async def remove(self, person: Person, store_id: str, sku_id: str) -> None:
        """Delete a SKU; its options are no longer synchronised, and their stock at TMON is not changed."""
        async with self._db.write() as session:
            await _store(session, person.team_id, store_id, lock=True)
            await lock_links(session, person.team_id, store_id, col(OptionLink.sku_id) == sku_id)
            sku = await session.get(Sku, (person.team_id, store_id, sku_id), with_for_update=True)
            if sku is None:
                raise AppError("stock.sku_gone")
            await session.execute(
                delete(OptionLink).where(
                    col(OptionLink.team_id) == person.team_id,
                    col(OptionLink.store_id) == store_id,
                    col(OptionLink.sku_id) == sku_id,
                )
            )
            await session.delete(sku)
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "sku.remove",
                self._clock(),
                subject=sku.code,
            )

    async def map(self, person: Person, store_id: str, deal_no: int, option_no: int, code: str) -> None:
        """Map an option to the SKU with `code`. Raises AppError if the SKU does not exist, or the option has no key."""
        async with self._db.write() as session:
            store = await _store(session, person.team_id, store_id, lock=True)
            key = (person.team_id, store_id, deal_no, option_no)
            option = await session.get(DealOption, key)
            if option is None:
                raise AppError("stock.option_gone")
            if not option.vendor_option_no:
                raise AppError("stock.why_no_key", field="code")
            sku = await session.scalar(
                select(Sku).where(
                    col(Sku.team_id) == person.team_id, col(Sku.store_id) == store_id, col(Sku.code) == code.strip()
                )
            )
            if sku is None:
                raise AppError("stock.no_such_code", field="code", code=code.strip())
            link = await session.get(OptionLink, key, with_for_update=True)
            if link is None:
                session.add(
                    OptionLink(
                        team_id=person.team_id,
                        store_id=store_id,
                        deal_no=deal_no,
                        option_no=option_no,
                        sku_id=sku.id,
                        by_hand=True,
                    )
                )
                await sync_deal(session, person.team_id, store_id, deal_no)
            else:
                link.sku_id, link.by_hand = sku.id, True
            audit.record(session, store, person.user_id, "sku.map", self._clock(), subject=option_no, code=sku.code)

    async def choices(self, team_id: str, store_id: str, search: str = "") -> tuple[list[Sku], int]:
        """Return the first SKUs whose code or name contains `search`, by code, and the number of all of them."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            wanted = [*scope(Sku, store)]
            if search:
                wanted.append(
                    or_(
                        col(Sku.code).icontains(search, autoescape=True),
                        col(Sku.name).icontains(search, autoescape=True),
                    )
                )
            # What begins with the words comes before what holds them somewhere.
            first = ~col(Sku.code).istartswith(search, autoescape=True)
            rows = await session.scalars(select(Sku).where(*wanted).order_by(first, col(Sku.code)).limit(CHOICES))
            total = await session.scalar(select(func.count()).select_from(Sku).where(*wanted))
            return list(rows), total or 0

    async def link_file(self, team_id: str, store_id: str) -> list[Sequence[str]]:
        """Return the rows of a file that links options to SKUs, to be filled in."""
        async with self._db.read() as session:
            store = await _store(session, team_id, store_id)
            return file_rows(await option_summaries(session, store, col(Deal.deleted_at).is_(None)))

    async def check_links(self, team_id: str, store_id: str, rows: Sequence[LinkRow]) -> list[RowProblem]:
        """Return problems of rows given what is stored."""
        async with self._db.read() as session:
            return await check_links(session, await _store(session, team_id, store_id), rows)

    async def apply_links(self, person: Person, store_id: str, rows: Sequence[LinkRow]) -> LinkResult:
        """Link options to SKUs, all or none. Raises AppError, also if an option or SKU has gone meanwhile."""
        async with self._db.write() as session:
            store = await _store(session, person.team_id, store_id, lock=True)
            if await check_links(session, store, rows):
                raise AppError("stock.links_changed")
            result = await apply_links(session, store, rows)
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "sku.map_file",
                self._clock(),
                new=result.new,
                moved=result.moved,
            )
        return result

    async def settle(
        self, person: Person, store_id: str, deal_no: int, option_no: int, mismatch_id: str, *, keep_tmon: bool
    ) -> None:
        """Resolve a mismatch: adopt TMON's stock (`keep_tmon`), or push ours with the next run.

        Raises AppError if the mismatch is already resolved, or the switch is off.
        """
        now = self._clock()
        async with self._db.write() as session:
            store = await _store(session, person.team_id, store_id)
            switches.require_on(store, ApiGroup.STOCK)
            link = await session.get(OptionLink, (person.team_id, store_id, deal_no, option_no), with_for_update=True)
            if link is None or link.mismatch is None or link.mismatch_id != mismatch_id:
                raise AppError("stock.mismatch_over")
            units = link.mismatch
            # Either way the units are explained now and no longer in flight.
            link.last_pushed = (link.last_pushed or 0) - units
            link.mismatch, link.watch_at = None, None
            if keep_tmon:
                sku = await session.get(Sku, (person.team_id, store_id, link.sku_id), with_for_update=True)
                if sku is not None:
                    sku.stock -= units
            await notify_mismatch(session, store, link, now)
            audit.record(
                session,
                StoreKey(person.team_id, store_id),
                person.user_id,
                "sku.settle",
                now,
                subject=option_no,
                units=units,
                kept="tmon" if keep_tmon else "ours",
            )


async def apply_rows(session: AsyncSession, store: Store, rows: Sequence[SkuRow], now: datetime) -> SkuImportResult:
    """Add and change SKUs of a locked store, and map options to them, in the caller's transaction."""
    await lock_links(session, store.team_id, store.id)
    known = {
        sku.code: sku
        for sku in await session.scalars(select(Sku).where(*scope(Sku, store)).order_by(col(Sku.id)).with_for_update())
    }
    new = changed = stopped = sold_again = 0
    for row in rows:
        sku = known.get(row.code)
        if sku is None:
            sku = Sku(
                team_id=store.team_id,
                store_id=store.id,
                id=new_id("sk"),
                code=row.code,
                stock=row.stock or 0,
                counted_at=now,
                updated_at=now,
            )
            session.add(sku)
            new += 1
        else:
            changed += row.differs(sku.stock, sku.safety, sku.low_at, sku.name, selling=sku.selling)
            if row.stock is not None:
                sku.stock, sku.counted_at = row.stock, now
        sku.name = row.name or sku.name
        sku.safety = sku.safety if row.safety is None else row.safety
        sku.low_at = sku.low_at if row.low_at is None else row.low_at
        if row.selling is not None and row.selling is not sku.selling:
            sku.selling = row.selling
            stopped, sold_again = stopped + (not row.selling), sold_again + row.selling
        sku.updated_at = now
    await session.flush()
    mapped = await map_equal_codes(session, store)
    return SkuImportResult(new, changed, len(rows) - new - changed, mapped, stopped, sold_again)


async def _store(session: AsyncSession, team_id: str, store_id: str, *, lock: bool = False) -> Store:
    """Return the store. `lock`: row-lock it, because of two transactions that map the same option the second would fail."""
    store = await session.get(Store, (team_id, store_id), with_for_update=lock)
    if store is None or store.removed_at is not None:
        raise AppError("common.store_gone")
    return store


async def _codes(session: AsyncSession, team_id: str, store_id: str) -> set[str]:
    """Return the codes of SKUs and the keys of options: possible meanings of a code in a list."""
    skus = await session.scalars(
        select(col(Sku.code)).where(col(Sku.team_id) == team_id, col(Sku.store_id) == store_id)
    )
    keys = await session.scalars(
        select(col(DealOption.vendor_option_no)).where(
            col(DealOption.team_id) == team_id,
            col(DealOption.store_id) == store_id,
            col(DealOption.vendor_option_no).is_not(None),
        )
    )
    return {*skus, *(key for key in keys if key)}
