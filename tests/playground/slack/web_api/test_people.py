"""`users.*`, as the SDK's client sees it."""

from __future__ import annotations

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, OUTSIDER
from tests.playground.slack.calls import refusal
from tests.playground.slack_workspace import ConnectedWorkspace


async def test_people(unconnected: ConnectedWorkspace) -> None:
    minji = (await unconnected.client.users_info(user=MINJI))["user"]
    assert (minji["is_owner"], minji["is_admin"], minji["profile"]["email"]) == (True, True, "minji@example.com")
    assert "locale" not in minji
    daniel = (await unconnected.client.users_info(user=DANIEL, include_locale=True))["user"]
    assert daniel["locale"] == "en-US"
    assert (await unconnected.client.users_info(user=HANEUL))["user"]["is_restricted"]
    outsider = (await unconnected.client.users_info(user=OUTSIDER))["user"]
    assert outsider["team_id"] != unconnected.workspace.team_id
    assert (await unconnected.client.users_lookupByEmail(email="Junho@example.com"))["user"]["id"] == JUNHO
    assert (await refusal(unconnected.client.users_lookupByEmail(email="youngsu@example.net")))[
        "error"
    ] == "users_not_found"
    assert (await refusal(unconnected.client.users_info(user="U0NOBODY")))["error"] == "user_not_found"
    bot = (await unconnected.client.bots_info())["bot"]
    assert bot["user_id"] == unconnected.workspace.bot_user_id
