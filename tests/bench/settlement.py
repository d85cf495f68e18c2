"""300,000 rows of settlement and 100,000 orders of one store: the month, its products, the matching and the workbook.

Each is held against the bare SQL of its sums, which is `SELECT kind, sum(…) … GROUP BY kind` on the driver.
"""

import asyncio
import gc
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from bot.playground.slack.demo import MINJI
from tests.bench.shop import Shop, shop
from tmon.clock import KST, system_clock
from tmon.counters.months import month_of, months_later
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.settlement.matching import ATTENTION
from tmon.settlement.months import Basis
from tmon.settlement.order_query import Match
from tmon.settlement.service import SettlementService
from tmon.spreadsheets.export import ExportColumn, ExportSheet, exported

ROWS, ORDERS = 300_000, 100_000
MONTHS = 3
LIMIT = 1.0
"""Seconds that a view may take."""
_AT_A_TIME = 5_000
_BARE = """
SELECT kind, count(*), sum(sell_amount), sum(base_amount), sum(computed_amount), sum(tmon_amount), sum(vendor_amount)
FROM settlement_row WHERE team_id = :team AND store_id = :store AND pay_due >= :first AND pay_due < :next GROUP BY kind
"""


async def main() -> None:
    """Prints the seconds of each view, the ratio of the month to the bare SQL, and how much memory the workbook takes."""
    async with shop() as made:
        (store,) = await made.add_stores(1)
        month = months_later(month_of(system_clock()), -1)
        for table, rows in _data(store, month):
            async with made.db.write() as session:
                for start in range(0, len(rows), _AT_A_TIME):
                    await session.execute(insert(table), rows[start : start + _AT_A_TIME])
        print(f"(h) {ROWS:,} rows of settlement, {ORDERS:,} orders, {ROWS // MONTHS:,} rows in the month:", end=" ")
        print(await measured(made, store, month))


async def measured(made: Shop, store: Store, month: date) -> str:
    """The times of a month on a filled database."""
    service = made.bot.services[SettlementService]
    of = (store.team_id, store.id, month, Basis.PAY_DUE)
    bare = await _seconds(lambda: _bare(made, store, month))
    times = {
        "month": await _seconds(lambda: service.month(*of)),
        "products": await _seconds(lambda: service.products(*of, 0)),
        "matching": await _seconds(lambda: service.matches(*of)),
        "list with counts": await _seconds(lambda: service.orders(*of, ATTENTION, 0)),
    }
    said = [f"{name} {taken:.2f} s" for name, taken in times.items()]
    said.append(f"month is {times['month'] / bare:.2f} × the bare SQL of {bare:.2f} s (limit {LIMIT} s)")
    sizes = []
    for wanted in (months_later(month, 5), month):
        gc.collect()
        tracemalloc.start()
        begin = time.perf_counter()
        await _workbook(service, store, wanted)
        taken = time.perf_counter() - begin
        sizes.append(tracemalloc.get_traced_memory()[1] / 1024 / 1024)
        tracemalloc.stop()
    said.append(
        f"workbook {taken:.0f} s while memory is traced: at most {sizes[1]:.1f} MB, an empty one {sizes[0]:.1f} MB"
    )
    return "; ".join(said)


async def _workbook(service: SettlementService, store: Store, month: date) -> None:
    person = Person(store.team_id, MINJI, is_admin=True)
    words = {match: match.value for match in Match}
    rows = await service.export(person, store, month, Basis.PAY_DUE, matches=words, without_order="-", gone="-")
    columns = [ExportColumn(f"{n}") for n in range(18)]
    async with exported(ExportSheet("rows", columns, rows.rows())):
        pass


async def _bare(made: Shop, store: Store, month: date) -> None:
    values = {"team": store.team_id, "store": store.id, "first": month, "next": months_later(month, 1)}
    async with made.db.read() as session:
        (await session.execute(text(_BARE), {**values, "first": f"{month}", "next": f"{months_later(month, 1)}"})).all()


async def _seconds(work: Callable[[], Awaitable[object]]) -> float:
    """The best of three."""
    best = float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        await work()
        best = min(best, time.perf_counter() - begin)
    return best


def _data(store: Store, month: date) -> Iterator[tuple[Any, list[dict[str, Any]]]]:
    """Orders with one deal, and three rows of each: a sale, a discount, and a correction. Of every 100th one is wrong or missing."""
    key = {"team_id": store.team_id, "store_id": store.id}
    begin = datetime.combine(months_later(month, -1), datetime.min.time(), KST)
    orders, deals, rows = [], [], []
    for n in range(ORDERS):
        later = n % MONTHS
        paid = (begin + timedelta(days=31 * later, minutes=n % 30_000)).astimezone(UTC)
        number, price = 9_100_000_000 + n, 1_000 + n % 50_000
        orders.append({
            **key, "order_no": number, "state": OrderState.CONFIRMED, "ordered_at": paid, "paid_at": paid, "confirm_by": paid,
            "ship_by": paid, "amount": price * 2, "delivery_fee": 3000, "quantity": 2, "title": f"상품 {n % 200}",
            "closed_at": paid + timedelta(days=3), "first_seen_at": paid, "updated_at": paid, "confirmed_at": paid,
            "shipped_at": paid, "buyer_unreadable": False, "has_card": False,
        })  # fmt: skip
        option = {"no": 1, "title": "대과", "quantity": 2, "price": price, "amount": price * 2, "ordered": 2}
        deals.append({
            **key, "order_no": number, "deal_no": n % 200, "title": f"상품 {n % 200}", "delivery_no": f"{n}", "delivery_status": "D5",
            "options": [option], "state": DealState.CONFIRMED, "position": 0, "customs_needed": False,
        })  # fmt: skip
        due = months_later(month, later).replace(day=10)
        for part, (kind, sell) in enumerate(
            (("SALE", price * 2), ("DISCOUNT", -100), ("ADJUST", 100 + (n % 100 == 0)))
        ):
            rows.append({
                **key, "tx_no": f"{number}-{part}", "day": due, "order_no": number, "deal_no": n % 200, "title": f"상품 {n % 200}",
                "option_title": "대과", "kind": kind, "detail_kind": "", "sold_at": paid, "sold_on": paid.date(), "pay_due": due,
                "sell_amount": sell, "base_amount": sell, "rate": None, "computed_amount": sell, "vendor_amount": 0,
                "tmon_amount": 0, "discount_name": "", "first_seen_at": paid, "read_at": paid,
            })  # fmt: skip
    days = [
        {**key, "day": begin.date() + timedelta(days=n), "read_at": system_clock(), "rows": 0} for n in range(62)
    ]  # fmt: skip
    yield Order, orders
    yield OrderDeal, deals
    yield SettlementRow, rows
    yield SettlementDay, days


if __name__ == "__main__":
    asyncio.run(main())
