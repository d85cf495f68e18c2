"""A stop brings what is under way to its end."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot import runtime
from bot.keys import fingerprints
from bot.playground.slack import SlackCall
from bot.playground.tmon import PlacedOrder
from bot.runtime import DRAIN_SECONDS, ShutdownSignal, running_bot
from handlers.orders.ids import OrderAction
from tests.flows.cards import action, card_of, shows
from tests.flows.crash_process import run_bot
from tests.flows.process import FORKS, START_SECONDS, Outside
from tests.flows.world import World, until
from tmon.feature import MINUTE
from tmon.models.collection import SyncState
from tmon.models.orders import OrderState
from tmon.models.processes import Chore
from tmon.models.stores import Store
from tmon.processes import known


async def last_success(world: World) -> datetime | None:
    async with world.db.read() as session:
        moment: datetime | None = await session.scalar(select(col(SyncState.last_success_at)))
    return moment


async def test_a_collection_under_way_ends_before_the_process(world: World) -> None:
    await world.add_store()
    world.tmon.faults.slow_seconds = 0.2
    settings = world.settings.model_copy(update={"http_port": 0})
    async with running_bot(settings, world.clock, ShutdownSignal()):
        await until(lambda: world.tmon.calls, 10)
        assert await last_success(world) is None
        asked = time.monotonic()
    assert time.monotonic() - asked < DRAIN_SECONDS
    assert await last_success(world) == world.clock()


async def pressed(outside: Outside) -> tuple[Store, PlacedOrder, float]:
    """A confirmation whose first write is under way when the process is asked to stop; how long the stop took."""
    store = await outside.add_store()
    order = outside.tmon.new_order(store.seller_id, deals=2)
    outside.child = await outside.start()
    await until(lambda: len(outside.slack.calls_of("chat.postMessage")) == 1, 10)
    await outside.rest()
    card = await card_of(outside, store.id, order)
    outside.watch()
    acted = await outside.slack.click(
        outside.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok
    await until(lambda: "orders.confirm" in outside.calls, 10)
    asked = time.monotonic()
    assert await outside.terminate() == 0
    return store, order, time.monotonic() - asked


async def test_a_slow_confirmation_ends_before_the_process(outside: Outside) -> None:
    outside.tmon.faults.slow_seconds, outside.tmon.faults.only = 2, {"orders.confirm"}
    store, order, seconds = await pressed(outside)
    assert seconds < DRAIN_SECONDS
    assert (await outside.order(store, order.order_no)).state is OrderState.CONFIRMED, "it was brought to its end"
    await outside.restart()
    await outside.rest()
    assert [deal.status for deal in order.deals] == ["D2", "D2"]
    assert len(outside.tmon.calls_of("orders.confirm")) == 2
    assert f"<@{outside.owner}>" in shows(await card_of(outside, store.id, order))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it takes real time, and no database has a part in it
async def test_a_confirmation_without_an_end_is_cut_and_settled_at_the_next_start(outside: Outside) -> None:
    outside.tmon.faults.mode, outside.tmon.faults.only = "hang_after_write", {"orders.confirm"}
    store, order, seconds = await pressed(outside)
    assert DRAIN_SECONDS - 1 < seconds < 20
    assert [deal.status for deal in order.deals] == ["D2", "D1"]
    outside.tmon.faults.clear()
    await outside.restart()
    await outside.rest()
    kept = await outside.order(store, order.order_no)
    assert (kept.state, kept.note) == (OrderState.NEW, "orders.note_partial")
    assert "남은 상품 발주확인" in shows(await card_of(outside, store.id, order))


async def test_an_idle_process_stops_at_once(outside: Outside) -> None:
    outside.child = await outside.start()
    await outside.rest()
    asked = time.monotonic()
    assert await asyncio.wait_for(outside.terminate(), 20) == 0
    assert time.monotonic() - asked < 5


def run_impatiently(folder: Path, environment: dict[str, str]) -> None:
    """A bot that ends a second after it was asked to, whatever happens."""
    runtime.END_SECONDS = 1
    run_bot(folder, environment)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # no database has a part in it
async def test_a_process_ends_in_time_while_its_start_waits_for_slack(outside: Outside) -> None:
    answer = asyncio.Event()

    async def hold(call: SlackCall, phase: object) -> None:
        if call.method == "auth.test":
            await answer.wait()

    outside.slack.on_call = hold
    process = FORKS.Process(target=run_impatiently, args=(outside.folder, outside.environment()), daemon=True)
    process.start()
    try:
        await until(lambda: outside.slack.calls_of("auth.test"), START_SECONDS)
        process.terminate()
        await until(lambda: process.exitcode is not None, 15)
        assert process.exitcode == 0
        assert "did not end in time" in outside.log()
    finally:
        answer.set()
        process.kill()


async def ends(world: World) -> dict[str, datetime | None]:
    """When each chore last ended."""
    async with world.db.read() as session:
        found = await session.execute(select(col(Chore.name), col(Chore.done_at)))
        return dict(found.all())


async def wait_for(world: World, condition: Callable[[dict[str, datetime | None]], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition(await ends(world)):  # noqa: ASYNC110 - what is waited for stands in the database
            await asyncio.sleep(0.1)


async def test_a_restart_does_at_once_what_is_frequent_and_the_rest_at_its_time(world: World) -> None:
    settings = world.settings.model_copy(update={"http_port": 0})
    async with running_bot(settings, world.clock, ShutdownSignal()) as bot:
        every = {job.name: job.every for job in bot.jobs if not job.in_each_process}
        await wait_for(world, lambda ended: ended.keys() == every.keys() and None not in ended.values())
        (process,) = await known(world.db)
        assert (process.record.role, process.record.keys) == ("run", fingerprints(settings.fernet_keys()))
    assert await known(world.db) == [], "it has signed off"
    before = await ends(world)
    async with running_bot(settings, world.clock, ShutdownSignal()):
        frequent = {name for name, seconds in every.items() if seconds <= MINUTE}
        await wait_for(world, lambda ended: all(ended[name] != before[name] for name in frequent))
    after = await ends(world)
    assert {name for name in every if after[name] == before[name]} == every.keys() - frequent
    assert {"destroy buyers' data", "forget ended writes", "look for deliveries"} <= every.keys() - frequent
