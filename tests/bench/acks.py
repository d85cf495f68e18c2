"""From a person's press to the acknowledgement, while 100 stores are collected, against a bare Bolt app that does nothing."""

import asyncio
import statistics
from collections.abc import Sequence

from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import Workspace, demo_workspace
from bot.playground.slack import serve as serve_slack
from bot.playground.slack.demo import MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from bot.runtime import freeze_heap
from bot.socket_mode import listening
from tests.bench.shop import Shop, far_tmon, racing_clock, shop
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.stores import Store

STORES = 100
ORDERS_EACH = 50
PRESSES = 300
AIM = 3.0


async def main() -> None:
    """Prints medians, 99th percentiles and their ratio."""
    bare = await _bare()
    async with far_tmon(STORES, ORDERS_EACH) as url, shop(url) as made:
        stores = await made.add_stores(STORES)
        async with listening(made.bot.app, made.slack.app_token):
            await _press(made.slack, 3)
            first = stores[0]
            await made.bot.services[Coordinator].collect_now(first.team_id, first.id, ORDERS, MINJI)
            freeze_heap()
            collecting = asyncio.create_task(_collect_for_ever(made, stores))
            loaded = await _press(made.slack, PRESSES)
            runs = await _stop(collecting)
            await made.bot.guard.drain()
            await made.bot.engine.drain()
    print(f"(a) acks: bare {_told(bare)}, with {STORES} stores collecting {_told(loaded)};", end=" ")
    print(f"p99 ratio {_p99(loaded) / _p99(bare):.2f} (aim {AIM}); {runs} collections ran meanwhile")


async def _bare() -> list[float]:
    slack = demo_workspace(racing_clock())
    server = await serve_slack(slack)
    app = AsyncApp(client=AsyncWebClient(slack.bot_token, server.api_url))

    @app.command("/tmon")
    async def nothing(ack: AsyncAck) -> None:
        await ack()

    async with listening(app, slack.app_token):
        await _press(slack, 3)
        taken = await _press(slack, PRESSES)
    await server.stop()
    return taken


async def _press(slack: Workspace, times: int) -> list[float]:
    taken = []
    for _ in range(times):
        acted = await slack.slash(MINJI, CHANNEL, "/tmon", "help")
        assert acted.ok, acted
        taken.append(acted.elapsed)
        await asyncio.sleep(0.01)
    return taken


async def _collect_for_ever(made: Shop, stores: Sequence[Store]) -> int:
    runs = 0
    try:
        while True:
            for start in range(0, len(stores), 20):
                some = stores[start : start + 20]
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
    asyncio.run(main())
