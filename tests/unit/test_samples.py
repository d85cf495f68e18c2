"""Every view and message of the product is within Slack's limits and lets no foreign markup through."""

import json
from typing import Any

import pytest

from bot.playground.slack.blocks import check_message_blocks
from bot.playground.slack.views import check_view, too_large
from handlers.ids import GuideView, IncidentView, InquiryView, OrderView, SettingsView, SetupView, StoreView
from handlers.samples import samples

ALL = list(samples())
FOREIGN = ("<!channel", "<@U666", "<https://example")
"""What `NASTY` would do if it were let through."""


@pytest.mark.parametrize(("name", "payload"), ALL, ids=[name for name, _ in ALL])
def test_slack_takes_it(name: str, payload: dict[str, Any]) -> None:
    payload = json.loads(json.dumps(payload))
    if "type" in payload:
        assert [str(complaint) for complaint in check_view(payload, payload["type"])] == []
        assert not too_large(payload)
    else:
        assert [str(complaint) for complaint in check_message_blocks(payload["blocks"])] == []
        assert 0 < len(payload["text"]) < 4000
    for text in [*markup(payload["blocks"]), payload.get("text", "")]:
        assert not any(sign in text for sign in FOREIGN)


def test_every_view_is_among_them() -> None:
    drawn = {payload.get("callback_id") for _, payload in ALL}
    assert {*OrderView, *SettingsView, *SetupView, *StoreView, *GuideView, *IncidentView, *InquiryView} <= drawn


def test_names_are_told_apart() -> None:
    assert len({name for name, _ in ALL}) == len(ALL)


def markup(thing: Any) -> list[str]:
    """Every text with markup, wherever it stands."""
    if isinstance(thing, list):
        return [text for part in thing for text in markup(part)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "mrkdwn":
        return [thing["text"]]
    return [text for part in thing.values() for text in markup(part)]
