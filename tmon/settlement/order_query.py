"""How the orders of a month stand: what is expected of each, against what TMON has settled of it, as one query.

Expected is price × quantity less completed cancels. What came back by completed returns is taken off, too, once TMON has done
so: both amounts are right, as TMON settles a return on a day of its own. What TMON does not list any more settles nothing.

An order belongs to the month of its payment (판매일), or to that of its last day of payment at TMON (지급예정일); while TMON
has named none, to the month after its delivery, and before it was delivered to the next one.
"""

from collections.abc import Sequence
from datetime import date, datetime
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
    false,
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlmodel import col

from tmon.clock import KST
from tmon.counters.months import bounds, months_later
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.settlement import SettlementRow
from tmon.scope import OfStore, same_key, scope
from tmon.settlement.months import Basis, in_month


class Match(StrEnum):
    """How an order and its settlement stand to each other."""

    EXPECTED = "expected"  # 정산 예정
    SETTLED = "settled"  # 정산됨
    UNSETTLED = "unsettled"  # 미정산
    DIFFERENT = "different"  # 금액 다름


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


class OrderQuery:
    """Builds the query of the orders of one month of a store, each with its `match`."""

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
        self.store = store
        self.rows = (*scope(SettlementRow, store), in_month(month, basis))
        """The conditions of the rows of the month."""
        self._month, self._basis, self._this_month = month, basis, this_month
        self._judged = _spans(read)
        self._since = (first_day or this_month).replace(day=1)
        self._postgresql = postgresql

    def build(self) -> Any:
        """Return the orders of the month, each with its `match`; NULL: there is nothing to settle.

        Orders, rows and goods are put below each other and grouped once: SQLite joins sums with each other row by row.
        """
        candidates = (
            select(
                *map(col, (Order.team_id, Order.store_id, Order.order_no, Order.title, Order.paid_at, Order.closed_at)),
                case((col(Order.state) == OrderState.CANCELLED, 1), else_=0).label("cancelled"),
            )
            .where(*scope(Order, self.store), self._may_belong())
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
            *self.rows,
            col(SettlementRow.order_no).is_not(None),
            col(SettlementRow.missing_since).is_(None),
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
