"""Orders as TMON writes them (docs/tmon-api.md, ch. 9 and 18)."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.tmon.api.conftest import PARTNER
from tests.tmon.api.examples import order
from tests.tmon.api.stub_server import StubServer, json_reply, paths
from tmon.api import (
    DeliveryStatus,
    Order,
    StoreApi,
    TmonApi,
    UnexpectedResponse,
    UnreadableAnswer,
    UnreadItem,
    VendorCredentials,
    decoding,
)

START, END = datetime(2024, 3, 1, tzinfo=UTC), datetime(2024, 3, 5, 12, tzinfo=UTC)


async def test_order_of_the_contract(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply([order()]))
    (got,) = await store.orders.list(START, END, DeliveryStatus.D1)

    assert paths(stub_server.asked) == ["/orders"]
    assert stub_server.asked[0].query == {
        "startDate": "2024-03-01T09:00:00",
        "endDate": "2024-03-05T21:00:00",
        "deliveryStatus": "D1",
    }
    assert got.order_no == 9100200301
    assert got.ordered_at == datetime(2024, 3, 5, 4, 58, 41, tzinfo=UTC)
    assert got.paid_at == datetime(2024, 3, 5, 5, 7, tzinfo=UTC)  # its seconds were dropped
    (deal,) = got.deals
    assert (deal.deal_no, deal.title, deal.delivery_no) == (7700112233, "가상브랜드 데일리 티셔츠", "880011001")
    assert deal.status is DeliveryStatus.D1
    assert deal.updated_at == datetime(2024, 3, 5, 5, 7, 12, tzinfo=UTC)
    assert deal.delivery_fee is not None
    assert deal.delivery_fee.user_amount == 3000
    assert [(o.option_no, o.title, o.price, o.amount, o.quantity) for o in deal.options] == [
        (7700112301, "네이비 / L", 15900, 31800, 2),
        (7700112302, "화이트 / M", 15900, 15900, 1),
    ]
    buyer = got.buyer
    assert buyer.user_name == "김서연"
    assert buyer.zip_code == "04532"
    assert buyer.street_address == "서울특별시 중구 가상로 12"
    assert buyer.address_detail == "101동 1203호"
    assert buyer.delivery_memo == "문 앞에 놓아주세요"
    assert buyer.additional_message is None
    assert None not in (buyer.user_id, buyer.user_phone, buyer.receiver_name, buyer.receiver_phone, buyer.address)
    assert buyer.unreadable == ()


async def test_optional_fields_where_they_are_there(stub_server: StubServer, store: StoreApi) -> None:
    full = order()
    full["safetyPhoneExpirationDate"] = "2024-04-05"
    full["deals"][0] |= {
        "deliveryScheduledDate": "2024-03-07",
        "delayedReasonCode": "DLD1",
        "delayedReasonDetail": "재고부족",
        "customsId": "P123456789012",
        "newField": {"of": ["a", "later", "version"]},
    }
    full["deals"][0]["dealOptions"][0] |= {"descriptions": "SKU-1", "additionalMessage": "이름 각인: 서연"}
    stub_server.says(json_reply(full))
    got = await store.orders.get(1)
    deal = got.deals[0]
    assert deal.delivery_scheduled_date == date(2024, 3, 7)
    assert (deal.delayed_reason_code, deal.delayed_reason_detail) == ("DLD1", "재고부족")
    assert deal.customs_id == "P123456789012"
    assert (deal.options[0].descriptions, deal.options[0].additional_message) == ("SKU-1", "이름 각인: 서연")
    assert got.buyer.safety_phone_expires == "2024-04-05"


async def test_optional_fields_where_they_are_left_out_or_null(stub_server: StubServer, store: StoreApi) -> None:
    bare = {key: value for key, value in order().items() if key in ("tmonOrderNo", "orderDate", "deals")}
    for name in ("updatedDate", "deliveryFee"):
        del bare["deals"][0][name]
    nulls = bare | {"depositDate": None, "userId": None, "receiverAddress": None, "deliveryMemo": None}
    stub_server.says(json_reply([bare, nulls]))
    got = await store.orders.list(START, END, DeliveryStatus.D2)
    assert got[0] == got[1]
    assert got[0].paid_at is None
    assert got[0].deals[0].delivery_fee is None
    assert got[0].buyer.unreadable == ()


def stringly(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: stringly(item) for key, item in value.items()}
    if isinstance(value, list):
        return [stringly(item) for item in value]
    return str(value) if isinstance(value, int) else value


async def test_numbers_as_strings_and_strings_as_numbers(stub_server: StubServer, store: StoreApi) -> None:
    as_number = order()
    as_number["deals"][0]["deliveryNo"] = 880011001
    stub_server.says(json_reply([order(), stringly(order()), as_number]))
    plain, strings, number = await store.orders.list(START, END, DeliveryStatus.D1)
    assert plain == strings == number


async def test_unheard_of_state_breaks_nothing(stub_server: StubServer, store: StoreApi) -> None:
    strange = order()
    strange["deals"][0]["deliveryStatus"] = "D7"
    stub_server.says(json_reply(strange))
    assert (await store.orders.get(1)).deals[0].status is DeliveryStatus.UNKNOWN


def without(*path: str | int) -> dict[str, Any]:
    changed: Any = order()
    at = changed
    for step in path[:-1]:
        at = at[step]
    del at[path[-1]]
    return changed  # type: ignore[no-any-return] # it is an order


@pytest.mark.parametrize(
    "path",
    [
        ("tmonOrderNo",),
        ("orderDate",),
        ("deals",),
        ("deals", 0, "tmonDealNo"),
        ("deals", 0, "deliveryNo"),
        ("deals", 0, "dealOptions"),
        ("deals", 0, "dealOptions", 1, "qty"),
        ("deals", 0, "deliveryFee", "userAmount"),
    ],
)
async def test_missing_field_is_named(stub_server: StubServer, store: StoreApi, path: tuple[str | int, ...]) -> None:
    stub_server.says(json_reply(without(*path)))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.orders.get(1)
    assert (caught.value.field, caught.value.why) == (".".join(map(str, path)), "missing")
    assert caught.value.field in str(caught.value)


def changed(value: object, *path: str | int) -> dict[str, Any]:
    whole: Any = order()
    at = whole
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    return whole  # type: ignore[no-any-return] # it is an order


OPTION = ("deals", 0, "dealOptions", 0)


@pytest.mark.parametrize(
    ("broken", "field", "why"),
    [
        (changed(None, *OPTION, "qty"), "deals.0.dealOptions.0.qty", "missing"),
        (changed(-1, *OPTION, "qty"), "deals.0.dealOptions.0.qty", "malformed"),
        (changed(True, *OPTION, "qty"), "deals.0.dealOptions.0.qty", "malformed"),
        (changed(1.5, *OPTION, "qty"), "deals.0.dealOptions.0.qty", "fraction"),
        (changed(10**30, *OPTION, "purchasePrice"), "deals.0.dealOptions.0.purchasePrice", "too_large"),
        (changed(str(2**63), *OPTION, "purchasePrice"), "deals.0.dealOptions.0.purchasePrice", "too_large"),
        (changed(2**63 - 1, *OPTION, "purchasePrice"), "(answer)", "too_large"),  # its sum
        (changed(15900.5, *OPTION, "salesPrice"), "deals.0.dealOptions.0.salesPrice", "fraction"),
        (changed("15900.50", *OPTION, "salesPrice"), "deals.0.dealOptions.0.salesPrice", "malformed"),
        (changed("x" * 41, "deals", 0, "deliveryNo"), "deals.0.deliveryNo", "too_long"),
        (changed("0001-01-01T00:00", "orderDate"), "orderDate", "malformed"),
        (changed("9999-12-31T23:59", "depositDate"), "depositDate", "malformed"),
        (None, "(answer)", "malformed"),
        ([], "(answer)", "malformed"),
    ],
)
async def test_order_that_cannot_be_read_stops_no_other(
    stub_server: StubServer, store: StoreApi, broken: Any, field: str, why: str
) -> None:
    stub_server.says(json_reply([broken, order() | {"tmonOrderNo": 9100200399}]))
    listed = await store.orders.list(START, END, DeliveryStatus.D1)
    assert [one.order_no for one in listed] == [9100200399]
    number = "9100200301" if isinstance(broken, dict) else ""
    assert listed.unread == (UnreadItem(number, field, why),)


@pytest.mark.parametrize(
    ("value", "path"),
    [
        (None, (*OPTION, "dealOptionTitle")),
        ({"ko": "?"}, (*OPTION, "dealOptionTitle")),
        ("가" * 100_000, (*OPTION, "dealOptionTitle")),
        (None, ("deals", 0, "dealTitle")),
        (None, ("deals", 0, "deliveryStatus")),
        (["D1"], ("deals", 0, "deliveryStatus")),
        ("gestern", ("deals", 0, "updatedDate")),
        ({}, ("deals", 0, "delayedReasonDetail")),
        (None, ("deals", 0, "deliveryFee", "longDistanceAmount")),
        ([1], ("deliveryMemo",)),
        (None, ("receiverAddress",)),
        ("15900", (*OPTION, "salesPrice")),
        (15900.0, (*OPTION, "salesPrice")),
    ],
)
async def test_order_is_of_use_without_what_is_only_shown(
    stub_server: StubServer, store: StoreApi, value: object, path: tuple[str | int, ...]
) -> None:
    stub_server.says(json_reply([changed(value, *path)]))
    listed = await store.orders.list(START, END, DeliveryStatus.D1)
    assert [one.order_no for one in listed] == [9100200301]
    assert len(listed[0].deals[0].options[0].title) <= 300


async def test_list_too_large_for_one_answer_is_read_in_parts(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 3500)
    large, none = json_reply([order()] * 3), json_reply([])
    stub_server.says(large, json_reply([order()]), large, json_reply([order() | {"tmonOrderNo": 9100200302}]), none)
    listed = await store.orders.list(START, END, DeliveryStatus.D1)
    assert [one.order_no for one in listed] == [9100200301, 9100200302]
    spans = [(asked.query["startDate"], asked.query["endDate"]) for asked in stub_server.asked]
    parts = [spans[1], *spans[3:]]
    assert (parts[0][1], parts[-1][0]) == (spans[0][1], spans[0][0])
    assert [later[0] for later in parts[:-1]] == [earlier[1] for earlier in parts[1:]], "without a gap"


async def test_list_that_is_too_large_in_any_part_is_given_up(
    stub_server: StubServer, store: StoreApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding, "MAX_BYTES", 3500)
    stub_server.says(json_reply([order()] * 3))
    with pytest.raises(UnreadableAnswer):
        await store.orders.list(START, END, DeliveryStatus.D1)
    assert len(stub_server.asked) <= 6


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tmonOrderNo", "아홉"),
        ("tmonOrderNo", 1.5),
        ("orderDate", "2024-13-05T00:00"),
        ("orderDate", 20240305),
        ("orderDate", "어제"),
        ("deals", {}),
        ("deals", [None]),
    ],
)
async def test_malformed_field_is_named_without_its_value(
    stub_server: StubServer, store: StoreApi, field: str, value: object
) -> None:
    stub_server.says(json_reply(order() | {field: value}))
    with pytest.raises(UnexpectedResponse) as caught:
        await store.orders.get(1)
    assert caught.value.field.startswith(field)
    assert str(value) not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("answer", [{"items": []}, None, "[]", 7])
async def test_answer_that_is_no_list(stub_server: StubServer, store: StoreApi, answer: object) -> None:
    stub_server.says(json_reply(answer))
    with pytest.raises(UnexpectedResponse):
        await store.orders.list(START, END, DeliveryStatus.D1)


async def test_buyer_that_does_not_decrypt_is_never_taken_for_plain(stub_server: StubServer, store: StoreApi) -> None:
    broken = order() | {"userName": "김서연", "userPhone": 1012345678, "receiverName": "yM1FinWbLU+4bKA9Kt95Yw=="}
    broken["receiverAddress"]["zipCode"] = "P8LtwC8ydL8cYxJSwiAp"
    stub_server.says(json_reply(broken))
    buyer = (await store.orders.get(1)).buyer
    assert buyer.unreadable == ("userName", "userPhone", "receiverName", "receiverAddress.zipCode")
    assert buyer.user_name is buyer.user_phone is buyer.receiver_name is buyer.zip_code is None
    assert buyer.address_detail == "101동 1203호"


@pytest.mark.parametrize("key", [None, "fedcba9876543210"])
async def test_without_the_right_key_nothing_is_readable(
    stub_server: StubServer, api: TmonApi, key: str | None
) -> None:
    stub_server.says(json_reply(order()))
    store = api.store(VendorCredentials("client-sample", "vendor-secret-1", personal_data_key=key), PARTNER)
    got = await store.orders.get(1)
    assert len(got.buyer.unreadable) == 9
    assert got.buyer.receiver_name is got.buyer.address is None
    assert got.buyer.delivery_memo == "문 앞에 놓아주세요"  # was never encrypted
    assert got.deals[0].options[0].quantity == 2


async def test_shown_orders_tell_nothing_personal(stub_server: StubServer, store: StoreApi) -> None:
    full = order() | {"additionalMessage": "각인 서연"}
    full["deals"][0]["customsId"] = "P123456789012"
    full["deals"][0]["dealOptions"][0]["additionalMessage"] = "각인 지훈"
    stub_server.says(json_reply(full))
    got = await store.orders.get(1)
    buyer = got.buyer
    personal = [getattr(buyer, name) for name in type(buyer).__slots__ if name != "unreadable"]
    personal = [value for value in personal if value] + ["P123456789012", "각인"]
    assert len(personal) >= 12
    for value in personal:
        assert value not in f"{got!r} {got}"


async def test_list_knows_two_states_and_aware_moments_only(store: StoreApi) -> None:
    with pytest.raises(ValueError, match="D1 and D2"):
        await store.orders.list(START, END, DeliveryStatus.D3)
    with pytest.raises(ValueError, match="time zone"):
        await store.orders.list(datetime(2024, 3, 1), END, DeliveryStatus.D1)


async def test_first_state(stub_server: StubServer, store: StoreApi) -> None:
    fee = order()["deals"][0]["deliveryFee"]
    promotion = {"tmonDealOptionNo": "7700112301", "discountAmount": "1000", "partnerDiscountAmount": 300}
    stub_server.says(
        json_reply(
            {
                "deliveryFees": [fee | {"deliveryNo": "880011001", "longDistanceUserAmount": 2500}],
                "dealOptionPromotions": [promotion, promotion | {"couponNo": 55, "discountPolicyNo": "P1"}],
            }
        ),
        json_reply({}),
    )
    first = await store.orders.initial(9100200301)
    assert paths(stub_server.asked) == ["/orders/9100200301/initial"]
    assert first.delivery_fees[0].delivery_no == "880011001"
    assert first.delivery_fees[0].user_amount == 3000
    assert first.delivery_fees[0].long_distance_user_amount == 2500
    assert [(p.option_no, p.discount_amount, p.coupon_no) for p in first.promotions] == [
        (7700112301, 1000, None),
        (7700112301, 1000, "55"),
    ]
    assert (await store.orders.initial(1)).delivery_fees == ()


async def test_orders_cannot_be_changed(stub_server: StubServer, store: StoreApi) -> None:
    stub_server.says(json_reply(order()))
    got: Order = await store.orders.get(1)
    with pytest.raises(ValueError, match="frozen"):
        got.order_no = 1
