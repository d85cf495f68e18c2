"""What waits follows its store to a channel that works again, or to another one, and the old cards point there."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import CS, GENERAL, MINJI, OLD, ORDERS
from bot.playground.tmon import new_question
from handlers.orders.ids import OrderAction
from handlers.stores.ids import StoreAction
from tests.flows.cards import buttons, direct, posted, press, shows
from tests.flows.outbox.messages import collected
from tests.flows.stores.editing import edit, look
from tests.flows.stores.registering import LIVING, click, set_up, submit
from tests.flows.world import World
from tmon.inquiries.collector import INQUIRIES
from tmon.inquiries.messages import InquiryCard
from tmon.models.orders import OrderState
from tmon.stores.messages import ChannelLost
from tmon.stores.service import StoreService


@pytest.mark.parametrize("orders", [1, 3, 8])
async def test_a_mended_channel_gets_what_waits_on_one_card(world: World, orders: int) -> None:
    store = await world.add_store()
    for _ in range(orders):
        world.tmon.new_order(store.seller_id, deals=1)
    world.slack.faults.kick_bot(ORDERS)
    await world.collect()
    assert len(await world.orders()) == orders
    old = [m for m in [*await posted(world, "order/"), *await posted(world, "batch/")] if m.channel != ORDERS]
    world.slack.faults.invite_bot(ORDERS)
    [lost] = await posted(world, ChannelLost.kind)
    await press(world, MINJI, lost, StoreAction.RECHECK)
    [anew] = [m for m in await posted(world, "batch/") if m.channel == ORDERS]
    assert OrderAction.CONFIRM_BATCH in buttons(anew.blocks)
    place = old[0].channel
    for message in world.slack.messages(place, MINJI):
        if message.ts in {m.ts for m in old}:
            assert buttons(message.blocks) == []
            assert f"<#{ORDERS}>" in shows(message)
    assert "다시" in next(text for text in direct(world, MINJI) if "새로 올렸습니다" in text)
    await press(world, MINJI, anew, OrderAction.CONFIRM_BATCH)
    assert {order.state for order in await world.orders()} == {OrderState.CONFIRMED}


async def test_a_channel_that_takes_messages_again_by_itself_gets_what_waits_too(world: World) -> None:
    store, _ = await collected(world)
    world.slack.faults.archive(ORDERS)
    await world.settle()
    world.slack.faults.archive(ORDERS, archived=False)
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=5))
    await world.collect()
    assert [m.channel for m in await posted(world, "batch/")] == [ORDERS]
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).channel_ok


async def test_another_channel_gets_orders_and_inquiries_that_wait(world: World) -> None:
    store, _ = await collected(world)
    new_question(world.tmon, store.seller_id)
    await world.collect(INQUIRIES)
    world.slack.faults.invite_bot(GENERAL)
    await look(world)
    await edit(world, 3, {"channel": GENERAL})
    await submit(world, MINJI, {})
    await world.settle()
    assert [m.channel for m in await posted(world, "batch/")] == [GENERAL]
    [old] = [m for m in await posted(world, "order/") if m.channel == ORDERS]
    assert (buttons(old.blocks), f"<#{GENERAL}>" in shows(old)) == ([], True)
    assert {m.channel for m in await posted(world, InquiryCard.kind)} == {ORDERS, GENERAL}
    world.clock.advance(timedelta(minutes=5))
    world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert [m.channel for m in await posted(world, "order/") if m.ts != old.ts] == [GENERAL]


async def test_a_store_without_a_reachable_channel_starts_in_direct_messages(world: World) -> None:
    world.tmon.new_order(LIVING.partner_id)
    view = await set_up(world, channel=CS)
    assert "/invite" in str(view.blocks)
    world.clock.advance(timedelta(minutes=1))
    await world.collect()
    assert any(m.channel != CS for m in [*await posted(world, "order/"), *await posted(world, "batch/")])
    assert world.posts(CS)[-1].user != world.slack.bot_user_id
    world.slack.faults.invite_bot(CS)
    await click(world, MINJI, StoreAction.RECHECK)
    assert [m.channel for m in await posted(world, "batch/") if OrderAction.CONFIRM_BATCH in buttons(m.blocks)] == [CS]


async def test_a_dead_channel_is_no_place_to_move_to(world: World) -> None:
    await collected(world)
    await world.settle()
    await look(world)
    await edit(world, 3, {"channel": OLD})
    await submit(world, MINJI, {})
    await world.settle()
    assert await posted(world, "batch/") == []
    assert "보관" in str(world.modal(MINJI).blocks)
