"""A shop with 1,000,000 old orders against one without any, in the same run and in turn; and what goes through them daily.

`python -m tests.bench.history`, with `--postgresql` on a server of its own; `--orders 100000` for a first look.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from cryptography.fernet import Fernet
from sqlalchemy import make_url, text

from bot.db import migrate
from bot.logs import configure
from bot.playground.slack.model import Message
from tests.bench.measuring import watched
from tests.bench.shop import NoLimits
from tests.clock import MovableClock
from tests.databases import OwnServer
from tests.flows.cards import press
from tests.flows.home.tab import opened
from tests.flows.world import World, world_on
from tests.old_orders import add_old_orders, add_orders_on_their_way
from tmon.clock import system_clock
from tmon.collection.coordinator import Coordinator
from tmon.feature import MINUTE
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.models.workspaces import Workspace
from tmon.orders import retention
from tmon.orders.cards import order_key
from tmon.orders.order_list import OrderLists, Scope, Shown
from tmon.privacy import chain
from tmon.reports.periods import Span, korean_day, period_of
from tmon.reports.service import ReportService
from tmon.workspaces.destruction import destroy_now

STORES, DUE, OPEN = 3, 20_000, 20_000
ROUNDS, WARM_UP = 15, 3
AIM = 1.2
NEWEST, OPEN_SINCE = timedelta(days=100), timedelta(days=1)
APART, OPEN_APART = timedelta(seconds=45), timedelta(minutes=3)


async def main(options: argparse.Namespace) -> None:
    """Prints milliseconds, their ratios, and pieces."""
    async with _databases(postgresql=options.postgresql) as urls, AsyncExitStack() as stack:
        shops = [await _shop(stack, url) for url in urls]
        world, stores = shops[1]
        begin = time.perf_counter()
        await add_old_orders(
            world.db, stores, options.orders, world.clock() - NEWEST, apart=APART, due=min(DUE, options.orders // 10)
        )
        print(f"(h) {options.orders:,} old orders on {world.db.engine.dialect.name}", end=" ", flush=True)
        print(f"written in {time.perf_counter() - begin:.0f} s", flush=True)
        if options.postgresql:
            async with world.db.engine.connect() as connection:
                await connection.execute(text("SET statement_timeout = 0"))
                await connection.execute(text("ANALYZE"))
                await connection.commit()
        async with watched(world.db) as pieces:
            await chain.extend(world.db, world.slack.team_id)
        print(f"    the audit chain taken up: {pieces}", flush=True)
        await _compare(shops)
        await _daily(world, stores)


@asynccontextmanager
async def _databases(*, postgresql: bool) -> AsyncIterator[list[str]]:
    """The URLs of two empty databases."""
    with TemporaryDirectory() as name:
        urls = []
        server = OwnServer() if postgresql else None
        try:
            for which in ("without", "with"):
                if server is None:
                    folder = Path(name) / which
                    folder.mkdir(mode=0o700)
                    urls.append(f"sqlite+aiosqlite:///{folder}/bench.db")
                else:
                    plain = make_url(server.url).set(drivername="postgresql")
                    connection = await asyncpg.connect(plain.render_as_string(hide_password=False))
                    await connection.execute(f'CREATE DATABASE "{which}"')
                    await connection.close()
                    urls.append(make_url(server.url).set(database=which).render_as_string(hide_password=False))
                await migrate(urls[-1])
            yield urls
        finally:
            if server is not None:
                server.close()


async def _shop(stack: AsyncExitStack, url: str) -> tuple[World, list[Store]]:
    clock = MovableClock(system_clock())
    world = await stack.enter_async_context(world_on(url, Fernet.generate_key().decode(), clock))
    world.slack.rates = NoLimits(clock)
    return world, [await world.add_store(partner=number) for number in range(STORES)]


async def _compare(shops: Sequence[tuple[World, list[Store]]]) -> None:
    """Does the same in both shops in turn."""
    taken: list[dict[str, list[float]]] = [{}, {}]
    for number in range(WARM_UP + ROUNDS):
        for found, (world, stores) in zip(taken, shops, strict=True):
            for name, run in (await _tasks(world, stores, number)).items():
                begin = time.perf_counter()
                await run()
                if number >= WARM_UP:
                    found.setdefault(name, []).append(time.perf_counter() - begin)
            world.clock.advance(timedelta(minutes=1))
    for name, without in taken[0].items():
        before, after = (statistics.median(one) * 1000 for one in (without, taken[1][name]))
        print(
            f"    {name}: {before:.1f} ms without, {after:.1f} ms with, ratio {after / before:.2f} (aim {AIM})",
            flush=True,
        )


async def _tasks(world: World, stores: Sequence[Store], number: int) -> Mapping[str, Callable[[], Awaitable[object]]]:
    """What is done in a round, in this order."""
    store = stores[number % len(stores)]
    team_id, ids = store.team_id, tuple(one.id for one in stores)
    services, user = world.bot.services, world.owner
    order = world.tmon.new_order(store.seller_id)
    await services[Coordinator].collect_now(team_id, store.id, ORDERS, None)
    await world.settle()
    card = await _card(world, store, order.order_no)

    async def tick() -> None:
        for job in world.bot.jobs:
            if job.every <= MINUTE and not job.in_each_process:
                await job.run()

    async def collect() -> None:
        await services[Coordinator].collect_now(team_id, store.id, ORDERS, None)

    async def confirm() -> None:
        await press(world, user, card)

    period = period_of(Span.WEEK, korean_day(world.clock()))
    return {
        "tick: all chores of a minute": tick,
        "collection that finds nothing new": collect,
        "press, until its card is drawn": confirm,
        "list of what is to be shipped": lambda: services[OrderLists].page(Scope(team_id, ids, Shown.TO_SHIP), 0),
        "list of what waits": lambda: services[OrderLists].page(Scope(team_id, ids), 0),
        "home tab": lambda: opened(world, user),
        "report of a week": lambda: services[ReportService].report(team_id, ids, period),
    }


async def _card(world: World, store: Store, order_no: int) -> Message:
    async with world.db.read() as session:
        row = await session.get_one(OutboxMessage, (store.team_id, order_key(store.id, order_no)))
    return next(one for one in world.posts(store.channel_id) if one.ts == row.ts)


async def _daily(world: World, stores: Sequence[Store]) -> None:
    """What goes through the orders by the hour or the day: how long, in how many pieces, and what it keeps others from."""
    first, team_id, core = stores[0], stores[0].team_id, world.bot.services.core

    async def destroy() -> None:
        async with world.db.read() as session:
            await retention.amount(session, world.clock(), core.options.personal_data_days)
        await retention.destroy_due(world.db, world.clock, core.options.personal_data_days)

    async def leave() -> None:
        async with world.db.write() as session:
            (await session.get_one(Workspace, team_id)).gone_at = world.clock()
        await destroy_now(core, team_id)

    async def look() -> None:
        await world.run_job("look for deliveries")

    await add_orders_on_their_way(world.db, first, OPEN, world.clock() - OPEN_SINCE, OPEN_APART)
    for name, run in (
        ("the audit chain verified", lambda: chain.verify(world.db, team_id)),
        (f"a look for {OPEN:,} deliveries", look),
        ("the hash of recipients and the clocks on cards", lambda: _minute(world)),
        (f"{DUE:,} buyers' data destroyed", destroy),
        (f"a workspace destroyed, {OPEN:,} buyers' data in one store", leave),
    ):
        async with watched(world.db) as pieces:
            await run()
        print(f"    {name}: {pieces}", flush=True)


async def _minute(world: World) -> None:
    for name in ("hash recipients", "draw passed clocks", "remind"):
        await world.run_job(name)


if __name__ == "__main__":
    configure("ERROR", "console")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    parser.add_argument("--postgresql", action="store_true")
    asyncio.run(main(parser.parse_args()))
