"""A thousand orders to ship: the file with their recipients, the preview of a filled form, and its sending."""

import asyncio
import time
from datetime import timedelta

from bot.playground.slack.demo import MINJI
from tests.bench.shop import shop
from tests.flows.waybills.shipping import filled, sheet
from tmon.clock import system_clock
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.permissions import Person
from tmon.spreadsheets.reader import SpreadsheetReader
from tmon.waybills.results import Result
from tmon.waybills.shipping_files import ShippingFiles
from tmon.waybills.upload_rows import LAYOUT
from tmon.waybills.uploads import WaybillUploads

COUNT = 1_000
LIMIT = 60.0
"""Seconds that a list of this length may take."""


async def main() -> None:
    """Prints the seconds of each step, and the share of the time that all of it may take."""
    async with shop() as made:
        (store,) = await made.add_stores(1)
        ordered = system_clock() - timedelta(hours=2)
        orders = [made.tmon.new_order(store.seller_id, deals=1, ordered_at=ordered) for _ in range(COUNT)]
        for order in orders:
            made.tmon.move_to(order.order_no, "D2")
        services = made.bot.services
        await services[Coordinator].tick(ORDERS)
        await made.bot.engine.drain()
        person = Person(store.team_id, MINJI, is_admin=True)

        begin = time.perf_counter()
        file = await services[ShippingFiles].prepare(person, store, "오전 출고분 택배 접수")
        filed = time.perf_counter()
        assert file.orders == COUNT

        content = sheet(filled(orders, store, carrier="10001"))
        started, worked = time.perf_counter(), time.process_time()
        table = await services[SpreadsheetReader].read("송장.xlsx", content, LAYOUT)
        upload = await services[WaybillUploads].preview(person, table)
        previewed = time.perf_counter()

        async def progress(done: int, total: int) -> None:
            """Nobody looks."""

        upload = await services[WaybillUploads].send(person, upload.id, progress)
        sent, worked = time.perf_counter(), time.process_time() - worked
        assert upload.content.results(Result.SUCCESS) == COUNT
    print(f"(g) {COUNT} orders to ship: file {filed - begin:.1f} s, {len(file.content) / 1024:.0f} kB;", end=" ")
    print(f"preview {previewed - started:.1f} s; sending {sent - previewed:.1f} s,", end=" ")
    print(
        f"{COUNT / (sent - previewed):,.0f}/s, {worked:.0f} s of the processor; {(sent - started) / LIMIT:.2f} of the {LIMIT:.0f} s that it may take"
    )


if __name__ == "__main__":
    asyncio.run(main())
