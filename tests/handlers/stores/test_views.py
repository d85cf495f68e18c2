"""What the views of setup, stores, status and guide say in each state, in both languages, within Slack's limits."""

import json
from typing import Any

import pytest

from bot.playground.slack.rules.blocks import check_message_blocks
from bot.playground.slack.rules.views import check_view, too_large
from handlers.common_views.stores import state_label
from handlers.form_values import block_id_of, read_form
from handlers.guide import views as guide_views
from handlers.samples.fixtures import NASTY, overview, store
from handlers.stores import setup_views, status_views, views
from handlers.stores.ids import SetupRef, StoreListRef
from handlers.texts import LANGUAGES, Texts
from tests.clock import TUESDAY, MovableClock
from tests.handlers.test_samples import markup
from tmon.clock import KST
from tmon.dashboard.stores import Overview
from tmon.models.stores import ConfirmMode, PendingReason, StoreState
from tmon.permissions import Person
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX
from tmon.stores.form import StoreForm

OWNER = Person("T1", "U1")
STATES: dict[str, dict[str, Any]] = {
    "approved": {"state": StoreState.APPROVED},
    "being asked": {"check_due_at": TUESDAY},
    "paused": {"state": StoreState.APPROVED, "sync_on": False},
    "orders off": {"state": StoreState.APPROVED, "order_on": False},
    "rejected": {"state": StoreState.KEY_REJECTED, "pending_message": NASTY * 30, "check_due_at": TUESDAY},
    "no channel": {"state": StoreState.APPROVED, "channel_ok": False},
    "automatic": {"state": StoreState.APPROVED, "confirm_mode": ConfirmMode.AUTO},
    **{
        reason.value: {"pending_reason": reason, "pending_message": NASTY, "check_due_at": TUESDAY}
        for reason in PendingReason
    },
}


@pytest.fixture(params=LANGUAGES)
def t(request: pytest.FixtureRequest) -> Texts:
    return Texts(request.param, MovableClock(), KST)


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


@pytest.mark.parametrize("step", [1, 2, 3])
@pytest.mark.parametrize("full", [False, True])
def test_the_form(t: Texts, step: int, full: bool) -> None:
    form = StoreForm()
    if full:
        typed_in: dict[str, Any] = {name: "가" * length for name, length in MAX.items()}
        ids = {"contact_user": "U0MINJI001", "channel": "C0ORDERS01", "workers": ["U0MINJI001", "U0JUNHO002"]}
        chosen = {"category": TOP_LEVEL[-1], "extend_days": EXTEND_DAYS[-1], "confirm_mode": ConfirmMode.AUTO}
        form = StoreForm.model_validate({**typed_in, **ids, **chosen})
    view = setup_views.step(t, step, form, SetupRef(store="st_1", base=TUESDAY), has_key=full, has_vendor=full)
    good(view)
    assert view["submit"]["text"] == t("setup.save" if step == 3 else "setup.next")
    assert [block["optional"] for block in view["blocks"] if block.get("block_id") == "api_key"] == [full] * (step == 1)


def test_secrets_are_never_prefilled(t: Texts) -> None:
    secrets = {"api_key": "S-1", "access_key": "S-2", "secret_key": "S-3", "personal_data_key": "S-4"}
    form = StoreForm.model_validate({"seller_id": "seller", "vendor_code": "V", **secrets})
    shown = [
        json.dumps(setup_views.step(t, step, form, SetupRef(), has_key=True, has_vendor=True)) for step in (1, 2, 3)
    ]
    assert not any(secret in view for secret in secrets.values() for view in shown)


def test_what_was_typed_comes_back_by_field_name() -> None:
    view = {
        "blocks": [{"type": "section"}, {"type": "input", "block_id": "one~2"}, {"type": "input", "block_id": "two"}],
        "state": {
            "values": {
                "one~2": {"value": {"type": "plain_text_input", "value": None}},
                "two": {"value": {"type": "static_select", "selected_option": {"value": "x"}}},
                "three": {"value": {"type": "multi_users_select", "selected_users": ["U1"]}},
                "four": {"value": {"type": "conversations_select", "selected_conversation": None}},
                "five": {"value": {"type": "radio_buttons", "selected_option": None}},
            }
        },
    }
    assert read_form(view) == {"one": "", "two": "x", "three": ["U1"], "four": "", "five": ""}
    assert [block_id_of(view, field) for field in ("two", "one", "elsewhere", None)] == [
        "two",
        "one~2",
        "one~2",
        "one~2",
    ]


def test_the_choices(t: Texts) -> None:
    many = [store(f"가게 {number}", id=f"st_{number}") for number in range(120)]
    drafts = [DraftInfo("", NASTY, 2, TUESDAY), DraftInfo("", "", 1, TUESDAY), DraftInfo("st_1", "이름", 3, TUESDAY)]
    shown = good(setup_views.choices(t, [drafts[0], drafts[2]], many))
    assert t("setup.more_stores") in shown
    good(setup_views.choices(t, [drafts[1]], []))


@pytest.mark.parametrize("state", STATES)
def test_every_state_in_lists_and_results(t: Texts, state: str) -> None:
    one = store(NASTY, **STATES[state])
    shown = good(views.store_list(t, OWNER, [overview(one)] * 1, 0))
    assert state_label(t, one) in shown
    good(status_views.status(t, [overview(one), Overview(store("다른 가게"), ())], 0))
    for waiting in (None, 0, 3):
        blocks = views.result(t, one, waiting, t.md("stores.channel_archived", channel="C1", bot="B"))
        good(setup_views.result(t, blocks))
        good(setup_views.result(t, views.result(t, one, waiting)))
        assert [str(complaint) for complaint in check_message_blocks(json.loads(json.dumps(blocks)))] == []


def test_a_full_page_of_everything_wrong(t: Texts) -> None:
    worst = {"pending_message": NASTY * 30, "channel_ok": False, "confirm_mode": ConfirmMode.AUTO, "sync_on": False}
    many = [
        overview(store("&" * MAX["store_name"], id=f"st_{number}", state=StoreState.KEY_REJECTED, **worst))
        for number in range(25)
    ]
    for page in (-1, 0, 1, 2, 99):
        good(views.store_list(t, OWNER, many, page))
        good(status_views.status(t, many, page))
    good(views.store_list(t, OWNER, [], 0))
    good(views.removal_form(t, many[0].store, 12345, StoreListRef(store="st_0", page=2)))


def test_who_does_not_manage_gets_no_buttons(t: Texts) -> None:
    view = views.store_list(t, Person("T1", "U9"), [overview(store())], 0)
    assert "actions" not in {block["type"] for block in view["blocks"]}


def test_an_unknown_topic_is_the_first(t: Texts) -> None:
    assert guide_views.guide(t, "no such topic") == guide_views.guide(t, guide_views.TOPICS[0])
