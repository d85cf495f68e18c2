"""Summaries of SKUs and options: the data of lists and messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import SalesStatus
from tmon.models.products import Deal, DealOption
from tmon.models.stock import CallNotOffered, OptionLink, Sku
from tmon.models.stores import Store
from tmon.pages import Page, fetch_page, nearest_page
from tmon.scope import same_key, scope

PAGE = 8
"""SKUs or options per page."""


class UnsyncedReason(StrEnum):
    """Why an option is not synchronised."""

    MAPPED = "mapped"
    NO_KEY = "no_key"
    """Created outside of the API: its stock cannot be set through the API."""
    NO_SKU = "no_sku"
    GONE = "gone"
    """The deal was deleted at TMON."""


class SaleFlag(StrEnum):
    """Why an option is not sold at TMON. We never undo what we did not do."""

    PAUSED = "paused"
    PAUSED_BY_US = "paused_by_us"
    HIDDEN = "hidden"
    HIDDEN_BY_US = "hidden_by_us"


@dataclass(frozen=True)
class SkuSummary:
    """A SKU with the options that sell it."""

    sku: Sku
    options: tuple["OptionSummary", ...]


@dataclass(frozen=True)
class OptionSummary:
    """An option, its deal, and the SKU that it sells."""

    deal: Deal
    option: DealOption
    link: OptionLink | None
    sku: Sku | None

    @property
    def unsynced_reason(self) -> UnsyncedReason:
        """Why it is not synchronised, or `MAPPED` if it is."""
        if self.deal.deleted_at is not None:
            return UnsyncedReason.GONE
        if not self.option.vendor_option_no:
            return UnsyncedReason.NO_KEY
        return UnsyncedReason.NO_SKU if self.link is None else UnsyncedReason.MAPPED

    @property
    def sale_flags(self) -> Sequence["SaleFlag"]:
        """Why it is not sold at TMON, by the last reading."""
        found = []
        if self.deal.sales_status == SalesStatus.PAUSE:
            found.append(SaleFlag.PAUSED_BY_US if self.deal.paused_by_us else SaleFlag.PAUSED)
        if not self.option.display:
            found.append(SaleFlag.HIDDEN_BY_US if self.option.hidden_by_us else SaleFlag.HIDDEN)
        return found


@dataclass(frozen=True, kw_only=True)
class SkuPage(Page[SkuSummary]):
    """One page of the list of SKUs."""

    store: Store
    unmapped: int
    """Number of known options that are not synchronised."""
    not_offered: Sequence[str] = ()
    """Names of display and sale status calls that TMON does not offer."""


async def sku_page(session: AsyncSession, store: Store, page: int, search: str) -> SkuPage:
    """Return SKUs by code; those with a mismatch, then those out of stock, come first."""
    mine = [*scope(Sku, store)]
    if search:
        mine.append(
            or_(col(Sku.code).icontains(search, autoescape=True), col(Sku.name).icontains(search, autoescape=True))
        )
    wrong = (
        select(col(OptionLink.sku_id))
        .where(
            *scope(OptionLink, store),
            col(OptionLink.sku_id) == col(Sku.id),
            col(OptionLink.mismatch).is_not(None),
        )
        .exists()
    )
    query = select(Sku).where(*mine).order_by(~wrong, col(Sku.stock) > col(Sku.safety), col(Sku.code))
    found = await fetch_page(session, query, page, PAGE)
    options = await option_summaries(session, store, col(OptionLink.sku_id).in_([sku.id for sku in found.items]))
    unmapped = await session.scalar(select(func.count()).select_from(_known_options(store, _UNMAPPED).subquery()))
    not_offered = await session.scalars(
        select(col(CallNotOffered.call)).where(*scope(CallNotOffered, store)).order_by(col(CallNotOffered.call))
    )
    return SkuPage(
        [
            SkuSummary(sku, tuple(option for option in options if option.sku and option.sku.id == sku.id))
            for sku in found.items
        ],
        found.number,
        found.pages,
        found.total,
        store=store,
        unmapped=unmapped or 0,
        not_offered=not_offered.all(),
    )


async def unmapped_page(
    session: AsyncSession, store: Store, page: int, shown: Sequence[tuple[int, int]] = ()
) -> Page[OptionSummary]:
    """Return a page of the options that are not synchronised; those that only need a SKU come first.

    `shown`: deals and numbers of the options of which the page consists, also of those that are mapped meanwhile.
    """
    total = await session.scalar(select(func.count()).select_from(_known_options(store, _UNMAPPED).subquery()))
    if shown:
        where = tuple_(col(DealOption.deal_no), col(DealOption.option_no)).in_(shown)
        found = {(one.deal.deal_no, one.option.option_no): one for one in await option_summaries(session, store, where)}
        return Page(
            [found[key] for key in shown if key in found], page, max(page + 1, -(-(total or 0) // PAGE)), total or 0
        )
    page, pages = nearest_page(page, total or 0, PAGE)
    rows = await session.execute(
        _known_options(store, _UNMAPPED)
        .order_by(col(DealOption.vendor_option_no).is_(None), col(DealOption.deal_no), col(DealOption.position))
        .limit(PAGE)
        .offset(page * PAGE)
    )
    items = tuple(OptionSummary(deal, option, link, sku) for deal, option, link, sku in rows)
    return Page(items, page, pages, total or 0)


_UNMAPPED = or_(
    col(OptionLink.sku_id).is_(None), col(DealOption.vendor_option_no).is_(None), col(Deal.deleted_at).is_not(None)
)


def _known_options(store: Store, where: ColumnElement[bool]) -> Select[Deal, DealOption, OptionLink, Sku]:
    """Select options with their deal and, if mapped, link and SKU."""
    return (
        select(Deal, DealOption, OptionLink, Sku)
        .join(DealOption, same_key(DealOption, Deal, "deal_no"))
        .outerjoin(OptionLink, same_key(OptionLink, DealOption, "deal_no", "option_no"))
        .outerjoin(Sku, same_key(Sku, OptionLink) & (col(Sku.id) == col(OptionLink.sku_id)))
        .where(*scope(Deal, store), where)
    )


async def option_summaries(session: AsyncSession, store: Store, where: ColumnElement[bool]) -> list[OptionSummary]:
    """Return options with deal, link and SKU, by deal and position."""
    rows = await session.execute(
        _known_options(store, where).order_by(col(DealOption.deal_no), col(DealOption.position))
    )
    return [OptionSummary(deal, option, link, sku) for deal, option, link, sku in rows]
