"""What each counter counts, defined once: the numbers and the lists are made of the same queries.

A case belongs to the calendar month of its deadline. It is late once it was done after the deadline, and overdue while it
is open and the deadline has passed:

- `발주확인 지연`: an order was confirmed after confirm-by.
- `발송 지연`: a delivery of an order got its waybill after ship-by. A late-shipping notice moves ship-by, and is not late itself.
- `취소 처리 지연`: TMON decided a cancel by itself, because nobody had by 23:00.
- `반품 처리 지연`, `교환 처리 지연`: a claim was decided at TMON's deadline or later, by whomever.

What a buyer withdrew is not late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, null, or_, select, type_coerce, union_all
from sqlmodel import col

from tmon.api import ClaimStatus, DeliveryStatus
from tmon.counters.months import bounds
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.orders import TMON, DealState, Order, OrderDeal, OrderState, is_unsettled


class Counter(StrEnum):
    """The five counters, in the order in which they are shown. Part of ids: only added to."""

    CONFIRM = "confirm"
    SHIP = "ship"
    CANCEL = "cancel"
    RETURN = "return"
    EXCHANGE = "exchange"


KINDS = {
    Counter.CANCEL: ClaimKind.CANCEL,
    Counter.RETURN: ClaimKind.RETURN,
    Counter.EXCHANGE: ClaimKind.EXCHANGE,
}
"""The kind of the claims that a counter counts; the others count orders."""

_DECIDED = (ClaimEnd.APPROVED, ClaimEnd.REFUSED, ClaimEnd.AUTO_REFUNDED, ClaimEnd.ELSEWHERE, ClaimEnd.GIVEN_UP)
_LONGEST_DELAY = timedelta(days=180)
"""By more than that no late-shipping notice moves ship-by."""
_SHIPPED = (DeliveryStatus.D3, DeliveryStatus.D4, DeliveryStatus.D5)


@dataclass(frozen=True)
class _Span:
    """Whose cases are counted, and when."""

    team_id: str
    begin: datetime
    end: datetime
    overdue_before: datetime
    """An open case is overdue if its deadline lies before this."""

    def has(self, deadline: Any) -> ColumnElement[bool]:
        """Return the condition that a deadline lies in the month."""
        return and_(deadline >= self.begin, deadline < self.end)


def cases(counter: Counter, team_id: str, month: date, now: datetime) -> Subquery:
    """Return the cases of a counter: `store_id`, `number` (of the order or claim), `deadline`, and `done_at`.

    `done_at` is NULL for what is overdue and still open: up to now, also from earlier months, and for a past month up to
    its end.
    """
    begin, end = bounds(month)
    found: Subquery = _QUERIES[counter](_Span(team_id, begin, end, min(now, end))).subquery("cases")
    return found


def _confirmations(span: _Span) -> Any:
    late = _orders(col(Order.confirm_by), col(Order.confirmed_at)).where(
        col(Order.team_id) == span.team_id,
        col(Order.confirmed_at) > col(Order.confirm_by),
        # of what was confirmed before we first saw it, nobody knows when
        or_(col(Order.confirmed_by) != TMON, col(Order.confirmed_at) > col(Order.first_seen_at)),
        span.has(col(Order.confirm_by)),
    )
    overdue = _orders(col(Order.confirm_by), _never()).where(
        col(Order.team_id) == span.team_id,
        is_unsettled(),
        col(Order.confirm_by) < span.overdue_before,
    )
    return union_all(late, overdue)


def _shipments(span: _Span) -> Any:
    """The orders that may count are few and have an index each: they are found first, and only then their deals."""
    order = (
        union_all(
            _may_be_late(
                span,
                span.end,
                col(Order.shipped_at) > col(Order.ship_by),
                col(Order.ship_by) >= span.begin - _LONGEST_DELAY,
            ),
            _may_be_late(span, span.overdue_before, col(Order.shipped_at).is_(None), col(Order.closed_at).is_(None)),
        )
        .cte("may_be_late")
        .prefix_with("MATERIALIZED")
        .c
    )
    ship_by = func.coalesce(col(OrderDeal.ship_by), order.ship_by)
    shipped_at = col(OrderDeal.shipped_at)
    # of what was shipped before we first saw it, nobody knows when
    late = and_(shipped_at > ship_by, shipped_at > order.first_seen_at, span.has(ship_by))
    overdue = and_(
        order.state == OrderState.CONFIRMED,
        shipped_at.is_(None),
        col(OrderDeal.delivery_status).not_in(_SHIPPED),
        ship_by < span.overdue_before,
    )
    all_shipped = func.count(shipped_at) == func.count()
    return (
        select(
            order.store_id.label("store_id"),
            order.order_no.label("number"),
            func.min(ship_by).label("deadline"),
            case((all_shipped, func.max(shipped_at)), else_=None).label("done_at"),
        )
        .where(
            col(OrderDeal.team_id) == span.team_id,
            col(OrderDeal.store_id) == order.store_id,
            col(OrderDeal.order_no) == order.order_no,
            col(OrderDeal.state) != DealState.CANCELLED,
            or_(late, overdue),
        )
        .group_by(order.store_id, order.order_no)
    )


def _may_be_late(span: _Span, before: datetime, *where: ColumnElement[bool]) -> Any:
    columns = (Order.store_id, Order.order_no, Order.ship_by, Order.state, Order.first_seen_at)
    return select(*map(col, columns)).where(col(Order.team_id) == span.team_id, col(Order.ship_by) < before, *where)


def _claims(span: _Span, kind: ClaimKind, *late: ColumnElement[bool]) -> Any:
    deadline = col(Claim.deadline)
    mine = (col(Claim.team_id) == span.team_id, col(Claim.kind) == kind)
    return union_all(
        _selected(Claim, col(Claim.claim_no), deadline, _decided_at()).where(*mine, span.has(deadline), *late),
        _selected(Claim, col(Claim.claim_no), deadline, _never()).where(
            *mine, deadline < span.overdue_before, col(Claim.ended_at).is_(None), col(Claim.status) != ClaimStatus.C2
        ),
    )


def _cancels(span: _Span) -> Any:
    return _claims(span, ClaimKind.CANCEL, col(Claim.end) == ClaimEnd.AUTO_REFUNDED)


def _decided_late(kind: ClaimKind) -> Callable[[_Span], Any]:
    late = (col(Claim.end).in_(_DECIDED), _decided_at() >= col(Claim.deadline))
    return lambda span: _claims(span, kind, *late)


def _decided_at() -> ColumnElement[Any]:
    return func.coalesce(col(Claim.decided_at), col(Claim.approved_at), col(Claim.completed_at), col(Claim.ended_at))


def _orders(deadline: Any, done_at: Any) -> Select[Any, Any, Any, Any]:
    return _selected(Order, col(Order.order_no), deadline, done_at)


def _selected(table: Any, number: Any, deadline: Any, done_at: Any) -> Select[Any, Any, Any, Any]:
    return select(
        table.store_id.label("store_id"), number.label("number"), deadline.label("deadline"), done_at.label("done_at")
    )


def _never() -> ColumnElement[Any]:
    return type_coerce(null(), Order.__table__.c.confirmed_at.type)  # type: ignore[attr-defined]


_QUERIES: dict[Counter, Callable[[_Span], Any]] = {
    Counter.CONFIRM: _confirmations,
    Counter.SHIP: _shipments,
    Counter.CANCEL: _cancels,
    Counter.RETURN: _decided_late(ClaimKind.RETURN),
    Counter.EXCHANGE: _decided_late(ClaimKind.EXCHANGE),
}
