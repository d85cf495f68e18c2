"""Orders per second from the HTTP answer to the committed row, against fetch, parse and one `executemany`.

Also counts the calls of the run: no call per order where one per window does.
"""

import asyncio
import json
import time
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from tests.bench.shop import Shop, names_of_calls, plain_client, shop
from tmon.api import DeliveryStatus
from tmon.api.windows import order_windows
from tmon.clock import KST, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.orders import Order, OrderState
from tmon.models.stores import Store

COUNT = 10_000
AIM = 3.0


async def main() -> None:
    """Prints the ratio and the calls."""
    async with shop() as made:
        store = (await made.add_stores(1))[0]
        made.tmon.new_orders(store.seller_id, COUNT)
        floor = await _floor(made, store)
        before = len(made.tmon.calls)
        begin = time.perf_counter()
        await made.bot.services[Coordinator].collect_now(store.team_id, store.id, ORDERS, "U1")
        taken = time.perf_counter() - begin
        async with made.db.read() as session:
            stored = await session.scalar(select(func.count()).select_from(Order))
        assert stored == COUNT, stored
        print(f"(b) {COUNT} orders: floor {COUNT / floor:,.0f}/s, bot {COUNT / taken:,.0f}/s,", end=" ")
        print(f"ratio {taken / floor:.2f} (aim {AIM}); HTTP included in both")
        print(f"(d) calls of that run: {names_of_calls(made, before)}")


async def _floor(made: Shop, store: Store) -> float:
    """Seconds for the same answer fetched, parsed as JSON and put into the same table, with nothing sealed."""
    start, end = order_windows(None, system_clock())[0]
    async with plain_client(made, store) as client:
        begin = time.perf_counter()
        answer = await client.get(
            "orders",
            params={
                "startDate": f"{start.astimezone(KST):%Y-%m-%dT%H:%M:%S}",
                "endDate": f"{end.astimezone(KST):%Y-%m-%dT%H:%M:%S}",
                "deliveryStatus": DeliveryStatus.D1.value,
            },
        )
    orders: list[dict[str, Any]] = json.loads(answer.content)
    now = system_clock()
    template = {
        "team_id": store.team_id,
        "store_id": "floor",
        "state": OrderState.NEW,
        "confirm_by": now,
        "ship_by": now,
        "delivery_fee": 0,
        "quantity": 1,
        "buyer_unreadable": False,
        "has_card": False,
        "first_seen_at": now,
        "updated_at": now,
    }
    rows = [
        {
            **template,
            "order_no": order["tmonOrderNo"],
            "ordered_at": now,
            "paid_at": now,
            "amount": sum(o["purchasePrice"] for deal in order["deals"] for o in deal["dealOptions"]),
            "title": order["deals"][0]["dealTitle"],
        }
        for order in orders
    ]
    async with made.db.write() as session:
        await session.execute(insert(Order), rows)
    taken = time.perf_counter() - begin
    async with made.db.write() as session:
        await session.execute(delete(Order).where(col(Order.store_id) == "floor"))
    return taken


if __name__ == "__main__":
    asyncio.run(main())
