"""`python -m tests.bench.far_tmon STORES ORDERS`: a TMON with sellers for a bench; prints its address."""

import asyncio
import sys

from bot.playground.tmon import DEMO_VENDOR, Sandbox, serve
from tests.bench.shop import bench_partner


async def main(stores: int, orders: int) -> None:
    """Serves until killed."""
    sandbox = Sandbox()
    sandbox.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    for number in range(stores):
        partner = bench_partner(number)
        sandbox.partners[partner.partner_id] = partner
        sandbox.new_orders(partner.partner_id, orders)
    server = await serve(sandbox)
    print(server.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
