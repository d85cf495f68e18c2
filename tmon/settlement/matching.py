"""What is expected of an order, against what TMON has settled of it.

Expected is price × quantity less completed cancels. What came back by completed returns is taken off, too, once TMON has done
so: both amounts are right, as TMON settles a return on a day of its own. What TMON does not list any more settles nothing.

An order belongs to the month of its payment (판매일), or to that of its last day of payment at TMON (지급예정일); while TMON
has named none, to the month after its delivery, and before it was delivered to the next one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Date,
    Integer,
    String,
    and_,
    case,
    cast,
    column,
    exists,
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import KST
from tmon.counters.months import bounds, months_later
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.pages import Page, nearest_page
from tmon.scope import OfStore, same_key, scope
from tmon.settlement.days import Timetable
from tmon.settlement.months import Basis, in_month

PAGE = 10
"""Orders or rows on a page."""
_DAY = timedelta(days=1)
_LARGEST: dict[str, Any] = {
    "title": String(),
    "paid_at": Order.__table__.c.paid_at.type,  # type: ignore[attr-defined]
    "closed_at": Order.__table__.c.closed_at.type,  # type: ignore[attr-defined]
    "cancelled": Integer(),
    "due": Date(),
    "last_day": Date(),
}
_ADDED: dict[str, Any] = dict.fromkeys(("n", "gone", "sold", "due_amount", "back"), BigInteger())
"""What is known of an order, and how it is put together of its parts."""
_Span = tuple[datetime, datetime]


class Match(StrEnum):
    """How an order and its settlement stand to each other."""

    EXPECTED = "expected"  # 정산 예정
    SETTLED = "settled"  # 정산됨
    UNSETTLED = "unsettled"  # 미정산
    DIFFERENT = "different"  # 금액 다름


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

    def __init__(
        self,
        store: OfStore,
        month: date,
        basis: Basis,
        this_month: date,
        read: Sequence[date],
        first_day: date | None,
        *,
        postgresql: bool,
    ) -> None:
        """`read`: the months that were read for the last time. `first_day`: the first day that was read."""
        self._store = store
        self._month, self._basis, self._this_month = month, basis, this_month
        self._judged = _spans(read)
        self._since = (first_day or this_month).replace(day=1)
        self._postgresql = postgresql
        self._orders = self._query()

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
                *scope(Order, self._store), col(Order.order_no).in_([row.order_no for row in rows])
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
            .where(*self._rows())
        )
        without, gone = rows.one()
        return Matches({one: n for one in Match if (n := getattr(counted, f"of_{one}"))}, without, gone)

    async def rows(self, session: AsyncSession, condition: ColumnElement[bool], number: int) -> Page[SettlementRow]:
        """Return a page of rows of the month that meet a condition, the latest first."""
        total = await session.scalar(self._count(condition)) or 0
        number, pages = nearest_page(number, total, PAGE)
        rows = await session.scalars(
            select(SettlementRow)
            .where(*self._rows(), condition)
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

    def _rows(self) -> tuple[ColumnElement[bool], ...]:
        return (*scope(SettlementRow, self._store), in_month(self._month, self._basis))

    def _count(self, condition: ColumnElement[bool]) -> Any:
        return select(func.count()).select_from(SettlementRow).where(*self._rows(), condition)

    def _query(self) -> Any:
        """Return the orders of the month, each with its `match`; NULL: there is nothing to settle.

        Orders, rows and goods are put below each other and grouped once: SQLite joins sums with each other row by row.
        """
        candidates = (
            select(
                *map(col, (Order.team_id, Order.store_id, Order.order_no, Order.title, Order.paid_at, Order.closed_at)),
                case((col(Order.state) == OrderState.CANCELLED, 1), else_=0).label("cancelled"),
            )
            .where(*scope(Order, self._store), self._may_belong())
            .cte("candidate")
            .prefix_with("MATERIALIZED")
        )
        parts = union_all(
            _part(
                candidates.c.order_no,
                **{name: candidates.c[name] for name in ("title", "paid_at", "closed_at", "cancelled")},
            ),
            self._settled(candidates),
            self._expected(candidates),
        ).subquery("part")
        joined = (
            select(
                parts.c.order_no,
                *(func.max(parts.c[name]).label(name) for name in _LARGEST),
                *(func.coalesce(func.sum(parts.c[name]), 0).label(name) for name in _ADDED),
            )
            .group_by(parts.c.order_no)
            .subquery("joined")
        )
        found = select(joined, self._match(joined.c).label("match")).where(self._belongs(joined.c))
        return found.cte("matched").prefix_with("MATERIALIZED")

    def _may_belong(self) -> ColumnElement[bool]:
        """Return the condition of the orders of the month, and of some others."""
        if self._basis is Basis.SOLD:
            return _within(col(Order.paid_at), bounds(self._month))
        named = select(col(SettlementRow.order_no)).where(
            *self._rows(), col(SettlementRow.order_no).is_not(None), col(SettlementRow.missing_since).is_(None)
        )
        return or_(
            col(Order.order_no).in_(named),
            self._without_due(col(Order.closed_at), col(Order.state) != OrderState.CANCELLED),
        )

    def _belongs(self, c: Any) -> ColumnElement[bool]:
        if self._basis is Basis.SOLD:
            return true()
        return or_(
            and_(c.due >= self._month, c.due < months_later(self._month, 1)),
            and_(c.due.is_(None), self._without_due(c.closed_at, c.cancelled == 0)),
        )

    def _without_due(self, closed_at: Any, live: ColumnElement[bool]) -> ColumnElement[bool]:
        """Return the condition of an order of the month, if TMON has named no day of payment."""
        before = months_later(self._month, -1)
        delivered = _within(closed_at, bounds(before))
        if before != self._this_month:
            return delivered
        return or_(delivered, and_(closed_at.is_(None), live))

    def _settled(self, candidates: Any) -> Any:
        """Return what TMON has settled of the orders, row by row."""
        listed = col(SettlementRow.missing_since).is_(None)
        return (
            _part(
                candidates.c.order_no,
                n=case((listed, 1), else_=0),
                gone=case((listed, 0), else_=1),
                sold=case((listed, col(SettlementRow.sell_amount)), else_=0),
                due=case((listed, col(SettlementRow.pay_due))),
                last_day=case((listed, col(SettlementRow.day))),
            )
            .select_from(candidates)
            .join(SettlementRow, same_key(SettlementRow, candidates.c, "order_no"))
        )

    def _expected(self, candidates: Any) -> Any:
        """Return what is expected of the orders (`due_amount`) and what of it came back (`back`), option by option."""
        each = func.json_array_elements if self._postgresql else func.json_each
        option = each(col(OrderDeal.options)).table_valued(column("value", JSON), name="option")
        value = option.c.value

        def number(name: str) -> ColumnElement[int]:
            return func.coalesce(cast(value[name].as_string(), BigInteger), 0)

        live = func.coalesce(value["cancelled"].as_string(), "").not_in(("true", "1"))
        quantity, returned = number("quantity"), number("returned")
        return (
            _part(
                candidates.c.order_no,
                due_amount=case((live, number("price") * quantity), else_=0),
                back=case(
                    (and_(live, returned > quantity), number("price") * quantity),
                    (and_(live, returned > 0), number("price") * returned),
                    else_=0,
                ),
            )
            .select_from(candidates)
            .join(OrderDeal, same_key(OrderDeal, candidates.c, "order_no"))
            .join(option, true())
            .where(col(OrderDeal.state) != DealState.CANCELLED)
        )

    def _match(self, c: Any) -> ColumnElement[Any]:
        delivered = c.closed_at.is_not(None)
        right = or_(c.sold == c.due_amount, and_(c.back > 0, c.sold == c.due_amount - c.back))
        nothing_left = c.due_amount == c.back
        # of what was delivered before anything was read, and of what was cancelled or came back, no row has to come
        never = or_(nothing_left, and_(delivered, c.closed_at < bounds(self._since)[0]))
        judged = or_(false(), *(_within(c.closed_at, span) for span in self._judged))
        days = [(begin.astimezone(KST).date(), end.astimezone(KST).date()) for begin, end in self._judged]
        over = or_(delivered, *(and_(c.last_day >= begin, c.last_day < end) for begin, end in days))
        partly = and_(~over, c.sold >= 0, c.sold < c.due_amount)
        return case(
            (and_(c.n == 0, never), None),
            (and_(c.n == 0, judged), literal(Match.UNSETTLED.value)),
            (c.n == 0, literal(Match.EXPECTED.value)),
            (right, literal(Match.SETTLED.value)),
            (partly, literal(Match.EXPECTED.value)),
            else_=literal(Match.DIFFERENT.value),
        )


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


def _part(order_no: Any, **given: Any) -> Any:
    """Return the query of a part of what is known of orders: the columns `given`, and nothing in the others."""
    columns = (given.get(name, cast(null(), kind)).label(name) for name, kind in (_LARGEST | _ADDED).items())
    return select(order_no, *columns)


def _within(moment: Any, span: _Span) -> ColumnElement[bool]:
    return and_(moment >= span[0], moment < span[1])


def _spans(months: Sequence[date]) -> list[_Span]:
    """Return months as spans of time, those that follow each other as one."""
    spans: list[_Span] = []
    for begin, end in map(bounds, months):
        if spans and spans[-1][1] == begin:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((begin, end))
    return spans
