"""Stores to draw."""

import json
from typing import Any

from bot.playground.slack.rules.views import check_view, too_large
from tests.handlers.test_samples import markup
from tmon.permissions import Person

OWNER = Person("T1", "U1")


def good(view: dict[str, Any]) -> str:
    """Asserts that Slack takes `view`; returns its text."""
    view = json.loads(json.dumps(view, ensure_ascii=False))
    assert [str(complaint) for complaint in check_view(view, "modal")] == []
    assert not too_large(view)
    shown = json.dumps(view["blocks"], ensure_ascii=False)
    for text in markup(view["blocks"]):
        assert "<!channel>" not in text
        assert "<https" not in text
    return shown
