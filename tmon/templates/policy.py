"""The policy of a delivery template: which fields it needs, their rules, and when two are the same (docs/tmon-api.md, ch. 7)."""

import hashlib
import json
import re
from collections.abc import Collection, Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from tmon.api import DeliveryType, FeePolicy, NewTemplate, ProductType
from tmon.errors import AppError
from tmon.numbers import WON, whole_number
from tmon.stores.fields import InvalidFields, trim

NAME_MAX = 50
HIGHEST_SURCHARGE = 300_000
"""KRW, of Jeju and the islands (docs/tmon-api.md, ch. 7.1)."""
HIGHEST_FEE = 1_000_000
"""KRW; our own bound, against a slip of the finger in what cannot be changed."""
HIGHEST_THRESHOLD = 100_000_000
"""KRW, likewise."""

FEE_POLICIES = tuple(code for code in FeePolicy if code is not FeePolicy.UNKNOWN)
PRODUCT_TYPES = tuple(code for code in ProductType if code is not ProductType.UNKNOWN)
DELIVERY_TYPES = tuple(code for code in DeliveryType if code is not DeliveryType.UNKNOWN)

_CUT_OFF = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_WIRE = {
    "name": "delivery_template_name",
    "bundled": "bundled_delivery_able",
    "fee_policy": "delivery_fee_policy",
    "fee": "delivery_fee",
    "free_from": "delivery_fee_free_price",
    "product_type": "product_type",
    "delivery_type": "delivery_type",
    "cut_off": "dday_delivery_time",
    "islands": "long_distance_delivery_available",
    "islands_prepaid": "long_distance_delivery_prepay",
    "jeju": "long_distance_delivery_fee_jeju",
    "other_islands": "long_distance_delivery_fee_excluding_jeju",
    "surcharge_from": "long_distance_delivery_discription_min",
    "surcharge_to": "long_distance_delivery_discription_max",
    "ship_from": "partner_delivery_address_no",
    "return_to": "partner_return_address_no",
    "tmon_return": "tmon_return_cargo_using",
    "self_return": "user_directly_return_delivery_selectable",
}
"""Fields of the form, in the order of the screen, and what they are for TMON."""
_AMOUNTS = {"fee", "free_from", "jeju", "other_islands", "surcharge_from", "surcharge_to"}
_SWITCHES = {"bundled", "islands", "islands_prepaid", "tmon_return", "self_return"}
_NUMBERS = {"ship_from", "return_to"}


class PolicyForm(BaseModel):
    """What a person types for a delivery template. Field names are the names of the form's blocks."""

    model_config = ConfigDict(str_max_length=3_000)  # as much as an input of Slack takes

    name: str = ""
    fee_policy: str = FeePolicy.FREE.value
    fee: str = ""
    free_from: str = ""
    bundled: str = "yes"
    product_type: str = ProductType.DP07.value
    delivery_type: str = DeliveryType.ND.value
    cut_off: str = ""
    """`HH:MM`."""
    islands: str = "no"
    islands_prepaid: str = "yes"
    jeju: str = ""
    other_islands: str = ""
    surcharge_from: str = ""
    surcharge_to: str = ""
    ship_from: str = ""
    return_to: str = ""
    tmon_return: str = "no"
    self_return: str = ""
    """Not asked for, as nobody documented it; a copy keeps it."""

    @classmethod
    def of(cls, template: NewTemplate) -> Self:
        """The form of a template that is to be copied."""
        told = template.model_dump(mode="json", exclude_none=True)
        values = {field: told[name] for field, name in _WIRE.items() if name in told}
        for field, value in values.items():
            values[field] = ("yes" if value else "no") if field in _SWITCHES else str(value)
        values["name"] = values["name"][:NAME_MAX]
        return cls(**values)


def needed_fields(form: PolicyForm) -> tuple[str, ...]:
    """The fields that this policy needs, in the order of the screen (docs/tmon-api.md, ch. 7.1)."""
    absent = {"self_return"}
    if form.fee_policy != FeePolicy.CONDITION:
        absent.add("free_from")
    if form.delivery_type != DeliveryType.DD:
        absent.add("cut_off")
    if form.islands != "yes":
        absent |= {"islands_prepaid", "jeju", "other_islands", "surcharge_from", "surcharge_to"}
    elif form.islands_prepaid == "yes":
        absent |= {"surcharge_from", "surcharge_to"}
    else:
        absent |= {"jeju", "other_islands"}
    return tuple(field for field in _WIRE if field not in absent)


def check_policy(form: PolicyForm, *, ship_from: Collection[int], return_to: Collection[int]) -> NewTemplate:
    """The template that was typed; `ship_from` and `return_to` are the addresses to choose from. Raises InvalidFields."""
    values: dict[str, Any] = {}
    errors: dict[str, AppError] = {}
    choices = {"ship_from": ship_from, "return_to": return_to}
    for field in needed_fields(form):
        try:
            values[_WIRE[field]] = _value(field, getattr(form, field), form, choices)
        except AppError as error:
            errors[field] = error
    lowest, highest = (values.get(_WIRE[field]) for field in ("surcharge_from", "surcharge_to"))
    if lowest is not None and highest is not None and lowest > highest:
        errors["surcharge_to"] = AppError("templates.field_surcharge_order", field="surcharge_to")
    if errors:
        raise InvalidFields(errors)
    if form.self_return:
        values[_WIRE["self_return"]] = form.self_return == "yes"
    return NewTemplate(**values)


def _value(field: str, typed: str, form: PolicyForm, choices: Mapping[str, Collection[int]]) -> Any:
    text = " ".join(trim(typed).split())
    if field in _AMOUNTS:
        return _amount(field, text, form)
    if not text:
        raise AppError("templates.field_required", field=field)
    if field in _SWITCHES:
        return text == "yes"
    if field in _NUMBERS:
        number = int(text) if text.isascii() and text.isdigit() else 0
        if number not in choices[field]:
            raise AppError("templates.field_address_gone", field=field)
        return number
    if field == "name" and len(text) > NAME_MAX:
        raise AppError("templates.field_too_long", field=field, max=NAME_MAX)
    if field == "cut_off" and not _CUT_OFF.fullmatch(text):
        raise AppError("templates.field_cut_off", field=field)
    codes: dict[str, Collection[str]] = {
        "fee_policy": FEE_POLICIES,
        "product_type": PRODUCT_TYPES,
        "delivery_type": DELIVERY_TYPES,
    }
    if field in codes and text not in codes[field]:
        raise AppError("templates.field_required", field=field)
    return text


def _amount(field: str, text: str, form: PolicyForm) -> int:
    """Whole KRW, as `3000`, `3,000` or `3,000원`."""
    if not text:
        raise AppError("templates.field_required", field=field)
    amount = whole_number(text, WON)
    if amount is None:
        raise AppError("templates.field_amount", field=field)
    if field == "fee":
        if amount == 0 and form.fee_policy != FeePolicy.FREE:
            raise AppError("templates.field_fee_zero", field=field)
        highest = HIGHEST_FEE
    elif field == "free_from":
        if amount == 0:
            raise AppError("templates.field_amount", field=field)
        highest = HIGHEST_THRESHOLD
    else:
        highest = HIGHEST_SURCHARGE
    if amount > highest:
        raise AppError("templates.field_amount_high", field=field, max=f"{highest:,}")
    return amount


def policy_key(template: NewTemplate) -> str:
    """The same for two templates that charge and ship the same, whatever their names.

    What a policy does not use counts for nothing, even where TMON tells a value for it. Every fee and both addresses
    count (docs/tmon-api.md, ch. 16, 11).
    """
    form = PolicyForm.of(template)
    told = template.model_dump(mode="json")
    facts = {field: told[_WIRE[field]] for field in needed_fields(form) if field != "name"}
    facts["self_return"] = bool(template.user_directly_return_delivery_selectable)
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
