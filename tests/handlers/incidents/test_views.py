"""Every cause in every state, in both languages, drawn within Slack's limits and free of foreign markup."""

import json
import re
from datetime import timedelta
from html.parser import HTMLParser
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
from handlers.texts import LANGUAGES, Texts
from tests.clock import TUESDAY, MovableClock
from tmon.clock import KST
from tmon.incidents.service import ContactPhone
from tmon.incidents.summary import Risk
from tmon.models.incidents import Cause, Incident, Resolution


def texts(language: str) -> Texts:
    return Texts(language, MovableClock(), KST)


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
    names = tuple(f"{NASTY}{n}"[:60] for n in range(1000 if many else 1))
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
        letters.append(views.operator_letter(t, shown))
    for subject, letter in letters:
        assert "\n" not in subject
        assert letter.title in plain_email(letter)
        assert "<https" not in html_email(letter, language)


def test_the_message_says_since_when_and_what_is_at_risk() -> None:
    shown = facts(incident(), risk=Risk(7, TUESDAY + timedelta(hours=7)))
    assert card_text(texts("ko"), shown) == (
        "🟠 [귤나라] 오늘 04:21부터 주문을 수집하지 못했습니다. 발주확인 대기 7건, 가장 급한 기한 오늘 17:00"
    )


def test_what_is_over_says_how_long_it_lasted_and_what_was_caught_up() -> None:
    about = incident(closed_at=TUESDAY, ended=Resolution.RECOVERED)
    text = views.resolved_text(texts("ko"), facts(about, recovered=1, backfilled={"new": 4, "cancelled": 1}))
    assert text == (
        "✅ [귤나라] 주문 수집이 다시 됩니다. 3월 10일(화) 04:21부터 3월 10일(화) 10:00까지 5시간 39분 동안 멈췄습니다. "
        "밀린 내용을 수집했습니다: 새 주문 4건 · 취소 1건"
    )
    nothing = views.resolved_text(texts("ko"), facts(about, recovered=1))
    assert nothing.endswith("그동안 밀린 주문은 없습니다.")


@pytest.mark.parametrize(
    ("about", "names", "expected"),
    [
        (incident(Cause.AREA), ("가",), ["incident.take", "incident.retry", SetupAction.EDIT, "incident.pause"]),
        (
            incident(Cause.KEY, serious=True),
            ("가",),
            ["incident.take", "incident.retry", SetupAction.EDIT, "incident.pause", "incident.mobile"],
        ),
        (incident(Cause.TMON), ("가", "나"), ["incident.take", "incident.retry"]),
        (incident(Cause.TMON), ("가",), ["incident.take", "incident.retry"]),
        (incident(Cause.VENDOR, serious=True), ("가", "나"), ["incident.take", "incident.retry", "incident.mobile"]),
        (incident(Cause.DATA_KEY), ("가",), ["incident.take", "incident.retry"]),
        (
            incident(Cause.DATA_KEY, subject="data_key:st_1"),
            ("가",),
            ["incident.take", "incident.retry", SetupAction.EDIT, "incident.pause"],
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


def test_html_and_plain_say_the_same() -> None:
    class Reader(HTMLParser):
        text = ""

        def handle_data(self, data: str) -> None:
            self.text += data

    _, letter = views.letter(texts("ko"), facts(incident(message=NASTY), risk=Risk(2)))
    html, reader = html_email(letter, "ko"), Reader()
    reader.feed(html)
    for paragraph in (letter.title, *letter.paragraphs, letter.footer):
        assert paragraph in reader.text
        assert paragraph in plain_email(letter)
    assert not re.search(r"(src|href)=", html)
