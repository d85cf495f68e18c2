"""Two processes on one database: each run is one process's, and what a process does that lost its run has no effect.

Those in which a process goes on that others take for gone have the embedded engine on PostgreSQL, too: a job in the queue
waits until the one before it has ended, or its worker is gone.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from bot.playground.tmon import CallPhase, LoggedCall
from tests.flows.cards import reports, runs, told
from tests.flows.orders.collecting import EVERY, again, standing
from tests.flows.world import World, until
from tmon.api import Unavailable
from tmon.collection.coordinator import CollectResult, Coordinator
from tmon.collection.run_claims import RunClaims
from tmon.errors import AppError
from tmon.leases import Claims
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Incident
from tmon.models.stores import Store
from tmon.processes import Process
from tmon.work import Queue


@dataclass
class Held:
    """Holds the calls of a name before they take effect: from the `first` one on so many."""

    world: World
    name: str = "orders.list"
    first: int = 1
    count: int = 1
    asked: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.world.tmon.on_call = self

    async def __call__(self, call: LoggedCall, phase: CallPhase) -> None:
        if call.name != self.name or phase is not CallPhase.RECEIVED:
            return
        self.asked += 1
        if self.first <= self.asked < self.first + self.count:
            await self.released.wait()


def coordinator(world: World) -> Coordinator:
    """The coordinator of a process."""
    return world.bot.services[Coordinator]


def claims(world: World) -> RunClaims:
    """Claims of a process."""
    return RunClaims(world.db, world.bot.services.core.claims)


def now(world: World, store: Store, kind: str = ORDERS) -> "asyncio.Task[CollectResult]":
    """Somebody asks a process to collect."""
    return asyncio.create_task(coordinator(world).collect_now(store.team_id, store.id, kind, world.owner))


async def settle(*worlds: World) -> None:
    """Everything ends in all processes."""
    for world in worlds:
        await world.settle()


async def test_what_is_due_is_collected_by_one_of_them(world: World) -> None:
    stores = [await world.add_store(partner=number) for number in range(2)]
    second = await world.second()
    for _ in range(5):
        for store in stores:
            world.tmon.new_order(store.seller_id)
        calls = len(world.tmon.calls_of("orders.list"))
        await asyncio.gather(*(coordinator(one).tick(ORDERS) for one in (world, second) for _ in range(2)))
        await settle(world, second)
        assert len(world.tmon.calls_of("orders.list")) - calls == 2 * len(stores)
        world.clock.advance(EVERY)
    assert len(await runs(world)) == 5 * len(stores)
    assert len(await world.orders()) == 5 * len(stores)


async def test_two_failures_in_a_row_count_as_two_whoever_has_them(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    world.tmon.faults.mode = "error_500"
    for failures in range(1, world.settings.incident_after_failures + 1):
        await asyncio.gather(coordinator(world).tick(ORDERS), coordinator(second).tick(ORDERS))
        await settle(world, second)
        assert (await standing(world, store)).failures == failures
        world.clock.set((await standing(world, store)).due_at)
    async with world.db.read() as session:
        incidents = select(func.count()).select_from(Incident).where(col(Incident.team_id) == store.team_id)
        assert await session.scalar(incidents) == 1


async def test_two_people_who_ask_at_once_get_the_result_of_one_run(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    second = await world.second()
    held = Held(world)
    asked = [now(world, store), now(second, store)]
    await until(lambda: held.asked and coordinator(world)._awaited and coordinator(second)._awaited)
    held.released.set()
    results = await asyncio.gather(*asked)
    assert [result.counts for result in results] == [{"new": 1}, {"new": 1}]
    assert len(world.tmon.calls_of("orders.list")) == 2
    assert len(await runs(world)) == 1


async def test_who_asks_waits_for_the_run_of_another_process(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    second = await world.second()
    held = Held(world)
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked)
    asked = now(second, store)
    done, _ = await asyncio.wait({asked}, timeout=1)
    assert not done
    held.released.set()
    assert (await asked).counts == {"new": 1}
    assert len(world.tmon.calls_of("orders.list")) == 2


async def test_why_the_run_of_another_process_failed_is_said_as_well(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    held = Held(world)
    first = now(world, store)
    await until(lambda: held.asked)
    world.tmon.faults.mode = "error_500"
    asked = now(second, store)
    await until(lambda: coordinator(second)._awaited)  # it waits for the run of the other
    held.released.set()
    assert isinstance((await first).error, Unavailable)
    result = await asked
    assert isinstance(result.error, Unavailable)
    assert (await standing(world, store)).failures == 1


async def test_a_run_that_takes_very_long_is_said_to_be_under_way(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    held = Held(world)
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked)
    asked = now(second, store)
    await until(lambda: coordinator(second)._awaited)  # its patience begins
    for _ in range(6):
        await asyncio.wait({asked}, timeout=0.2)
        world.clock.advance(timedelta(minutes=1))
    with pytest.raises(AppError, match=r"collect\.still_under_way") as raised:
        await asked
    assert raised.value.values == {"store": store.name}
    held.released.set()
    await settle(world, second)
    assert (await standing(world, store)).last_success_at is not None, "the run went on"


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_wish_that_cannot_be_stored_in_time_comes_to_nothing_and_says_so(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    other, asked = await world.second(), len(world.tmon.calls_of("orders.list"))
    for one in (world, other):
        one.bot.guard.press_seconds = 3
    async with world.db.write() as session:
        await session.execute(select(SyncState).with_for_update())
        acted = await world.slack.slash(world.owner, world.channel("주문").id, "/tmon", "collect orders")
        assert acted.ok
    for one in (world, other):
        await one.bot.guard.drain()
    await settle(world, other)
    assert "저장소가 바빠" in told(world, world.owner, world.channel("주문").id)[-1]
    assert len(world.tmon.calls_of("orders.list")) == asked


async def test_a_wish_is_stored_before_it_is_acknowledged_and_waits_for_the_run_that_is_under_way(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    other = await world.second()
    held = Held(world)
    for _ in range(2):
        acted = await world.slack.slash(world.owner, world.channel("주문").id, "/tmon", "collect orders")
        assert acted.ok
        assert (await standing(world, store)).claim_token is not None
        await until(lambda: held.asked)
    held.released.set()
    for one in (world, other):
        await one.bot.guard.drain()
    await settle(world, other)
    assert [text for text in told(world, world.owner, world.channel("주문").id) if "저장소가 바빠" in text] == []
    assert len(await runs(world)) == 1


@pytest.mark.embedded
async def test_who_asks_collects_in_the_place_of_a_process_that_is_gone(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    second = await world.second()
    held = Held(world)
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked)
    asked = now(second, store)
    await world.heart_stop()
    assert (await asked).counts == {"new": 1}
    held.released.set()
    await settle(world, second)
    assert len(await world.orders()) == 1


@pytest.mark.embedded
async def test_a_process_that_wakes_up_records_nothing_of_a_run_that_it_lost(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    title = order.deals[0].title
    second = await world.second()
    held = Held(world, first=2)  # the first list has been read, with the old title
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked == 2)
    order.deals[0].title = f"{title} 2"
    await world.heart_stop()
    await second.collect()
    recorded = await standing(world, store)
    assert recorded.claim_token is None
    held.released.set()
    await settle(world, second)
    assert (await world.order(store, order.order_no)).title == f"{title} 2"
    assert await standing(world, store) == recorded
    assert len(await runs(world)) == 1
    assert len(await reports(world)) <= 1


@pytest.mark.embedded
async def test_a_process_that_wakes_up_does_not_count_its_failure(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    held = Held(world)
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked)
    world.tmon.faults.mode = "error_500"
    await world.heart_stop()
    await second.collect()
    held.released.set()
    await settle(world, second)
    assert (await standing(world, store)).failures == 1


@pytest.mark.embedded
async def test_a_claim_is_over_after_ten_minutes_though_its_process_lives(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    held = Held(world)
    await coordinator(world).tick(ORDERS)
    await until(lambda: held.asked)
    for minutes, calls in ((9, 1), (2, 3)):
        world.clock.advance(timedelta(minutes=minutes))
        await coordinator(world).tick(ORDERS)  # who carries the run out does not begin it again
        await second.collect()
        assert held.asked == calls
    held.released.set()
    await settle(world, second)
    assert (await standing(world, store)).claim_token is None


async def test_what_a_process_remembers_of_a_store_does_not_hold_after_anothers_run(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    title = order.deals[0].title
    second = await world.second()
    await world.collect()
    order.deals[0].title = f"{title} 2"
    await again(second)
    assert (await world.order(store, order.order_no)).title == f"{title} 2"
    order.deals[0].title = title
    await again(world)
    assert (await world.order(store, order.order_no)).title == title


async def test_a_task_that_is_carried_out_twice_runs_once(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    key = (store.team_id, store.id, ORDERS)
    async with world.db.write() as session:
        token = await claims(world).take(session, key, world.clock())
    assert token is not None
    await asyncio.gather(
        *(coordinator(one).carry_out(Queue.COLLECT, *key, token, None) for one in (world, second, world))
    )
    assert len(world.tmon.calls_of("orders.list")) == 2


async def test_what_a_person_asks_for_goes_ahead_of_what_waits_for_its_turn(world: World) -> None:
    for name in (f"st_{n}" for n in range(12)):
        await world.add_store(id=name, seller_id=name, name=name, name_key=name)
    hanging, release = set[str | None](), asyncio.Event()

    async def hang(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.list" and phase is CallPhase.RECEIVED and str(call.partner_id).startswith("st_"):
            hanging.add(call.partner_id)
            await release.wait()

    world.tmon.on_call = hang
    await coordinator(world).tick(ORDERS)
    store = await world.add_store()
    await coordinator(world).tick(ORDERS)
    await until(lambda: len(hanging) == 8)
    try:
        async with asyncio.timeout(20):
            assert (await now(world, store)).error is None
        assert len(hanging) == 8
    finally:
        release.set()
    await world.settle()
    assert len([call for call in world.tmon.calls_of("orders.list") if call.partner_id == store.seller_id]) == 2


async def test_a_run_that_could_not_be_recorded_is_repeated_with_the_next_tick(world: World) -> None:
    store = await world.add_store()
    second = await world.second()
    key = (store.team_id, store.id, ORDERS)
    held = claims(world)
    async with world.db.write() as session:
        token = await held.take(session, key, world.clock())
    await second.collect()
    assert list(world.tmon.calls) == []
    held.left.add(str(token))
    await held.release_left()
    await second.collect()
    assert len(world.tmon.calls_of("orders.list")) == 2


async def test_after_a_restart_what_was_under_way_is_collected_at_once(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    killed = Process(world.db)
    await killed.begin(alone=False)
    under_way = RunClaims(world.db, Claims(world.db, killed))
    key = (store.team_id, store.id, ORDERS)
    async with world.db.write() as session:
        token = await under_way.take(session, key, world.clock())
    assert await under_way.begin(key, str(token), lambda _: True) is not None
    await world.collect()
    assert list(world.tmon.calls) == []
    await world.restart()
    await world.collect()
    assert len(await world.orders()) == 1
