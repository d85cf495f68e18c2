"""Two processes deliver from one database: each message once, in order, at the pace of one."""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import structlog
from sqlalchemy import event, select
from sqlmodel import col
from structlog.testing import capture_logs

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import Channel, Message, SlackCall, SlackCallPhase
from handlers.orders.ids import OrderAction
from tests.flows.cards import buttons, card_of, press, shows, told
from tests.flows.outbox.messages import EDIT, POST, SECOND, add_rows, card_row, collected, draw_again, shown
from tests.flows.outbox.test_delivery import copies, refused_key, row_of
from tests.flows.outbox.test_outbox_alarm import letters, something_to_tell
from tests.flows.workspaces.test_departure import leave
from tests.flows.world import World, until
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.orders.cards import order_key
from tmon.outbox import enqueue, new_message
from tmon.stores.messages import ChannelLost

pytestmark = pytest.mark.embedded

TAKEN_OVER = timedelta(seconds=11)
"""After so long another process serves a place."""
DELETE = "chat.delete"


class Gate:
    """Holds the first call of a method before Slack acts on it, as a process that is frozen right before its call."""

    def __init__(self, world: World, method: str, place: str | None = None) -> None:
        self.opened = asyncio.Event()
        self.held = asyncio.Event()
        self._method = method
        self._place = place
        world.slack.on_call = self

    async def __call__(self, call: SlackCall, phase: SlackCallPhase) -> None:
        """Waits until it is opened, if it is the first."""
        wanted = call.method == self._method and self._place in (None, call.args.get("channel"))
        if wanted and phase is SlackCallPhase.RECEIVED and not self.held.is_set():
            self.held.set()
            await self.opened.wait()


async def deliver(*worlds: World) -> int:
    """One round of each, at the same time."""
    return sum(await asyncio.gather(*(world.bot.outbox.deliver() for world in worlds)))


async def deliver_all(*worlds: World) -> None:
    """Rounds until nothing is due."""
    for _ in range(200):
        await worlds[0].beat()
        if await deliver(*worlds):
            continue
        async with worlds[0].db.read() as session:
            if await session.scalar(select(col(Row.key)).where(col(Row.version) > col(Row.delivered_version))) is None:
                return
        worlds[0].clock.advance(SECOND)
    raise AssertionError("the outbox does not come to rest")


def copies_in(world: World, place: str) -> list[Message]:
    """What stands in a channel, as the bot sees it."""
    return [message for message in world.slack.messages(place, world.slack.bot_user_id) if not message.deleted]


async def set_amount(world: World, store_id: str, order_no: int, amount: int) -> None:
    async with world.db.write() as session:
        order = await session.get_one(Order, (world.slack.team_id, store_id, order_no))
        order.amount = amount


async def test_forty_messages_are_posted_forty_times(world: World) -> None:
    store, order, _ = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    places = (store.channel_id, MINJI, JUNHO, SEOYEON, HANEUL)
    before = len(world.slack.calls_of(POST))
    await add_rows(world, *(card_row(world, store, order, n, to=places[n % len(places)]) for n in range(40)))
    await deliver_all(world, second)
    calls = world.slack.calls_of(POST)[before:]
    assert [call.ok for call in calls] == [True] * 40
    assert world.slack.calls_of(DELETE) == []
    assert len(copies(world, order)) == 1 + 40 // len(places)


async def test_processes_that_take_many_places_at_once_do_not_wait_for_each_other(world: World) -> None:
    store, order, _ = await shown(world)
    second = await world.second()
    places = [f"C{number:08}" for number in range(20)]
    for place in places:
        world.slack.channels[place] = Channel(place, place.lower(), bot_is_member=True)
    await add_rows(world, *(card_row(world, store, order, n, to=places[n % len(places)]) for n in range(100)))
    structlog.reset_defaults()
    with capture_logs() as logged:
        await deliver_all(world, second)
    assert [entry["event"] for entry in logged if entry["log_level"] == "error"] == []
    assert all(len(copies_in(world, place)) == 100 // len(places) for place in places)


async def test_two_processes_keep_to_the_pace_of_one(world: World) -> None:
    store, order, _ = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, *(card_row(world, store, order, number) for number in range(20)))
    posts, began = len(world.slack.calls_of(POST)), world.clock()
    await deliver_all(world, second)
    calls = world.slack.calls_of(POST)[posts:]
    assert [(call.at - began) // SECOND for call in calls] == [0, 0, 0, *range(1, 18)]


async def test_what_slack_asks_of_one_process_the_others_heed_in_all_places(world: World) -> None:
    store, order, _ = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    world.slack.faults.throttle(POST, retry_after=30)
    await add_rows(world, card_row(world, store, order, 1))
    posts = len(world.slack.calls_of(POST))
    await world.bot.outbox.deliver()
    await add_rows(world, card_row(world, store, order, 2, to=SEOYEON))
    for _ in range(29):
        world.clock.advance(SECOND)
        await world.beat()
        await deliver(world, second)
    assert len(world.slack.calls_of(POST)) == posts + 1
    world.clock.advance(SECOND)
    await deliver(world, second)
    assert [call.ok for call in world.slack.calls_of(POST)[posts:]] == [False, True, True]


async def test_a_process_that_was_frozen_before_its_call_takes_back_its_copy(world: World) -> None:
    store, order = await collected(world)
    second = await world.second()
    gate = Gate(world, POST)
    frozen = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    assert await second.bot.outbox.deliver() == 0, "the place is served"
    world.clock.advance(TAKEN_OVER)
    await second.bot.outbox.deliver()
    card = await card_of(world, store.id, order)
    gate.opened.set()
    await frozen
    await deliver_all(world, second)
    assert [message.ts for message in copies(world, order)] == [card.ts]
    assert (await row_of(world, order_key(store.id, order.order_no))).ts == card.ts
    assert len(world.slack.calls_of(DELETE)) == 1


async def test_a_process_that_was_frozen_does_not_go_on_with_the_place(world: World) -> None:
    store, order, _ = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, *(card_row(world, store, order, number) for number in range(3)))
    gate = Gate(world, POST)
    frozen = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    world.clock.advance(TAKEN_OVER)
    assert await second.bot.outbox.deliver() == 3
    calls = len(world.slack.calls_of(POST))
    gate.opened.set()
    assert await frozen == 0
    assert len(world.slack.calls_of(POST)) == calls, "it made only the call that it was frozen in"
    assert len(copies(world, order)) == 4


async def test_an_older_drawing_that_comes_after_a_newer_one_is_drawn_over(world: World) -> None:
    store, order, card = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    key = order_key(store.id, order.order_no)
    await set_amount(world, store.id, order.order_no, 1001)
    await draw_again(world, key)
    gate = Gate(world, EDIT)
    frozen = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    await set_amount(world, store.id, order.order_no, 2002)
    await draw_again(world, key)
    world.clock.advance(TAKEN_OVER)
    assert await second.bot.outbox.deliver() == 1
    gate.opened.set()
    await frozen
    assert "1,001원" in (await card_of(world, store.id, order)).text, "the older drawing came last"
    await deliver_all(world, second)
    again = await card_of(world, store.id, order)
    assert ("2,002원" in again.text, again.ts) == (True, card.ts)
    assert len(world.slack.calls_of(EDIT)) == 3, "once more, and not for ever"


async def test_a_newer_drawing_whose_record_comes_last_is_drawn_once_more(world: World) -> None:
    """Both have drawn before one of them writes it down: whoever comes second cannot know whose drawing is seen."""
    store, order, _ = await shown(world)
    second = await world.second()
    world.clock.advance(timedelta(minutes=1))
    key = order_key(store.id, order.order_no)
    await draw_again(world, key)
    gate = Gate(world, EDIT)
    frozen = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    await set_amount(world, store.id, order.order_no, 2002)
    await draw_again(world, key)
    world.clock.advance(TAKEN_OVER)
    first_gate, gate = gate, Gate(world, EDIT)
    newer = asyncio.create_task(second.bot.outbox.deliver())
    await gate.held.wait()
    first_gate.opened.set()
    await frozen
    gate.opened.set()
    await newer
    await deliver_all(world, second)
    assert "2,002원" in (await card_of(world, store.id, order)).text


async def test_the_places_of_a_killed_process_are_taken_over(world: World) -> None:
    store, order = await collected(world)
    second = await world.second()
    gate = Gate(world, POST)
    killed = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    killed.cancel()
    await world.heart_stop()
    await deliver_all(second)
    assert len([m for m in copies(world, order) if m.ts == (await card_of(world, store.id, order)).ts]) == 1


async def test_a_workspace_that_leaves_meanwhile_gets_nothing_more(world: World) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, *(card_row(world, store, order, number) for number in range(3)))
    posts = len(world.slack.calls_of(POST))
    gate = Gate(world, POST)
    turn = asyncio.create_task(world.bot.outbox.deliver())
    await gate.held.wait()
    await leave(world)
    gate.opened.set()
    await turn
    assert len(world.slack.calls_of(POST)) == posts + 1, "the call that was under way"


async def test_each_mail_leaves_once(world: World) -> None:
    second = await world.second()
    for number in range(3):
        await refused_key(world, partner=number, name_key=f"store {number}", email=f"contact{number}@example.com")
    await world.collect()
    world.clock.advance(timedelta(minutes=30))
    await asyncio.gather(
        *(bot.outbox.deliver_mails() for _ in range(10) for bot in (world.bot, second.bot)),
    )
    await world.settle()
    sent = Counter(mail.recipients for mail in world.mail.messages)
    assert sent
    assert set(sent.values()) == {1}


async def test_a_slow_place_holds_up_no_other(world: World) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, card_row(world, store, order, 1), card_row(world, store, order, 2, to=SEOYEON))
    gate = Gate(world, POST, store.channel_id)
    await world.bot.outbox.begin()
    await gate.held.wait()
    await add_rows(world, card_row(world, store, order, 3, to=DANIEL))
    await asyncio.gather(*(await world.bot.outbox.begin()).values())
    assert (await row_of(world, "order/again/3")).ts is not None
    assert (await row_of(world, "order/again/1")).ts is None
    stop = asyncio.create_task(world.bot.outbox.drain())
    gate.opened.set()
    await stop
    assert (await row_of(world, "order/again/1")).ts is not None, "a stop waits for what is under way"
    await add_rows(world, card_row(world, store, order, 4))
    assert await world.bot.outbox.begin() == {}, "and nothing new begins"


async def test_a_place_in_hand_is_not_begun_again_although_its_lease_is_over(world: World) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(minutes=1))
    await add_rows(world, card_row(world, store, order, 1), card_row(world, store, order, 2))
    gate = Gate(world, POST, store.channel_id)
    begun = await world.bot.outbox.begin()
    await gate.held.wait()
    world.clock.advance(TAKEN_OVER)
    assert await world.bot.outbox.begin() == {}
    gate.opened.set()
    await asyncio.gather(*begun.values())
    await deliver_all(world)
    assert all([(await row_of(world, f"order/again/{number}")).ts for number in (1, 2)])


async def test_a_busy_workspace_holds_up_no_other(world: World) -> None:
    busy = await world.add_store(channel_ok=False)
    others = [f"T{number:08}" for number in range(60)]
    await world.install(*others)
    stores = [await world.add_store(team_id=team, channel_ok=False) for team in others]
    places = [f"C{number:08}" for number in range(len(others) + 12)]
    for place in places:
        world.slack.channels[place] = Channel(place, place.lower(), bot_is_member=True)
    busy_places, quiet_places = places[len(others) :], places[: len(others)]

    def lost(store: Any, number: int, place: str) -> dict[str, Any]:
        return new_message(
            ChannelLost(store=store.id, channel=store.channel_id),
            team_id=store.team_id,
            key=f"test/{number}",
            to=place,
            now=world.clock(),
            store_id=store.id,
        )

    async with world.db.write() as session:
        await enqueue(session, [lost(busy, number, busy_places[number % 12]) for number in range(3000)])
    world.clock.advance(SECOND)
    async with world.db.write() as session:
        await enqueue(session, [lost(store, 0, place) for store, place in zip(stores, quiet_places, strict=True)])
    await world.bot.outbox.deliver()
    async with world.db.read() as session:
        rows = await session.execute(select(col(Row.team_id)).where(col(Row.version) == col(Row.delivered_version)))
        delivered = Counter(team for (team,) in rows)
    assert set(delivered) >= set(others), "the first message of each, in the first round"
    assert 0 < delivered[busy.team_id] <= 3 * len(busy_places)


async def test_a_round_with_nothing_to_do_is_one_query(world: World) -> None:
    await shown(world)
    statements: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(world.db.engine.sync_engine, "before_cursor_execute", count)
    assert await world.bot.outbox.deliver() == 0
    event.remove(world.db.engine.sync_engine, "before_cursor_execute", count)
    assert [one.split()[0] for one in statements if one != "BEGIN"] == ["SELECT"]


async def test_a_copy_that_is_pressed_goes_away_and_the_card_tells_the_rest(world: World) -> None:
    store, order = await collected(world)
    world.slack.faults.drop(POST, after_effect=True)
    await world.settle()
    copy, card = copies(world, order)
    assert (await row_of(world, order_key(store.id, order.order_no))).ts == card.ts
    await press(world, MINJI, copy)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert [message.ts for message in copies(world, order)] == [card.ts]
    assert f"<@{MINJI}>" in shows(await card_of(world, store.id, order))
    assert "남은 알림" in told(world, MINJI, store.channel_id)[-1]


async def test_a_copy_is_pressed_before_the_message_is_posted_again(world: World) -> None:
    store, order = await collected(world)
    world.slack.faults.drop(POST, after_effect=True)
    await world.bot.outbox.deliver()
    [copy] = copies(world, order)
    assert (await row_of(world, order_key(store.id, order.order_no))).ts is None
    await press(world, MINJI, copy)
    assert [message.ts for message in copies(world, order)] == [copy.ts], "it takes the place of what was to be posted"
    assert (await row_of(world, order_key(store.id, order.order_no))).ts == copy.ts
    again = await card_of(world, store.id, order)
    assert OrderAction.CONFIRM not in str(buttons(again.blocks))


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_message_that_is_pressed_before_it_is_written_down_stays(world: World) -> None:
    store, order = await collected(world)
    key = order_key(store.id, order.order_no)
    async with world.db.write() as session:
        row = await session.get_one(Row, (store.team_id, key), with_for_update=True)
        delivering = asyncio.create_task(world.bot.outbox.deliver())
        await until(lambda: copies(world, order))
        [posted] = copies(world, order)
        row.channel, row.ts, row.delivered_at = posted.channel, posted.ts, world.clock()  # as a press does
    await delivering
    await deliver_all(world)
    assert [message.ts for message in copies(world, order)] == [posted.ts]
    assert (await row_of(world, key)).ts == posted.ts


async def test_a_copy_that_slack_does_not_delete_is_drawn_as_things_stand(world: World) -> None:
    _, order = await collected(world)
    world.slack.faults.drop(POST, after_effect=True)
    await world.settle()
    copy, _ = copies(world, order)
    world.slack.faults.refuse(DELETE, "cant_delete_message")
    await press(world, MINJI, copy)
    assert all(OrderAction.CONFIRM not in str(buttons(message.blocks)) for message in copies(world, order))


@pytest.mark.parametrize("fresh", [False, True], ids=["both", "one that has just started"])
async def test_a_stuck_outbox_is_told_once(world: World, fresh: bool) -> None:
    await something_to_tell(world)
    second = await world.second()
    world.slack.faults.refuse(POST, "invalid_auth", times=10_000)
    for _ in range(30):
        world.clock.advance(timedelta(minutes=1))
        await world.beat()
        await deliver(world, second)
    if fresh:
        second = await world.second()
    await asyncio.gather(*(one.run_job("watch the outbox") for one in ([second] if fresh else [second, world])))
    for _ in range(5):
        await world.bot.outbox.deliver_mails()
    await until(lambda: letters(world))
    assert letters(world) == ["[티몬] 메시지가 나가지 않습니다"]
