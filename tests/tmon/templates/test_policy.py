"""The policy of a delivery template: what it needs, what TMON takes, when two are the same, and how it reads in words."""

import itertools
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.tmon import Partner, Sandbox
from bot.playground.tmon.routes.request import AuthorizedRequest
from bot.playground.tmon.routes.templates import create
from bot.playground.tmon.seed_shop import open_shop
from handlers.templates.delivery_views import fee_words, island_words
from handlers.texts import Texts
from tests.clock import MovableClock
from tmon.api import DeliveryType, FeePolicy, NewTemplate, ProductType
from tmon.api.delivery_templates import _body
from tmon.clock import KST
from tmon.stores.fields import InvalidFields
from tmon.templates.policy import HIGHEST_SURCHARGE, PolicyForm, check_policy, needed_fields, policy_key

SHIP_FROM, RETURN_TO = 301122, 301123
KO = Texts("ko", MovableClock(), KST)

amounts = st.integers(0, HIGHEST_SURCHARGE)
yes_no = st.sampled_from(["yes", "no"])
written = st.sampled_from(["{}", "{:,}", "{:,}원", " {} 원 "])
texts = st.text(max_size=60)


@st.composite
def amount(draw: st.DrawFn, least: int = 0) -> str:
    """An amount as people write it."""
    return draw(written).format(draw(st.integers(least, HIGHEST_SURCHARGE)))


@st.composite
def good_forms(draw: st.DrawFn) -> PolicyForm:
    """Any form that holds a valid policy, with values left over in fields that it does not need."""
    lowest, highest = sorted((draw(amounts), draw(amounts)))
    fee_policy = draw(st.sampled_from(["FREE", "CONDITION", "PER", "AFTER"]))
    return PolicyForm(
        name=draw(st.text("가나다ABC 0123", min_size=1, max_size=40).filter(str.strip)),
        bundled=draw(yes_no),
        fee_policy=fee_policy,
        fee=draw(amount(0 if fee_policy == "FREE" else 1)),
        free_from=draw(amount(1)),
        product_type=draw(st.sampled_from([f"DP0{number}" for number in range(1, 9)])),
        delivery_type=draw(st.sampled_from(["DD", "ND", "ED"])),
        cut_off=f"{draw(st.integers(0, 23)):02}:{draw(st.integers(0, 59)):02}",
        islands=draw(yes_no),
        islands_prepaid=draw(yes_no),
        jeju=draw(amount()),
        other_islands=draw(amount()),
        surcharge_from=str(lowest),
        surcharge_to=str(highest),
        ship_from=str(SHIP_FROM),
        return_to=str(RETURN_TO),
        tmon_return=draw(yes_no),
    )


def checked(form: PolicyForm) -> NewTemplate:
    return check_policy(form, ship_from={SHIP_FROM}, return_to={RETURN_TO})


def errors(form: PolicyForm) -> dict[str, str]:
    """The text key of the error at each field."""
    try:
        checked(form)
    except InvalidFields as refused:
        return {field: error.key for field, error in refused.errors.items()}
    return {}


def at_tmon(template: NewTemplate) -> dict[str, object]:
    """What the sandbox, which holds the contract's rules, keeps of it. Raises Refusal."""
    sandbox = Sandbox(MovableClock())
    partner = open_shop(sandbox, Partner("p", "t", "가게", 40077))
    numbers = {address.kind: address.no for address in sandbox.addresses.values()}
    body = _body(template) | {"partnerDeliveryAddressNo": numbers["D"], "partnerReturnAddressNo": numbers["R"]}
    ask = AuthorizedRequest(vendor=None, partner=partner, path={}, query=None, body=body, now=sandbox.clock())  # type: ignore[arg-type]
    create(sandbox, ask)
    return sandbox.templates[max(sandbox.templates)].policy | {"sent": body}


@given(good_forms())
def test_tmon_takes_every_valid_policy_and_is_sent_what_the_policy_needs(form: PolicyForm) -> None:
    kept = at_tmon(checked(form))
    sent: Any = kept.pop("sent")
    assert sent.keys() - {"deliveryTemplateName"} == kept.keys()
    assert ("deliveryFeeFreePrice" in sent) == (form.fee_policy == "CONDITION")
    assert ("ddayDeliveryTime" in sent) == (form.delivery_type == "DD")
    prepaid, apart = form.islands_prepaid == "yes", form.islands_prepaid == "no"
    assert ("longDistanceDeliveryFeeJeju" in sent) == (form.islands == "yes" and prepaid)
    assert ("longDistanceDeliveryDiscriptionMin" in sent) == (form.islands == "yes" and apart)


@given(good_forms())
def test_a_copy_is_the_same_policy(form: PolicyForm) -> None:
    template = checked(form)
    copy = checked(PolicyForm.of(template))
    assert copy == template
    assert policy_key(copy) == policy_key(template)


@given(good_forms(), st.text("가나다", min_size=1, max_size=20))
def test_the_name_and_what_is_not_used_make_no_other_policy(form: PolicyForm, name: str) -> None:
    template = checked(form)
    unused = {"delivery_fee_free_price": 0, "dday_delivery_time": "00:00", "long_distance_delivery_fee_jeju": 0}
    needed = template.model_dump(exclude_none=True)
    other = NewTemplate.model_validate({**unused, **needed, "delivery_template_name": name})
    assert policy_key(other) == policy_key(template)


@given(good_forms(), good_forms())
def test_two_policies_have_one_key_only_if_they_charge_and_ship_the_same(one: PolicyForm, other: PolicyForm) -> None:
    first, second = checked(one), checked(other)
    same = first.model_copy(update={"delivery_template_name": ""}) == second.model_copy(
        update={"delivery_template_name": ""}
    )
    assert (policy_key(first) == policy_key(second)) == same


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bundled", "no"),
        ("fee", "3100"),
        ("free_from", "60000"),
        ("product_type", "DP01"),
        ("delivery_type", "ED"),
        ("jeju", "1"),
        ("other_islands", "1"),
        ("islands", "no"),
        ("tmon_return", "yes"),
        ("self_return", "yes"),
    ],
)
def test_every_part_of_a_policy_counts(field: str, value: str) -> None:
    form = PolicyForm(
        name="기본",
        fee_policy="CONDITION",
        fee="3000",
        free_from="50000",
        islands="yes",
        jeju="3000",
        other_islands="5000",
        ship_from=str(SHIP_FROM),
        return_to=str(RETURN_TO),
    )
    assert policy_key(checked(form)) != policy_key(checked(form.model_copy(update={field: value})))


def test_both_addresses_count() -> None:
    forms = [
        PolicyForm(name="기본", fee="0", ship_from=ship, return_to=back)
        for ship, back in itertools.product(["1", "2"], ["3", "4"])
    ]
    keys = {policy_key(check_policy(form, ship_from={1, 2}, return_to={3, 4})) for form in forms}
    assert len(keys) == 4


@given(st.builds(PolicyForm, **dict.fromkeys(PolicyForm.model_fields, texts | amount() | yes_no)))
def test_whatever_is_typed_each_complaint_is_about_a_field_that_is_shown(form: PolicyForm) -> None:
    assert errors(form).keys() <= {*needed_fields(form)}


@given(good_forms(), st.data())
def test_each_needed_field_is_asked_for_when_it_is_empty(form: PolicyForm, data: st.DataObject) -> None:
    field = data.draw(
        st.sampled_from([name for name in needed_fields(form) if name not in {"islands", "islands_prepaid"}])
    )
    assert field in errors(form.model_copy(update={field: ""}))


@pytest.mark.parametrize(
    ("over", "error"),
    [
        ({"fee": "무료"}, {"fee": "templates.field_amount"}),
        ({"fee": "-1"}, {"fee": "templates.field_amount"}),
        ({"fee": "2500.5"}, {"fee": "templates.field_amount"}),
        ({"fee": "30000000"}, {"fee": "templates.field_amount_high"}),
        ({"fee_policy": "PER", "fee": "0"}, {"fee": "templates.field_fee_zero"}),
        ({"fee_policy": "CONDITION", "free_from": "0"}, {"free_from": "templates.field_amount"}),
        ({"delivery_type": "DD"}, {"cut_off": "templates.field_required"}),
        ({"delivery_type": "DD", "cut_off": "25:00"}, {"cut_off": "templates.field_cut_off"}),
        ({"islands": "yes"}, {"jeju": "templates.field_required", "other_islands": "templates.field_required"}),
        ({"islands": "yes", "jeju": "300001", "other_islands": "0"}, {"jeju": "templates.field_amount_high"}),
        (
            {"islands": "yes", "islands_prepaid": "no", "surcharge_from": "5000", "surcharge_to": "3000"},
            {"surcharge_to": "templates.field_surcharge_order"},
        ),
        ({"ship_from": "999"}, {"ship_from": "templates.field_address_gone"}),
        ({"product_type": "DP09"}, {"product_type": "templates.field_required"}),
        ({"name": "가" * 51}, {"name": "templates.field_too_long"}),
        ({"fee": "３，０００원"}, {}),
    ],
)
def test_the_rules(over: dict[str, str], error: dict[str, str]) -> None:
    form = PolicyForm(name="기본", fee="3000", ship_from=str(SHIP_FROM), return_to=str(RETURN_TO))
    assert errors(form.model_copy(update=over)) == error


@given(good_forms())
def test_the_preview_says_every_amount_and_no_other(form: PolicyForm) -> None:
    template = checked(form)
    said = " ".join([*fee_words(KO, template), *island_words(KO, template)])
    numbers = [
        int(n.replace(",", "")) * (10_000 if unit == "만원" else 1)
        for n, unit in re.findall(r"([\d,]+)(만원|원)", said)
    ]
    expected = [template.delivery_fee]
    if template.delivery_fee_policy is FeePolicy.CONDITION:
        expected = [template.delivery_fee_free_price or 0, *expected]
    expected += [
        value
        for value in (
            template.long_distance_delivery_fee_jeju,
            template.long_distance_delivery_fee_excluding_jeju,
            template.long_distance_delivery_discription_min,
            template.long_distance_delivery_discription_max,
        )
        if value is not None
    ]
    assert numbers == expected


def test_in_words() -> None:
    template = NewTemplate(
        delivery_template_name="기본",
        bundled_delivery_able=True,
        delivery_fee_policy=FeePolicy.CONDITION,
        delivery_fee=3000,
        delivery_fee_free_price=50000,
        product_type=ProductType.DP07,
        delivery_type=DeliveryType.ND,
        long_distance_delivery_available=True,
        long_distance_delivery_prepay=True,
        long_distance_delivery_fee_jeju=3000,
        long_distance_delivery_fee_excluding_jeju=5000,
        partner_delivery_address_no=SHIP_FROM,
        partner_return_address_no=RETURN_TO,
    )
    said = ", ".join([*fee_words(KO, template), *island_words(KO, template)])
    assert said == "5만원 이상 무료, 미만 3,000원, 제주 +3,000원, 그 외 도서산간 +5,000원"
