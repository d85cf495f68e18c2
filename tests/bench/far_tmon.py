"""`python -m tests.bench.far_tmon STORES ORDERS`: a TMON with sellers for a bench; prints its address.

Lists of orders are put together from texts that were prepared at the start: the sandbox itself encrypts the buyer of each
order anew for each answer, which would be measured as the bot's time.
"""

import asyncio
import json
import sys

from aiohttp import web
from multidict import MultiDict

from bot.playground.tmon import DEMO_VENDOR, Sandbox
from bot.playground.tmon.models import PlacedOrder
from bot.playground.tmon.routes.orders import order_document
from bot.playground.tmon.routes.queries import window
from bot.playground.tmon.routes.request import AuthorizedRequest, Route
from bot.playground.tmon.server import TmonServer
from tests.bench.shop import bench_partner


class PreparedTmon(TmonServer):
    """Answers `GET /orders` from prepared texts, all else like the sandbox. Orders stay as they are in the lists."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox)
        self._runner.app.router.add_get("/calls", self._calls)
        self._texts = {
            order.order_no: self._text(order, partner_id)
            for partner_id, partner in sandbox.partners.items()
            for order in partner.orders
        }

    async def _calls(self, _: web.Request) -> web.Response:
        """`GET /calls`: the names of all calls there were."""
        return web.json_response([call.name for call in self.sandbox.calls if call.name != "unknown"])

    def _text(self, order: PlacedOrder, partner_id: str) -> str:
        partner = self.sandbox.partners[partner_id]
        request = AuthorizedRequest(DEMO_VENDOR, partner, {}, MultiDict(), None, self.sandbox.clock())
        return json.dumps(order_document(order, request), ensure_ascii=False, separators=(",", ":"))

    def _act(self, route: Route, request: web.Request) -> web.Response:
        if route.name != "orders.list":
            return super()._act(route, request)
        partner = self.sandbox.partners[request.headers["X-Partner-Id"]]
        start, end = window(
            AuthorizedRequest(self._vendor(request), partner, {}, request.query, None, self.sandbox.clock()),
            rested=True,
        )
        status = request.query["deliveryStatus"]
        found = (
            self._texts[order.order_no]
            for order in partner.orders
            if start <= order.ordered_at <= end and any(deal.status == status for deal in order.deals)
        )
        return web.Response(text=f"[{','.join(found)}]", content_type="application/json")


async def main(stores: int, orders: int) -> None:
    """Serves until killed."""
    sandbox = Sandbox()
    sandbox.vendors[DEMO_VENDOR.client_id] = DEMO_VENDOR
    for number in range(stores):
        partner = bench_partner(number)
        sandbox.partners[partner.partner_id] = partner
        sandbox.new_orders(partner.partner_id, orders)
    server = PreparedTmon(sandbox)
    await server.start("127.0.0.1", 0)
    print(server.url, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
