"""The setup form, in both languages."""

from typing import Any

import pytest

from handlers.form_values import block_id_of, read_form
from handlers.samples.fixtures import NASTY, store
from handlers.stores import setup_views
from handlers.stores.ids import KeyRef, SetupRef
from handlers.texts import Texts
from tests.clock import TUESDAY
from tests.handlers.views_of_stores import good
from tmon.models.stores import ConfirmMode
from tmon.stores.categories import TOP_LEVEL
from tmon.stores.drafts import DraftInfo
from tmon.stores.fields import EXTEND_DAYS, MAX
from tmon.stores.form import StoreForm


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


def test_a_view_has_one_primary_button(t: Texts) -> None:
    drafts = [DraftInfo("", NASTY, 2, TUESDAY), DraftInfo("st_1", "", 3, TUESDAY)]
    for view in (
        setup_views.choices(t, drafts, [store(NASTY)]),
        setup_views.step(t, 2, StoreForm(), SetupRef(accepted=True)),
        setup_views.key_form(t, KeyRef(store="st_1"), NASTY, "x"),
    ):
        elements = [element for block in view["blocks"] for element in block.get("elements", [])]
        primary = [element for element in elements if element.get("style") == "primary"]
        assert len(primary) + ("submit" in view) <= 1


def test_screen_readers_hear_which_store_each_button_is_about(t: Texts) -> None:
    drafts = [DraftInfo("", "귤나라", 2, TUESDAY), DraftInfo("st_1", "", 3, TUESDAY)]
    view = setup_views.choices(t, drafts, [store("한빛리빙", id="st_1"), store("소담마켓", id="st_2")])
    buttons = [one for block in view["blocks"] for one in [*block.get("elements", []), block.get("accessory")] if one]
    spoken = [one.get("accessibility_label", one["text"]["text"]) for one in buttons if one["type"] == "button"]
    assert len(spoken) == len(set(spoken)) == 7
