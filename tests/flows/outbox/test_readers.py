"""Who reads a message: places that take nothing, people who left, and refusals that do or do not heal."""

from datetime import timedelta

import pytest
import structlog
from sqlalchemy import select
from sqlmodel import col
from structlog.testing import capture_logs

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, OUTSIDER, SEOYEON
from tests.flows.cards import card_of, direct, posted, press
from tests.flows.outbox.messages import EDIT, POST, add_rows, card_row, collected, draw_again, shown
from tests.flows.outbox.test_delivery import row_of
from tests.flows.outbox.test_outbox_alarm import letters, watch
from tests.flows.stores.editing import look
from tests.flows.stores.test_contact_notice import send_notice
from tests.flows.world import World
from tmon.models.outbox import OutboxMessage
from tmon.orders.cards import order_key
from tmon.stores.messages import ReaderLost
from tmon.stores.service import StoreService


async def pass_time(world: World, minutes: int) -> None:
    """Minutes in which the outbox tries what is due."""
    for _ in range(minutes):
        world.clock.advance(timedelta(minutes=1))
        await world.bot.outbox.deliver()


@pytest.mark.parametrize(
    "code", ["cannot_reply_to_message", "thread_not_found", "restricted_action_thread_locked", "message_not_found"]
)
async def test_a_thread_that_takes_no_reply_gets_it_beside_itself(world: World, code: str) -> None:
    store, order, _ = await shown(world)
    world.slack.faults.refuse(POST, code)
    await add_rows(world, card_row(world, store, order, 1, thread_key=order_key(store.id, order.order_no)))
    await world.settle()
    [reply] = await posted(world, "order/again/1")
    assert (reply.channel, reply.thread_ts) == (store.channel_id, None)


@pytest.mark.parametrize("code", ["cant_update_message", "edit_window_closed", "message_not_found", "block_mismatch"])
async def test_a_card_that_can_no_longer_be_edited_is_posted_anew_while_somebody_has_to_act(
    world: World, code: str
) -> None:
    store, order, card = await shown(world)
    world.slack.faults.refuse(EDIT, code)
    await draw_again(world, order_key(store.id, order.order_no))
    await world.settle()
    again = await card_of(world, store.id, order)
    assert (again.channel, again.ts != card.ts) == (card.channel, True)


@pytest.mark.parametrize("code", ["cant_update_message", "is_inactive", "channel_not_found"])
async def test_a_finished_card_that_can_no_longer_be_edited_is_left(world: World, code: str) -> None:
    store, order, card = await shown(world)
    await press(world, MINJI, card)
    world.tmon.move_to(order.order_no, "D5")
    world.clock.advance(timedelta(hours=2))
    await world.run_job("look for deliveries")
    await world.settle()
    posts = len(world.slack.calls_of(POST))
    world.slack.faults.refuse(EDIT, code, times=10)
    await draw_again(world, order_key(store.id, order.order_no))
    await world.settle()
    assert len(world.slack.calls_of(POST)) == posts
    assert (await row_of(world, order_key(store.id, order.order_no))).ts == card.ts


@pytest.mark.parametrize("code", ["is_inactive", "messages_tab_disabled", "restricted_action_read_only_channel"])
async def test_a_dead_place_is_not_tried_for_ever(world: World, code: str) -> None:
    store, order = await collected(world)
    world.slack.faults.refuse(POST, code, times=100, about=store.channel_id)
    await world.settle()
    refused = [call.args["text"] for call in world.slack.calls_of(POST) if call.error == code]
    assert len(refused) == len(set(refused)) > 0, "each message once"
    card = await card_of(world, store.id, order)
    assert world.slack.channels[card.channel].user == MINJI


async def test_an_unknown_refusal_that_stays_the_same_for_an_hour_reaches_the_next_reader(world: World) -> None:
    store, order = await collected(world)
    world.slack.faults.refuse(POST, "a_code_of_next_year", times=10_000, about=store.channel_id)
    await pass_time(world, 55)
    assert (await row_of(world, order_key(store.id, order.order_no))).destination == store.channel_id
    await pass_time(world, 15)
    await world.settle()
    card = await card_of(world, store.id, order)
    assert world.slack.channels[card.channel].user == MINJI
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok


async def test_a_refusal_that_heals_waits_where_it_is(world: World) -> None:
    store, order = await collected(world)
    for code in ("internal_error", "invalid_auth", "fatal_error", "service_unavailable"):
        world.slack.faults.refuse(POST, code, times=10_000)
        await pass_time(world, 90)
        world.slack.faults.clear()
    await pass_time(world, 6)
    assert (await card_of(world, store.id, order)).channel == store.channel_id
    assert direct(world, MINJI) == []


async def test_an_edit_that_slack_refuses_for_an_hour_is_posted_anew(world: World) -> None:
    store, order, card = await shown(world)
    world.slack.faults.refuse(EDIT, "a_code_of_next_year", times=10_000)
    await draw_again(world, order_key(store.id, order.order_no))
    await pass_time(world, 70)
    await world.settle()
    again = await card_of(world, store.id, order)
    assert (again.channel, again.ts != card.ts) == (card.channel, True)


async def test_one_dead_place_is_no_stuck_outbox(world: World) -> None:
    store, order, _ = await shown(world)
    await add_rows(world, *(card_row(world, store, order, number, to=SEOYEON) for number in range(3)))
    world.slack.faults.refuse(POST, "a_code_of_next_year", times=1000, about=SEOYEON)
    for _ in range(40):
        await watch(world)
    assert letters(world) == []
    assert (await row_of(world, "order/again/1")).attempts > 0


@pytest.mark.parametrize("gone", ["deleted", "is_restricted"])
async def test_who_reads_is_asked_before_a_direct_message(world: World, gone: str) -> None:
    store, order, _ = await shown(world, contact_user_id=JUNHO)
    setattr(world.slack.people[JUNHO], gone, True)
    await add_rows(world, card_row(world, store, order, 1, to="contact"))
    await world.settle()
    assert direct(world, JUNHO) == [], "Slack would take it and nobody would read it"
    assert sum("담당자" in text and "설정" in text for text in direct(world, MINJI)) == 1, "and why it comes here"
    assert (await row_of(world, "order/again/1")).destination == MINJI


async def test_the_next_with_the_right_comes_before_an_admin(world: World) -> None:
    store, order, _ = await shown(world, registered_by=DANIEL, worker_ids=[OUTSIDER, HANEUL, SEOYEON])
    world.slack.people[DANIEL].deleted = True
    await add_rows(world, card_row(world, store, order, 1, to=DANIEL))
    await world.settle()
    assert (await row_of(world, "order/again/1")).destination == SEOYEON
    world.slack.people[SEOYEON].deleted = True
    await add_rows(world, card_row(world, store, order, 2, to=DANIEL))
    await world.settle()
    assert (await row_of(world, "order/again/2")).destination == MINJI, "at last an owner"


async def test_replies_follow_when_the_reader_of_their_card_has_left(world: World) -> None:
    store, order, _ = await shown(world, registered_by=JUNHO)
    await add_rows(world, card_row(world, store, order, 1, to=JUNHO))
    await world.settle()
    world.slack.people[JUNHO].deleted = True
    await add_rows(world, card_row(world, store, order, 2, to=JUNHO, thread_key="order/again/1"))
    await world.settle()
    [reply] = await posted(world, "order/again/2")
    assert (world.slack.channels[reply.channel].user, reply.thread_ts) == (MINJI, None)


async def test_a_slack_that_does_not_say_who_reads_holds_up_nothing(world: World) -> None:
    store, order, _ = await shown(world)
    world.slack.faults.refuse("users.info", "internal_error", times=100)
    await add_rows(world, card_row(world, store, order, 1, to=JUNHO))
    await world.settle()
    assert len(direct(world, JUNHO)) == 1


async def test_somebody_who_left_is_told_about_once(world: World) -> None:
    store, order, _ = await shown(world, contact_user_id=JUNHO)
    world.slack.people[JUNHO].deleted = True
    for number in range(3):
        await add_rows(world, card_row(world, store, order, number, to=JUNHO))
        await world.settle()
    assert len(await posted(world, ReaderLost.kind)) == 1
    [told] = await posted(world, ReaderLost.kind)
    await world.slack.click(MINJI, channel=told.channel, ts=told.ts, action_id="settings.open")
    await world.settle()
    assert store.name in str(world.modal(MINJI).blocks)
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok


async def test_why_a_mail_does_not_leave_is_logged_and_shown(world: World) -> None:
    structlog.reset_defaults()
    await world.add_store(contact_user_id=SEOYEON)

    async def refuse(*_: object) -> str:
        return "553 5.7.1 not yours: bot@example.com"

    vars(world.mail)["handle_MAIL"] = refuse
    await look(world)
    with capture_logs() as logged:
        assert "`mail_sender_553`" in await send_notice(world)
    reasons = {entry.get("error") for entry in logged if entry["event"] == "the mail does not leave"}
    assert reasons == {"mail_sender_553"}
    assert "bot@example.com" not in str(logged)


async def test_a_mail_that_does_not_leave_for_days_is_given_up(world: World) -> None:
    await world.add_store(contact_user_id=SEOYEON)
    await world.mail.stop()
    await look(world)
    await send_notice(world)
    for _ in range(4):
        world.clock.advance(timedelta(days=1))
        await world.bot.outbox.deliver_mails()
    async with world.db.read() as session:
        [row] = await session.scalars(select(OutboxMessage).where(col(OutboxMessage.destination) == "mail"))
    assert (row.undeliverable, row.error) == (True, "mail_unreachable")
