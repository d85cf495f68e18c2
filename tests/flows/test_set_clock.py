"""A clock that is set back, or that was ahead for a while, stops nothing, whether the process goes on or starts anew."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from tests.flows.cards import card_of
from tests.flows.orders.collecting import EVERY, again, standing
from tests.flows.outbox.messages import EDIT, POST, add_rows, card_row, draw_again, shown
from tests.flows.products.extending import go, shop, told, writes
from tests.flows.world import World, at
from tmon.inquiries.collector import INQUIRIES
from tmon.models.inquiries import InquirySyncState
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import ConfirmMode, PendingReason, Store, StoreState
from tmon.orders.cards import order_key
from tmon.stores.service import StoreService

pytestmark = pytest.mark.storage

DAY = timedelta(days=1)
set_back = pytest.mark.parametrize("restart", [False, True], ids=["goes_on", "starts_anew"])


async def back(world: World, restart: bool, by: timedelta = DAY) -> None:
    """The clock is set back, with or without a restart."""
    world.clock.advance(-by)
    if restart:
        await world.restart()


@set_back
@pytest.mark.parametrize("ahead", [timedelta(), DAY, 200 * DAY])
async def test_orders_are_collected_and_shown(world: World, restart: bool, ahead: timedelta) -> None:
    store = await world.add_store()
    world.clock.advance(ahead)
    await world.collect()
    await back(world, restart, ahead or DAY)
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    await card_of(world, store.id, order)
    state = await standing(world, store)
    assert state.watermark is not None
    assert state.watermark <= world.clock()
    assert world.clock() - timedelta(minutes=1) <= state.due_at - EVERY <= world.clock()
    calls = len(world.tmon.calls)
    await again(world, timedelta(seconds=5))
    assert len(world.tmon.calls) == calls, "collected once, not with every tick"


@set_back
async def test_automatic_confirmation_goes_on(world: World, restart: bool) -> None:
    world.clock.advance(DAY)
    store = await world.add_store(confirm_mode=ConfirmMode.AUTO, auto_from=world.clock())
    await back(world, restart)
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


@set_back
async def test_inquiries_are_read_up_to_the_day_that_it_is(world: World, restart: bool) -> None:
    await world.add_store()
    world.clock.advance(30 * DAY)
    await world.collect(INQUIRIES)
    await back(world, restart, 30 * DAY)
    await world.collect(INQUIRIES)
    async with world.db.read() as session:
        days = [state.read_until for state in await session.scalars(select(InquirySyncState))]
    assert days == [world.clock().date()] * 2


@set_back
async def test_messages_are_posted_and_edited(world: World, restart: bool) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, card_row(world, store, order, 1))
    await back(world, restart)
    await add_rows(world, card_row(world, store, order, 2))
    await draw_again(world, order_key(store.id, order.order_no))
    posts, edits = len(world.slack.calls_of(POST)), len(world.slack.calls_of(EDIT))
    for _ in range(5):
        await world.settle()
        world.clock.advance(timedelta(seconds=1))
    assert len(world.slack.calls_of(POST)) == posts + 2
    assert len(world.slack.calls_of(EDIT)) == edits + 1


@set_back
async def test_a_message_that_failed_is_tried_again(world: World, restart: bool) -> None:
    store, order, _ = await shown(world)
    await add_rows(world, card_row(world, store, order, 1))
    async with world.db.write() as session:
        await session.execute(
            update(Row).where(col(Row.ts).is_(None)).values(attempts=9, due_at=world.clock() + timedelta(minutes=5))
        )
    posts = len(world.slack.calls_of(POST))
    await back(world, restart)
    await world.bot.outbox.deliver()
    assert len(world.slack.calls_of(POST)) == posts + 1


@set_back
async def test_what_waits_for_the_morning_waits_no_longer_than_a_night(world: World, restart: bool) -> None:
    store, order, _ = await shown(world)
    world.clock.set(at(23))
    await add_rows(world, card_row(world, store, order, 1, due_at=at(8, day=11)))
    posts = len(world.slack.calls_of(POST))
    assert await world.bot.outbox.deliver() == 0
    await back(world, restart)
    await world.bot.outbox.deliver()
    assert len(world.slack.calls_of(POST)) == posts + 1


@set_back
async def test_a_confirmation_in_doubt_is_settled(world: World, restart: bool) -> None:
    store, order, _ = await shown(world)
    await again(world, timedelta(minutes=40))
    async with world.db.write() as session:
        row = await session.get_one(Order, (store.team_id, store.id, order.order_no))
        row.state, row.pending_by, row.pending_since = OrderState.CONFIRMING, MINJI, world.clock()
    await back(world, restart)
    await world.sweep()
    assert (await world.order(store, order.order_no)).state is OrderState.NEW, "TMON says that it waits"


@set_back
async def test_a_key_is_checked_again(world: World, restart: bool) -> None:
    over: dict[str, Any] = {"state": StoreState.PENDING, "pending_reason": PendingReason.TMON_DOWN}
    store = await world.add_store(**over, check_due_at=world.clock() + timedelta(minutes=10))
    await back(world, restart)
    await world.bot.services[StoreService].recheck_due()
    async with world.db.read() as session:
        assert (await session.get_one(Store, (store.team_id, store.id))).state is StoreState.APPROVED


async def test_the_run_at_dawn_comes_once_a_day(world: World) -> None:
    await shop(world)
    await go(world, at(20))
    await go(world, at(3, day=11))
    sent = len(writes(world))
    assert sent > 0
    await go(world, at(10, day=10))  # set back by a day after the run
    for hour in range(11, 24):
        await go(world, at(hour, day=10))
    await go(world, at(3, 1, day=11))
    assert len(writes(world)) == sent, "the day that has run is not run again"
    await go(world, at(20, day=11))
    await go(world, at(3, 1, day=12))
    assert len(told(world, "연장했습니다")) >= 1


async def test_the_run_at_dawn_comes_after_the_clock_was_far_ahead(world: World) -> None:
    await shop(world)
    await go(world, at(10, month=9))
    await go(world, at(3, 1, day=11, month=9))
    await go(world, at(10))
    before = len(writes(world))
    await go(world, at(20))
    await go(world, at(3, 1, day=11))
    assert len(writes(world)) > before
