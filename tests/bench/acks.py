"""From a person's press to the acknowledgement, while 100 stores are collected, against a bare Bolt app that does nothing.

Over a socket and over HTTP. Slack and TMON are processes of their own: what is measured is how long the bot takes to answer
while it has all this to do, not how long a Slack in the same process waits for its turn. Bare Bolt and the bot take turns,
so that what else the machine does meets both.
"""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.logs import configure
from bot.manifest import EVENTS
from bot.playground.slack.demo import MINJI
from bot.runtime import freeze_heap, let_threads_give_way, share_one_arena
from bot.socket_mode import listening
from bot.web import SlackRequests
from tests.bench.far_slack import PressingSlack, far_slack
from tests.bench.shop import Shop, far_tmon, shop
from tmon.clock import system_clock
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.stores import Store

STORES = 100
ORDERS_EACH = 50
AT_ONCE = 20
ROUNDS, PRESSES = 3, 150
AIM = 1.5


async def main() -> None:
    """Prints medians, 99th percentiles and their ratio, for both ways."""
    share_one_arena()
    let_threads_give_way()
    async with far_tmon(STORES, ORDERS_EACH) as url:
        for over_http in (False, True):
            bare: list[float] = []
            loaded: list[float] = []
            runs = 0
            for _ in range(ROUNDS):
                bare += await _bare(over_http=over_http)
                taken, ran = await _loaded(url, over_http=over_http)
                loaded += taken
                runs += ran
            print(f"(a) acks over {'HTTP' if over_http else 'a socket'}: bare {_told(bare)},", end=" ")
            print(f"with {STORES} stores collecting {_told(loaded)};", end=" ")
            print(f"p99 ratio {_p99(loaded) / _p99(bare):.2f} (aim {AIM}); {runs} collections ran meanwhile")


async def _bare(*, over_http: bool) -> list[float]:
    async with far_slack() as slack:
        client = AsyncWebClient(slack.bot_token, slack.api_url + "/")
        app = AsyncApp(client=client, signing_secret=slack.signing_secret)

        @app.command("/tmon")
        async def nothing(ack: AsyncAck) -> None:
            await ack()

        async def bolt(request: web.Request) -> web.Response:
            return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

        async with _connected(slack, app, [web.post(EVENTS, bolt)] if over_http else []):
            await slack.press(3)
            return await slack.press(PRESSES)


async def _loaded(tmon_url: str, *, over_http: bool) -> tuple[list[float], int]:
    async with far_slack() as slack, shop(tmon_url, slack) as made:
        stores = await made.add_stores(STORES)
        requests = SlackRequests(made.bot.app, slack.signing_secret, 512_000, system_clock)
        async with _connected(slack, made.bot.app, requests.routes() if over_http else []):
            await slack.press(3)
            first = stores[0]
            await made.bot.services[Coordinator].collect_now(first.team_id, first.id, ORDERS, MINJI)
            freeze_heap()
            collecting = asyncio.create_task(_collect_for_ever(made, stores))
            taken = await slack.press(PRESSES)
            runs = await _stop(collecting)
            await made.bot.guard.drain()
            await made.bot.engine.drain()
    return taken, runs


def _connected(
    slack: PressingSlack, app: AsyncApp, routes: Sequence[web.RouteDef]
) -> AbstractAsyncContextManager[object]:
    return _served(slack, routes) if routes else listening(app, slack.app_token)


@asynccontextmanager
async def _served(slack: PressingSlack, routes: Sequence[web.RouteDef]) -> AsyncIterator[None]:
    site = web.Application()
    site.add_routes(routes)
    runner = web.AppRunner(site, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await slack.use(f"http://127.0.0.1:{runner.addresses[0][1]}{EVENTS}")
    try:
        yield
    finally:
        await runner.cleanup()


async def _collect_for_ever(made: Shop, stores: Sequence[Store]) -> int:
    runs = 0
    try:
        while True:
            for start in range(0, len(stores), AT_ONCE):
                some = stores[start : start + AT_ONCE]
                await asyncio.gather(
                    *(
                        made.bot.services[Coordinator].collect_now(store.team_id, store.id, ORDERS, MINJI)
                        for store in some
                    )
                )
                runs += len(some)
    except asyncio.CancelledError:
        return runs


async def _stop(task: "asyncio.Task[int]") -> int:
    task.cancel()
    return await task


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100)[98]


def _told(taken: list[float]) -> str:
    return f"median {statistics.median(taken) * 1000:.1f} ms, p99 {_p99(taken) * 1000:.1f} ms"


if __name__ == "__main__":
    configure("ERROR", "console")
    asyncio.run(main())
