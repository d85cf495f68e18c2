"""Collection: everything that TMON holds becomes known once, whatever happened in between, and quiet runs stay silent."""

from datetime import timedelta

import pytest

from bot.playground.tmon import Mode
from tests.flows.cards import posted, reports, runs
from tests.flows.orders.collecting import DAY, EVERY, again, standing
from tests.flows.world import World
from tmon.api import DeliveryStatus
from tmon.models.collection import RunOutcome
from tmon.models.orders import OrderState


async def test_the_first_run_reads_seven_days_of_both_states(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id, ordered_at=world.clock() - 8 * DAY)
    waiting = world.tmon.new_order(store.seller_id, ordered_at=world.clock() - 6 * DAY)
    prepared = world.tmon.new_order(store.seller_id)
    world.tmon.move_to(prepared.order_no, DeliveryStatus.D2)
    world.tmon.new_order(store.seller_id, ordered_at=world.clock() - timedelta(minutes=29))
    await world.collect()
    assert [call.query["deliveryStatus"] for call in world.tmon.calls_of("orders.list")] == ["D1", "D2"]
    assert {order.order_no: order.state for order in await world.orders()} == {
        waiting.order_no: OrderState.NEW,
        prepared.order_no: OrderState.CONFIRMED,
    }


async def test_what_is_first_seen_in_preparation_gets_no_card_but_a_line(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    world.tmon.move_to(order.order_no, DeliveryStatus.D2)
    await world.collect()
    assert await posted(world, "order/") == []
    assert await posted(world, "batch/") == []
    (report,) = await reports(world)
    assert "이미 배송준비 중 1건" in report


async def test_repeated_runs_make_nothing_twice_and_stay_silent(world: World) -> None:
    store = await world.add_store()
    for _ in range(3):
        world.tmon.new_order(store.seller_id)
    await world.collect()
    messages, calls = len(world.posts("주문")), len(world.slack.calls)
    for _ in range(4):
        await again(world)
    assert len(await world.orders()) == 3
    assert len(world.posts("주문")) == messages
    assert len(world.slack.calls) == calls, "nothing was said or redrawn"
    assert [run.outcome for run in await runs(world)] == [RunOutcome.DONE]
    assert (await standing(world, store)).last_success_at == world.clock()


async def test_a_new_order_is_one_message_and_what_has_no_card_is_reported(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.new_order(store.seller_id)
    world.tmon.new_order(store.seller_id)
    await again(world)
    assert (len(await posted(world, "order/")), await reports(world)) == (3, []), "the cards say it all"
    assert [run.counts for run in await runs(world)] == [{"new": 1}, {"new": 2}]
    world.tmon.new_order(store.seller_id)
    done = world.tmon.new_order(store.seller_id)
    world.tmon.move_to(done.order_no, DeliveryStatus.D2)
    await again(world)
    assert len(await posted(world, "order/")) == 4
    (report,) = await reports(world)
    assert report.endswith("이미 배송준비 중 1건"), "new orders stand on their cards only"


@pytest.mark.parametrize("days", [3, 11, 40])
async def test_days_of_absence_are_caught_up_in_one_go(world: World, days: int) -> None:
    store = await world.add_store()
    known = world.tmon.new_order(store.seller_id)
    await world.collect()
    last = world.clock()
    world.clock.advance(days * DAY)
    placed = [world.tmon.new_order(store.seller_id, ordered_at=last + n * days * DAY / 8) for n in range(8)]
    await world.restart()
    calls = len(world.tmon.calls_of("orders.list"))
    await world.collect()
    assert [o.order_no for o in await world.orders()] == sorted([known.order_no, *(o.order_no for o in placed)])
    assert len(world.tmon.calls_of("orders.list")) - calls == 2 * -(-(days + 3) // 7)
    assert len(await runs(world)) == 2
    assert len(await posted(world, "batch/")) == 1
    messages = len(world.posts("주문"))
    await again(world)
    assert len(world.posts("주문")) == messages


@pytest.mark.parametrize(
    "mode", ["error_500_json", "error_500", "html_502", "html_503", "empty", "truncated", "throttled", "down"]
)
async def test_a_failed_run_leaves_the_watermark_and_the_next_one_catches_up(world: World, mode: Mode) -> None:
    store = await world.add_store()
    await world.collect()
    before = (await standing(world, store)).watermark
    world.clock.advance(EVERY)
    order = world.tmon.new_order(store.seller_id)
    world.tmon.faults.mode, world.tmon.faults.only = mode, {"orders.list"}
    await world.collect()
    failed = await standing(world, store)
    assert (failed.watermark, failed.failures) == (before, 1)
    assert failed.error
    assert failed.due_at > world.clock()
    assert await world.orders() == []
    assert [run.outcome for run in await runs(world)] == [RunOutcome.FAILED]
    world.tmon.faults.clear()
    await again(world)
    assert [o.order_no for o in await world.orders()] == [order.order_no]
    assert (await standing(world, store)).failures == 0


async def test_a_run_that_fails_half_way_keeps_what_it_has_and_tells_it_once(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    world.clock.advance(20 * DAY)
    early = world.tmon.new_order(store.seller_id, ordered_at=world.clock() - 19 * DAY)
    late = world.tmon.new_order(store.seller_id)
    calls = len(world.tmon.calls_of("orders.list"))

    async def break_later(*_: object) -> None:
        if len(world.tmon.calls_of("orders.list")) - calls > 3:
            world.tmon.faults.mode, world.tmon.faults.only = "html_502", {"orders.list"}

    world.tmon.on_call = break_later
    await world.collect()
    assert [o.order_no for o in await world.orders()] == [early.order_no]
    world.tmon.on_call = None
    world.tmon.faults.clear()
    await again(world)
    assert [o.order_no for o in await world.orders()] == [early.order_no, late.order_no]
    assert len(await posted(world, "order/")) == 2
