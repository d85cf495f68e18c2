"""Answers to a command, in its ack."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS
from tests.playground.slack_workspace import ConnectedWorkspace, section


async def test_a_command_answered_in_its_ack(slack: ConnectedWorkspace) -> None:
    @slack.app.command("/tmon")
    async def helped(ack: AsyncAck) -> None:
        await ack(text="도움말", blocks=[section("도움말")])

    await slack.workspace.slash(JUNHO, ORDERS, "/tmon", "help")
    assert slack.workspace.messages(ORDERS, JUNHO)[-1].text == "도움말"
    assert slack.workspace.messages(ORDERS, MINJI)[-1].text != "도움말"
