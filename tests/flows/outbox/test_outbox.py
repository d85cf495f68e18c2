"""Rows that wait for each other, and for the morning."""

from datetime import timedelta

from bot.playground.slack.demo import SEOYEON
from tests.flows.cards import card_of, direct, posted
from tests.flows.outbox.messages import POST, add_rows, card_row, collected, draw_again, shown
from tests.flows.world import World
from tmon.orders.cards import order_key


async def test_a_reply_waits_for_its_card(world: World) -> None:
    store, order = await collected(world)
    world.slack.faults.break_down(POST, times=2)
    key = order_key(store.id, order.order_no)
    await add_rows(world, card_row(world, store, order, 1, to=store.channel_id, thread_key=key))
    for _ in range(3):
        await world.bot.outbox.deliver()
    assert await posted(world, "order/again/1") == []
    await world.settle()
    [reply] = await posted(world, "order/again/1")
    assert reply.thread_ts == (await card_of(world, store.id, order)).ts


async def test_what_is_kept_for_the_morning_is_not_sent_by_a_redraw(world: World) -> None:
    store, order, _ = await shown(world)
    morning = world.clock() + timedelta(hours=10)
    await add_rows(world, card_row(world, store, order, 1, to=SEOYEON, due_at=morning))
    await draw_again(world, "order/again/1")
    await world.settle()
    assert direct(world, SEOYEON) == []
    assert await world.bot.outbox.turns.oldest_due(world.db) is None
    world.clock.set(morning)
    await world.settle()
    assert len(direct(world, SEOYEON)) == 1
