"""A workspace that uninstalls the app and comes back: nothing is collected, written or sent meanwhile."""

from datetime import timedelta

from pydantic import SecretStr

from tests.flows.world import World
from tmon.collection.messages import KindNotOffered
from tmon.models.collection import ORDERS
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import Store
from tmon.models.workspaces import Installation, Workspace
from tmon.outbox import post


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
