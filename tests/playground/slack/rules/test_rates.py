"""Slack's pace for messages and updates."""

from __future__ import annotations

from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.rules.rates import POST_BURST
from tests.clock import MovableClock
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_one_message_a_second_per_channel_after_a_burst(
    unconnected: ConnectedWorkspace, clock: MovableClock
) -> None:
    post = unconnected.client.chat_postMessage
    for _ in range(POST_BURST):
        await post(channel=ORDERS, text="가")
    with pytest.raises(SlackApiError) as caught:
        await post(channel=ORDERS, text="가")
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "1")
    assert caught.value.response["error"] == "ratelimited"
    await post(channel=MINJI, text="다른 채널")
    clock.advance(timedelta(seconds=1))
    await post(channel=ORDERS, text="가")
    assert (await refusal(post(channel=ORDERS, text="가")))["error"] == "ratelimited"


async def test_fifty_updates_a_minute(unconnected: ConnectedWorkspace, clock: MovableClock) -> None:
    ts = (await unconnected.client.chat_postMessage(channel=ORDERS, text="가"))["ts"]
    for _ in range(50):
        await unconnected.client.chat_update(channel=ORDERS, ts=ts, text="나")
    clock.advance(timedelta(seconds=20))
    with pytest.raises(SlackApiError) as caught:
        await unconnected.client.chat_update(channel=ORDERS, ts=ts, text="나")
    assert caught.value.response.headers["Retry-After"] == "40"
    clock.advance(timedelta(seconds=40))
    await unconnected.client.chat_update(channel=ORDERS, ts=ts, text="다")
