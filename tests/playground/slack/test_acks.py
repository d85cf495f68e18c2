"""What an app answers an envelope with."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck

from bot.playground.slack.demo import MINJI
from tests.playground.slack.forms import opened, opens
from tests.playground.slack_workspace import ConnectedWorkspace, field, modal


@pytest.mark.parametrize(
    "ack_body",
    [
        {"response_action": "errors", "errors": {"nothing": "없는 칸입니다."}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
        {"text": "saved"},
    ],
)
async def test_an_ack_that_slack_cannot_use_leaves_the_form(
    slack: ConnectedWorkspace, ack_body: dict[str, Any]
) -> None:
    opens(slack, modal(field("key"), callback_id="setup"))

    @slack.app.view("setup")
    async def bad(ack: AsyncAck) -> Any:
        return await ack(**ack_body)

    view_id = await opened(slack)
    acted = await slack.workspace.submit(MINJI, view_id, {"key": "가"})
    assert (acted.ok, acted.error) == (False, "invalid_ack")
    assert slack.workspace.open_modal(MINJI)[0].id == view_id
