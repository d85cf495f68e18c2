"""One reminder per card in the last hour, where the card is, to those in charge; and none once nothing waits."""

from datetime import datetime, timedelta

import pytest

from bot.playground.slack.model import Message
from handlers.orders.ids import OrderAction, OrderView
from tests.flows.cards import action, card_of, posted, press, shows
from tests.flows.world import World, at
from tmon.clock import KST
from tmon.models.orders import OrderState
from tmon.orders.confirmation import ConfirmationService
from tmon.orders.service import OrderService

TOMORROW = at(17, day=11)
"""The beginning of the last hour of what is paid on the day on which the clock stands."""


async def remind(world: World) -> list[Message]:
    """The reminders after those that are due were sent, oldest first."""
    await world.run_job("remind")
    await world.settle()
    return await posted(world, "reminder/")


async def test_once_in_the_last_hour_in_the_cards_thread(world: World) -> None:
    staff = [world.person("이준호").id, world.person("Daniel").id]
    store = await world.add_store(worker_ids=staff)
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.clock.set(TOMORROW - timedelta(seconds=1))
    assert await remind(world) == []
    world.clock.set(TOMORROW)
    (reminder,) = await remind(world)
    card = await card_of(world, store.id, order)
    assert (reminder.channel, reminder.thread_ts) == (card.channel, card.ts)
    assert all(f"<@{user}>" in reminder.text for user in staff)
    assert f"<@{world.owner}>" not in reminder.text
    assert "오늘 18:00" in reminder.text
    for minutes in (1, 30, 58):
        world.clock.set(TOMORROW + timedelta(minutes=minutes))
        assert len(await remind(world)) == 1
    assert (await card_of(world, store.id, order)).ts == card.ts


async def test_those_who_manage_are_reminded_where_nobody_is_chosen(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    world.clock.set(TOMORROW)
    (reminder,) = await remind(world)
    assert f"<@{world.owner}>" in reminder.text


async def test_not_after_it_was_confirmed(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    await press(world, world.owner, await card_of(world, store.id, order))
    world.clock.set(TOMORROW)
    assert await remind(world) == []


async def test_not_when_it_was_confirmed_before_the_reminder_went_out(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.clock.set(TOMORROW)
    await world.bot.services[OrderService].remind()
    await world.bot.services[ConfirmationService].confirm(store.team_id, store.id, order.order_no, world.owner)
    await world.settle()
    assert await posted(world, "reminder/") == []


async def test_not_when_the_time_is_up_already(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id, ordered_at=at(9, day=5))
    await world.collect()
    assert await remind(world) == []


async def test_a_held_order_is_remembered_too(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    card = await card_of(world, store.id, order)
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.HOLD)
    )
    await world.settle()
    assert world.modal(world.owner).callback_id == OrderView.HOLD
    await world.slack.submit(world.owner, world.modal(world.owner).id, {"reason": "재고 확인 중"})
    await world.settle()
    world.clock.set(TOMORROW)
    assert len(await remind(world)) == 1


async def test_a_batch_is_one_reminder_with_what_still_waits(world: World) -> None:
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, 9)
    await world.collect()
    for order in orders[:4]:
        await world.bot.services[ConfirmationService].confirm(store.team_id, store.id, order.order_no, world.owner)
    world.clock.set(TOMORROW)
    (reminder,) = await remind(world)
    (card,) = await posted(world, "batch/")
    assert reminder.thread_ts == card.ts
    assert "5건" in reminder.text
    world.clock.advance(timedelta(minutes=20))
    assert len(await remind(world)) == 1


async def test_a_batch_of_two_days_is_reminded_of_each(world: World) -> None:
    store = await world.add_store()
    for day in (9, 10):
        for hour in (6, 7, 8):
            world.tmon.new_order(store.seller_id, ordered_at=at(hour, day=day))
    await world.collect()
    world.clock.set(at(17, 30, day=10))
    assert len(await remind(world)) == 1
    world.clock.set(at(17, 30, day=11))
    first, second = await remind(world)
    assert first.thread_ts == second.thread_ts


@pytest.mark.parametrize(
    ("paid", "due"),
    [
        (datetime(2026, 3, 6, 15, 0, tzinfo=KST), datetime(2026, 3, 9, 17, 30, tzinfo=KST)),
        (datetime(2026, 2, 13, 9, 0, tzinfo=KST), datetime(2026, 2, 19, 17, 30, tzinfo=KST)),
    ],
    ids=["weekend", "Seollal"],
)
async def test_weekends_and_holidays_do_not_count(world: World, paid: datetime, due: datetime) -> None:
    world.clock.set(paid + timedelta(hours=1))
    store = await world.add_store()
    world.tmon.new_order(store.seller_id, ordered_at=paid)
    await world.collect()
    for days in range((due.date() - paid.date()).days):
        world.clock.set(paid.replace(hour=17, minute=30) + timedelta(days=days))
        assert await remind(world) == []
    world.clock.set(due)
    assert len(await remind(world)) == 1


async def test_a_restart_reminds_nobody_twice(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    world.clock.set(TOMORROW)
    await remind(world)
    await world.restart()
    world.clock.advance(timedelta(minutes=5))
    assert len(await remind(world)) == 1


async def test_automatic_stores_need_none(world: World) -> None:
    store = await world.add_store(confirm_mode="auto", auto_from=world.clock())
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    world.clock.set(TOMORROW)
    assert await remind(world) == []


async def test_a_card_says_that_its_clock_has_passed_without_being_touched(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    draw = next(job for job in world.bot.jobs if job.name == "draw passed clocks")
    world.clock.set(TOMORROW + timedelta(minutes=59))
    await draw.run()
    await world.settle()
    before = await card_of(world, store.id, order)
    assert "(지남)" not in shows(before)
    world.clock.set(TOMORROW + timedelta(minutes=61))
    await draw.run()
    await world.settle()
    after = await card_of(world, store.id, order)
    assert "(지남)" in shows(after)
    assert after.ts == before.ts
