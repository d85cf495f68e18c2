"""Orders per second from the HTTP answer to the committed rows, against the least that this takes.

The least: the same answer fetched and parsed as JSON, buyers decrypted and sealed, orders and their deals inserted with one
`executemany` each. Also the calls of the run: no call per order where one per window does. TMON is a process of its own.
"""

import asyncio
import json
import time
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from bot.logs import configure
from bot.playground.tmon import DEMO_VENDOR
from bot.runtime import let_threads_give_way, share_one_arena
from tests.bench.shop import Shop, calls_of, far_tmon, plain_client, shop
from tmon.api import DeliveryStatus
from tmon.api.personal_data import Decryptor
from tmon.api.windows import order_windows
from tmon.clock import KST, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.orders import DealState, Order, OrderDeal, OrderState
from tmon.models.stores import Store

COUNT = 10_000
TIMES = 3
AIM = 2.0


async def main() -> None:
    """Prints the ratio and the calls."""
    share_one_arena()
    let_threads_give_way()
    ratios = []
    for _ in range(TIMES):
        async with far_tmon(1, COUNT) as url, shop(url) as made:
            store = (await made.add_stores(1))[0]
            floor = await _floor(made, store)
            begin = time.perf_counter()
            await made.bot.services[Coordinator].collect_now(store.team_id, store.id, ORDERS, "U1")
            taken = time.perf_counter() - begin
            async with made.db.read() as session:
                stored = await session.scalar(select(func.count()).select_from(Order))
            assert stored == COUNT, stored
            calls = await calls_of(url)
        ratios.append(taken / floor)
        print(f"(b) {COUNT} orders: floor {COUNT / floor:,.0f}/s, bot {COUNT / taken:,.0f}/s,", end=" ")
        print(f"ratio {ratios[-1]:.2f} (aim {AIM}); HTTP included in both")
    print(f"(d) calls of a run and its floor: {calls}")


async def _floor(made: Shop, store: Store) -> float:
    """Seconds that the least takes."""
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
    decryptor, fernet = Decryptor(DEMO_VENDOR.personal_data_key), Fernet(Fernet.generate_key())
    of_store = {"team_id": store.team_id, "store_id": "floor"}
    template = {
        **of_store,
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
            "buyer": fernet.encrypt(json.dumps(_buyer(order, decryptor)).encode()).decode(),
        }
        for order in orders
    ]
    deals = [
        {
            **of_store,
            "order_no": order["tmonOrderNo"],
            "deal_no": deal["tmonDealNo"],
            "title": deal["dealTitle"],
            "delivery_no": deal["deliveryNo"],
            "delivery_status": deal["deliveryStatus"],
            "options": deal["dealOptions"],
            "fee": deal["deliveryFee"],
            "state": DealState.OPEN,
            "position": position,
            "customs_needed": False,
        }
        for order in orders
        for position, deal in enumerate(order["deals"])
    ]
    async with made.db.write() as session:
        await session.execute(insert(Order), rows)
        await session.execute(insert(OrderDeal), deals)
    taken = time.perf_counter() - begin
    async with made.db.write() as session:
        for table in (OrderDeal, Order):
            await session.execute(delete(table).where(col(table.store_id) == "floor"))
    return taken


def _buyer(order: dict[str, Any], decryptor: Decryptor) -> dict[str, str | None]:
    parts = {name: order.get(name) for name in ("userId", "userName", "userPhone", "receiverName", "receiverPhone")}
    return {name: decryptor.decrypt(value) for name, value in {**parts, **order["receiverAddress"]}.items()}


if __name__ == "__main__":
    configure("ERROR", "console")
    asyncio.run(main())
