"""The rows of a month as cells of a workbook, read one after the other: memory does not grow with them. No personal data."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from tmon.database import Database
from tmon.models.settlement import SettlementRow
from tmon.scope import OfStore, scope
from tmon.settlement.matching import ATTENTION, MonthMatching, matched
from tmon.settlement.months import Basis, by_product, in_month, read_product
from tmon.settlement.order_query import Match
from tmon.spreadsheets.export import Cell

_AT_A_TIME = 500
_COLUMNS = (
    SettlementRow.tx_no,
    SettlementRow.day,
    SettlementRow.order_no,
    SettlementRow.deal_no,
    SettlementRow.title,
    SettlementRow.option_title,
    SettlementRow.kind,
    SettlementRow.detail_kind,
    SettlementRow.sold_at,
    SettlementRow.pay_due,
    SettlementRow.sell_amount,
    SettlementRow.base_amount,
    SettlementRow.rate,
    SettlementRow.computed_amount,
    SettlementRow.tmon_amount,
    SettlementRow.vendor_amount,
    SettlementRow.discount_name,
    SettlementRow.missing_since,
)


@dataclass(frozen=True)
class MonthExport:
    """What a workbook about a month of a store holds, sheet by sheet."""

    db: Database
    store: OfStore
    month: date
    basis: Basis
    matching: MonthMatching
    matches: Mapping[Match, str]
    """The words for how an order and its settlement stand to each other."""
    without_order: str
    """The word for rows without an order."""
    gone: str
    """The word for rows that TMON does not list any more."""

    async def rows(self) -> AsyncIterator[Sequence[Cell]]:
        """Yield every row of the month, as TMON tells it."""
        order = (self._day(), col(SettlementRow.tx_no))
        async for row in self._read(select(*map(col, _COLUMNS)).where(*self._mine()).order_by(*order)):
            yield (
                row.tx_no,
                row.day,
                _number(row.order_no),
                _number(row.deal_no),
                row.title,
                row.option_title,
                row.kind,
                row.detail_kind,
                row.sold_at,
                row.pay_due,
                row.sell_amount,
                row.base_amount,
                row.rate,
                row.computed_amount,
                row.tmon_amount,
                row.vendor_amount,
                row.discount_name,
                "" if row.missing_since is None else self.gone,
            )

    async def products(self) -> AsyncIterator[Sequence[Cell]]:
        """Yield the sums by product."""
        async for row in self._read(by_product(self._mine())):
            one = read_product(row)
            sums = one.sums
            amounts = (sums.sell, sums.base, sums.computed, sums.tmon, sums.vendor)
            yield _number(one.deal_no), one.title, sums.rows, *amounts

    async def to_check(self) -> AsyncIterator[Sequence[Cell]]:
        """Yield the orders under 확인 필요, and the rows without an order."""
        async for row in self._read(self.matching.listed(ATTENTION)):
            one = matched(row)
            difference = one.settled - one.expected
            amounts = (one.expected, one.settled, difference)
            yield self.matches[one.match], _number(one.order_no), one.title, one.paid_at, one.delivered_at, *amounts
        query = select(*map(col, _COLUMNS)).where(*self._mine(), self.matching.without_order())
        async for row in self._read(query.order_by(self._day(), col(SettlementRow.tx_no))):
            amounts = (0, row.sell_amount, row.sell_amount)
            yield self.without_order, _number(row.order_no), row.title, row.sold_at, None, *amounts

    def _mine(self) -> tuple[Any, ...]:
        return (*scope(SettlementRow, self.store), in_month(self.month, self.basis))

    def _day(self) -> Any:
        return col(SettlementRow.pay_due if self.basis is Basis.PAY_DUE else SettlementRow.sold_on)

    async def _read(self, query: Any) -> AsyncIterator[Any]:
        async with self.db.read() as session:
            async for row in await session.stream(query, execution_options={"yield_per": _AT_A_TIME}):
                yield row


def _number(number: int | None) -> str:
    """Return the number of a thing as a text: nobody adds it up, and Excel would round it."""
    return "" if number is None else str(number)
