"""Envelopes that come twice, late, or are never acknowledged."""

from __future__ import annotations

import asyncio

import pytest
from slack_bolt.async_app import AsyncAck

from bot.playground.slack.demo import MINJI, ORDERS
from tests.playground.slack.forms import Body
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_a_duplicate_arrives_as_a_retry(slack: ConnectedWorkspace) -> None:
    seen: list[str] = []

    @slack.app.command("/tmon")
    async def command(ack: AsyncAck, body: Body) -> None:
        await ack()
        seen.append(body["trigger_id"])

    first = await slack.workspace.slash(MINJI, ORDERS, "/tmon", "status")
    again = await slack.workspace.redeliver()
    assert again.ok
    assert again.envelope_id == first.envelope_id
    assert len(seen) == 2
    assert seen[0] == seen[1]
    with pytest.raises(LookupError):
        await slack.workspace.redeliver("unknown")


async def test_without_an_ack_the_person_sees_a_timeout(slack: ConnectedWorkspace) -> None:
    slack.workspace.sockets.ack_seconds = 0.1

    @slack.app.command("/tmon")
    async def deaf(body: Body) -> None:
        await asyncio.sleep(0)

    acted = await slack.workspace.slash(MINJI, ORDERS, "/tmon", "")
    assert (acted.ok, acted.error) == (False, "timeout")
    assert slack.workspace.sockets.envelopes[-1].deliveries == 1


async def test_an_unanswered_event_is_sent_once_more(slack: ConnectedWorkspace) -> None:
    slack.workspace.sockets.ack_seconds = 0.1
    acted = await slack.workspace.open_home(MINJI)
    assert acted.error == "timeout"
    assert slack.workspace.sockets.envelopes[-1].deliveries == 2


async def test_nobody_waits_for_an_app_that_has_died(slack: ConnectedWorkspace) -> None:
    slack.workspace.sockets.ack_seconds = 60

    @slack.app.command("/tmon")
    async def dying() -> None:
        slack.workspace.sockets.abandon()

    acted = await asyncio.wait_for(slack.workspace.slash(MINJI, ORDERS, "/tmon", ""), 10)
    assert (acted.ok, acted.error) == (False, "timeout")
