"""What a report is made of, row by row, for workbooks: its days, and the orders that were paid in it. No personal data."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.core import Core
from tmon.models.claims import Claim, ClaimKind
from tmon.models.inquiries import Inquiry
from tmon.models.orders import Order, OrderState
from tmon.reports.figures import (
    CLAIM_DONE,
    Figures,
    Sales,
    counts_as_sold,
    is_completed,
    was_confirmed,
    was_shipped,
)
from tmon.reports.periods import Period, korean_day

_AT_A_TIME = 500

_ONE_CLAIM = {
    ClaimKind.CANCEL: Figures(cancelled=1),
    ClaimKind.RETURN: Figures(returned=1),
    ClaimKind.EXCHANGE: Figures(exchanged=1),
}
_Key = tuple[date, str]
"""Day and store."""


@dataclass(frozen=True)
class SoldOrder:
    """An order that was paid in the period."""

    store_id: str
    order_no: int
    paid_at: datetime
    title: str
    quantity: int
    amount: int
    delivery_fee: int
    state: OrderState
    confirmed_at: datetime | None
    shipped_at: datetime | None


class ReportExport:
    """Reads the rows of a report, a few hundred at a time."""

    def __init__(self, core: Core) -> None:
        self._db = core.db

    async def days(
        self, team_id: str, store_ids: Sequence[str], period: Period
    ) -> AsyncIterator[tuple[date, str, Figures]]:
        """Yield the figures of each day and store, by day. Nothing but the sums is kept."""
        found: dict[_Key, Figures] = {}
        async with self._db.read() as session:
            for query, figures_of in _queries(team_id, store_ids, period):
                async for store_id, at, *values in _rows(session, query):
                    key = (korean_day(at), store_id)
                    found[key] = found.get(key, Figures()) + figures_of(*values)
        for count in range(period.days):
            day = period.first + timedelta(days=count)
            for store_id in store_ids:
                yield day, store_id, found.get((day, store_id), Figures())

    async def orders(self, team_id: str, store_ids: Sequence[str], period: Period) -> AsyncIterator[SoldOrder]:
        """Yield the orders that were paid in the period, the first ones first."""
        names = ("store_id", "order_no", "paid_at", "title", "quantity", "amount", "delivery_fee", "state")
        columns = [col(getattr(Order, name)) for name in (*names, "confirmed_at", "shipped_at")]
        query = (
            select(*columns)
            .where(*_in_period(Order, team_id, store_ids, col(Order.paid_at), period))
            .order_by(col(Order.paid_at), col(Order.store_id), col(Order.order_no))
        )
        async with self._db.read() as session:
            async for row in _rows(session, query):
                yield SoldOrder(*row)


def _queries(
    team_id: str, store_ids: Sequence[str], period: Period
) -> list[tuple[Select[Any], Callable[..., Figures]]]:
    """Return a query for each kind of thing that happened, and what one row of it adds to the figures of its day."""

    def happened(table: Any, at: Any, *more: Any) -> Select[Any]:
        return select(table.store_id, at, *more).where(*_in_period(table, team_id, store_ids, at, period))

    amounts = counts_as_sold(col(Order.amount)), counts_as_sold(col(Order.delivery_fee))
    return [
        (happened(Order, col(Order.paid_at), *amounts), lambda amount, fee: Figures(Sales(1, amount, fee))),
        (happened(Order, col(Order.confirmed_at)).where(was_confirmed()), lambda: Figures(confirmed=1)),
        (happened(Order, col(Order.shipped_at)).where(was_shipped()), lambda: Figures(shipped=1)),
        (
            happened(Claim, CLAIM_DONE, col(Claim.kind)).where(*is_completed()),
            _ONE_CLAIM.__getitem__,
        ),
        (happened(Inquiry, col(Inquiry.asked_at)), lambda: Figures(asked=1)),
    ]


def _in_period(table: Any, team_id: str, store_ids: Sequence[str], at: Any, period: Period) -> tuple[Any, ...]:
    begin, end = period.bounds
    return table.team_id == team_id, table.store_id.in_(store_ids), at >= begin, at < end


async def _rows(session: AsyncSession, query: Select[Any]) -> AsyncIterator[Any]:
    rows = await session.stream(query, execution_options={"yield_per": _AT_A_TIME})
    async for row in rows:
        yield row
