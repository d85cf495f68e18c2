"""A store's own view, its forms and results, and the home tab, in both languages and within Slack's limits."""

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.blocks import check_message_blocks
from bot.playground.slack.views import check_view, too_large
from handlers.payloads import ChangeRef, PartRef
from handlers.texts import LANGUAGES, Texts
from handlers.views import checks, settings
from handlers.views import home as home_views
from handlers.views.switches import refused
from tests.clock import TUESDAY, MovableClock
from tests.unit.test_incident_views import incident
from tests.unit.test_store_views import NASTY, OWNER, STATES, good, overview, store
from tmon.clock import KST
from tmon.home import INCIDENTS, URGENT, HomeFacts
from tmon.incidents.facts import IncidentFacts, Risk
from tmon.incidents.tables import Cause
from tmon.orders.tables import Order, OrderState
from tmon.people import Person
from tmon.stores.connection_test import Mark, Step, StepResult
from tmon.stores.contact_notice import Arrival, Outcome
from tmon.stores.effects import Effect, Preview
from tmon.stores.fields import MAX_WORKERS, SETTING_FIELDS
from tmon.stores.form import Form
from tmon.stores.settings import Part
from tmon.stores.switches import SwitchOff
from tmon.stores.tables import Group, Store, StoreState

WORKERS = [f"U{number:010}" for number in range(MAX_WORKERS)]


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return Texts(request.param, MovableClock(), KST)


def order(number: int, **over: Any) -> Order:
    values: dict[str, Any] = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "order_no": number,
        "state": OrderState.NEW,
        "ordered_at": TUESDAY,
        "paid_at": TUESDAY,
        "confirm_by": TUESDAY + timedelta(hours=number % 9),
        "ship_by": TUESDAY,
        "amount": 1000,
        "delivery_fee": 0,
        "quantity": 1,
        "title": NASTY * 20,
        "first_seen_at": TUESDAY,
        "updated_at": TUESDAY,
    }
    return Order(**{**values, **over})


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("page", [None, 3])
def test_every_state_in_the_stores_own_view(t: Texts, state: str, page: int | None) -> None:
    one = store(**{"worker_ids": WORKERS, "contact_user_id": "U2", **STATES[state]})
    shown = good(settings.store_view(t, OWNER, overview(one), page))
    assert "settings.edit#3" in shown
    assert ("stores.page" in shown) is (page is not None)
    assert "settings." not in good(settings.store_view(t, Person("T1", "U9"), overview(one))).replace(
        "settings.store", ""
    )


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("anew", [False, True])
def test_each_part_has_a_form_of_its_own(t: Texts, part: Part, anew: bool) -> None:
    one, filled = store(), Form(seller_id="seller", vendor_code="V", api_key="S-1", secret_key="S-2", workers=WORKERS)
    view = settings.form(t, one, filled, PartRef(store=one.id, part=part, base=TUESDAY, page=1), anew=anew)
    shown = good(view)
    assert "S-1" not in shown + view["private_metadata"]
    assert "S-2" not in shown + view["private_metadata"]
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    assert all(("~" in block_id) is anew for block_id in inputs)


EFFECTS = [
    *(Effect(f"settings.effect_{name}_on", {"since": TUESDAY}) for name in ("sync", "order")),
    *(Effect(f"settings.effect_{name}_begin") for name in ("sync", "order")),
    *(Effect(f"settings.effect_{name}_off", {"n": 12345}) for name in ("sync", "order")),
    *(Effect(f"settings.effect_{group}_{end}") for group in ("product", "cs", "stock") for end in ("on", "off")),
    Effect("settings.effect_unknown", {"n": 3}),
    Effect("settings.effect_channel", {"channel": "C1"}),
    Effect("settings.effect_workers", {"people": tuple(WORKERS)}),
    Effect("settings.effect_extend", {"days": 90}),
]


def test_every_consequence_at_once(t: Texts) -> None:
    one = store()
    typed: dict[str, str | list[str]] = {**dict.fromkeys(SETTING_FIELDS, "on"), "workers": WORKERS}
    ref = ChangeRef(store=one.id, base=TUESDAY, page=1, typed=typed)
    for waiting in (None, 12345):
        view = settings.effects(t, one, Preview(tuple(EFFECTS), waiting, begins=True), ref)
        good(view)
        questions = [block for block in view["blocks"] if block["type"] == "input"]
        assert len(questions) == (waiting is not None)
        assert all("initial_option" not in question["element"] for question in questions)  # asked, never assumed


def test_what_the_channel_is_told_bears_no_foreign_markup(t: Texts) -> None:
    values: dict[str, list[Any]] = {
        "sync": [True, False],
        "confirm_mode": ["manual", "auto"],
        "extend_days": [0, 30],
        "channel": ["C1", "C2"],
        "workers": [[], ["U1", "U2"]],
    }
    text = settings.changed_text(t, store(), "U1", ["api_key", "memo"], values)
    assert "<!channel>" not in text
    assert text.count("→") == len(values)
    assert "<@U1>, <@U2>" in text


def test_every_result_of_a_connection_test(t: Texts) -> None:
    reasons = dict.fromkeys(Step, t.md("common.tmon_said", message=NASTY))
    for mark in Mark:
        for state in StoreState:
            results = [StepResult(step, mark) for step in Step]
            good(checks.connection(t, store(state=state), results, reasons))
    good(checks.progress(t, t("checks.asking")))


def test_every_outcome_of_a_notice(t: Texts) -> None:
    for slack in Arrival:
        for mail in Arrival:
            for contact, reached in ((None, "U1"), ("U2", "U1"), ("U2", "U2")):
                outcome = Outcome(slack, mail, reached if slack is Arrival.DELIVERED else None)
                good(checks.notice(t, store(contact_user_id=contact), outcome, "kim@example.com"))
    drawn = checks.letter(t, store(), "kim@example.com")
    assert drawn.to == ("kim@example.com",)
    assert "<!channel>" not in drawn.html
    assert "<!channel>" not in checks.notice_text(t, store(), "U1")


@pytest.mark.parametrize("group", [None, *Group])
def test_a_refusal_offers_to_turn_it_on_to_those_who_manage(t: Texts, group: Group | None) -> None:
    error = SwitchOff(store(), group)
    for person, offered in ((OWNER, True), (Person("T1", "U9"), False)):
        blocks = refused(t, person, error)
        assert [str(complaint) for complaint in check_message_blocks(json.loads(json.dumps(blocks)))] == []
        assert ("switches.turn_on" in json.dumps(blocks)) is offered
        assert "<!channel>" not in json.dumps(blocks)


def tab(t: Texts, facts: HomeFacts, page: int = 0) -> str:
    """Asserts that Slack takes the tab; returns its text."""
    view = json.loads(json.dumps(home_views.home_tab(t, OWNER, facts, TUESDAY, page), ensure_ascii=False))
    assert [str(complaint) for complaint in check_view(view, "home")] == []
    assert not too_large(view)
    assert len(view["blocks"]) <= 100
    shown = json.dumps(view["blocks"], ensure_ascii=False)
    assert not any("<!channel>" in part for part in shown.split('"') if "mrkdwn" in part)
    return shown


def test_the_home_tab_of_nobody_and_of_fifty_with_everything_wrong(t: Texts) -> None:
    assert "setup.new" in tab(t, HomeFacts((), (), ()))
    worst = {"pending_message": NASTY * 30, "channel_ok": False, "sync_on": False, "state": StoreState.KEY_REJECTED}
    many = tuple(overview(store("&" * 60, id=f"st_{number}", **worst)) for number in range(50))
    urgent: tuple[tuple[Store, Order], ...] = tuple((store(), order(n, held_at=TUESDAY)) for n in range(URGENT))
    broken = IncidentFacts(incident(Cause.KEY), tuple(one.store for one in many), Risk(3, TUESDAY), 0, {}, None)
    for page in (-1, 0, 1, 2, 99):
        tab(t, HomeFacts(many, urgent, (broken,) * INCIDENTS), page)
    one = tab(t, HomeFacts((overview(store()),), urgent[:1], ()))
    assert "home.page" not in one
