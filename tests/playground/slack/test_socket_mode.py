"""Connections of an app: opened anew, and several at once."""

from __future__ import annotations

import asyncio

import aiohttp
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_the_app_connects_anew_when_slack_asks(slack: ConnectedWorkspace) -> None:
    @slack.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack()

    workspace = slack.workspace
    before = len(workspace.calls_of("apps.connections.open"))
    changes = workspace.subscribe()
    await workspace.disconnect_sockets("warning")
    assert workspace.connected
    await workspace.disconnect_sockets("refresh_requested")
    await workspace.wait_until(
        lambda: workspace.connected and len(workspace.calls_of("apps.connections.open")) > before
    )
    assert (await anext(changes)).kind == "presence"
    changes.close()
    assert (await slack.workspace.slash(MINJI, ORDERS, "/tmon", "")).ok


async def test_several_connections_share_the_envelopes(slack: ConnectedWorkspace) -> None:
    seen: list[str] = []

    @slack.app.command("/tmon")
    async def command(ack: AsyncAck) -> None:
        await ack()
        seen.append("first")

    answer = await AsyncWebClient(slack.workspace.app_token, base_url=slack.server.api_url).apps_connections_open(
        app_token=slack.workspace.app_token
    )
    async with aiohttp.ClientSession() as http, http.ws_connect(answer["url"]) as socket:
        hello = await socket.receive_json()
        assert (hello["type"], hello["num_connections"]) == ("hello", 2)
        for _ in range(2):
            acting = asyncio.create_task(slack.workspace.slash(MINJI, ORDERS, "/tmon", ""))
            received = asyncio.create_task(socket.receive_json())
            await asyncio.wait({acting, received}, return_when=asyncio.FIRST_COMPLETED)
            if received.done():
                await socket.send_json({"envelope_id": received.result()["envelope_id"]})
                seen.append("second")
            else:
                received.cancel()
            assert (await acting).ok
        assert sorted(seen) == ["first", "second"]
        async with http.get(answer["url"].replace("ws", "http", 1)) as again:
            assert again.status == 408
