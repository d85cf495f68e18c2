"""Slack's pace."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import SEOYEON
from bot.rate_limit import Pace
from tests.flows.cards import card_of, direct
from tests.flows.outbox.messages import EDIT, POST, SECOND, add_rows, card_row, draw_again, shown
from tests.flows.world import World
from tmon.models.orders import Order
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.slack import SlackPace
from tmon.orders.cards import order_key


async def test_one_message_a_second_in_a_channel(world: World) -> None:
    store, order, _ = await shown(world)
    posts = len(world.slack.calls_of(POST))
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, *(card_row(world, store, order, number) for number in range(20)))
    began = world.clock()
    await world.settle()
    calls = world.slack.calls_of(POST)[posts:]
    assert all(call.ok for call in calls)
    seconds = [(call.at - began) // SECOND for call in calls]
    assert seconds == [0, 0, 0, *range(1, 18)]


async def test_two_hundred_edits_at_once(world: World) -> None:
    store, order, card = await shown(world)
    rows = [card_row(world, store, order, number) for number in range(200)]
    await add_rows(world, *rows)
    async with world.db.write() as session:  # as if they had been posted long ago
        for row in rows:
            posted_row = world.slack.conversations.add_message(card.channel, world.slack.bot_user_id, "alt")
            await session.execute(
                update(Row)
                .where(col(Row.key) == row["key"])
                .values(delivered_version=1, delivered_at=world.clock(), channel=card.channel, ts=posted_row.ts)
            )
    world.clock.advance(timedelta(hours=1))
    await draw_again(world, *(row["key"] for row in rows))
    began = world.clock()
    await world.bot.outbox.deliver()
    world.clock.advance(SECOND)
    await add_rows(world, card_row(world, store, order, 1000, to=SEOYEON))
    for _ in range(2):
        await world.bot.outbox.deliver()
    assert len(direct(world, SEOYEON)) == 1, "a post does not wait for edits"
    await world.settle(2000)
    assert "alt" not in {m.text for m in world.posts("주문")}
    edits = world.slack.calls_of(EDIT)
    assert (len(edits), all(edit.ok for edit in edits)) == (200, True)
    assert world.clock() - began < timedelta(minutes=5)


async def test_quick_changes_become_few_edits_and_the_last_one_counts(world: World) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(minutes=1))
    for number in range(10):
        async with world.db.write() as session:
            kept = await session.get_one(Order, (store.team_id, store.id, order.order_no))
            kept.amount = 1000 + number
        await draw_again(world, order_key(store.id, order.order_no))
        await world.bot.outbox.deliver()
    await world.settle()
    assert len(world.slack.calls_of(EDIT)) <= 2
    assert "1,009원" in (await card_of(world, store.id, order)).text


async def lanes(world: World) -> set[str]:
    """What the pace is kept of."""
    async with world.db.read() as session:
        return set(await session.scalars(select(col(SlackPace.lane))))


async def test_the_pace_of_what_was_idle_for_long_is_forgotten(world: World) -> None:
    store, order, card = await shown(world)
    assert card.channel in await lanes(world)
    await Pace(world.db).hold(world.slack.team_id, EDIT, 600)
    world.clock.advance(timedelta(minutes=5))
    await add_rows(world, card_row(world, store, order, 1, to=SEOYEON))
    await world.settle()
    await world.run_job("forget the pace of idle places")
    left = await lanes(world)
    assert card.channel not in left
    assert f"hold/{EDIT}" in left, "it is not over"
    assert len(left) > 1, "nor are the buckets of the last post full again"
    world.clock.advance(timedelta(minutes=10))
    await world.run_job("forget the pace of idle places")
    assert await lanes(world) == set()
