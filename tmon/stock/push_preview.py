"""Preview of what would change at TMON: before the stock sync is turned on, and before a list of SKUs is applied.

TMON's present stock is read under 상품 API. What follows is not calculated a second time: the real functions run in a
transaction that is rolled back.
"""

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import api
from tmon.api import AuthError, Rejected, TmonError, UnexpectedResponse
from tmon.core import Core
from tmon.errors import AppError
from tmon.models.products import Deal, DealOption
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import ApiGroup, Store
from tmon.products import repository
from tmon.scope import same_key, scope
from tmon.stock.link_import import LinkResult, LinkRow, apply_links, changed_links
from tmon.stock.mapping import map_equal_codes
from tmon.stock.planning import plan
from tmon.stock.sale_status import desired_change
from tmon.stock.service import SkuImportResult, apply_rows
from tmon.stock.sku_import import SkuRow
from tmon.stock.summary import OptionSummary, option_summaries
from tmon.stores.repository import lock

log = structlog.get_logger(__name__)

_SECONDS = 90
"""Time for reading TMON's stock."""
_MAX_DEALS = 300
"""Deals that are read at most."""

Progress = Callable[[int, int], Awaitable[None]]
"""Called with the number of deals read, and of all."""


class NotCompared(StrEnum):
    """Why TMON's present stock is not known, or not all of it."""

    OFF = "off"
    """상품 API is off."""
    NO_ANSWER = "no_answer"
    TOO_MANY = "too_many"


@dataclass(frozen=True)
class OptionChange:
    """What changes for one option at TMON."""

    deal_no: int
    option_no: int
    deal: str
    option: str
    now: int
    target: int
    hidden: bool = False
    """It is no longer shown, because its SKU is 판매중지."""
    later: bool = False
    """More is offered only after all orders up to now have been collected."""

    @property
    def sells_out(self) -> bool:
        """Whether buyers can order it now, and cannot afterwards."""
        return self.now > 0 and (self.target == 0 or self.hidden)


@dataclass(frozen=True)
class PushPreview:
    """What would change."""

    counts: SkuImportResult
    """What changes in our own list."""
    pushes: bool
    """Whether anything is sent to TMON at all: the stock sync is on, or about to be turned on."""
    changes: Sequence[OptionChange] = ()
    """Differences at TMON; what sells out comes first."""
    not_compared: NotCompared | None = None
    links: LinkResult | None = None
    """What a file of links changes."""

    @property
    def sold_out(self) -> int:
        """Number of options that buyers can no longer order."""
        return sum(change.sells_out for change in self.changes)

    @property
    def seen(self) -> str:
        """A mark that differs as soon as anything would be done that this preview does not show."""
        done = [(change.deal_no, change.option_no, change.target, change.hidden) for change in self.changes]
        facts = [sorted(done), self.pushes, self.not_compared, asdict(self.counts), self.links and asdict(self.links)]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


class _Rollback(Exception):
    """Ends the transaction of a simulation."""


class StockPreviews:
    """Previews of stock at TMON. Callers check permissions."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._clients, self._on_auth_error = core.clients, core.report_auth_error

    async def preview(
        self,
        team_id: str,
        store_id: str,
        rows: Sequence[SkuRow] = (),
        *,
        links: Sequence[LinkRow] = (),
        turned_on: bool = False,
        progress: Progress | None = None,
    ) -> PushPreview:
        """Return what changes if `rows` or `links` are applied, or if the stock sync is turned on, alone or with 연동설정.

        Raises AppError if the store is gone.
        """
        async with self._db.read() as session:
            store = await session.get(Store, (team_id, store_id))
            if store is None or store.removed_at is not None:
                raise AppError("common.store_gone")
            pushes = turned_on or store.group_on(ApiGroup.STOCK)
            changed = await changed_links(session, store, links)
            codes = {row.code for row in rows} | {link.code for link in changed}
            found = await _deals(session, store, None if turned_on else codes) if pushes else set()
            deal_nos = sorted(found | {row.deal_no for row in changed if pushes})
        remote: dict[int, api.Deal] = {}
        not_compared = None
        # the master switch may be what is about to be turned on
        if deal_nos and not (store.product_on and (turned_on or store.sync_on)):
            not_compared = NotCompared.OFF
        elif deal_nos:
            not_compared = NotCompared.TOO_MANY if len(deal_nos) > _MAX_DEALS else None
            if not await self._read(store, deal_nos[:_MAX_DEALS], remote, progress):
                not_compared = NotCompared.NO_ANSWER
        counts, linked, changes = await self._simulate(team_id, store_id, rows, links, remote)
        return PushPreview(counts, pushes, changes, not_compared, linked if links else None)

    async def _read(
        self, store: Store, deal_nos: Sequence[int], remote: dict[int, api.Deal], progress: Progress | None
    ) -> bool:
        """Read deals into `remote`. Return whether TMON answered for all of them."""
        client = self._clients.for_store(store)
        complete = True
        try:
            async with asyncio.timeout(_SECONDS):
                for done, deal_no in enumerate(deal_nos):
                    if progress is not None:
                        await progress(done, len(deal_nos))
                    try:
                        deal = await client.deals.get(deal_no)
                    except (Rejected, UnexpectedResponse) as error:
                        complete = complete and isinstance(error, Rejected) and error.deal_gone
                        continue
                    remote[deal_no] = deal
                    async with self._db.write() as session:
                        await repository.upsert_deal(session, store, deal, self._clock())
        except AuthError as error:
            await self._on_auth_error(store, error)
            return False
        except (TmonError, TimeoutError) as error:
            log.info("stock not compared", store=store.id, error=type(error).__name__)
            return False
        return complete

    async def _simulate(
        self,
        team_id: str,
        store_id: str,
        rows: Sequence[SkuRow],
        links: Sequence[LinkRow],
        remote: Mapping[int, api.Deal],
    ) -> tuple[SkuImportResult, LinkResult, list[OptionChange]]:
        now = self._clock()
        counts, linked, changes = SkuImportResult(), LinkResult(), list[OptionChange]()
        try:
            async with self._db.write() as session:
                store = await lock(session, team_id, store_id)
                if rows:
                    counts = await apply_rows(session, store, rows, now)
                elif links:
                    linked = await apply_links(session, store, links)
                elif remote:
                    await map_equal_codes(session, store, remote)
                for deal_no, deal in sorted(remote.items()):
                    change = await desired_change(session, store, deal, now)
                    hidden = {one.option_no for one in deal.options} if change.pause else change.hide
                    pushes = await plan(session, store, deal_no, remote, now, push=False)
                    targets = {push.option_no: push.target for push in pushes}
                    await session.flush()
                    for facts in await option_summaries(session, store, col(DealOption.deal_no) == deal_no):
                        found = _change(facts, targets.get(facts.option.option_no), facts.option.option_no in hidden)
                        if found is not None:
                            changes.append(found)
                raise _Rollback
        except _Rollback:
            pass
        return (
            counts,
            linked,
            sorted(changes, key=lambda one: (not one.sells_out, one.later, one.deal_no, one.option_no)),
        )


def _change(facts: OptionSummary, target: int | None, hidden: bool) -> OptionChange | None:
    link, sku, now = facts.link, facts.sku, facts.option.stock
    if link is None or sku is None:
        return None
    later = False
    if target is None and facts.option.vendor_option_no and link.mismatch is None and link.attempt is None:
        later = max(0, sku.stock - sku.safety) > now and link.in_flight is None
        target = sku.stock - sku.safety if later else None
    if target is None and not hidden:
        return None
    return OptionChange(
        deal_no=facts.deal.deal_no,
        option_no=facts.option.option_no,
        deal=facts.deal.title,
        option=facts.option.title,
        now=now,
        target=now if target is None else target,
        hidden=hidden,
        later=later,
    )


async def _deals(session: AsyncSession, store: Store, codes: set[str] | None) -> set[int]:
    """Return the deals that sell SKUs with these codes, or would once they are mapped; None: all SKUs.

    Those that were never read may do so, too, if there is any SKU.
    """
    skus = {
        row.code: row.id for row in await session.execute(select(col(Sku.code), col(Sku.id)).where(*scope(Sku, store)))
    }
    wanted = set(skus) if codes is None else codes
    if not wanted:
        return set()
    ids = {sku_id for code, sku_id in skus.items() if code in wanted}
    rows = await session.execute(
        select(col(Deal.deal_no), col(Deal.read_at), col(DealOption.vendor_option_no), col(OptionLink.sku_id))
        .outerjoin(DealOption, same_key(DealOption, Deal, "deal_no"))
        .outerjoin(OptionLink, same_key(OptionLink, DealOption, "deal_no", "option_no"))
        .where(*scope(Deal, store), col(Deal.deleted_at).is_(None))
    )
    return {
        deal_no
        for deal_no, read_at, key, sku_id in rows
        if read_at is None or (sku_id in ids if sku_id is not None else key in wanted)
    }
