"""A database that is locked for the moment is told as such, and what was asked can be asked again."""

import pytest
from sqlalchemy import text

from bot.db import create_database
from bot.playground.slack.demo import MINJI
from handlers.orders.ids import OrderAction
from tests.flows.cards import action, told
from tests.flows.orders.pressing import card, one_order
from tests.flows.world import PATIENCE_SECONDS, World, until
from tmon.models.orders import OrderState


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # elsewhere a writer waits for its own rows only
async def test_who_presses_while_the_database_is_locked_is_asked_to_try_again(world: World) -> None:
    store, order, message = await one_order(world)
    confirm = action(message.blocks, OrderAction.CONFIRM)
    other = create_database(world.settings.database_url)
    async with other.write() as session:
        await session.execute(text("SELECT 1"))
        await world.slack.click(MINJI, channel=message.channel, ts=message.ts, action_id=confirm)
        await world.bot.guard.drain()
    await other.engine.dispose()
    (sentence,) = told(world, MINJI, message.channel)
    assert sentence == "지금 저장소가 바빠 처리하지 못했습니다. 잠시 뒤 다시 시도해 주세요."
    assert (await world.order(store, order.order_no)).state is OrderState.NEW

    await world.slack.click(MINJI, channel=message.channel, ts=card(world, order).ts, action_id=confirm)
    await world.settle()
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_who_presses_while_nobody_can_say_whether_the_app_is_installed_is_told_without_a_token(
    world: World,
) -> None:
    store, order, message = await one_order(world)
    world.process.alone = False
    world.bot.guard.submission_seconds = 0.5
    known = world.bot.installations._known
    for team_id, (installed, began) in list(known.items()):
        known[team_id] = installed, began - 5
    calls = len(world.slack.calls)
    async with world.db.write() as session:
        await session.execute(text("LOCK TABLE installation IN ACCESS EXCLUSIVE MODE"))
        confirm = action(message.blocks, OrderAction.CONFIRM)
        await world.slack.click(MINJI, channel=message.channel, ts=message.ts, action_id=confirm)
        await until(lambda: told(world, MINJI, message.channel), PATIENCE_SECONDS)
        assert len(world.slack.calls) == calls
    await world.bot.guard.drain()
    (sentence,) = told(world, MINJI, message.channel)
    assert sentence == "지금 저장소가 바빠 처리하지 못했습니다. 잠시 뒤 다시 시도해 주세요."
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
