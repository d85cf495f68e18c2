"""`tmon-bot run` with Slack over HTTP: the same bot, whatever way Slack speaks to it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from pydantic import SecretStr

from bot.playground.slack.demo import MINJI, ORDERS
from bot.runtime import ShutdownSignal, running_bot
from bot.services import Bot
from tests.bot.test_cli import free_port
from tests.clock import MovableClock
from tests.flows.stores.registering import api, text_of
from tests.flows.world import Scene, scene_on, until


@pytest.fixture
async def scene(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[Scene]:
    async with scene_on(database_url, encryption_key, clock) as made:
        yield made


@asynccontextmanager
async def over_http(scene: Scene) -> AsyncIterator[tuple[Bot, str]]:
    """The bot as `run` starts it, with Slack's requests to it; yields its address, too."""
    port = free_port()
    settings = scene.settings.model_copy(
        update={
            "slack_transport": "http",
            "slack_app_token": None,
            "slack_signing_secret": SecretStr(scene.slack.http.signing_secret),
            "http_port": port,
        }
    )
    address = f"http://127.0.0.1:{port}"
    async with running_bot(settings, scene.clock, ShutdownSignal()) as bot:
        bot.guard.submission_seconds = 14
        await scene.slack.http.use(f"{address}/slack/events")
        yield bot, address


async def test_the_tab_a_command_and_a_form_work(scene: Scene) -> None:
    async with over_http(scene) as (bot, address):
        assert scene.slack.sockets.connected == 0
        assert (await scene.slack.open_home(MINJI)).ok
        await until(lambda: scene.slack.home(MINJI))
        assert "연결해 보세요" in text_of(scene.slack.home(MINJI))
        assert (await scene.slack.slash(MINJI, ORDERS, "/tmon", "setup")).ok
        await until(lambda: scene.slack.open_modal(MINJI))
        acted = await scene.slack.submit(MINJI, scene.modal(MINJI).id, api())
        assert acted.errors == {}
        acted = await scene.slack.submit(MINJI, scene.modal(MINJI).id, {})
        assert acted.ok
        async with httpx.AsyncClient() as client:
            health = await client.get(f"{address}/healthz")
        assert (health.status_code, health.json()["slack_silent_seconds"]) == (200, 0)
        await bot.guard.drain()


async def test_an_event_that_is_sent_again_has_one_effect(scene: Scene) -> None:
    async with over_http(scene) as (bot, _):
        assert (await scene.slack.open_home(MINJI)).ok
        await until(lambda: scene.slack.home(MINJI))
        await asyncio.gather(*(scene.slack.redeliver() for _ in range(3)))
        await bot.guard.drain()
        assert len(scene.slack.calls_of("views.publish")) == 1


async def test_a_process_that_stops_lets_what_is_under_way_end(scene: Scene) -> None:
    await scene.add_store()
    async with over_http(scene):
        assert (await scene.slack.slash(MINJI, ORDERS, "/tmon", "guide")).ok
    assert len(scene.slack.calls_of("views.open")) == 1
    acted = await scene.slack.slash(MINJI, ORDERS, "/tmon", "guide")
    assert (acted.ok, acted.error) == (False, "no_bot")
