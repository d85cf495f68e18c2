"""Views that Slack takes, and those that it refuses."""

from typing import Any

import pytest

from bot.playground.slack.rules.views import check_view, too_large
from tests.playground.slack_workspace import field, modal, plain, section


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        pytest.param(modal(title=plain("가" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]", id="title"),
        pytest.param(modal(submit=plain("가" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]", id="submit"),
        pytest.param(modal(close=plain("가" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]", id="close"),
        pytest.param(modal(*[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]", id="101 blocks"),
        pytest.param(modal(private_metadata="m" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]", id="metadata"),
        pytest.param(modal(callback_id="c" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]", id="callback"),
        pytest.param({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]", id="no title"),
        pytest.param({"type": "modal", "title": plain("가")}, "missing required field: blocks [json-pointer:/view]", id="no blocks"),
        pytest.param({"type": "home", "blocks": []}, "unsupported type: home [json-pointer:/view/type]", id="home"),
        pytest.param(modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]", id="property"),
        pytest.param(
            {"type": "modal", "title": plain("가"), "blocks": [{"type": "divider"}, field("f")]},
            "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
            id="input without submit",
        ),
        pytest.param(modal(field("a"), field("a")), '`block_id` "a" already exists [json-pointer:/view/blocks/1/block_id]', id="block ids"),
        pytest.param([], "must provide an object [json-pointer:/view]", id="array"),
    ],
)  # fmt: skip
def test_bad_views_are_refused(view: Any, complaint: str) -> None:
    sentences = [str(found) for found in check_view(view, "modal")]
    assert sentences[0] == "failed to match all allowed schemas [json-pointer:/view]"
    assert complaint in sentences


def test_a_view_may_weigh_250_kb() -> None:
    blocks = [section("가" * 3000) for _ in range(27)]
    assert not too_large(modal(*blocks))
    assert too_large(modal(*blocks, section("가" * 3000)))
