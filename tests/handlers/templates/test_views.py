"""Every view about templates, in both languages, within Slack's limits and without foreign markup."""

import json
from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view, too_large
from handlers.templates.samples import samples
from handlers.texts import LANGUAGES, Texts
from tests.clock import MovableClock
from tmon.clock import KST


def markup(thing: Any) -> list[str]:
    """Every text with markup."""
    if isinstance(thing, list):
        return [text for part in thing for text in markup(part)]
    if not isinstance(thing, dict):
        return []
    if thing.get("type") == "mrkdwn":
        return [thing["text"]]
    return [text for part in thing.values() for text in markup(part)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_slack_takes_every_view(language: str, subtests: pytest.Subtests) -> None:
    for name, payload in samples(Texts(language, MovableClock(), KST)):
        with subtests.test(name):
            drawn = json.loads(json.dumps(payload, ensure_ascii=False))
            if "type" in drawn:
                assert [str(complaint) for complaint in check_view(drawn, "modal")] == []
                assert not too_large(drawn)
                assert len(drawn["private_metadata"]) <= 3000
            else:
                assert [str(complaint) for complaint in check_message_blocks(drawn["blocks"])] == []
            for text in markup(drawn["blocks"]):
                assert "<!channel>" not in text
                assert "<@" not in text
                assert "<https" not in text
                for line in text.splitlines():
                    if line.startswith(("티몬:", "TMON:", "&gt;")):  # TMON's own sentence, on a line of its own
                        continue
                    assert line.count("*") % 2 == 0, line
                    assert "~~" not in line
