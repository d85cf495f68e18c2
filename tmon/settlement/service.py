"""Settlement as people look at it: a month of a store, its products, and what is to be checked.

Rights are the caller's to check: amounts are for those who manage a store or work on it.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy.ext.asyncio import AsyncSession

from tmon import audit
from tmon.core import Core
from tmon.counters.months import month_of
from tmon.models.settlement import SettlementRow
from tmon.models.stores import Store
from tmon.pages import Page
from tmon.permissions import Person
from tmon.scope import OfStore, StoreKey
from tmon.settlement.days import Timetable
from tmon.settlement.exports import MonthExport
from tmon.settlement.matching import MatchedOrder, Matches, MonthMatching, read_months
from tmon.settlement.months import Basis, MonthSummary, ProductSums, month_of_store, products_of_store, readings_of
from tmon.settlement.order_query import Match, OrderQuery


class SettlementService:
    """Queries of what was settled."""

    def __init__(self, core: Core) -> None:
        self._db, self._clock = core.db, core.clock
        self._timetable = Timetable(core.options.settlement_at, core.options.zone)

    def this_month(self) -> date:
        """Return the first day of the current month in Korea."""
        return month_of(self._clock())

    async def month(self, team_id: str, store_id: str, month: date, basis: Basis) -> MonthSummary:
        """Return the sums of a month."""
        async with self._db.read() as session:
            return await month_of_store(session, StoreKey(team_id, store_id), month, basis, self.this_month())

    async def products(self, team_id: str, store_id: str, month: date, basis: Basis, number: int) -> Page[ProductSums]:
        """Return a page of the sums by product."""
        async with self._db.read() as session:
            return await products_of_store(session, StoreKey(team_id, store_id), month, basis, number)

    async def matches(self, team_id: str, store_id: str, month: date, basis: Basis) -> Matches:
        """Count how the orders of a month and their settlement stand to each other."""
        async with self._db.read() as session:
            matching = await self.matching(session, StoreKey(team_id, store_id), month, basis)
            return await matching.matches(session)

    async def orders(
        self, team_id: str, store_id: str, month: date, basis: Basis, wanted: Sequence[Match], number: int
    ) -> tuple[Matches, Page[MatchedOrder]]:
        """Return the counts, as `matches`, and a page of the orders that stand so."""
        async with self._db.read() as session:
            matching = await self.matching(session, StoreKey(team_id, store_id), month, basis)
            return await matching.orders(session, wanted, number)

    async def rows_without_order(
        self, team_id: str, store_id: str, month: date, basis: Basis, number: int
    ) -> Page[SettlementRow]:
        """Return a page of the rows without an order (주문 없는 정산)."""
        async with self._db.read() as session:
            matching = await self.matching(session, StoreKey(team_id, store_id), month, basis)
            return await matching.rows(session, matching.without_order(), number)

    async def rows_gone(
        self, team_id: str, store_id: str, month: date, basis: Basis, number: int
    ) -> Page[SettlementRow]:
        """Return a page of the rows that TMON does not list any more (티몬에서 사라짐)."""
        async with self._db.read() as session:
            matching = await self.matching(session, StoreKey(team_id, store_id), month, basis)
            return await matching.rows(session, matching.gone(), number)

    async def export(
        self,
        person: Person,
        store: Store,
        month: date,
        basis: Basis,
        *,
        matches: Mapping[Match, str],
        without_order: str,
        gone: str,
    ) -> MonthExport:
        """Return the rows of a month for a workbook; audited. The words are those of `MonthExport`."""
        async with self._db.read() as session:
            matching = await self.matching(session, store, month, basis)
        async with self._db.write() as session:
            audit.record(
                session,
                store,
                person.user_id,
                "settlement.export",
                self._clock(),
                subject=f"{month:%Y-%m}",
                basis=basis.value,
            )
        return MonthExport(self._db, store, month, basis, matching, matches, without_order, gone)

    async def matching(self, session: AsyncSession, store: OfStore, month: date, basis: Basis) -> MonthMatching:
        """Return the matching of a month."""
        now = self._clock()
        readings = await readings_of(session, store)
        query = OrderQuery(
            store,
            month,
            basis,
            month_of(now),
            await read_months(session, store, self._timetable, now),
            readings.first_day,
            postgresql=session.get_bind().dialect.name == "postgresql",
        )
        return MonthMatching(query)
