"""Memory of the bot with 10, 100 and 1,000 stores that were all collected once (no order in them)."""

import asyncio
import gc
import tracemalloc
from collections.abc import Sequence

from bot.playground.slack.demo import MINJI
from tests.bench.shop import Shop, far_tmon, shop
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS


async def main() -> None:
    """Prints kilobytes, and what a store adds."""
    sizes = {}
    for count in (10, 100, 1000):
        async with far_tmon(count, 0) as url, shop(url) as made:
            stores = await made.add_stores(count)
            places = [(store.team_id, store.id) for store in stores]
            del stores
            await _collect(made, places[:10])
            gc.collect()
            tracemalloc.start()
            await _collect(made, places)
            gc.collect()
            sizes[count] = tracemalloc.get_traced_memory()[0] / 1024
            tracemalloc.stop()
    each = (sizes[1000] - sizes[10]) / 990
    print(f"(c) kept after collecting: {', '.join(f'{n} stores {kb:,.0f} kB' for n, kb in sizes.items())};", end=" ")
    print(f"{each:.2f} kB per store (aim: a few)")


async def _collect(made: Shop, places: Sequence[tuple[str, str]]) -> None:
    collect = made.bot.services[Coordinator].collect_now
    for start in range(0, len(places), 20):
        await asyncio.gather(*(collect(*place, ORDERS, MINJI) for place in places[start : start + 20]))


if __name__ == "__main__":
    asyncio.run(main())
