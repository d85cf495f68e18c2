"""What a store's own view, its forms and results and the home tab say, in both languages (limits: `test_samples`)."""

import json
from typing import Any

import pytest

from handlers.common_views.switches import switch_off_notice
from handlers.features import FEATURES, complete, subcommands
from handlers.home import views
from handlers.samples.fixtures import MOMENT, order, overview, store
from handlers.stores import connection_check_views, settings_views
from handlers.stores.ids import ChangeRef, PartRef
from handlers.stores.samples import EFFECTS
from handlers.texts import LANGUAGES, Texts
from tests.clock import MovableClock
from tmon.clock import KST
from tmon.dashboard.home import HomeSummary
from tmon.models.stores import ApiGroup, ConfirmMode, StoreState
from tmon.permissions import Person
from tmon.stores.change_preview import ChangePreview
from tmon.stores.connection_check import Mark, Step, StepResult
from tmon.stores.contact_notice import NoticeOutcome, NoticeState
from tmon.stores.form import StoreForm
from tmon.stores.settings import Part
from tmon.stores.switches import SwitchOff

WORDS = subcommands(complete(FEATURES))
OWNER, READER = Person("T1", "U1"), Person("T1", "U9")


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return Texts(request.param, MovableClock(), KST)


def shown(view: dict[str, Any]) -> str:
    return json.dumps(view["blocks"], ensure_ascii=False)


def test_only_those_who_manage_get_buttons(t: Texts) -> None:
    one = overview(store(state=StoreState.APPROVED))
    assert all(f"settings.edit#{part}" in shown(settings_views.store_view(t, OWNER, one)) for part in Part)
    assert "button" not in shown(settings_views.store_view(t, READER, one))
    assert "stores.page" in shown(settings_views.store_view(t, READER, one, 3))


def test_a_store_that_is_not_reached_can_be_tried_again_where_it_says_so(t: Texts) -> None:
    for state, channel_ok in (
        (StoreState.APPROVED, True),
        (StoreState.APPROVED, False),
        (StoreState.KEY_REJECTED, True),
    ):
        view = settings_views.store_view(t, OWNER, overview(store(state=state, channel_ok=channel_ok)))
        assert ("stores.recheck" in shown(view)) is not (state is StoreState.APPROVED and channel_ok)


def test_limits_are_shown_where_something_is_confirmed_by_itself(t: Texts) -> None:
    for mode in ConfirmMode:
        one = overview(store(confirm_mode=mode, auto_max_amount=1_000_000))
        amount = t("setup.auto_max_amount") in shown(settings_views.store_view(t, OWNER, one))
        assert amount is (mode is not ConfirmMode.MANUAL)


def test_a_registrant_found_by_the_contacts_address_is_no_reason_to_worry(t: Texts) -> None:
    outcome = NoticeOutcome(NoticeState.DELIVERED, NoticeState.DELIVERED, store().registered_by)
    for is_theirs in (False, True):
        view = connection_check_views.notice(t, store(), outcome, "kim@example.com", is_theirs=is_theirs)
        assert ("⚠️" in shown(view)) is not is_theirs


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("anew", [False, True])
def test_a_form_bears_no_secret_and_begins_anew_under_other_names(t: Texts, part: Part, anew: bool) -> None:
    one = store()
    filled = StoreForm(seller_id="seller", vendor_code="V", api_key="S-1", access_key="S-2", secret_key="S-3")
    view = settings_views.form(t, one, filled, PartRef(store=one.id, part=part, base=MOMENT), changed_meanwhile=anew)
    assert not any(secret in json.dumps(view) for secret in ("S-1", "S-2", "S-3"))
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    assert all(("~" in block_id) is anew for block_id in inputs)


@pytest.mark.parametrize("waiting", [None, 3])
def test_what_waits_is_asked_about_and_never_assumed(t: Texts, waiting: int | None) -> None:
    view = settings_views.effects(t, store(), ChangePreview(EFFECTS, waiting, begins=True), ChangeRef(store=store().id))
    questions = [block for block in view["blocks"] if block["type"] == "input"]
    assert len(questions) == (waiting is not None)
    assert not any("initial_option" in question["element"] or question["optional"] for question in questions)


def test_the_channel_is_told_values_of_settings_and_names_of_the_rest(t: Texts) -> None:
    values: dict[str, list[Any]] = {"sync": [True, False], "extend_days": [0, 30], "workers": [[], ["U1", "U2"]]}
    text = settings_views.changed_text(t, store(), "U1", ["api_key", "memo"], values)
    assert text.count("→") == len(values)
    assert "<@U1>, <@U2>" in text
    assert t("setup.api_key") in text


def test_a_store_that_waits_is_offered_its_approval_after_a_good_test_only(t: Texts) -> None:
    for mark in Mark:
        results = [StepResult(step, mark) for step in Step]
        view = connection_check_views.connection(t, store(), results, dict.fromkeys(Step, "…"))
        assert ("stores.recheck" in shown(view)) is (mark is Mark.PASSED)


@pytest.mark.parametrize("group", [None, *ApiGroup])
def test_a_refusal_offers_to_turn_it_on_to_those_who_manage(t: Texts, group: ApiGroup | None) -> None:
    for person, offered in ((OWNER, True), (READER, False)):
        assert ("switches.turn_on" in json.dumps(switch_off_notice(t, person, SwitchOff(store(), group)))) is offered


def test_home_puts_what_is_wrong_first_and_pages_only_where_it_must(t: Texts) -> None:
    good, bad = store("가 좋은 가게", state=StoreState.APPROVED), store("하 아픈 가게", sync_on=False)
    facts = HomeSummary((overview(good), overview(bad)), ((good, order()),), (), ())
    tab = shown(views.home_tab(t, WORDS, OWNER, facts, MOMENT))
    assert "home.page" not in tab
    assert "9100200301" in tab
    many = tuple(overview(store(f"가게 {number:02}", id=f"st_{number}")) for number in range(50))
    view = views.home_tab(t, WORDS, OWNER, HomeSummary(many, (), (), ()), MOMENT)
    assert "home.page" in shown(view)
    assert len(view["blocks"]) <= 100
