"""The report of a channel with 100,000 orders in the database, and its workbook, against the bare SQL; and their memory."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, text

from tests.bench.measuring import measured
from tests.bench.shop import Shop, shop
from tmon.business_days import confirm_by, ship_by
from tmon.clock import system_clock
from tmon.models.orders import Order, OrderState
from tmon.reports.export import ReportExport
from tmon.reports.periods import Period, Span, korean_day, period_of
from tmon.reports.service import ReportService
from tmon.spreadsheets.export import ExportColumn, ExportSheet, exported

ORDERS = 100_000
STORES = 20
DAYS = 100
AIM_SECONDS = 1.0


async def main() -> None:
    """Prints seconds, the ratio to the bare SQL, and memory."""
    async with shop() as made:
        stores = [store.id for store in await made.add_stores(STORES)]
        await _fill(made, stores, ORDERS)
        team_id, service = made.slack.team_id, made.bot.services[ReportService]
        today = korean_day(system_clock())
        for span in (Span.YESTERDAY, Span.WEEK, Span.LAST_MONTH):
            period = period_of(span, today)
            taken, peak = await measured(partial(service.report, team_id, stores, period))
            floor = await _floor(made, team_id, period)
            print(f"(r) report, {span.value}: {taken:.2f} s (aim {AIM_SECONDS}), bare SQL {floor:.2f} s,", end=" ")
            print(f"ratio {taken / floor:.1f}, peak {peak / 1024:,.0f} kB; {STORES} stores, {ORDERS:,} orders")
        export = made.bot.services[ReportExport]
        for days in (DAYS // 10, DAYS):
            period = Period(today - timedelta(days=days - 1), today)
            taken, peak = await measured(partial(_export, export, team_id, stores, period))
            print(f"(s) workbook of {days} days: {taken:.1f} s, peak {peak / 1024:,.0f} kB")


async def _fill(made: Shop, stores: Sequence[str], count: int) -> None:
    now = system_clock()
    rows: list[dict[str, Any]] = []
    for number in range(count):
        paid_at = now - timedelta(minutes=number * DAYS * 24 * 60 / count)
        is_open = number < 1_000
        seen = paid_at + timedelta(minutes=5)
        rows.append(
            {
                "team_id": made.slack.team_id,
                "store_id": stores[number % len(stores)],
                "order_no": 9_100_000_000 + number,
                "state": OrderState.NEW if is_open else OrderState.CONFIRMED,
                "ordered_at": paid_at,
                "paid_at": paid_at,
                "confirm_by": confirm_by(paid_at),
                "ship_by": ship_by(paid_at),
                "amount": 10_000 + number,
                "delivery_fee": 2_500,
                "quantity": 1,
                "title": "귤 5kg",
                "buyer_unreadable": False,
                "has_card": False,
                "confirmed_by": None if is_open else "U1",
                "confirmed_at": None if is_open else seen + timedelta(hours=2),
                "shipped_at": None if is_open else seen + timedelta(hours=20),
                "closed_at": None if is_open else seen + timedelta(days=3),
                "first_seen_at": seen,
                "updated_at": seen,
            }
        )
    async with made.db.write() as session:
        await session.execute(insert(Order), rows)


async def _floor(made: Shop, team_id: str, period: Period) -> float:
    """Seconds for the sums alone, as one would type them."""
    begin, end = (moment.replace(tzinfo=None).isoformat(" ") for moment in period.bounds)
    query = text(
        "SELECT store_id, count(*), sum(amount), sum(delivery_fee) FROM orders"
        " WHERE team_id = :team AND paid_at >= :begin AND paid_at < :end GROUP BY store_id"
    )
    async with made.db.read() as session:
        began = time.perf_counter()
        rows = (await session.execute(query, {"team": team_id, "begin": begin, "end": end})).all()
        taken = time.perf_counter() - began
    assert rows
    return taken


async def _export(export: ReportExport, team_id: str, stores: Sequence[str], period: Period) -> None:
    columns = [ExportColumn(name) for name in ("store", "number", "paid at", "title", "amount")]

    async def rows() -> Any:
        async for one in export.orders(team_id, stores, period):
            yield (one.store_id, str(one.order_no), one.paid_at, one.title, one.amount)

    days = [one async for one in export.days(team_id, stores, period)]
    assert len(days) == len(stores) * period.days
    async with exported(ExportSheet("orders", columns, rows())):
        pass


if __name__ == "__main__":
    asyncio.run(main())
