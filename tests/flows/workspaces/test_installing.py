"""Installation and its end in a bot that runs, with Slack's events over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.installations import Installations
from bot.manifest import manifest
from bot.playground.slack import demo_workspace
from bot.playground.slack.distribution import Distribution
from bot.playground.slack.distribution_server import serve_distribution
from bot.public_address import Unreachable, WrongAnswer, examine
from bot.runtime import ShutdownSignal, running_bot
from tests.bot.installations.conftest import Installing
from tests.bot.test_cli import free_port
from tests.clock import MovableClock
from tests.flows.world import scene_on


@pytest.fixture
async def installing(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[Installing]:
    """A bot with a workspace of its own, and another one that may install the app."""
    url = f"http://127.0.0.1:{free_port()}"
    document = manifest(url)
    async with scene_on(database_url, encryption_key, clock) as scene, AsyncExitStack() as stack:
        other = demo_workspace(clock, manifest=document)
        other.http.signing_secret = scene.slack.http.signing_secret
        slack = Distribution(clock, [scene.slack, other], document)
        scene.slack.give_token("xoxb-1-own", None)
        server = await serve_distribution(slack)
        stack.push_async_callback(server.stop)
        settings = scene.settings.model_copy(
            update={
                "slack_bot_token": SecretStr("xoxb-1-own"),
                "slack_api_url": server.api_url.rstrip("/"),
                "slack_transport": "http",
                "slack_signing_secret": SecretStr(scene.slack.http.signing_secret),
                "slack_client_id": slack.client_id,
                "slack_client_secret": SecretStr(slack.client_secret),
                "public_url": url,
                "http_port": int(url.rpartition(":")[2]),
            }
        )
        bot = await stack.enter_async_context(running_bot(settings, clock, ShutdownSignal()))
        assert bot.oauth is not None
        for workspace in slack.workspaces.values():
            await workspace.http.use(f"{url}/slack/events")
            stack.push_async_callback(workspace.http.close)
        made = Installing(slack, bot.oauth.app, bot.services.core, bot.installations, bot.oauth, url, settings)
        yield made
        for browser in made.browsers:
            await browser.close()


async def is_installed(installing: Installing, team_id: str) -> bool:
    return await Installations(installing.core, installing.app.api_url).of(team_id) is not None


async def test_a_workspace_installs_the_app_uninstalls_it_and_comes_back(
    installing: Installing, clock: MovableClock
) -> None:
    own, other = installing.teams
    await installing.install(other)
    assert {one.team_id: one.by_operator for one in await installing.installations.all()} == {
        own.team_id: True,
        other.team_id: False,
    }
    clock.advance(timedelta(hours=1))
    assert [acted.ok for acted in await installing.slack.uninstall(other.team_id)] == [True, True]
    async with asyncio.timeout(60):
        while await is_installed(installing, other.team_id):  # noqa: ASYNC110 - the answer does not wait for the listener
            await asyncio.sleep(0.05)
    assert await is_installed(installing, own.team_id)
    clock.advance(timedelta(seconds=2))
    await installing.install(other)
    for envelope in other.sockets.envelopes:
        assert (await other.redeliver(envelope.id)).ok
    await asyncio.sleep(0.5)  # the answers do not wait for the listeners
    assert await is_installed(installing, other.team_id)


async def test_the_public_address_is_examined_as_slack_and_browsers_use_it(
    installing: Installing, clock: MovableClock
) -> None:
    def now() -> float:
        return clock().timestamp()

    settings = installing.settings
    assert settings is not None
    assert await examine(settings, now) == "takes signed requests and leads to Slack for an installation"
    for changed, said in (
        ({"slack_signing_secret": SecretStr("0123456789abcdef0123456789abcdef")}, "another SLACK_SIGNING_SECRET"),
        ({"slack_client_id": "9.9"}, "/slack/install answers 302"),
        ({"public_url": f"{installing.url}/elsewhere"}, "/slack/events answers 404"),
    ):
        with pytest.raises(WrongAnswer, match=said):
            await examine(settings.model_copy(update=changed), now)
    with pytest.raises(Unreachable):
        await examine(settings.model_copy(update={"public_url": f"http://127.0.0.1:{free_port()}"}), now)
