"""What may go wrong at Slack."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace, section


async def test_faults_hit_as_often_as_asked(unconnected: ConnectedWorkspace) -> None:
    faults, client = unconnected.workspace.faults, unconnected.client
    faults.refuse("chat.postMessage", "internal_error", times=2)
    for _ in range(2):
        assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "internal_error"
    faults.throttle("chat.postMessage", retry_after=7)
    with pytest.raises(SlackApiError) as throttled:
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert throttled.value.response.headers["Retry-After"] == "7"
    faults.break_down("*", status=503)
    with pytest.raises(SlackApiError) as broken:
        await client.auth_test()
    assert broken.value.response.status_code == 503
    await client.chat_postMessage(channel=ORDERS, text="가")
    assert [call.status for call in unconnected.workspace.calls] == [200, 200, 429, 503, 200]


async def test_an_html_page_instead_of_json(unconnected: ConnectedWorkspace) -> None:
    unconnected.workspace.faults.break_down("auth.test", status=502, html=True)
    async with aiohttp.ClientSession() as http, http.post(unconnected.server.api_url + "auth.test") as response:
        assert (response.status, response.content_type) == (502, "text/html")


async def test_a_lost_answer_may_or_may_not_have_taken_effect(unconnected: ConnectedWorkspace) -> None:
    client = AsyncWebClient(unconnected.workspace.bot_token, base_url=unconnected.server.api_url, retry_handlers=[])
    before = len(unconnected.workspace.messages(ORDERS, MINJI))
    unconnected.workspace.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert len(unconnected.workspace.messages(ORDERS, MINJI)) == before
    unconnected.workspace.faults.drop("chat.postMessage", after_effect=True)
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=ORDERS, text="가")
    assert len(unconnected.workspace.messages(ORDERS, MINJI)) == before + 1


async def test_a_hanging_call_lasts_until_the_caller_gives_up(unconnected: ConnectedWorkspace) -> None:
    unconnected.workspace.faults.hang("auth.test")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(unconnected.client.auth_test(), 0.2)
    assert (await unconnected.client.auth_test())["ok"]


async def test_slack_takes_no_picture_that_it_cannot_load(unconnected: ConnectedWorkspace) -> None:
    faults, client = unconnected.workspace.faults, unconnected.client
    image = {"type": "image", "alt_text": "수건", "image_url": "https://img.example.com/1.jpg"}
    blocks: list[dict[str, Any]] = [
        section("가") | {"accessory": image},
        {"type": "context", "elements": [image]},
        image,
    ]
    await client.chat_postMessage(channel=ORDERS, text="가", blocks=blocks)
    faults.silent_image_hosts = {".example.com"}
    refused = await refusal(client.chat_postMessage(channel=ORDERS, text="가", blocks=blocks))
    failed = [
        f"[ERROR] downloading image failed [json-pointer:/blocks/{place}/image_url]"
        for place in ("0/accessory", "1/elements/0", "2")
    ]
    assert (refused["error"], refused["response_metadata"]["messages"]) == ("invalid_blocks", failed)
    home = await refusal(client.views_publish(user_id=MINJI, view={"type": "home", "blocks": [image]}))
    assert (home["error"], home["response_metadata"]["messages"]) == (
        "invalid_arguments",
        ["[ERROR] downloading image failed [json-pointer:/view/blocks/0/image_url]"],
    )
    faults.clear()
    await client.views_publish(user_id=MINJI, view={"type": "home", "blocks": [image]})
