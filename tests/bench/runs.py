"""What collecting costs with 1,000 stores: processor time of a run in which nothing is new, and the memory of the process."""

import asyncio
import os
import time

from bot.logs import configure
from bot.playground.slack.demo import MINJI
from bot.runtime import share_one_arena
from tests.bench.shop import far_tmon, shop
from tests.bench.soak import resident
from tmon.collection.coordinator import Coordinator
from tmon.models.stores import ApiGroup

STORES = 1_000
AT_ONCE = 20
AIM_MB = 300
LONGEST = 600
"""Seconds between two runs of the kinds that matter."""
SWITCHED_ON_BY_HAND = {ApiGroup.STOCK}


async def main() -> None:
    """Prints milliseconds, the share of a core with the default intervals, and megabytes."""
    share_one_arena()
    async with far_tmon(STORES, 0) as url, shop(url) as made:
        stores = await made.add_stores(STORES)
        coordinator = made.bot.services[Coordinator]
        kinds = [
            kind
            for kind, spec in coordinator.specs.items()
            if spec.interval.total_seconds() <= LONGEST and spec.switch not in SWITCHED_ON_BY_HAND
        ]
        taken = {}
        for kind in kinds:
            begin = time.process_time()
            for start in range(0, STORES, AT_ONCE):
                some = stores[start : start + AT_ONCE]
                await asyncio.gather(*(coordinator.collect_now(s.team_id, s.id, kind, MINJI) for s in some))
            taken[kind] = (time.process_time() - begin) / STORES
        seconds = sum(STORES * taken[kind] / coordinator.specs[kind].interval.total_seconds() for kind in kinds)
    told = ", ".join(f"{kind} {each * 1000:.1f}" for kind, each in taken.items())
    print(
        f"(i) {STORES} stores: ms of processor time per run: {told}; {seconds:.0%} of a core at the default intervals;",
        end=" ",
    )
    print(f"{resident(os.getpid()):.0f} MB (aim {AIM_MB})")


if __name__ == "__main__":
    configure("ERROR", "console")
    asyncio.run(main())
