"""Claims per second from the HTTP answers to the committed rows, against fetch, parse and one `executemany`; and the calls of a
run: the first one, and one when nothing has changed.
"""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlmodel import col

from bot.playground.tmon import buyer_claims
from tests.bench.shop import Shop, names_of_calls, plain_client, shop
from tmon.claims.collector import CLAIMS
from tmon.clock import KST, system_clock
from tmon.collection.coordinator import Coordinator
from tmon.models.claims import Claim, ClaimKind
from tmon.models.stores import Store

COUNT = 2_000
AIM = 3.0
"""Each claim has a card or a place in a message, is sealed, and its order follows it."""


async def main() -> None:
    """Prints the ratio and the calls."""
    async with shop() as made:
        store = (await made.add_stores(1))[0]
        for order in made.tmon.new_orders(store.seller_id, COUNT):
            made.tmon.move_to(order.order_no, "D5")
            buyer_claims(made.tmon, "R", order.order_no)
        floor = await _floor(made, store)
        first, taken = await _run(made, store)
        async with made.db.read() as session:
            stored = await session.scalar(select(func.count()).select_from(Claim))
        assert stored == COUNT, stored
        again, quiet = await _run(made, store)
        print(f"(e) {COUNT} claims: floor {COUNT / floor:,.0f}/s, bot {COUNT / taken:,.0f}/s,", end=" ")
        print(f"ratio {taken / floor:.2f} (aim {AIM}); HTTP included in both")
        print(f"(f) calls of that run: {first}; of the next one, {quiet:.2f} s: {again}")


async def _run(made: Shop, store: Store) -> tuple[str, float]:
    before = len(made.tmon.calls)
    begin = time.perf_counter()
    await made.bot.services[Coordinator].collect_now(store.team_id, store.id, CLAIMS, None)
    taken = time.perf_counter() - begin
    return names_of_calls(made, before), taken


async def _floor(made: Shop, store: Store) -> float:
    """Seconds for the same answers fetched, parsed as JSON and put into the same table, with nothing sealed."""
    now = system_clock()
    async with plain_client(made, store) as client:
        begin = time.perf_counter()
        claims: list[dict[str, Any]] = []
        page, more = 1, True
        while more:
            answer = await client.get(
                "refunds/search",
                params={
                    "startDate": f"{(now - timedelta(days=7)).astimezone(KST):%Y-%m-%dT%H:%M:%S}",
                    "endDate": f"{now.astimezone(KST):%Y-%m-%dT%H:%M:%S}",
                    "claimStatus": "C1",
                    "page": str(page),
                },
            )
            document = json.loads(answer.content)
            claims += document["items"]
            page, more = page + 1, document["hasNext"]
    rows = [
        {
            "team_id": store.team_id,
            "store_id": "floor",
            "kind": ClaimKind.RETURN,
            "claim_no": claim["claimNo"],
            "order_no": claim["tmonOrderNo"],
            "status": claim["claimStatus"],
            "requested_at": now,
            "goods": claim["claimDeals"],
            "holding": False,
            "has_pictures": False,
            "claimant_unreadable": False,
            "act_unknown": False,
            "not_offered": False,
            "has_card": False,
            "first_seen_at": now,
            "read_at": now,
            "updated_at": now,
        }
        for claim in claims
    ]
    async with made.db.write() as session:
        await session.execute(insert(Claim), rows)
    taken = time.perf_counter() - begin
    async with made.db.write() as session:
        await session.execute(delete(Claim).where(col(Claim.store_id) == "floor"))
    return taken


if __name__ == "__main__":
    asyncio.run(main())
