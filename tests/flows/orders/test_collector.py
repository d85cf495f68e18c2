"""Collection: everything that TMON holds becomes known once, whatever happened in between, and quiet runs stay silent."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.playground.tmon import CallPhase, LoggedCall, Mode
from tests.flows.cards import buttons, card_of, posted, reports, runs, shows
from tests.flows.world import World
from tmon.api import DeliveryStatus
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS, RunOutcome, SyncState
from tmon.models.incidents import Incident
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.orders.transitions import load
from tmon.permissions import Person
from tmon.sealing import Sealer
from tmon.stores.service import StoreService

EVERY = timedelta(minutes=5)
DAY = timedelta(days=1)


async def standing(world: World, store: Store) -> SyncState:
    """Where the collection of a store's orders stands."""
    async with world.db.read() as session:
        return await session.get_one(SyncState, (store.team_id, store.id, ORDERS))


async def again(world: World, after: timedelta = EVERY) -> None:
    """The next run, when it is due."""
    world.clock.advance(after)
    await world.collect()


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


async def test_each_run_says_in_one_message_what_it_changed(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.new_order(store.seller_id)
    world.tmon.new_order(store.seller_id)
    await again(world)
    first, second = await reports(world)
    assert ("새 주문 1건" in first, "새 주문 2건" in second) == (True, True)
    assert [run.counts for run in await runs(world)] == [{"new": 1}, {"new": 2}]


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
    assert len(await reports(world)) == 2
    assert "새 주문 8건" in (await reports(world))[-1]
    assert len(await runs(world)) == 2
    assert len(await posted(world, "batch/")) == 1
    await again(world)
    assert len(await reports(world)) == 2


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
    assert sum("새 주문 1건" in report for report in await reports(world)) == 2


async def test_confirmed_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.move_to(order.order_no, DeliveryStatus.D2)
    await again(world)
    card = await card_of(world, store.id, order)
    assert "티몬에서 이미 발주확인" in shows(card)
    assert buttons(card.blocks) == []
    assert "티몬에서 발주확인됨 1건" in (await reports(world))[-1]


async def test_shipped_at_tmon_where_no_list_shows_it_any_more(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.move_to(order.order_no, DeliveryStatus.D3)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, "tmon")
    assert buttons((await card_of(world, store.id, order)).blocks) == []


async def test_cancelled_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    claim = world.tmon.buyer_cancels(order.order_no)
    assert claim is not None
    await again(world)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    world.tmon.complete_cancel(claim.claim_no)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.closed_at) == (OrderState.CANCELLED, world.clock())
    card = await card_of(world, store.id, order)
    assert "구매자가 취소한" in shows(card)
    assert buttons(card.blocks) == []
    assert "취소 1건" in (await reports(world))[-1]
    said = len(await reports(world))
    await again(world)
    assert len(await reports(world)) == said


async def test_partly_cancelled_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    claim = world.tmon.buyer_cancels(order.order_no, deal_no=order.deals[0].deal_no)
    assert claim is not None
    world.tmon.complete_cancel(claim.claim_no)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.amount) == (OrderState.NEW, sum(o.price * o.qty for o in order.deals[1].options))
    assert f"🚫 *{order.deals[0].title}*" in shows(await card_of(world, store.id, order))


async def test_address_changed_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.change_address(order.order_no)
    await again(world)
    assert "배송지가 변경" in shows(await card_of(world, store.id, order))
    assert "내용 변경 1건" in (await reports(world))[-1]
    assert order.address.detail not in shows(await card_of(world, store.id, order)) or not order.address.detail


async def test_orders_that_wait_for_weeks_are_watched_without_a_call_for_each(world: World) -> None:
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id) for _ in range(30)]
    await world.collect()
    for _ in range(3):
        await again(world, 6 * DAY)
    calls = len(world.tmon.calls)
    await again(world)
    assert len(world.tmon.calls) - calls <= 8
    assert world.tmon.calls_of("orders.get") == []
    claim = world.tmon.buyer_cancels(orders[0].order_no)
    assert claim is not None
    world.tmon.complete_cancel(claim.claim_no)
    world.tmon.move_to(orders[28].order_no, DeliveryStatus.D4)
    world.tmon.change_address(orders[29].order_no)
    await again(world)
    states = [(await world.order(store, orders[n].order_no)).state for n in (0, 28, 29)]
    assert states == [OrderState.CANCELLED, OrderState.CONFIRMED, OrderState.NEW]
    assert (await world.order(store, orders[29].order_no)).address_changed_at == world.clock()


async def test_an_order_with_deals_of_two_of_our_stores_is_one_order_in_each(world: World) -> None:
    one, other = await world.add_store(), await world.add_store(partner=1)
    order = world.tmon.new_order(one.seller_id, deals=1, shared_with=other.seller_id)
    await world.collect()
    assert [(o.order_no, o.store_id) for o in sorted(await world.orders(), key=lambda o: o.store_id)] == sorted(
        [(order.order_no, one.id), (order.order_no, other.id)], key=lambda row: row[1]
    )
    for store, deal in zip((one, other), order.deals, strict=True):
        async with world.db.read() as session:
            ((_, deals),) = (await load(session, store.team_id, store.id, [order.order_no])).values()
        assert set(deals) == {deal.deal_no}
        assert deals[deal.deal_no].delivery_no == deal.delivery_no
        assert deal.title in shows(await card_of(world, store.id, order))


async def test_a_delivery_fee_counts_once_for_each_delivery(world: World) -> None:
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id, deals=3) for _ in range(5)]
    await world.collect()
    for order in orders:
        fees = {deal.delivery_no: deal.fee for deal in order.deals}
        paid = sum(fee.amount - fee.tmon_amount - fee.partner_amount + fee.island_amount for fee in fees.values())
        assert (await world.order(store, order.order_no)).delivery_fee == paid


@pytest.mark.parametrize("switch", ["sync_on", "order_on"])
async def test_while_a_switch_is_off_no_call_leaves(world: World, switch: str) -> None:
    off: dict[str, Any] = {switch: False}
    store = await world.add_store(**off)
    world.tmon.new_order(store.seller_id)
    await world.collect()
    await again(world, DAY)
    await world.command(world.owner, "collect orders")
    assert list(world.tmon.calls) == []


async def test_two_ticks_at_once_run_a_store_once(world: World) -> None:
    await world.add_store()
    world.tmon.faults.slow_seconds = 0.2
    collector = world.bot.services[Coordinator]
    await asyncio.gather(collector.tick(ORDERS), collector.tick(ORDERS))
    await collector.tick(ORDERS)
    await world.settle()
    assert len(world.tmon.calls_of("orders.list")) == 2


async def test_a_rejected_key_is_not_tried_with_every_interval(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    world.tmon.revoke_key(store.seller_id)
    await again(world)
    calls = len(world.tmon.calls)
    for _ in range(5):
        await again(world)
    assert len(world.tmon.calls) == calls


async def test_a_throttled_store_waits_as_long_as_it_was_told(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.mode, world.tmon.faults.retry_after = "throttled", 1800
    await world.collect()
    assert (await standing(world, store)).due_at == world.clock() + timedelta(seconds=1800)
    calls = len(world.tmon.calls)
    await again(world, timedelta(seconds=1799))
    assert len(world.tmon.calls) == calls
    world.tmon.faults.clear()
    await again(world, timedelta(seconds=1))
    assert (await standing(world, store)).failures == 0


async def test_what_tmon_does_not_offer_is_asked_for_once_a_day(world: World) -> None:
    store = await world.add_store()
    world.tmon.faults.not_offered = {"orders.list"}
    await world.collect()
    assert (await standing(world, store)).not_offered_at == world.clock()
    (said,) = await posted(world, "not_offered/")
    assert "제공하지 않는다고" in said.text
    calls = len(world.tmon.calls_of("orders.list"))
    await again(world, DAY - EVERY)
    assert len(world.tmon.calls_of("orders.list")) == calls
    await again(world)
    assert len(world.tmon.calls_of("orders.list")) == calls + 1
    assert len(await posted(world, "not_offered/")) == 1
    world.tmon.faults.clear()
    world.tmon.new_order(store.seller_id)
    await again(world, DAY)
    assert (await standing(world, store)).not_offered_at is None
    assert len(await world.orders()) == 1


async def test_one_store_that_fails_does_not_hold_up_the_other(world: World) -> None:
    broken, sound = await world.add_store(), await world.add_store(partner=1)
    world.tmon.new_order(broken.seller_id)
    order = world.tmon.new_order(sound.seller_id)
    world.tmon.faults.mode, world.tmon.faults.partners = "html_502", {broken.seller_id}
    await world.collect()
    assert [o.order_no for o in await world.orders()] == [order.order_no]


async def test_data_that_do_not_decrypt_are_not_kept_and_the_order_is(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    for vendor in world.tmon.vendors.values():
        vendor.personal_data_key = "fedcba9876543210"
    await world.collect()
    kept = await world.order(store, order.order_no)
    assert kept.buyer_unreadable
    assert "확인 불가" in shows(await card_of(world, store.id, order))


async def test_what_breaks_in_our_own_hands_is_not_repeated_every_few_seconds(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    order.order_no = 2**70  # no column holds it
    await world.collect()
    assert len(world.tmon.calls_of("orders.list")) == 2
    await again(world, EVERY - timedelta(seconds=1))
    assert len(world.tmon.calls_of("orders.list")) == 2
    order.order_no = 9100999999
    await again(world, timedelta(seconds=1))
    assert [o.order_no for o in await world.orders()] == [9100999999]


async def test_a_store_that_is_removed_meanwhile_takes_in_nobodys_data(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    owner = Person(team_id=store.team_id, user_id=world.owner, is_admin=True)

    async def remove(call: LoggedCall, phase: CallPhase) -> None:
        if call.query.get("deliveryStatus") == "D2" and phase is CallPhase.RECEIVED:
            await world.bot.services[StoreService].remove(owner, store.id)

    world.tmon.on_call = remove
    await world.collect()
    assert await world.orders() == []
    assert await posted(world, "order/") == []


async def test_a_failure_of_our_own_is_counted_and_becomes_an_incident(world: World) -> None:
    store = await world.add_store(credentials=Sealer([Fernet.generate_key().decode()]).seal({"api_key": "lost"}))
    calls = len(world.tmon.calls)
    for _ in range(world.settings.incident_after_failures):
        await again(world)
    async with world.db.read() as session:
        standing = await session.get_one(SyncState, (store.team_id, store.id, ORDERS))
        (incident,) = await session.scalars(select(Incident))
    assert (standing.failures, standing.error) == (world.settings.incident_after_failures, "failed")
    assert incident.closed_at is None
    assert len(world.tmon.calls) == calls
