"""What a store's own view, its forms and results and the home tab say, in both languages (limits: `test_samples`)."""

import json
from typing import Any

import pytest

from handlers.samples.fixtures import MOMENT, overview, store
from handlers.stores import settings_views
from handlers.stores.ids import ChangeRef, PartRef
from handlers.stores.samples import EFFECTS
from handlers.texts import Texts
from tests.handlers.drawing import OWNER, READER, shown
from tmon.models.stores import ConfirmMode, StoreState
from tmon.stores.change_preview import ChangePreview
from tmon.stores.form import StoreForm
from tmon.stores.settings import Part


def test_only_those_who_manage_get_buttons(t: Texts) -> None:
    one = overview(store(state=StoreState.APPROVED))
    assert all(f"settings.edit#{part}" in shown(settings_views.store_view(t, OWNER, one)) for part in Part)
    assert "button" not in shown(settings_views.store_view(t, READER, one))
    assert "stores.page" in shown(settings_views.store_view(t, READER, one, 3))


def test_limits_are_shown_where_something_is_confirmed_by_itself(t: Texts) -> None:
    for mode in ConfirmMode:
        one = overview(store(confirm_mode=mode, auto_max_amount=1_000_000))
        amount = t("setup.auto_max_amount") in shown(settings_views.store_view(t, OWNER, one))
        assert amount is (mode is not ConfirmMode.MANUAL)


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
