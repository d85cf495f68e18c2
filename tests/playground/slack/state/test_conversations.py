"""Where the bot is, and where it cannot post."""

from __future__ import annotations

import pytest

from bot.playground.slack.demo import CS, GENERAL, OLD, ORDERS, OUTSIDER, OWNERS_ONLY
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        (GENERAL, "not_in_channel"),
        (CS, "not_in_channel"),
        (OWNERS_ONLY, "channel_not_found"),
        ("C0NOTHERE0", "channel_not_found"),
        (OLD, "is_archived"),
        (OUTSIDER, "channel_not_found"),
        ("U0NOBODY", "channel_not_found"),
    ],
)
async def test_where_the_bot_cannot_post(unconnected: ConnectedWorkspace, channel: str, error: str) -> None:
    assert (await refusal(unconnected.client.chat_postMessage(channel=channel, text="가")))["error"] == error


async def test_a_channel_can_change_behind_the_bots_back(unconnected: ConnectedWorkspace) -> None:
    faults, client = unconnected.workspace.faults, unconnected.client
    unconnected.workspace.channels[ORDERS].restricted = True
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "restricted_action"
    unconnected.workspace.channels[ORDERS].restricted = False
    faults.kick_bot(ORDERS)
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "not_in_channel"
    faults.invite_bot(ORDERS)
    posted = await client.chat_postMessage(channel=ORDERS, text="가")
    faults.delete_message(ORDERS, posted["ts"])
    assert (await refusal(client.chat_update(channel=ORDERS, ts=posted["ts"], text="나")))[
        "error"
    ] == "message_not_found"
    faults.archive(ORDERS)
    assert (await refusal(client.chat_postMessage(channel=ORDERS, text="가")))["error"] == "is_archived"
