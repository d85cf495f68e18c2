"""A stock list of 10,000 rows, as a file: read, checked and kept, against reading the cells and one `executemany`."""

import asyncio
import csv
import io
import time
from collections.abc import Sequence

from openpyxl import Workbook, load_workbook  # type: ignore[import-untyped]
from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from tests.bench.shop import Shop, shop
from tmon.clock import system_clock
from tmon.models.stock import Sku
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.spreadsheets.reader import SpreadsheetReader
from tmon.stock.service import StockService
from tmon.stock.sku_import import LAYOUT, read_rows

COUNT = 10_000
LIMIT = 10.0
"""Seconds that a list of this length may take."""
HEAD = ["SKU", "상품명", "재고", "안전재고", "부족알림"]


async def main() -> None:
    """Prints, for each kind of file, the rows per second and the ratio: once as new SKUs, once as changed ones."""
    for name, data in (("stock.csv", _csv()), ("stock.xlsx", _xlsx())):
        async with shop() as made:
            store = (await made.add_stores(1))[0]
            floor = await _floor(made, store, name, data)
            new = await _uploaded(made, store, name, data)
            again = await _uploaded(made, store, name, data.replace(b",7,", b",8,"))
            async with made.db.read() as session:
                assert await session.scalar(select(func.count()).select_from(Sku)) == COUNT
        print(f"(e) {name}, {COUNT} rows, {len(data) / 1024:.0f} kB: floor {COUNT / floor:,.0f}/s,", end=" ")
        print(f"new {COUNT / new:,.0f}/s, ratio {new / floor:.1f}; again {COUNT / again:,.0f}/s;", end=" ")
        print(f"{new / LIMIT:.2f} of the {LIMIT:.0f} s that it may take")


async def _uploaded(made: Shop, store: Store, name: str, data: bytes) -> float:
    """Seconds of what the form does with a file."""
    stock = made.bot.services[StockService]
    person = Person(store.team_id, MINJI, is_admin=True)
    begin = time.perf_counter()
    table = await made.bot.services[SpreadsheetReader].read(name, data, LAYOUT)
    rows, problems = await asyncio.to_thread(read_rows, table)
    assert not problems + await stock.check(store.team_id, store.id, rows)
    await stock.apply(person, store.id, rows, source="file")
    return time.perf_counter() - begin


async def _floor(made: Shop, store: Store, name: str, data: bytes) -> float:
    now = system_clock()
    begin = time.perf_counter()
    cells: Sequence[Sequence[object]]
    if name.endswith(".csv"):
        cells = list(csv.reader(io.StringIO(data.decode())))
    else:
        cells = list(load_workbook(io.BytesIO(data), read_only=True).active.values)
    rows = [
        {
            "team_id": store.team_id,
            "store_id": "floor",
            "id": f"sk_{number}",
            "code": str(row[0]),
            "name": str(row[1]),
            "stock": int(str(row[2]).split(".")[0]),
            "counted_at": now,
            "safety": int(str(row[3]).split(".")[0]),
            "low_at": int(str(row[4]).split(".")[0]),
            "selling": True,
            "updated_at": now,
        }
        for number, row in enumerate(cells[1:])
    ]
    async with made.db.write() as session:
        await session.execute(insert(Sku), rows)
    taken = time.perf_counter() - begin
    async with made.db.write() as session:
        await session.execute(delete(Sku).where(col(Sku.store_id) == "floor"))
    return taken


def _lines() -> list[list[str | int]]:
    return [[f"{number:08}", f"호텔수건 {number}호", 7, 2, 5] for number in range(COUNT)]


def _csv() -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([HEAD, *_lines()])
    return text.getvalue().encode()


def _xlsx() -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for line in [HEAD, *_lines()]:
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


if __name__ == "__main__":
    asyncio.run(main())
