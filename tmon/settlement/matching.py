"""The orders of a month and how their settlement stands: counts, pages, and rows without an order."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    case,
    exists,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.counters.months import months_later
from tmon.models.orders import Order
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.pages import Page, nearest_page
from tmon.scope import OfStore, same_key, scope
from tmon.settlement.days import Timetable
from tmon.settlement.order_query import Match, OrderQuery

PAGE = 10
"""Orders or rows on a page."""
_DAY = timedelta(days=1)
ATTENTION = (Match.UNSETTLED, Match.DIFFERENT)
"""What stands under 확인 필요."""


@dataclass(frozen=True)
class Matches:
    """How many orders of a month stand how, and how many rows have none."""

    counts: Mapping[Match, int]
    without_order: int
    """Rows that name no order, or one that we do not know (주문 없는 정산)."""
    gone: int
    """Rows that TMON does not list any more."""

    def __getitem__(self, match: Match) -> int:
        return self.counts.get(match, 0)

    @property
    def attention(self) -> int:
        """Orders under 확인 필요."""
        return sum(self[match] for match in ATTENTION)


@dataclass(frozen=True)
class MatchedOrder:
    """One order with what is expected and what was settled."""

    order_no: int
    title: str
    paid_at: datetime
    delivered_at: datetime | None
    match: Match
    expected: int
    """Price × quantity less completed cancels."""
    returned: int
    """The part of it that came back by completed returns."""
    settled: int
    """The sum of `sellAmount`."""
    rows: int
    gone: int
    """Further rows that TMON does not list any more."""
    discount: int = 0
    """Discounts by its first-state information."""
    own_discount: int = 0
    """The seller's part of them."""


async def read_months(session: AsyncSession, store: OfStore, timetable: Timetable, now: datetime) -> list[date]:
    """Return the months all of whose days, as far as they are read at all, were read on the 10th of the next one or later."""
    rows = await session.execute(
        select(col(SettlementDay.day), col(SettlementDay.read_at)).where(*scope(SettlementDay, store))
    )
    read: dict[date, bool] = {}
    for day, read_at in rows:
        month = day.replace(day=1)
        done = read_at is not None and last_reading(timetable, month) <= read_at <= now
        read[month] = read.get(month, True) and done
    return sorted(month for month, done in read.items() if done)


def last_reading(timetable: Timetable, month: date) -> datetime:
    """Return when the days of a month are read for the last time: on the 10th of the next one."""
    return timetable.moments(months_later(month, 1) - _DAY)[-1]


class MonthMatching:
    """The matching of one month of a store."""

    def __init__(self, query: OrderQuery) -> None:
        self._query = query
        self._orders = query.build()

    async def matches(self, session: AsyncSession) -> Matches:
        """Count the orders, and the rows without one."""
        counted = (await session.execute(select(*self._counts()))).one()
        return await self._matches(session, counted)

    async def orders(
        self, session: AsyncSession, wanted: Sequence[Match], number: int
    ) -> tuple[Matches, Page[MatchedOrder]]:
        """Return the counts, and a page of the orders that stand so, the latest first; both of one query."""
        counts = select(*self._counts()).subquery("counts")
        page = self.listed(wanted).limit(PAGE).offset(max(number, 0) * PAGE).subquery("page")
        rows = (
            await session.execute(
                select(counts, page)
                .select_from(counts.outerjoin(page, true()))
                .order_by(page.c.paid_at.desc(), page.c.order_no)
            )
        ).all()
        matches = await self._matches(session, rows[0])
        nearest, pages = nearest_page(number, total := sum(matches[match] for match in wanted), PAGE)
        if nearest != number:
            return await self.orders(session, wanted, nearest)
        rows = [row for row in rows if row.order_no is not None]
        initial = await session.execute(
            select(col(Order.order_no), col(Order.initial_state)).where(
                *scope(Order, self._query.store), col(Order.order_no).in_([row.order_no for row in rows])
            )
        )
        promotions = {order_no: (state or {}).get("promotions") or [] for order_no, state in initial}
        items = [matched(row, promotions.get(row.order_no, ())) for row in rows]
        return matches, Page(items, number, pages, total)

    def _counts(self) -> list[ColumnElement[int]]:
        match = self._orders.c.match
        return [func.count(case((match == one.value, 1))).label(f"of_{one}") for one in Match]

    async def _matches(self, session: AsyncSession, counted: Any) -> Matches:
        rows = await session.execute(
            select(func.count(case((self.without_order(), 1))), func.count(col(SettlementRow.missing_since)))
            .select_from(SettlementRow)
            .where(*self._query.rows)
        )
        without, gone = rows.one()
        return Matches({one: n for one in Match if (n := getattr(counted, f"of_{one}"))}, without, gone)

    async def rows(self, session: AsyncSession, condition: ColumnElement[bool], number: int) -> Page[SettlementRow]:
        """Return a page of rows of the month that meet a condition, the latest first."""
        total = await session.scalar(self._count(condition)) or 0
        number, pages = nearest_page(number, total, PAGE)
        rows = await session.scalars(
            select(SettlementRow)
            .where(*self._query.rows, condition)
            .order_by(col(SettlementRow.sold_at).desc(), col(SettlementRow.tx_no))
            .limit(PAGE)
            .offset(number * PAGE)
        )
        return Page(list(rows), number, pages, total)

    def listed(self, wanted: Sequence[Match]) -> Any:
        """Return the query of the orders that stand so, for `matched`."""
        found = self._orders.c
        return select(self._orders).where(found.match.in_(wanted)).order_by(found.paid_at.desc(), found.order_no)

    def without_order(self) -> ColumnElement[bool]:
        """Return the condition of rows that name no order, or one that we do not know."""
        known = exists().where(same_key(Order, SettlementRow, "order_no"))
        return or_(col(SettlementRow.order_no).is_(None), ~known)

    def gone(self) -> ColumnElement[bool]:
        """Return the condition of rows that TMON does not list any more."""
        return col(SettlementRow.missing_since).is_not(None)

    def _count(self, condition: ColumnElement[bool]) -> Any:
        return select(func.count()).select_from(SettlementRow).where(*self._query.rows, condition)


def matched(row: Any, promotions: Iterable[Mapping[str, Any]] = ()) -> MatchedOrder:
    """Return a row of `MonthMatching.listed`. `promotions`: those of its first-state information."""
    discounts = [(int(one["discount_amount"]), int(one["partner_discount_amount"])) for one in promotions]
    return MatchedOrder(
        row.order_no,
        row.title,
        row.paid_at,
        row.closed_at,
        Match(row.match),
        int(row.due_amount),
        int(row.back),
        int(row.sold),
        row.n,
        row.gone,
        sum(discount for discount, _ in discounts),
        sum(own for _, own in discounts),
    )
