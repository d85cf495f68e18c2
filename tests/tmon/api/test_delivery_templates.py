"""Delivery templates (docs/tmon-api.md, ch. 7)."""

import json
from typing import Any

import pytest

from tests.tmon.api.examples import template
from tests.tmon.api.stub_server import Reply, StubServer, drop_reply, json_reply, paths, text_reply
from tmon.api import (
    DeliveryType,
    FeePolicy,
    NewTemplate,
    NotOffered,
    ProductType,
    Rejected,
    StoreApi,
    UnexpectedResponse,
    UnknownOutcome,
)

CONDITION = NewTemplate(
    delivery_template_name="COND_30000_3000_J3000_I5000",
    bundled_delivery_able=True,
    delivery_fee_policy=FeePolicy.CONDITION,
    delivery_fee=3000,
    delivery_fee_free_price=30000,
    product_type=ProductType.DP07,
    delivery_type=DeliveryType.ND,
    long_distance_delivery_available=True,
    long_distance_delivery_prepay=True,
    long_distance_delivery_fee_jeju=3000,
    long_distance_delivery_fee_excluding_jeju=5000,
    partner_delivery_address_no=301122,
    partner_return_address_no=301123,
)


async def test_create(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"deliveryTemplateNo": "612345"}))
    assert await store.delivery_templates.create(CONDITION) == 612345
    (asked,) = stub_server.asked
    assert (asked.method, paths(stub_server.asked)) == ("POST", ["/partners/templates"])
    assert json.loads(asked.body) == template()


async def test_every_field_has_its_name_on_the_wire(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"deliveryTemplateNo": 1}))
    others = {
        "delivery_type": DeliveryType.DD,
        "dday_delivery_time": "14:00",
        "long_distance_delivery_prepay": False,
        "long_distance_delivery_fee_jeju": 0,
        "long_distance_delivery_discription_min": 0,
        "long_distance_delivery_discription_max": 5000,
        "tmon_return_cargo_using": True,
        "user_directly_return_delivery_selectable": False,
    }
    full = CONDITION.model_copy(update=others)
    await store.delivery_templates.create(full)
    sent = json.loads(stub_server.asked[0].body)
    assert sent == template() | {
        "deliveryType": "DD",
        "ddayDeliveryTime": "14:00",
        "longDistanceDeliveryPrepay": False,
        "longDistanceDeliveryFeeJeju": 0,
        "longDistanceDeliveryDiscriptionMin": 0,
        "longDistanceDeliveryDiscriptionMax": 5000,
        "tmonReturnCargoUsing": True,
        "userDirectlyReturnDeliverySelectable": False,
    }
    stub_server.says(json_reply(sent | {"deliveryTemplateNo": 9}))
    read = await store.delivery_templates.get(9)
    assert paths(stub_server.asked)[1] == "/partners/templates/9"
    assert read.model_dump() == full.model_dump() | {"delivery_template_no": 9}


async def test_list(stub_server: StubServer, store: StoreApi) -> None:
    first = template() | {"deliveryTemplateNo": 612345}
    odd = first | {"deliveryTemplateNo": 2, "deliveryFeePolicy": "?", "productType": "DP99", "deliveryType": "XX"}
    odd |= {"deliveryFee": "2500", "bundledDeliveryAble": "false"}
    for name in ("longDistanceDeliveryAvailable", "longDistanceDeliveryPrepay", "tmonReturnCargoUsing"):
        del odd[name]
    stub_server.says(json_reply({"items": [first], "hasNext": True}), json_reply({"items": [odd], "hasNext": False}))
    ((full,), (little,)) = [page async for page in store.delivery_templates.list()]
    assert set(paths(stub_server.asked)) == {"/partners/templates"}
    assert [asked.query for asked in stub_server.asked] == [{"page": "1"}, {"page": "2"}]
    assert full.model_dump() == CONDITION.model_dump() | {"delivery_template_no": 612345}
    assert (little.delivery_fee_policy, little.product_type, little.delivery_type) == (
        FeePolicy.UNKNOWN,
        ProductType.UNKNOWN,
        DeliveryType.UNKNOWN,
    )
    assert (little.delivery_fee, little.bundled_delivery_able) == (2500, False)
    assert (little.long_distance_delivery_available, little.long_distance_delivery_prepay) == (False, None)
    assert not little.tmon_return_cargo_using


async def test_copy_of_a_template_has_no_number(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(template() | {"deliveryTemplateNo": 7}), json_reply({"deliveryTemplateNo": 8}))
    present = await store.delivery_templates.get(7)
    assert await store.delivery_templates.create(present.model_copy(update={"delivery_fee": 2500})) == 8
    assert json.loads(stub_server.asked[1].body) == template() | {"deliveryFee": 2500}


@pytest.mark.parametrize(
    "reply", [json_reply({"error": "없는 주소입니다."}, 404), text_reply("nginx", 404), text_reply("", 405)]
)
async def test_reading_may_not_be_offered(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply)
    with pytest.raises(NotOffered):
        await anext(store.delivery_templates.list())
    with pytest.raises(NotOffered):
        await store.delivery_templates.get(1)
    assert len(stub_server.asked) == 2


@pytest.mark.parametrize(
    "reply",
    [
        drop_reply(),
        text_reply("<html/>", 502),
        text_reply(""),
        json_reply({}),
        json_reply(612345),
        json_reply({"deliveryTemplateNo": None}),
        json_reply({"error": "PersistenceException"}, 500),
    ],
)
async def test_lost_number_leaves_the_outcome_unknown(stub_server: StubServer, store: StoreApi, reply: Reply) -> None:
    stub_server.says(reply, json_reply({"deliveryTemplateNo": 1}))
    with pytest.raises(UnknownOutcome) as caught:
        await store.delivery_templates.create(CONDITION)
    assert caught.value.call == "delivery_templates.create"
    assert len(stub_server.asked) == 1


async def test_time_out_of_a_create(stub_server: StubServer, impatient: StoreApi) -> None:
    stub_server.says(stub_server.hang, json_reply({"deliveryTemplateNo": 1}))
    with pytest.raises(UnknownOutcome):
        await impatient.delivery_templates.create(CONDITION)
    assert len(stub_server.asked) == 1


async def test_dead_token_makes_no_second_template(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"error": "invalid_token"}, 401), json_reply({"deliveryTemplateNo": 5}))
    assert await store.delivery_templates.create(CONDITION) == 5
    assert [asked.headers["Authorization"] for asked in stub_server.asked] == ["Bearer token-1", "Bearer token-2"]


async def test_refusal(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply({"error": "사용 가능한 배송지가 아닙니다."}, 500))
    with pytest.raises(Rejected) as caught:
        await store.delivery_templates.create(CONDITION)
    assert caught.value.message == "사용 가능한 배송지가 아닙니다."


@pytest.mark.parametrize(
    "unknown",
    [
        {"delivery_fee_policy": FeePolicy.UNKNOWN},
        {"product_type": ProductType.UNKNOWN},
        {"delivery_type": DeliveryType.UNKNOWN},
    ],
)
async def test_unknown_codes_are_not_sent(stub_server: StubServer, store: StoreApi, unknown: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="unknown code"):
        await store.delivery_templates.create(CONDITION.model_copy(update=unknown))
    assert stub_server.asked == []


@pytest.mark.parametrize(
    "field",
    [
        "deliveryTemplateNo",
        "deliveryTemplateName",
        "bundledDeliveryAble",
        "deliveryFeePolicy",
        "deliveryFee",
        "productType",
        "deliveryType",
        "partnerDeliveryAddressNo",
        "partnerReturnAddressNo",
    ],
)
async def test_missing_field_is_named(stub_server: StubServer, store: StoreApi, field: str) -> None:
    given = template() | {"deliveryTemplateNo": 7}
    del given[field]
    stub_server.says(json_reply(given))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.delivery_templates.get(7)
    assert caught.value.field == field
