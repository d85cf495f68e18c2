"""Forms and presses that the tests of the workspace share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack_workspace import ConnectedWorkspace

Body = Mapping[str, Any]


def opens(slack: ConnectedWorkspace, view: dict[str, Any]) -> list[Body]:
    """Makes `/tmon` open this view; returns the list of the bodies that come in."""
    bodies: list[Body] = []

    @slack.app.command("/tmon")
    async def setup(ack: AsyncAck, body: Body, client: AsyncWebClient) -> None:
        await ack()
        bodies.append(body)
        await client.views_open(trigger_id=body["trigger_id"], view=view)

    return bodies


async def opened(slack: ConnectedWorkspace, user: str = MINJI) -> str:
    """Types `/tmon setup` and waits for the modal; returns its id."""
    assert (await slack.workspace.slash(user, ORDERS, "/tmon", "setup")).ok
    await slack.workspace.wait_until(lambda: bool(slack.workspace.open_modal(user)))
    return slack.workspace.open_modal(user)[-1].id


async def error_of(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
