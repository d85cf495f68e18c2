"""`tmon-bot run` with Slack over HTTP: the same bot, whatever way Slack speaks to it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.playground.slack import SlackCall
from bot.playground.slack.demo import MINJI, ORDERS
from bot.runtime import ShutdownSignal, running_bot
from bot.services import Bot
from bot.webserver import running_web
from tests.bot.test_cli import free_port
from tests.clock import MovableClock
from tests.flows.stores.registering import api, text_of
from tests.flows.world import Scene, scene_on, until


@pytest.fixture
async def scene(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[Scene]:
    async with scene_on(database_url, encryption_key, clock) as made:
        yield made


Running = Callable[..., AbstractAsyncContextManager[Bot]]


@asynccontextmanager
async def over_http(scene: Scene, running: Running = running_bot) -> AsyncIterator[tuple[Bot, str]]:
    """The bot as `run` starts it, or `web`, with Slack's requests to it; yields its address, too."""
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
    async with running(settings, scene.clock, ShutdownSignal()) as bot:
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


async def drains(scene: Scene, running: Running) -> None:
    """Lets a process end while Slack has not answered a call that it made for somebody."""
    held, answer, stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    async def hold(call: SlackCall, phase: Any) -> None:
        if call.method == "views.open" and phase.value == "received":
            held.set()
            await answer.wait()

    async def live() -> None:
        async with over_http(scene, running) as (_, address):
            addresses.append(address)
            await stop.wait()

    living = asyncio.create_task(live())
    await until(lambda: addresses or living.done(), 60)
    (address,) = addresses
    scene.slack.on_call = hold
    pressing = asyncio.create_task(scene.slack.slash(MINJI, ORDERS, "/tmon", "guide"))
    await held.wait()
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{address}/healthz")).status_code == 200
        stop.set()
        await asyncio.sleep(0)
        health = await client.get(f"{address}/healthz")
        assert (health.status_code, health.json()["reason"]) == (503, "draining")
    assert (await scene.slack.slash(MINJI, ORDERS, "/tmon", "guide")).ok, "the balancer has not heard of it yet"
    assert not living.done()
    answer.set()
    await living
    assert (await pressing).ok
    assert len(scene.slack.calls_of("views.open")) == 2


async def test_a_process_that_drains_says_so_at_once_and_ends_what_it_is_asked_until_then(scene: Scene) -> None:
    await scene.add_store()
    await drains(scene, running_bot)


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_a_web_that_drains_says_so_at_once_and_ends_what_it_is_asked_until_then(scene: Scene) -> None:
    await scene.add_store()
    scene.settings = scene.settings.model_copy(update={"engine": "queue"})
    await drains(scene, running_web)
