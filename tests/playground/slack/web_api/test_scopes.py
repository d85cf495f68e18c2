"""The scopes that a manifest gives."""

from __future__ import annotations

from bot.playground.slack.demo import MINJI, ORDERS
from tests.clock import MovableClock
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import open_workspace


async def test_scopes_come_from_the_manifest(clock: MovableClock) -> None:
    manifest = {"oauth_config": {"scopes": {"bot": ["users:read"]}}}
    async with open_workspace(clock, manifest=manifest) as slack:
        assert (await refusal(slack.client.chat_postMessage(channel=ORDERS, text="가")))["needed"] == "chat:write"
        assert (await refusal(slack.client.users_lookupByEmail(email="minji@example.com")))["error"] == "missing_scope"
        profile = (await slack.client.users_info(user=MINJI))["user"]["profile"]
        assert "email" not in profile
