"""Triggers and response URLs live as long as Slack's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import aiohttp

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from tests.clock import MovableClock
from tests.playground.slack.forms import error_of
from tests.playground.slack_workspace import ConnectedWorkspace, modal, section


async def test_a_trigger_works_once_and_for_three_seconds(slack: ConnectedWorkspace, clock: MovableClock) -> None:
    workspace, client = slack.workspace, slack.client
    view = modal(section("가"))
    trigger = workspace.triggers.issue(MINJI)
    assert await error_of(client.views_open(trigger_id=trigger, view={"type": "modal"})) == "invalid_arguments"
    await client.views_open(trigger_id=trigger, view=view)
    assert await error_of(client.views_open(trigger_id=trigger, view=view)) == "exchanged_trigger_id"
    late = workspace.triggers.issue(MINJI)
    clock.advance(timedelta(seconds=3, microseconds=1))
    assert await error_of(client.views_open(trigger_id=late, view=view)) == "expired_trigger_id"
    assert await error_of(client.views_open(trigger_id="1.2.3", view=view)) == "invalid_trigger_id"


async def test_a_response_url_works_five_times_in_thirty_minutes(
    slack: ConnectedWorkspace, clock: MovableClock
) -> None:
    workspace = slack.workspace
    workspace.faults.kick_bot(ORDERS)

    async def send(url: str, **body: Any) -> tuple[int, str]:
        async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
            return response.status, await response.text()

    url = workspace.response_url(JUNHO, ORDERS)
    assert await send(url, text="나만") == (200, "ok")
    assert await send(url, text="모두", response_type="in_channel") == (200, "ok")
    assert [m.text for m in workspace.messages(ORDERS, JUNHO)[-2:]] == ["나만", "모두"]
    assert [m.text for m in workspace.messages(ORDERS, MINJI)[-1:]] == ["모두"]
    assert await send(url, text="") == (400, "no_text")
    assert await send(url, text="가", blocks=[{"type": "card"}]) == (400, "invalid_blocks")
    card = workspace.messages(ORDERS, MINJI)[-1]
    on_card = workspace.response_url(JUNHO, ORDERS, card.ts)
    assert await send(on_card, text="바뀜", replace_original=True) == (200, "ok")
    assert workspace.messages(ORDERS, MINJI)[-1].text == "바뀜"
    assert await send(on_card, delete_original=True) == (200, "ok")
    assert card.ts not in [m.ts for m in workspace.messages(ORDERS, MINJI)]
    assert await send(url, text="다섯째") == (200, "ok")
    assert await send(url, text="여섯째") == (404, "used_url")
    clock.advance(timedelta(minutes=30, seconds=1))
    assert await send(on_card, text="늦음") == (404, "expired_url")
    assert await send(url + "x", text="가") == (404, "invalid_url")
