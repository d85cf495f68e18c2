"""Delivery templates (docs/tmon-api.md, ch. 7)."""

from typing import Any

import pytest

from bot.playground.tmon import PROPOSED_CALLS, Sandbox
from tests.playground.tmon.caller import HANBIT, SODAM, Caller

PATH = "/partners/templates"
ISLANDS = {
    "longDistanceDeliveryAvailable": True,
    "longDistanceDeliveryPrepay": True,
    "longDistanceDeliveryFeeJeju": 3000,
    "longDistanceDeliveryFeeExcludingJeju": 5000,
}
COLLECT_ISLANDS = {
    "longDistanceDeliveryAvailable": True,
    "longDistanceDeliveryPrepay": False,
    "longDistanceDeliveryDiscriptionMin": 2000,
    "longDistanceDeliveryDiscriptionMax": 9000,
}


def new(sandbox: Sandbox, partner_id: str = HANBIT, /, **over: object) -> dict[str, Any]:
    """The template of ch. 18.8 with the partner's addresses; `None` takes a field away."""
    nos = {a.kind: a.no for a in sandbox.addresses.values() if a.partner_id == partner_id}
    given = {
        "deliveryTemplateName": "COND_30000_3000_J3000_I5000",
        "bundledDeliveryAble": True,
        "deliveryFeePolicy": "CONDITION",
        "deliveryFee": 3000,
        "deliveryFeeFreePrice": 50000,
        "productType": "DP07",
        "deliveryType": "ND",
        **ISLANDS,
        "partnerDeliveryAddressNo": nos["D"],
        "partnerReturnAddressNo": nos["R"],
        "tmonReturnCargoUsing": False,
        **over,
    }
    return {name: value for name, value in given.items() if value is not None}


async def read(caller: Caller, no: int, partner_id: str = HANBIT) -> dict[str, Any]:
    document: dict[str, Any] = (await caller.get(f"{PATH}/{no}", partner_id)).json()
    return document


async def test_a_new_template_is_answered_by_its_number_and_read_back(caller: Caller, sandbox: Sandbox) -> None:
    answer = await caller.post(PATH, new(sandbox))
    assert answer.status_code == 200
    (no,) = answer.json().values()
    assert answer.json() == {"deliveryTemplateNo": no}
    expected = {"deliveryTemplateNo": no, **new(sandbox)}
    assert await read(caller, no) == expected
    page = (await caller.get(PATH, page=1)).json()
    assert page["hasNext"] is False
    assert expected in page["items"]
    assert len(sandbox.calls_of("templates.create")) == 1


async def test_the_shops_have_a_template_that_fits_for_each_deal(caller: Caller, sandbox: Sandbox) -> None:
    for partner_id in (HANBIT, SODAM):
        items = (await caller.get(PATH, partner_id)).json()["items"]
        kinds = {item["deliveryTemplateNo"]: item["productType"] for item in items}
        deals = [deal for deal in sandbox.deals.values() if deal.partner_id == partner_id]
        assert all(kinds[deal.template_no or 0] == deal.product_type for deal in deals)
        for item in items:
            assert (await caller.post(PATH, item, partner_id)).status_code == 200  # keeps the rules itself


async def test_the_list_is_paged_by_a_hundred(caller: Caller, sandbox: Sandbox) -> None:
    own = sum(template.partner_id == HANBIT for template in sandbox.templates.values())
    for n in range(100 - own):
        await caller.post(PATH, new(sandbox, deliveryTemplateName=f"{n}"))
    assert (await caller.get(PATH)).json()["hasNext"] is False
    last = (await caller.post(PATH, new(sandbox))).json()["deliveryTemplateNo"]
    assert (await caller.get(PATH)).json()["hasNext"] is True
    (item,) = (await caller.get(PATH, page=2)).json()["items"]
    assert item["deliveryTemplateNo"] == last


async def test_templates_belong_to_their_partner(caller: Caller, sandbox: Sandbox) -> None:
    no = (await caller.post(PATH, new(sandbox))).json()["deliveryTemplateNo"]
    answer = await caller.get(f"{PATH}/{no}", SODAM)
    assert (answer.status_code, answer.json()) == (500, {"error": f"존재하지 않는 배송템플릿입니다.({no})"})
    assert no not in [item["deliveryTemplateNo"] for item in (await caller.get(PATH, SODAM)).json()["items"]]


@pytest.mark.parametrize(
    "name",
    [
        "deliveryTemplateName", "bundledDeliveryAble", "deliveryFeePolicy", "deliveryFee", "deliveryFeeFreePrice",
        "productType", "deliveryType", "longDistanceDeliveryPrepay", "longDistanceDeliveryFeeJeju",
        "longDistanceDeliveryFeeExcludingJeju", "partnerDeliveryAddressNo", "partnerReturnAddressNo",
    ],
)  # fmt: skip
async def test_required_fields(caller: Caller, sandbox: Sandbox, name: str) -> None:
    before = len(sandbox.templates)
    answer = await caller.post(PATH, new(sandbox, **{name: None}))
    assert (answer.status_code, answer.json()) == (400, {"error": f"{name}은(는) 필수 항목입니다."})
    assert len(sandbox.templates) == before


@pytest.mark.parametrize(
    ("over", "name"),
    [
        ({"deliveryType": "DD"}, "ddayDeliveryTime"),
        ({**COLLECT_ISLANDS, "longDistanceDeliveryDiscriptionMin": None}, "longDistanceDeliveryDiscriptionMin"),
        ({**COLLECT_ISLANDS, "longDistanceDeliveryDiscriptionMax": None}, "longDistanceDeliveryDiscriptionMax"),
    ],
)
async def test_fields_that_a_choice_requires(
    caller: Caller, sandbox: Sandbox, over: dict[str, object], name: str
) -> None:
    answer = await caller.post(PATH, new(sandbox, **over))
    assert (answer.status_code, answer.json()) == (400, {"error": f"{name}은(는) 필수 항목입니다."})


@pytest.mark.parametrize(
    ("over", "kept", "dropped"),
    [
        ({"deliveryFeePolicy": "FREE"}, {"deliveryFee": 3000}, {"deliveryFeeFreePrice"}),
        ({"deliveryFeePolicy": "PER", "deliveryFeeFreePrice": None}, {"deliveryFeePolicy": "PER"}, set()),
        ({"deliveryFeePolicy": "AFTER", "deliveryFeeFreePrice": None}, {"deliveryFeePolicy": "AFTER"}, set()),
        ({"deliveryType": "DD", "ddayDeliveryTime": "15:00"}, {"ddayDeliveryTime": "15:00"}, set()),
        ({"longDistanceDeliveryAvailable": None}, {"longDistanceDeliveryAvailable": False}, set(ISLANDS) - {"longDistanceDeliveryAvailable"}),
        (COLLECT_ISLANDS, COLLECT_ISLANDS, {"longDistanceDeliveryFeeJeju", "longDistanceDeliveryFeeExcludingJeju"}),
        ({"longDistanceDeliveryFeeJeju": 0, "longDistanceDeliveryFeeExcludingJeju": 300_000}, {"longDistanceDeliveryFeeJeju": 0}, set()),
        ({"bundledDeliveryAble": "false", "deliveryFee": "2500"}, {"bundledDeliveryAble": False, "deliveryFee": 2500}, set()),
        ({"tmonReturnCargoUsing": None}, {"tmonReturnCargoUsing": False}, {"userDirectlyReturnDeliverySelectable"}),
        ({"userDirectlyReturnDeliverySelectable": True}, {"userDirectlyReturnDeliverySelectable": True}, set()),
    ],
)  # fmt: skip
async def test_each_policy_keeps_the_fields_that_apply(
    caller: Caller, sandbox: Sandbox, over: dict[str, object], kept: dict[str, object], dropped: set[str]
) -> None:
    answer = await caller.post(PATH, new(sandbox, **over))
    assert answer.status_code == 200, answer.text
    document = await read(caller, answer.json()["deliveryTemplateNo"])
    assert kept.items() <= document.items()
    assert dropped.isdisjoint(document)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ({"deliveryFeePolicy": "PAID"}, "FREE, CONDITION, PER, AFTER"),
        ({"productType": "DP09"}, "DP08"),
        ({"deliveryType": "XD"}, "DD, ND, ED"),
        ({"deliveryFee": -1}, "0 이상"),
        ({"deliveryFee": "삼천"}, "숫자"),
        ({"deliveryFeeFreePrice": 0}, "1 이상"),
        ({"longDistanceDeliveryFeeJeju": 300_001}, "300000 이하"),
        ({**COLLECT_ISLANDS, "longDistanceDeliveryDiscriptionMax": 1000}, "클 수 없습니다"),
        ({"bundledDeliveryAble": "Y"}, "true 또는 false"),
    ],
)
async def test_field_rules(caller: Caller, sandbox: Sandbox, over: dict[str, object], words: str) -> None:
    answer = await caller.post(PATH, new(sandbox, **over))
    assert answer.status_code == 400
    assert words in answer.json()["error"]


async def test_addresses_must_be_the_partners_and_of_their_type(caller: Caller, sandbox: Sandbox) -> None:
    right = new(sandbox)
    ship_from, back_to = right["partnerDeliveryAddressNo"], right["partnerReturnAddressNo"]
    for over, words in (
        ({"partnerDeliveryAddressNo": back_to}, "배송지(D)"),
        ({"partnerReturnAddressNo": ship_from}, "반송지(R)"),
        ({"partnerReturnAddressNo": 1}, "존재하지 않는 주소지입니다.(1)"),
        ({"partnerReturnAddressNo": new(sandbox, SODAM)["partnerReturnAddressNo"]}, "존재하지 않는 주소지"),
    ):
        answer = await caller.post(PATH, right | over)
        assert answer.status_code == 500
        assert words in answer.json()["error"]
    sandbox.addresses[back_to].available = False
    assert (await caller.post(PATH, right)).status_code == 500


async def test_identical_templates_are_accepted_and_counted(caller: Caller, sandbox: Sandbox) -> None:
    assert sandbox.repeated_templates == []
    nos = [(await caller.post(PATH, new(sandbox, **over))).json()["deliveryTemplateNo"] for over in (
        {},
        {"deliveryTemplateName": "다른 이름", "deliveryFee": "3000"},
        {"deliveryFee": 2500},
        {"deliveryFeePolicy": "FREE"},
        {"deliveryFeePolicy": "FREE", "deliveryFeeFreePrice": None},
    )]  # fmt: skip
    assert len(set(nos)) == 5
    assert [template.no for template in sandbox.repeated_templates] == [nos[1], nos[4]]
    await caller.post(PATH, new(sandbox, SODAM), SODAM)
    assert len(sandbox.repeated_templates) == 2


async def test_nothing_changes_or_deletes_a_template(caller: Caller, sandbox: Sandbox) -> None:
    no = (await caller.post(PATH, new(sandbox))).json()["deliveryTemplateNo"]
    url = f"/api/SAMPLEVENDOR{PATH}/{no}"
    for method in ("PUT", "DELETE", "PATCH"):
        answer = await caller.http.request(method, url, json=new(sandbox, deliveryFee=1), headers=caller.headers())
        assert answer.status_code == 405
    assert (await read(caller, no))["deliveryFee"] == 3000


async def test_proposed_calls_may_be_missing(caller: Caller, sandbox: Sandbox) -> None:
    assert {"templates.list", "templates.get", "deals.sales_period"} <= PROPOSED_CALLS
    sandbox.faults.not_offered = set(PROPOSED_CALLS)
    no = (await caller.post(PATH, new(sandbox))).json()["deliveryTemplateNo"]
    deal = next(deal for deal in sandbox.deals.values() if deal.partner_id == HANBIT)
    period = await caller.put(f"/deals/{deal.vendor_deal_no}/sales-period", {"salesEndDate": "2027-01-01T00:00:00"})
    for answer in (await caller.get(PATH), await caller.get(f"{PATH}/{no}"), period):
        assert answer.status_code == 404
        assert answer.json()["error"]
    assert deal.changes == []
    assert (await caller.get("/partners/addresses")).status_code == 200
    assert (await caller.get(f"/deals/{deal.vendor_deal_no}")).status_code == 200
