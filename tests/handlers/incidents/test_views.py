"""Every cause in every state, in both languages, drawn within Slack's limits and free of foreign markup."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block as SdkBlock

from handlers.common_views.incidents import card_text
from handlers.common_views.mail import html_email, plain_email
from handlers.incidents import views
from handlers.incidents.ids import IncidentAction
from handlers.samples.fixtures import NASTY, incident
from handlers.samples.fixtures import incident_facts as facts
from handlers.stores.ids import SetupAction
from handlers.texts import LANGUAGES
from tests.clock import TUESDAY
from tests.handlers.incidents.drawn import texts
from tmon.incidents.deployment import Reach
from tmon.incidents.service import ContactPhone
from tmon.incidents.summary import Risk
from tmon.models.incidents import Cause, Incident, Resolution


def buttons(blocks: list[dict[str, Any]]) -> list[str]:
    return [element["action_id"] for block in blocks if block["type"] == "actions" for element in block["elements"]]


STATES: dict[str, dict[str, Any]] = {
    "open": {},
    "serious": {"serious": True, "message": NASTY, "assignee": "U7", "assigned_at": TUESDAY},
    "own vendor": {"error": "vendor_rejected"},
    "strange error": {"error": "failed"},
    "hidden": {"suppressed_by": "in_wide"},
    "recovered": {"closed_at": TUESDAY, "resolution": Resolution.RECOVERED, "assignee": "U7", "assigned_at": TUESDAY},
    "paused": {"closed_at": TUESDAY, "resolution": Resolution.PAUSED},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("many", [False, True])
def test_everything_can_be_drawn(language: str, cause: Cause, state: str, many: bool) -> None:
    t = texts(language)
    names = tuple(f"{NASTY}{n}"[:60] for n in range(100 if many else 1))
    wider = incident(Cause.TMON, id="in_wide") if state == "hidden" else None
    about = incident(cause, **STATES[state])
    shown = facts(about, names, wider=wider, risk=Risk(7, TUESDAY + timedelta(hours=7)), backfilled={"new": 3})
    blocks = views.card(t, shown, "contact/st_1")
    for block in blocks:
        parsed = SdkBlock.parse(block)
        assert parsed is not None
        assert parsed.to_dict() == block
    listed = views.incident_list(t, [shown] * 20, TUESDAY)
    drawn = json.dumps([blocks, listed, card_text(t, shown), views.resolved_text(t, shown)], ensure_ascii=False)
    assert "<@U666>" not in drawn
    assert "<https" not in drawn
    assert len(listed["blocks"]) <= 100
    assert len(card_text(t, shown)) < 1000
    assert bool(buttons(blocks)) == (about.closed_at is None and about.suppressed_by is None)
    letters = [views.letter(t, shown)]
    if cause in (Cause.VENDOR, Cause.TMON, Cause.DATA_KEY):
        letters += [views.operator_letter(t, shown, reach) for reach in (None, Reach(1, 1, 0), Reach(500, 5000, 5000))]
    for subject, letter in letters:
        assert "\n" not in subject
        assert letter.title in plain_email(letter)
        assert "<https" not in html_email(letter, language)


@pytest.mark.parametrize(
    ("about", "names", "expected"),
    [
        (incident(Cause.AREA), ("가",), ["incident.take", "incident.retry", SetupAction.EDIT, "incident.more"]),
        (
            incident(Cause.KEY, serious=True, error="key_rejected"),
            ("가",),
            ["setup.fix_key#st_가", "incident.take", "incident.retry", "incident.more"],
        ),
        (
            incident(Cause.KEY, serious=True, error="vendor_rejected"),
            ("가",),
            ["settings.edit#1", "incident.take", "incident.retry", "incident.more"],
        ),
        (
            incident(Cause.KEY, serious=True, error="key_rejected", assignee="U7", assigned_at=datetime.now(UTC)),
            ("가",),
            ["setup.fix_key#st_가", "incident.reassign", "incident.retry", "incident.more"],
        ),
        (incident(Cause.TMON), ("가", "나"), ["incident.take", "incident.retry"]),
        (incident(Cause.TMON), ("가",), ["incident.take", "incident.retry"]),
        (incident(Cause.VENDOR, serious=True), ("가", "나"), ["incident.take", "incident.retry", "incident.more"]),
        (incident(Cause.DATA_KEY), ("가",), ["incident.take", "incident.retry"]),
        (
            incident(Cause.DATA_KEY, subject="data_key:st_1"),
            ("가",),
            ["incident.take", "incident.retry", SetupAction.EDIT, "incident.more"],
        ),
    ],
)
def test_the_buttons_that_mend_it(about: Incident, names: tuple[str, ...], expected: list[str]) -> None:
    blocks = views.card(texts("ko"), facts(about, names), "channel/C1")
    assert buttons(blocks) == expected
    [pause] = [
        element
        for block in blocks
        if block["type"] == "actions"
        for element in block["elements"]
        if element["action_id"] == IncidentAction.PAUSE
    ] or [{"confirm": True}]
    assert pause["confirm"]


def test_mobile_numbers_are_escaped() -> None:
    view = views.mobiles(texts("ko"), [ContactPhone("<b>", "<@U1>", "010-1234-5678")])
    assert "<" not in re.sub(r"&lt;", "", json.dumps(view))


def test_what_is_over_is_told_in_the_past_and_asks_nothing() -> None:
    t = texts("ko")
    over = facts(incident(**STATES["recovered"]))
    card = json.dumps(views.card(t, over, "contact/st_1"), ensure_ascii=False)
    assert "담당했습니다" in card
    assert "담당하고 있습니다" not in card
    _, letter = views.letter(t, over, "https://slack.example/archives/C1/p1")
    assert "하실 일은 없습니다" in letter.footer
    assert "다시 시도" not in letter.footer
