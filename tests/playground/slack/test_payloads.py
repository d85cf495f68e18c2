"""What an envelope says of what was pressed."""

from __future__ import annotations

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack import NotVisible
from bot.playground.slack.demo import MINJI, ORDERS, OUTSIDER
from tests.playground.slack.forms import Body
from tests.playground.slack_workspace import ConnectedWorkspace, button, plain, section


async def test_a_press_carries_the_real_element(slack: ConnectedWorkspace) -> None:
    presses: list[Body] = []

    @slack.app.action("order.confirm")
    async def press(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        presses.append(body)
        await client.chat_update(
            channel=body["channel"]["id"], ts=body["message"]["ts"], text="확인", blocks=[section("확인")]
        )

    blocks = [{"type": "actions", "block_id": "b", "elements": [button("order.confirm", "42", style="primary")]}]
    ts = (await slack.client.chat_postMessage(channel=ORDERS, text="주문", blocks=blocks))["ts"]
    acted = await slack.workspace.click(OUTSIDER, channel=ORDERS, ts=ts, action_id="order.confirm")
    assert acted.ok
    await slack.workspace.wait_until(lambda: any(call.ok for call in slack.workspace.calls_of("chat.update")))
    assert presses[0]["actions"][0] | {"action_ts": ""} == {
        "type": "button",
        "action_id": "order.confirm",
        "block_id": "b",
        "text": plain("발주확인"),
        "value": "42",
        "style": "primary",
        "action_ts": "",
    }
    assert presses[0]["user"]["team_id"] != slack.workspace.team_id
    with pytest.raises(NotVisible):
        await slack.workspace.click(MINJI, channel=ORDERS, ts=ts, action_id="order.confirm")
