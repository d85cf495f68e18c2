"""The outbox: what Slack and the mail server refuse, lose, delay or delete, people hear all the same; nobody is flooded."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import structlog
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select
from sqlmodel import col
from structlog.testing import capture_logs
from structlog.typing import EventDict
from yarl import URL

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder
from handlers.orders.ids import OrderAction
from handlers.stores.ids import StoreAction
from tests.flows.cards import buttons, card_of, direct, posted, press, shows
from tests.flows.outbox.messages import EDIT, POST, SECOND, add_rows, card_row, collected, draw_again, shown
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.orders import OrderState
from tmon.models.outbox import OutboxMessage as Row
from tmon.models.stores import Contact, Store
from tmon.orders.cards import order_key
from tmon.outbox import enqueue_update
from tmon.stores.messages import ChannelLost
from tmon.stores.service import StoreService


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as entries:
        yield entries


async def row_of(world: World, key: str) -> Row:
    async with world.db.read() as session:
        return await session.get_one(Row, (world.slack.team_id, key))


def copies(world: World, order: PlacedOrder) -> list[Message]:
    """Every message in the channel that shows an order."""
    return [m for m in world.posts("주문") if f"`{order.order_no}`" in shows(m)]


async def test_slack_asks_to_wait_and_is_left_alone_for_so_long(world: World) -> None:
    _, order = await collected(world)
    world.slack.faults.throttle(POST, retry_after=30)
    await world.bot.outbox.deliver()
    for _ in range(29):
        world.clock.advance(SECOND)
        await world.bot.outbox.deliver()
    assert len(world.slack.calls_of(POST)) == 1
    world.clock.advance(SECOND)
    await world.bot.outbox.deliver()
    await world.settle()
    assert len(copies(world, order)) == 1
    assert len(world.slack.calls_of(POST)) == 2, "the card, refused once"


async def test_edits_wait_as_long_as_slack_asks(world: World) -> None:
    store, order, _ = await shown(world)
    world.slack.faults.throttle(EDIT, retry_after=20)
    await draw_again(world, order_key(store.id, order.order_no))
    world.clock.advance(SECOND)
    await world.bot.outbox.deliver()
    await draw_again(world, order_key(store.id, order.order_no))
    for _ in range(19):
        world.clock.advance(SECOND)
        await world.bot.outbox.deliver()
    assert len(world.slack.calls_of(EDIT)) == 1
    world.clock.advance(SECOND)
    await world.bot.outbox.deliver()
    assert [call.ok for call in world.slack.calls_of(EDIT)] == [False, True]


@pytest.mark.parametrize("method", [POST, EDIT])
@pytest.mark.parametrize(
    "fault",
    [
        lambda faults, method: faults.break_down(method, times=3),
        lambda faults, method: faults.break_down(method, status=502, html=True, times=3),
        lambda faults, method: faults.drop(method, times=3),
        lambda faults, method: faults.refuse(method, "internal_error", times=3),
    ],
    ids=["500", "502 in HTML", "dropped", "internal_error"],
)
async def test_slack_in_trouble(
    world: World, logged: list[EventDict], fault: Callable[[Any, str], None], method: str
) -> None:
    store, order = await collected(world)
    if method == EDIT:
        await world.settle()
        await draw_again(world, order_key(store.id, order.order_no))
    fault(world.slack.faults, method)
    began = world.clock()
    await world.settle()
    assert len(copies(world, order)) == 1
    assert (await row_of(world, order_key(store.id, order.order_no))).error is None
    assert timedelta(seconds=2) <= world.clock() - began <= timedelta(minutes=1), "it waits longer each time"
    assert "error" not in {entry["log_level"] for entry in logged}


async def test_slack_never_answers(world: World) -> None:
    _, order = await collected(world)
    (await world.bot.outbox._workspaces.of(world.slack.team_id)).client.timeout = 1
    world.slack.faults.hang(POST)
    await world.settle()
    assert len(copies(world, order)) == 1


@pytest.mark.parametrize("first", [0, 1], ids=["the copy that nobody remembers", "the card that is known"])
async def test_a_message_repeated_because_the_answer_was_lost_heals_itself(world: World, first: int) -> None:
    store, order = await collected(world)
    world.slack.faults.drop(POST, after_effect=True)
    await world.settle()
    both = copies(world, order)
    assert [OrderAction.CONFIRM in str(buttons(m.blocks)) for m in both] == [True, True]
    await press(world, MINJI, both[first])
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    if first:  # the card that is known is true by itself; its copy goes away when it is pressed
        await press(world, MINJI, both[0])
    assert [m.ts for m in copies(world, order)] == [both[1].ts]
    assert "발주확인" in shows(copies(world, order)[0])
    assert OrderAction.CONFIRM not in str(buttons(copies(world, order)[0].blocks))
    assert len(world.tmon.calls_of("orders.confirm")) == 1


async def test_a_deleted_card_is_posted_anew_and_lives_on_there(world: World) -> None:
    store, order, card = await shown(world)
    world.slack.faults.delete_message(card.channel, card.ts)
    await draw_again(world, order_key(store.id, order.order_no))
    await world.settle()
    again = await card_of(world, store.id, order)
    assert again.ts != card.ts
    await press(world, MINJI, again)
    assert [m.ts for m in copies(world, order)] == [again.ts]
    assert f"<@{MINJI}>" in shows(copies(world, order)[0])


async def test_a_reply_to_a_deleted_card_is_posted_all_the_same(world: World) -> None:
    store, order, card = await shown(world)
    world.slack.faults.delete_message(card.channel, card.ts)
    await add_rows(world, card_row(world, store, order, 1, thread_key=order_key(store.id, order.order_no)))
    await world.settle()
    [reply] = await posted(world, "order/again/1")
    assert reply.thread_ts is None


def archive(world: World, channel: str) -> None:
    world.slack.faults.archive(channel)


def kick(world: World, channel: str) -> None:
    world.slack.faults.kick_bot(channel)


def restrict(world: World, channel: str) -> None:
    world.slack.channels[channel].restricted = True


def delete(world: World, channel: str) -> None:
    del world.slack.channels[channel]


@pytest.mark.parametrize("kill", [archive, kick, restrict, delete])
async def test_a_dead_channel(world: World, kill: Callable[[World, str], None]) -> None:
    store, order = await collected(world)
    kill(world, store.channel_id)
    await world.settle()
    other = world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    heard = direct(world, MINJI)
    assert sum("알림 채널" in text for text in heard) == 1, "told of the channel once"
    assert len(heard) == 3, "two cards, and why they come here"
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok
    await press(world, MINJI, await card_of(world, store.id, order))
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert f"<@{MINJI}>" in shows(await card_of(world, store.id, order))
    assert (await world.order(store, other.order_no)).state is OrderState.NEW


async def test_a_channel_that_dies_under_its_cards(world: World) -> None:
    store, order, _ = await shown(world)
    archive(world, store.channel_id)
    await draw_again(world, order_key(store.id, order.order_no))
    await world.settle()
    card = await card_of(world, store.id, order)
    assert world.slack.channels[card.channel].user == MINJI
    await add_rows(world, card_row(world, store, order, 1, thread_key=order_key(store.id, order.order_no)))
    await world.settle()
    [reply] = await posted(world, "order/again/1")
    assert (reply.channel, reply.thread_ts) == (card.channel, card.ts), "a reply follows its card"


async def test_a_channel_that_is_lost_while_its_card_is_drawn_anew(world: World) -> None:
    store, order = await collected(world)
    archive(world, store.channel_id)
    key = order_key(store.id, order.order_no)
    async with world.db.write() as session:  # as a run of the collection does
        await session.get_one(Store, (store.team_id, store.id), with_for_update=True)
        delivering = asyncio.create_task(world.bot.outbox.deliver())
        await asyncio.wait({delivering}, timeout=0.5)
        await enqueue_update(session, store.team_id, [key], now=world.clock())
    await delivering
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok
    await world.settle()
    assert world.slack.channels[(await card_of(world, store.id, order)).channel].user == MINJI


async def test_a_channel_that_was_mended_and_is_lost_again(world: World) -> None:
    store, _, _ = await shown(world)
    kick(world, store.channel_id)
    for _ in range(2):
        world.tmon.new_order(store.seller_id, deals=1)
        world.clock.advance(timedelta(minutes=5))
        await world.collect()
    [lost] = await posted(world, ChannelLost.kind)
    world.slack.faults.invite_bot(store.channel_id)
    await press(world, MINJI, lost, StoreAction.RECHECK)
    before = len(world.posts("주문"))
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert len(world.posts("주문")) == before + 1, "a card"
    kick(world, store.channel_id)
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert len(await posted(world, ChannelLost.kind)) == 2


async def test_somebody_who_left_is_followed_by_whoever_registered_the_store(world: World) -> None:
    store, order, _ = await shown(world)
    world.slack.people[JUNHO].deleted = True
    await add_rows(world, card_row(world, store, order, 1, to=JUNHO))
    await world.settle()
    assert len(direct(world, MINJI)) == 1
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok


async def test_nobody_is_left(world: World) -> None:
    store, order, _ = await shown(world)
    world.slack.people[MINJI].deleted = True
    await add_rows(world, card_row(world, store, order, 1, to=MINJI))
    await world.settle()
    calls = len(world.slack.calls_of(POST))
    assert (await row_of(world, "order/again/1")).undeliverable
    await draw_again(world, "order/again/1")
    await world.settle()
    assert len(world.slack.calls_of(POST)) == calls


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long"])
async def test_what_slack_cannot_draw_goes_out_in_words(world: World, logged: list[EventDict], error: str) -> None:
    store, order = await collected(world)
    world.slack.faults.refuse(POST, error)
    await world.settle()
    card = await card_of(world, store.id, order)
    assert (card.blocks, bool(card.text)) == ([], True)
    assert [entry["error"] for entry in logged if entry["log_level"] == "error"] == [error]
    world.clock.advance(SECOND)
    await draw_again(world, order_key(store.id, order.order_no))
    await world.settle()
    assert (await card_of(world, store.id, order)).blocks


async def test_a_busy_channel_holds_up_no_other(world: World) -> None:
    store, order, _ = await shown(world)
    await add_rows(world, *(card_row(world, store, order, number) for number in range(150)))
    await world.bot.outbox.deliver()
    world.clock.advance(SECOND)
    await add_rows(world, card_row(world, store, order, 1000, to=SEOYEON))
    for _ in range(2):
        await world.bot.outbox.deliver()
    assert len(direct(world, SEOYEON)) == 1


async def test_health_sees_since_when_something_is_due_not_how_old_it_is(world: World) -> None:
    store, order, _ = await shown(world)
    world.clock.advance(timedelta(days=2))
    since = world.clock()
    await draw_again(world, order_key(store.id, order.order_no))
    world.clock.advance(timedelta(minutes=11))
    assert await world.bot.outbox.turns.oldest_due(world.db) == since


async def test_a_direct_message_speaks_the_persons_language_and_a_channel_the_workspaces(world: World) -> None:
    store, order, card = await shown(world)
    await add_rows(
        world,
        card_row(world, store, order, 1, to=DANIEL),
        card_row(world, store, order, 2, to=DANIEL, thread_key="order/again/1"),
    )
    await world.settle()
    world.clock.advance(SECOND)
    await draw_again(world, "order/again/1", "order/again/2")
    await world.settle()
    texts = [shows(m) for number in (1, 2) for m in await seen_by_daniel(world, number)]
    assert len(texts) == 2
    assert all("Confirm" in text and "발주확인" not in text for text in texts)
    assert "발주확인" in shows(card)


async def seen_by_daniel(world: World, number: int) -> list[Message]:
    row = await row_of(world, f"order/again/{number}")
    return [m for m in world.slack.messages(str(row.channel), DANIEL) if m.ts == row.ts]


async def refused_key(world: World, *, email: str = "contact@example.com", **over: Any) -> Store:
    """A store whose key TMON refuses at its first collection."""
    contact = Contact(name="박담당", email=email, mobile="010-1234-5678")
    store = await world.add_store(contact=contact, **over)
    world.tmon.revoke_key(store.seller_id)
    return store


@pytest.mark.parametrize(
    ("email", "chosen", "hears"),
    [
        ("seoyeon@example.com", JUNHO, JUNHO),
        ("SeoYeon@example.com", None, SEOYEON),
        ("stranger@example.org", None, MINJI),
    ],
    ids=["the chosen account", "the account with the address", "whoever registered the store"],
)
async def test_who_the_contact_is(world: World, email: str, chosen: str | None, hears: str) -> None:
    await refused_key(world, email=email, contact_user_id=chosen)
    await world.collect()
    assert {user for user in (MINJI, JUNHO, SEOYEON) if direct(world, user)} == {hears}
    lookups = len(world.slack.calls_of("users.lookupByEmail"))
    assert lookups == (chosen is None)
    world.clock.advance(timedelta(minutes=10))
    await draw_again(world, *[row.key for row in await contact_rows(world)])
    await world.settle()
    assert len(world.slack.calls_of("users.lookupByEmail")) == lookups, "an edit need not look for anybody"


async def contact_rows(world: World) -> list[Row]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Row).where(col(Row.key).contains("/contact/"))))


async def test_the_mail_server_is_down_and_comes_back(world: World) -> None:
    await refused_key(world)
    port = int(URL(world.mail.url).explicit_port or 0)
    await world.mail.stop()
    await world.bot.services[Coordinator].tick(ORDERS)
    for _ in range(3):
        await world.settle()
        world.clock.advance(timedelta(seconds=10))
    assert direct(world, MINJI), "Slack does not wait for mail"
    assert world.mail.messages == []
    await world.mail.start(port=port)
    world.clock.advance(timedelta(minutes=5))
    await world.settle()
    assert [mail.recipients for mail in world.mail.messages] == [("contact@example.com",)]


class Refusing:
    """A mail server that knows nobody."""

    def __init__(self) -> None:
        self.tries = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """No such mailbox."""
        self.tries += 1
        return f"550 5.1.1 <{address}>: user unknown"


async def test_a_refused_recipient_is_given_up(world: World, logged: list[EventDict]) -> None:
    await refused_key(world)
    port = URL(world.mail.url).explicit_port
    await world.mail.stop()
    refusing = Refusing()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(refusing), "127.0.0.1", port)
    await world.collect()
    for _ in range(3):
        world.clock.advance(timedelta(minutes=5))
        await world.settle()
    server.close()
    assert refusing.tries == 1
    assert "mail refused" in [entry["event"] for entry in logged]
    assert "contact@example.com" not in str(logged)


async def test_the_operator_hears_what_no_store_can_mend(world: World) -> None:
    await world.add_store()
    world.tmon.faults.reject_vendor = True
    world.tmon.faults.expire_tokens()
    await world.collect()
    assert ("operator@example.com",) in [mail.recipients for mail in world.mail.messages]
