"""A workspace that uninstalls the app and comes back: nothing is collected, written or sent meanwhile."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlmodel import col

from tests.flows.claims.claiming import add_claim
from tests.flows.world import World
from tmon.collection.messages import KindNotOffered
from tmon.errors import AppError
from tmon.models.claims import ClaimKind
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.models.workspaces import Installation, Workspace
from tmon.outbox import post
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def leave(world: World) -> None:
    """Slack refuses the token, and the bot notices it."""
    world.slack.end_tokens("account_inactive")
    assert await world.bot.installations.check(world.slack.team_id)


async def come_back(world: World) -> None:
    """The app is installed again with another token."""
    world.slack.give_token("xoxb-2-again", None)
    world.settings = world.settings.model_copy(update={"slack_bot_token": SecretStr("xoxb-2-again")})
    await world.restart()


async def store_of(world: World, store: Store) -> Store:
    async with world.db.read() as session:
        return await session.get_one(Store, (store.team_id, store.id))


async def test_the_start_makes_the_one_installation(world: World) -> None:
    async with world.db.read() as session:
        workspace = await session.get_one(Workspace, world.slack.team_id)
        installation = await session.get_one(Installation, world.slack.team_id)
    assert (workspace.name, workspace.gone_at) == (world.slack.team_name, None)
    assert installation.installed_by is None
    installed = await world.bot.installations.of(world.slack.team_id)
    assert installed is not None
    assert installed.token == world.slack.bot_token


async def test_a_departed_workspace_is_not_served_and_taken_up_again_when_it_comes_back(world: World) -> None:
    on, off = await world.add_store(), await world.add_store(partner=1, sync_on=False)
    await world.collect()
    await leave(world)
    assert not (await store_of(world, on)).sync_on
    async with world.db.write() as session:
        await post(session, on, KindNotOffered(store=on.id, what=ORDERS), key="waits", now=world.clock())
    tmon, slack = len(world.tmon.calls), len(world.slack.calls)
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        await world.collect()
        await world.sweep()
    assert len(world.tmon.calls) == tmon
    await world.run_job("watch the outbox")
    assert len(world.slack.calls) == slack
    assert await world.bot.outbox.turns.oldest_due() is None
    assert world.mail.messages == []
    await come_back(world)
    assert (await store_of(world, on)).sync_on
    assert not (await store_of(world, off)).sync_on
    await world.collect()
    assert len(world.tmon.calls) > tmon
    async with world.db.read() as session:
        assert (await session.get_one(OutboxMessage, (on.team_id, "waits"))).ts is not None


async def test_nobody_switches_a_store_on_that_was_left(world: World) -> None:
    store = await world.add_store()
    await leave(world)
    late = Person(team_id=store.team_id, user_id=world.owner, is_full_member=True)
    with pytest.raises(AppError, match="store_gone"):  # its press came before, and is late
        await world.bot.services[StoreService].settings.turn(late, store.id, None, on=True)
    assert not (await store_of(world, store)).sync_on


async def test_nobody_is_reminded_while_the_workspace_is_gone(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    await world.collect()
    await world.settle()
    await add_claim(world, store, ClaimKind.CANCEL, 1, world.clock(), first_seen_at=world.clock())
    await leave(world)
    for _ in range(72):
        world.clock.advance(timedelta(minutes=30))
        await world.run_job("remind")
        await world.run_job("remind of claims")
    async with world.db.read() as session:
        keys = await session.scalars(select(col(OutboxMessage.key)).where(col(OutboxMessage.key).contains("reminder")))
        assert list(keys) == []
