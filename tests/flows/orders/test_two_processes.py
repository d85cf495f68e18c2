"""Two processes of one deployment on one database: each order is confirmed, counted and shown once."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.playground.slack import SlackCall, SlackCallPhase
from bot.playground.slack.demo import CS
from bot.playground.tmon import CallPhase, LoggedCall
from handlers.orders.ids import OrderAction
from tests.flows.cards import action, posted, told
from tests.flows.orders.pressing import one_order
from tests.flows.world import World, until
from tmon.errors import AppError, RepeatedPress
from tmon.incidents.service import IncidentService
from tmon.models.orders import Order, OrderBatch, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import Store
from tmon.orders.cards import batch_key
from tmon.orders.collector import OrderCollector
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.moving import move_waiting
from tmon.orders.recovery import ConfirmationRecovery
from tmon.orders.transitions import ConfirmationResult

pytestmark = pytest.mark.storage

PATIENCE = timedelta(seconds=6)
"""After so long an order that nobody works on is one that was left behind."""
SLOW_COMMIT = (
    "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.2); RETURN NULL; END $$",
    "CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
    " WHEN (NEW.state = 'confirming' AND OLD.state = 'new') EXECUTE FUNCTION slow()",
)
"""The transaction of a press takes 1.2 s to be committed."""


class Gate:
    """Keeps calls of one name waiting at TMON until it is opened, and counts those that came."""

    def __init__(self, world: World, name: str, *, phase: CallPhase = CallPhase.RECEIVED, most: int = 1) -> None:
        """`most`: calls after that many pass."""
        self._name, self._phase, self._most = name, phase, most
        self.came = 0
        self._opened = asyncio.Event()
        world.tmon.on_call = self._called

    async def _called(self, call: LoggedCall, phase: CallPhase) -> None:
        if call.name == self._name and phase is self._phase:
            self.came += 1
            if self.came <= self._most:
                await self._opened.wait()

    async def reached(self, calls: int = 1) -> None:
        """Wait until so many calls have come."""
        await until(lambda: self.came >= calls)

    def open(self) -> None:
        """Let them pass."""
        self._opened.set()


def press(world: World, order: Order, user: str | None = None) -> asyncio.Task[ConfirmationResult]:
    """발주확인 in the process of `world`."""
    service = world.bot.services[ConfirmationService]
    return asyncio.create_task(service.confirm(order.team_id, order.store_id, order.order_no, user or world.owner))


async def recover(world: World) -> None:
    """What the process of `world` does every few seconds."""
    await world.bot.services[ConfirmationRecovery]()


def sent(world: World) -> list[int]:
    """The deals of which TMON was told that they are confirmed, once for each time."""
    return [call.body["tmonDealNo"] for call in world.tmon.calls_of("orders.confirm") if isinstance(call.body, dict)]


async def test_an_order_that_waits_for_tmon_is_left_to_the_process_that_confirms_it(world: World) -> None:
    store, placed, _ = await one_order(world)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    gate = Gate(world, "orders.confirm")
    pressed = press(world, order)
    await gate.reached()
    world.clock.advance(PATIENCE)
    await recover(other)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMING
    with pytest.raises(AppError, match="being_confirmed"):
        await press(other, order, "U0OTHER")
    gate.open()
    assert (await pressed).state is OrderState.CONFIRMED
    assert len(sent(world)) == 1
    kept = await world.order(store, order.order_no)
    assert (kept.claim_token, kept.claim_owner, kept.claimed_until) == (None, None, None)


async def test_of_two_presses_in_two_processes_one_confirms(world: World) -> None:
    store, placed, _ = await one_order(world, deals=3)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    ended = await asyncio.gather(press(world, order), press(other, order, "U0OTHER"), return_exceptions=True)
    assert sorted(type(one).__name__ for one in ended) == ["AppError", "ConfirmationResult"]
    assert sorted(sent(world)) == sorted(deal.deal_no for deal in placed.deals)


async def test_the_same_press_in_two_processes_is_a_repeated_one(world: World) -> None:
    store, placed, _ = await one_order(world)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    ended = await asyncio.gather(press(world, order), press(other, order), return_exceptions=True)
    assert any(isinstance(one, RepeatedPress) for one in ended)
    assert len(sent(world)) == 1


async def test_a_process_that_stood_still_before_its_write_sends_nothing_any_more(world: World) -> None:
    store, placed, _ = await one_order(world)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    gate = Gate(world, "orders.get")
    pressed = press(world, order)
    await gate.reached()
    await world.heart_stop()
    world.clock.advance(PATIENCE)
    await recover(other)
    given_back = await world.order(store, order.order_no)
    assert (given_back.state, given_back.note) == (OrderState.NEW, "orders.note_interrupted")
    gate.open()
    assert (await pressed).state is OrderState.NEW
    assert sent(world) == []
    assert (await press(other, order, "U0OTHER")).state is OrderState.CONFIRMED
    assert len(sent(world)) == 1


async def test_a_process_that_stood_still_between_two_deals_leaves_the_rest_to_others(world: World) -> None:
    store, placed, _ = await one_order(world, deals=2)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    gate = Gate(world, "orders.confirm")
    pressed = press(world, order)
    await gate.reached()
    await world.heart_stop()
    world.clock.advance(PATIENCE)
    await recover(other)
    assert (await world.order(store, order.order_no)).note == "orders.note_interrupted"
    gate.open()
    assert (await pressed).state is OrderState.NEW
    assert len(sent(world)) == 1, "the second deal is for whoever presses again"
    assert (await press(other, order, "U0OTHER")).state is OrderState.CONFIRMED
    assert sorted(sent(world)) == sorted(deal.deal_no for deal in placed.deals)


async def test_a_confirmation_that_took_effect_late_counts_whoever_took_the_order_over(world: World) -> None:
    store, placed, _ = await one_order(world)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    gate = Gate(world, "orders.confirm")
    pressed = press(world, order)
    await gate.reached()
    await world.heart_stop()
    world.clock.advance(PATIENCE)
    await recover(other)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    gate.open()
    assert (await pressed).state is OrderState.CONFIRMED
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, world.owner)
    assert len(sent(world)) == 1


async def in_doubt(world: World) -> Order:
    """An order of which TMON took the confirmation, and nobody got the answer."""
    store, placed, _ = await one_order(world)
    async with world.db.write() as session:
        row = await session.get_one(Order, (store.team_id, store.id, placed.order_no))
        row.state, row.note = OrderState.UNKNOWN, "orders.note_unknown"
        row.pending_by, row.pending_since = world.owner, world.clock()
    for deal in placed.deals:
        deal.status = "D2"
    world.clock.advance(PATIENCE)
    return row


async def stands(world: World, order: Order) -> Order:
    """An order as it stands now."""
    async with world.db.read() as session:
        return await session.get_one(Order, (order.team_id, order.store_id, order.order_no))


async def test_two_recoveries_never_ask_about_the_same_order(world: World) -> None:
    order = await in_doubt(world)
    other = await world.second()
    gate = Gate(world, "orders.get", most=2)
    first = asyncio.create_task(recover(world))
    await gate.reached()
    world.clock.advance(PATIENCE * 2)
    await recover(other)
    assert gate.came == 1
    gate.open()
    await first
    assert (await stands(world, order)).state is OrderState.CONFIRMED


async def test_a_recovery_whose_process_is_gone_is_taken_over(world: World) -> None:
    order = await in_doubt(world)
    other = await world.second()
    gate = Gate(world, "orders.get")
    first = asyncio.create_task(recover(world))
    await gate.reached()
    await world.heart_stop()
    world.clock.advance(PATIENCE)
    await recover(other)
    assert (await stands(world, order)).state is OrderState.CONFIRMED
    gate.open()
    await first
    kept = await stands(world, order)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, world.owner)


async def test_how_long_tmon_is_left_alone_about_an_order_holds_for_all_processes(world: World) -> None:
    order = await in_doubt(world)
    other = await world.second()
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.get"}
    asked = []
    for _ in range(9):
        for one in (world, other):
            await recover(one)
        asked.append((await stands(world, order)).asked_in_vain)
        world.clock.advance(timedelta(seconds=5))
    assert asked == [1, 2, 2, 3, 3, 3, 3, 4, 4], "after 5, 10 and 20 seconds"
    world.tmon.faults.clear()
    world.clock.advance(timedelta(minutes=1))
    await recover(other)
    settled = await stands(world, order)
    assert (settled.state, settled.asked_in_vain, settled.ask_at) == (OrderState.CONFIRMED, 0, None)


async def test_a_second_bulk_confirmation_is_not_ended_by_the_first(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 6)
    await world.collect()
    other = await world.second()
    batch_id = str((await world.orders())[0].batch_id)
    service = world.bot.services[ConfirmationService]
    began = world.clock()
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"orders.get"}
    first = await service.confirm_batch(store.team_id, batch_id, world.owner)
    assert {one.state for one in first} == {OrderState.NEW}
    world.tmon.faults.clear()
    world.clock.advance(timedelta(seconds=1))
    gate = Gate(world, "orders.confirm", most=6)
    second = asyncio.create_task(
        other.bot.services[ConfirmationService].confirm_batch(store.team_id, batch_id, "U0OTHER")
    )
    await gate.reached()
    await service.finish_batch(store.team_id, batch_id, began)
    async with world.db.read() as session:
        assert (await session.get_one(OrderBatch, (store.team_id, batch_id))).pending_by == "U0OTHER"
    gate.open()
    assert {one.state for one in await second} == {OrderState.CONFIRMED}


def collector(world: World, store: Store) -> OrderCollector:
    """A run over the orders of a store in the process of `world`, whoever else runs."""
    services = world.bot.services
    return OrderCollector(services.core, services[IncidentService], services[ConfirmationService], store, None)


@pytest.mark.parametrize("count", [1, 5, 7])
async def test_two_runs_at_once_count_and_show_each_new_order_once(world: World, count: int) -> None:
    store = await world.add_store()
    other = await world.second()
    world.tmon.new_orders(store.seller_id, count)
    gate = Gate(world, "orders.list", phase=CallPhase.ANSWERED, most=4)
    both = collector(world, store), collector(other, store)
    clients = [one.bot.services.core.clients.for_store(store) for one in (world, other)]
    tasks = [asyncio.create_task(run.collect(client, None)) for run, client in zip(both, clients, strict=True)]
    await gate.reached(2)
    gate.open()
    await asyncio.gather(*tasks)
    assert sum(run.counts.get("new", 0) for run in both) == count
    await world.settle()
    cards = [*await posted(world, "order/"), *await posted(world, "batch/")]
    assert len(cards) == (1 if count > 5 else count)
    async with world.db.read() as session:
        assert len((await session.scalars(select(OrderBatch))).all()) == (count > 5)


async def test_a_store_has_one_batch_that_nobody_has_seen(world: World) -> None:
    store = await world.add_store()
    other = await world.second()
    world.tmon.new_orders(store.seller_id, 7)
    await collector(world, store).collect(world.bot.services.core.clients.for_store(store), None)
    world.tmon.new_orders(store.seller_id, 7)
    world.clock.advance(timedelta(minutes=5))
    await collector(other, store).collect(other.bot.services.core.clients.for_store(store), None)
    assert len({order.batch_id for order in await world.orders()}) == 1


async def test_a_clock_that_passed_is_drawn_by_one_of_two_processes(world: World) -> None:
    store, placed, _ = await one_order(world)
    other = await world.second()
    order = await world.order(store, placed.order_no)
    world.clock.set(order.confirm_by + timedelta(minutes=1))
    for one in (world, other, world, other):
        await one.run_job("draw passed clocks")
        await world.settle()
        world.clock.advance(timedelta(minutes=1))
    async with world.db.read() as session:
        row = await session.get_one(Row, (store.team_id, f"order/{store.id}/{order.order_no}"))
    assert row.version == 2


async def test_a_channel_that_is_mended_gets_what_waits_on_the_batch_that_is_to_be_posted_there(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 7)
    await collector(world, store).collect(world.bot.services.core.clients.for_store(store), None)
    async with world.db.write() as session:
        old = await session.get_one(Store, (store.team_id, store.id))
        old.channel_id = CS
    for _ in range(2):
        async with world.db.write() as session:
            await move_waiting(session, old, world.clock())
    async with world.db.read() as session:
        batches = list(await session.scalars(select(OrderBatch).order_by(col(OrderBatch.created_at))))
        assert [one.frozen_at is None for one in batches].count(True) == 1
        open_one = next(one for one in batches if one.frozen_at is None)
        assert await session.get(Row, (store.team_id, batch_key(open_one.id))) is not None
    assert {order.batch_id for order in await world.orders()} == {open_one.id}


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_press_that_cannot_be_stored_in_time_comes_to_nothing_and_says_so(world: World) -> None:
    store, placed, card = await one_order(world)
    other = await world.second()
    world.bot.guard.press_seconds = other.bot.guard.press_seconds = 3
    async with world.db.write() as session:
        await session.execute(select(Order).with_for_update())
        acted = await world.slack.click(
            world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
        )
        assert acted.ok
    for one in (world, other):
        await one.bot.guard.drain()
        await one.settle()
    assert "저장소가 바빠" in told(world, world.owner, card.channel)[-1]
    assert (await world.order(store, placed.order_no)).state is OrderState.NEW
    assert sent(world) == []


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_press_that_is_just_being_committed_is_acknowledged_afterwards(world: World) -> None:
    store, placed, card = await one_order(world)
    other = await world.second()
    for one in (world, other):
        one.bot.guard.press_seconds = 0.5
    async with world.db.write() as session:
        for statement in SLOW_COMMIT:
            await session.execute(text(statement))
    acted = await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok
    assert (await world.order(store, placed.order_no)).state is not OrderState.NEW, "it was stored before"
    for one in (world, other):
        await one.bot.guard.drain()
        await one.settle()
    assert (await world.order(store, placed.order_no)).state is OrderState.CONFIRMED


async def test_a_press_that_would_change_something_only_after_its_acknowledgement_comes_to_nothing(
    world: World,
) -> None:
    store, placed, card = await one_order(world)
    other = await world.second()
    answer = asyncio.Event()

    async def hold(call: SlackCall, phase: SlackCallPhase) -> None:
        if call.method == "users.info" and phase is SlackCallPhase.RECEIVED:
            await answer.wait()

    for one in (world, other):
        one.bot.guard.press_seconds = 0.5
        one.bot.guard._directory._people.clear()
    world.slack.on_call = hold
    acted = await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok
    answer.set()
    for one in (world, other):
        await one.bot.guard.drain()
        await one.settle()
    assert "저장소가 바빠" in told(world, world.owner, card.channel)[-1]
    assert (await world.order(store, placed.order_no)).state is OrderState.NEW
    assert sent(world) == []


async def test_a_press_is_acknowledged_once_it_is_stored_and_carried_out_as_a_task(world: World) -> None:
    store, placed, card = await one_order(world)
    other = await world.second()
    gate = Gate(world, "orders.confirm")
    acted = await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.CONFIRM)
    )
    assert acted.ok
    assert (await world.order(store, placed.order_no)).state is OrderState.CONFIRMING
    await gate.reached()
    gate.open()
    for one in (world, other):
        await one.bot.guard.drain()
        await one.settle()
    order = await world.order(store, placed.order_no)
    assert (order.state, order.confirmed_by, order.claim_token) == (OrderState.CONFIRMED, world.owner, None)
    assert sent(world) == [deal.deal_no for deal in placed.deals]
    assert told(world, world.owner, card.channel) == []
