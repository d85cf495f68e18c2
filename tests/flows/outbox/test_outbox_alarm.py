"""Messages that do not leave: the operator hears of it once by mail, and once more when it is over."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict
from yarl import URL

from bot.playground.slack.demo import GENERAL
from bot.playground.slack.demo import ORDERS as CHANNEL
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.stores import Store
from tmon.models.workspaces import Installation
from tmon.outbox import MAIL, enqueue, new_message
from tmon.stores.messages import ChannelLost, ContactNoticeEmail

MINUTE = timedelta(minutes=1)
POST = "chat.postMessage"


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """What is logged meanwhile."""
    structlog.reset_defaults()
    with capture_logs() as entries:
        yield entries


async def watch(world: World, *, delivers: bool = True) -> None:
    """A minute of the bot: it delivers what it can, and looks after the outbox."""
    world.clock.advance(MINUTE)
    if delivers:
        await world.bot.outbox.deliver()
    await world.run_job("watch the outbox")
    for _ in range(5):
        await world.bot.outbox.deliver_mails()


async def something_to_tell(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id, deals=1)
    await world.bot.services[Coordinator].tick(ORDERS)
    await world.bot.engine.drain()


def letters(world: World) -> list[str]:
    return [mail.subject for mail in world.mail.messages if mail.recipients == ("operator@example.com",)]


@pytest.mark.parametrize("hangs", [False, True], ids=["refused", "hangs"])
async def test_slack_takes_nothing_for_a_while(world: World, logged: list[EventDict], hangs: bool) -> None:
    await something_to_tell(world)
    world.slack.faults.refuse(POST, "invalid_auth", times=10_000)
    for _ in range(9):
        await watch(world, delivers=not hangs)
    assert letters(world) == []
    for _ in range(30):
        await watch(world, delivers=not hangs)
    assert letters(world) == ["[티몬] 메시지가 나가지 않습니다"]
    text = world.mail.messages[-1].text
    # where nothing is sent, the report of the run counts too: that its card says it all shows when it is drawn
    assert f"Slack {2 if hangs else 1}건, 메일 0건" in text
    assert "tmon-bot doctor" in text
    assert ("invalid_auth" in text) is not hangs
    assert [e["event"] for e in logged if e["log_level"] == "error"] == ["the outbox is stuck"]

    await world.restart()
    await watch(world, delivers=not hangs)
    assert len(letters(world)) == 1, "a restart mends nothing, and tells nothing anew"
    world.slack.faults.clear()
    for _ in range(10):
        await watch(world)
    assert letters(world)[1:] == ["[티몬] 메시지가 다시 나갑니다"]


async def test_mail_hangs_as_well_and_the_operator_is_told_afterwards(world: World, logged: list[EventDict]) -> None:
    await something_to_tell(world)
    world.slack.faults.refuse(POST, "internal_error", times=10_000)
    port = int(URL(world.mail.url).explicit_port or 0)
    await world.mail.stop()
    for _ in range(30):
        await watch(world)
    assert [e["event"] for e in logged if e["log_level"] == "error"] == ["the outbox is stuck"]
    world.slack.faults.clear()
    for _ in range(10):
        await watch(world)
    await world.mail.start(port=port)
    for _ in range(10):
        await watch(world)
    assert letters(world) == ["[티몬] 메시지가 다시 나갑니다"], "with both moments; that it is stuck would not be true"
    assert "시작: 오늘 10:0" in world.mail.messages[-1].text
    assert "끝: 오늘 10:3" in world.mail.messages[-1].text


async def test_what_waited_while_the_bot_was_down_is_no_alarm(world: World) -> None:
    await something_to_tell(world)
    world.clock.advance(timedelta(hours=3))
    await world.restart()
    await watch(world, delivers=False)
    await world.settle()
    for _ in range(12):
        await watch(world)
    assert letters(world) == []


async def test_a_long_queue_that_moves_is_no_alarm(world: World) -> None:
    """Slack takes about one message a second in a channel: hundreds take their time, and nothing is wrong."""
    store = await world.add_store(channel_ok=False)
    rows = [
        new_message(
            ChannelLost(store=store.id, channel=store.channel_id),
            team_id=store.team_id,
            key=f"test/{number}",
            to=store.channel_id,
            now=world.clock(),
            store_id=store.id,
        )
        for number in range(60)
    ]
    async with world.db.write() as session:
        await enqueue(session, rows)
    for _ in range(15):
        await watch(world)
    assert 15 < len(world.posts(store.channel_id)) < 60
    assert letters(world) == []
    for _ in range(16):
        await watch(world, delivers=False)
    assert letters(world) == ["[티몬] 메시지가 나가지 않습니다"]


async def test_a_workspace_that_gets_nothing_is_told_however_much_another_gets(world: World) -> None:
    silent = "T0SILENT001"
    await world.install(silent)
    async with world.db.write() as session:
        (await session.get_one(Installation, silent)).bot_token = None
    world.bot.installations._forget(silent)
    own, other = await world.add_store(channel_ok=False), await world.add_store(team_id=silent, channel_ok=False)

    async def tell(store: Store, number: int, place: str) -> None:
        message = ChannelLost(store=store.id, channel=store.channel_id)
        row = new_message(
            message, team_id=store.team_id, key=f"test/{number}", to=place, now=world.clock(), store_id=store.id
        )
        async with world.db.write() as session:
            await enqueue(session, [row])

    for number, place in enumerate((CHANNEL, GENERAL)):
        await tell(other, number, place)
    for number in range(20):
        await tell(own, number, CHANNEL)
        await watch(world)
    assert letters(world) == ["[티몬] 메시지가 나가지 않습니다"]
    assert f"워크스페이스: {silent}" in world.mail.messages[-1].text
    assert "Slack 2건, 메일 0건" in world.mail.messages[-1].text


async def test_a_workspace_whose_mails_do_not_leave_is_told_however_many_of_another_do(world: World) -> None:
    silent = "T0SILENT001"
    await world.install(silent)
    own, other = await world.add_store(), await world.add_store(team_id=silent, partner=1, contact_confirmed=False)
    async with world.db.write() as session:  # so Slack does not say whether the address is that of a member
        (await session.get_one(Installation, silent)).bot_token = None
    world.bot.installations._forget(silent)

    async def mail(store: Store, number: int) -> None:
        message = ContactNoticeEmail(store=store.id, who=world.owner)
        row = new_message(
            message, team_id=store.team_id, key=f"test/{number}", to=MAIL, now=world.clock(), store_id=store.id
        )
        async with world.db.write() as session:
            await enqueue(session, [row])

    await mail(other, 0)
    for number in range(20):
        await mail(own, number)
        await watch(world)
    assert sum(mail.recipients == ("contact@example.com",) for mail in world.mail.messages) == 20
    assert letters(world) == ["[티몬] 메시지가 나가지 않습니다"]
    told = next(mail.text for mail in world.mail.messages if mail.subject == letters(world)[0])
    assert f"워크스페이스: {silent}" in told
    assert "Slack 0건, 메일 1건" in told


async def test_without_mail_the_log_is_all_there_is(world: World, logged: list[EventDict]) -> None:
    world.settings = world.settings.model_copy(update={"smtp_url": None})
    await world.restart()
    await something_to_tell(world)
    for _ in range(12):
        await watch(world, delivers=False)
    [entry] = [e for e in logged if e["log_level"] == "error"]
    assert (entry["event"], entry["told"], entry["slack"]) == ("the outbox is stuck", False, 2)
