"""The inputs of a store's form, in both languages."""

import json

from handlers.blocks import Block
from handlers.stores.form_views import inputs
from handlers.texts import Texts
from tmon.stores.fields import MAX
from tmon.stores.form import StoreForm


def drawn(t: Texts, step: int, form: StoreForm) -> list[Block]:
    return inputs(t, step, form, has_key=True, has_vendor=True, runple=True, more=True)


def test_secrets_are_never_prefilled(t: Texts) -> None:
    secrets = {"api_key": "S-1", "access_key": "S-2", "secret_key": "S-3", "personal_data_key": "S-4"}
    form = StoreForm.model_validate({"seller_id": "seller", "vendor_code": "V", **secrets})
    shown = [json.dumps(drawn(t, step, form)) for step in (1, 2, 3)]
    assert not any(secret in view for secret in secrets.values() for view in shown)


def test_a_text_box_takes_as_much_as_its_rule_allows(t: Texts) -> None:
    """What is pasted may have blanks around it, which are trimmed: those boxes have some room."""
    pasted = {
        "seller_id",
        "api_key",
        "access_key",
        "secret_key",
        "personal_data_key",
        "policy_no",
        "contact_phone",
        "contact_mobile",
    }
    for step in (1, 2):
        boxes = {
            block["block_id"]: block["element"]["max_length"]
            for block in drawn(t, step, StoreForm())
            if block["type"] == "input" and block["element"]["type"] == "plain_text_input"
        }
        for field, most in boxes.items():
            assert MAX[field] <= most <= MAX[field] + (20 if field in pasted else 0)
