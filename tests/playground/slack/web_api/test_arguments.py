"""The three ways in which arguments come."""

from __future__ import annotations

import json

import aiohttp

from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack_workspace import ConnectedWorkspace, section


async def test_arguments_come_as_form_json_and_query(unconnected: ConnectedWorkspace) -> None:
    url, token = unconnected.server.api_url, unconnected.workspace.bot_token
    content = {"channel": ORDERS, "text": "주문", "blocks": [section("가")]}
    form: dict[str, str] = {"channel": ORDERS, "text": "주문", "blocks": json.dumps(content["blocks"]), "token": token}
    bearer = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession() as http:
        for request in (
            http.post(url + "chat.postMessage", data=form),
            http.post(url + "chat.postMessage", json=content, headers=bearer),
            http.get(url + "chat.postMessage", params=form),
        ):
            async with request as response:
                answer = await response.json()
                assert answer["ok"], answer
        async with http.post(
            url + "auth.test", data="{", headers={**bearer, "Content-Type": "application/json"}
        ) as bad:
            assert (await bad.json())["error"] == "invalid_json"
    assert [m.blocks[0]["text"]["text"] for m in unconnected.workspace.messages(ORDERS, MINJI)[-3:]] == ["가"] * 3
