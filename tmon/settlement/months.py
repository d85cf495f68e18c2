"""The settlement of a month: sums of TMON's rows, never of anything else.

A row that TMON does not list any more stays in every sum; how much of it there is, is said apart (티몬에서 사라짐).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.counters.months import months_later
from tmon.models.collection import SyncState
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.pages import Page, nearest_page
from tmon.scope import OfStore, scope
from tmon.settlement.collector import SETTLEMENT

T = TypeVar("T")
PRODUCTS = 12
"""Products on a page."""
_BACK, _AHEAD = 60, 12
"""Months before and after this one that are offered, if there are rows of them."""


class Basis(StrEnum):
    """By which day a row belongs to a month (기준). Stored in buttons: never rename, only add."""

    PAY_DUE = "pay_due"  # 지급예정일
    SOLD = "sold"  # 판매일


@dataclass(frozen=True)
class Sums:
    """Sums over some rows."""

    rows: int = 0
    sell: int = 0
    base: int = 0
    computed: int = 0
    """Of the rows that have a rate."""
    tmon: int = 0
    vendor: int = 0
    unrated: int = 0
    """Rows without a rate, and so without a 계산 지급액."""
    gone: int = 0
    """Rows that TMON does not list any more."""
    lowest_rate: Decimal | None = None
    """In percent."""
    highest_rate: Decimal | None = None
    first_due: date | None = None
    last_due: date | None = None

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.rows + other.rows,
            self.sell + other.sell,
            self.base + other.base,
            self.computed + other.computed,
            self.tmon + other.tmon,
            self.vendor + other.vendor,
            self.unrated + other.unrated,
            self.gone + other.gone,
            min(_known(self.lowest_rate, other.lowest_rate), default=None),
            max(_known(self.highest_rate, other.highest_rate), default=None),
            min(_known(self.first_due, other.first_due), default=None),
            max(_known(self.last_due, other.last_due), default=None),
        )


@dataclass(frozen=True)
class KindSums:
    """All rows of one kind."""

    kind: str
    """`settleDealType` as TMON sends it."""
    sums: Sums


@dataclass(frozen=True)
class ProductSums:
    """All rows of one product."""

    deal_no: int | None
    """None: rows about no product."""
    title: str
    sums: Sums


@dataclass(frozen=True)
class Readings:
    """What was read of a store, and what comes next."""

    first_day: date | None = None
    """The first day that was read; None: nothing yet."""
    read_at: datetime | None = None
    """The last reading."""
    next_at: datetime | None = None
    """When something is read next, as far as it is known."""


@dataclass(frozen=True)
class MonthSummary:
    """A month of one store."""

    month: date
    """Its first day."""
    basis: Basis
    kinds: Sequence[KindSums]
    """What amounts to most comes first."""
    gone: Sums
    """The part of the rows that TMON does not list any more."""
    undated: int
    """By 지급예정일: rows of sales of this month that have none, and so belong to no month."""
    readings: Readings
    months: Sequence[date]
    """The months to choose from, the latest first."""

    @property
    def total(self) -> Sums:
        """All kinds together."""
        return sum((one.sums for one in self.kinds), Sums())


def in_month(month: date, basis: Basis) -> ColumnElement[bool]:
    """Return the condition of the rows of a month."""
    day = col(SettlementRow.pay_due if basis is Basis.PAY_DUE else SettlementRow.sold_on)
    return and_(day >= month, day < months_later(month, 1))


async def month_of_store(
    session: AsyncSession, store: OfStore, month: date, basis: Basis, this_month: date
) -> MonthSummary:
    """Return the sums of a month of a store."""
    mine = (*scope(SettlementRow, store), in_month(month, basis))
    rows = await session.execute(
        select(col(SettlementRow.kind), *_sums()).where(*mine).group_by(col(SettlementRow.kind))
    )
    kinds = [KindSums(kind, _read(found)) for kind, *found in rows]
    kinds.sort(key=lambda one: (-abs(one.sums.sell), -one.sums.rows, one.kind))
    gone = Sums()
    if any(one.sums.gone for one in kinds):
        found = await session.execute(select(*_sums()).where(*mine, col(SettlementRow.missing_since).is_not(None)))
        gone = _read(found.one())
    undated = 0
    if basis is Basis.PAY_DUE:
        undated = await session.scalar(
            select(func.count())
            .select_from(SettlementRow)
            .where(
                *scope(SettlementRow, store), in_month(month, Basis.SOLD), col(SettlementRow.pay_due).is_(None)
            )
        ) or 0  # fmt: skip
    readings = await readings_of(session, store)
    return MonthSummary(month, basis, kinds, gone, undated, readings, await _months(session, store, month, this_month))


async def sums_of_store(session: AsyncSession, store: OfStore, month: date, basis: Basis) -> Sums:
    """Return the sums of all rows of a month."""
    found = await session.execute(select(*_sums()).where(*scope(SettlementRow, store), in_month(month, basis)))
    return _read(found.one())


async def products_of_store(
    session: AsyncSession, store: OfStore, month: date, basis: Basis, number: int
) -> Page[ProductSums]:
    """Return a page of the sums by product; what amounts to most comes first."""
    mine = (*scope(SettlementRow, store), in_month(month, basis))
    deal_no = col(SettlementRow.deal_no)
    grouped = select(deal_no).where(*mine).group_by(deal_no).subquery()
    total = await session.scalar(select(func.count()).select_from(grouped)) or 0
    number, pages = nearest_page(number, total, PRODUCTS)
    rows = await session.execute(
        by_product(mine).limit(PRODUCTS).offset(number * PRODUCTS),
    )
    return Page([read_product(row) for row in rows], number, pages, total)


def by_product(where: Sequence[ColumnElement[bool]]) -> Any:
    """Return the query of the sums of each product, for `read_product`."""
    deal_no = col(SettlementRow.deal_no)
    return (
        select(deal_no, func.max(col(SettlementRow.title)), *_sums())
        .where(*where)
        .group_by(deal_no)
        .order_by(func.sum(col(SettlementRow.sell_amount)).desc(), deal_no)
    )


def read_product(row: Any) -> ProductSums:
    """Return a row of `by_product`."""
    deal_no, title, *found = row
    return ProductSums(deal_no, title, _read(found))


async def readings_of(session: AsyncSession, store: OfStore) -> Readings:
    """Return what was read of a store, and when it is read next."""
    days = await session.execute(
        select(
            func.min(case((col(SettlementDay.read_at).is_not(None), col(SettlementDay.day)))),
            func.max(col(SettlementDay.read_at)),
            func.min(col(SettlementDay.due_at)),
        ).where(*scope(SettlementDay, store))
    )
    first_day, read_at, due_at = days.one()
    if due_at is None:
        due_at = await session.scalar(
            select(col(SyncState.due_at)).where(*scope(SyncState, store), col(SyncState.kind) == SETTLEMENT)
        )
    return Readings(first_day, read_at, due_at)


async def _months(session: AsyncSession, store: OfStore, chosen: date, this_month: date) -> list[date]:
    """Return the months that have rows, at least the last, this and the next one, and the chosen one."""
    mine = scope(SettlementRow, store)
    earliest = await session.scalar(select(func.min(col(SettlementRow.sold_on))).where(*mine))
    latest = await session.scalar(select(func.max(col(SettlementRow.pay_due))).where(*mine))
    first = min(months_later(this_month, -1), earliest.replace(day=1) if earliest else this_month)
    last = max(months_later(this_month, 1), latest.replace(day=1) if latest else this_month)
    back = min(_BACK, _apart(first, this_month))
    ahead = min(_AHEAD, _apart(this_month, last))
    offered = {months_later(this_month, n) for n in range(-back, ahead + 1)} | {chosen}
    return sorted(offered, reverse=True)


def _apart(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def _sums() -> list[ColumnElement[Any]]:
    """Return the columns that `_read` reads."""
    rate = case((func.abs(col(SettlementRow.rate)) <= 1, col(SettlementRow.rate) * 100), else_=col(SettlementRow.rate))
    return [
        func.count(),
        func.sum(col(SettlementRow.sell_amount)),
        func.sum(col(SettlementRow.base_amount)),
        func.sum(col(SettlementRow.computed_amount)),
        func.sum(col(SettlementRow.tmon_amount)),
        func.sum(col(SettlementRow.vendor_amount)),
        func.count() - func.count(col(SettlementRow.computed_amount)),
        func.count(col(SettlementRow.missing_since)),
        func.min(rate),
        func.max(rate),
        func.min(col(SettlementRow.pay_due)),
        func.max(col(SettlementRow.pay_due)),
    ]


def _read(found: Sequence[Any]) -> Sums:
    rows, sell, base, computed, tmon, vendor, unrated, gone, lowest, highest, first_due, last_due = found
    return Sums(
        rows,
        int(sell or 0),
        int(base or 0),
        int(computed or 0),
        int(tmon or 0),
        int(vendor or 0),
        unrated,
        gone,
        _rate(lowest),
        _rate(highest),
        first_due,
        last_due,
    )


def _known(*values: T | None) -> list[T]:
    return [value for value in values if value is not None]


def _rate(rate: Any) -> Decimal | None:
    """Return a rate as it is written, without what SQLite's floats add to it."""
    return None if rate is None else Decimal(str(round(Decimal(rate), 4))).normalize()
