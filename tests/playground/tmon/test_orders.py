"""Reading orders: windows, states, fields (docs/tmon-api.md, ch. 3, 9.2 to 9.5, 14)."""

from datetime import datetime, timedelta

import pytest

from bot.playground.tmon import Sandbox, Vendor, encrypt
from bot.playground.tmon.models import BuyerAccount, ShippingAddress
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, decrypt, on_wire
from tests.tmon.api.examples import VECTORS
from tmon.clock import KST

MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.mark.parametrize(("plain", "sealed"), VECTORS.items())
def test_encryption_gives_the_vectors_of_chapter_14(plain: str, sealed: str) -> None:
    assert encrypt(plain, "0123456789abcdef") == sealed


async def test_a_new_order_is_listed_with_all_its_fields(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    order.buyer = BuyerAccount("jihye0412", "한지혜", "010-0123-4567")
    order.receiver_name, order.receiver_phone = "김서연", "0504-0123-4567"
    order.address = ShippingAddress("04532", "서울특별시 중구 가상동 34-5", "101동 1203호", "서울특별시 중구 가상로 12")
    order.delivery_memo, order.additional_message, order.safety_phone_until = "문 앞에 놓아주세요", "", None
    deal = order.deals[0]
    (listed,) = await caller.list_orders()
    assert list(listed) == [
        "tmonOrderNo", "userId", "userName", "userPhone", "receiverName", "receiverPhone", "receiverAddress",
        "deliveryMemo", "additionalMessage", "orderDate", "depositDate", "deals",
    ]  # fmt: skip
    assert listed["tmonOrderNo"] == order.order_no
    assert decrypt(listed["userId"]) == "jihye0412"
    assert decrypt(listed["userName"]) == "한지혜"
    assert decrypt(listed["userPhone"]) == "010-0123-4567"
    assert listed["receiverName"] == VECTORS["김서연"]
    assert decrypt(listed["receiverPhone"]) == "0504-0123-4567"
    assert listed["receiverAddress"] == {
        "zipCode": VECTORS["04532"],
        "address": encrypt("서울특별시 중구 가상동 34-5", "0123456789abcdef"),
        "addressDetail": VECTORS["101동 1203호"],
        "streetAddress": VECTORS["서울특별시 중구 가상로 12"],
    }
    assert (listed["deliveryMemo"], listed["additionalMessage"]) == ("문 앞에 놓아주세요", "")
    (wired,) = listed["deals"]
    assert (wired["tmonDealNo"], wired["dealTitle"]) == (deal.deal_no, deal.title)
    assert (wired["deliveryNo"], wired["deliveryStatus"]) == (deal.delivery_no, "D1")
    for option, line in zip(deal.options, wired["dealOptions"], strict=True):
        assert line["tmonDealOptionNo"] == option.option_no
        assert line["purchasePrice"] == line["salesPrice"] * line["qty"] == option.price * option.qty


async def test_buyers_are_encrypted_with_the_key_of_the_vendor_who_asks(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT)
    sandbox.vendors["second"] = Vendor("second", "secret", "SECOND", "fedcba9876543210")
    answer = await caller.http.post(
        "/oauth/token", auth=("second", "secret"), data={"grant_type": "client_credentials"}
    )
    caller.token = answer.json()["access_token"]
    answer = await caller.http.get(f"/api/SECOND/orders/{order.order_no}", headers=caller.headers())
    assert decrypt(answer.json()["receiverName"], "fedcba9876543210") == order.receiver_name


async def test_absent_fields_are_left_out_and_empty_texts_stay_empty(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT)
    order.buyer.phone = order.delivery_memo = order.additional_message = order.safety_phone_until = None
    order.address.lot, order.address.detail = None, ""
    answer = await caller.get(f"/orders/{order.order_no}")
    document = answer.json()
    absent = {"userPhone", "deliveryMemo", "additionalMessage", "safetyPhoneExpirationDate"}
    assert absent.isdisjoint(document)
    assert "address" not in document["receiverAddress"]
    assert document["receiverAddress"]["addressDetail"] == ""
    assert "null" not in answer.text


async def test_seconds_are_dropped_when_they_are_00(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    order = sandbox.new_order(HANBIT, ordered_at=clock() - timedelta(hours=2))
    order.deposited_at = order.ordered_at + SECOND
    (listed,) = await caller.list_orders()
    assert (listed["orderDate"], listed["depositDate"]) == ("2026-03-10T08:00", "2026-03-10T08:00:01")


async def test_the_window_holds_at_most_seven_days_and_both_its_ends(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    end = clock() - timedelta(hours=1)
    start = end - 7 * DAY
    inside = [sandbox.new_order(HANBIT, ordered_at=at).order_no for at in (start, end)]
    sandbox.new_order(HANBIT, ordered_at=start - SECOND)
    sandbox.new_order(HANBIT, ordered_at=end + SECOND)
    listed = await caller.list_orders(start=start, end=end)
    assert [order["tmonOrderNo"] for order in listed] == inside
    for path in ("/orders", "/orders/search"):
        answer = await caller.get(path, startDate=on_wire(start - SECOND), endDate=on_wire(end), deliveryStatus="D1")
        assert answer.status_code == 400
        assert "7일" in answer.json()["error"]


async def test_an_end_younger_than_thirty_minutes_is_refused(caller: Caller, clock: MovableClock) -> None:
    for path in ("/orders", "/orders/search"):
        query = {"startDate": on_wire(clock() - DAY), "deliveryStatus": "D1"}
        answer = await caller.get(path, endDate=on_wire(clock() - 30 * MINUTE + SECOND), **query)
        assert answer.status_code == 400
        assert "30분" in answer.json()["error"]
        answer = await caller.get(path, endDate=on_wire(clock() - 30 * MINUTE), **query)
        assert answer.status_code == 200


async def test_an_order_appears_thirty_minutes_after_it_was_placed(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    order = sandbox.new_order(HANBIT, ordered_at=clock())
    clock.advance(30 * MINUTE - SECOND)
    assert await caller.list_orders() == []
    clock.advance(SECOND)
    (listed,) = await caller.list_orders()
    assert listed["tmonOrderNo"] == order.order_no


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"startDate": "2026-03-09"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"startDate": "2026-03-09T09:00"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": "2026-03-09T09:00:00Z"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": "2026-02-30T09:00:00"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"endDate": ""}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"startDate": None}, "startDate"),
        ({"endDate": None}, "endDate"),
        ({"startDate": "2026-03-10T00:00:01", "endDate": "2026-03-10T00:00:00"}, "endDate"),
        ({"deliveryStatus": None}, "deliveryStatus"),
        ({"deliveryStatus": "D3"}, "D1, D2"),
        ({"deliveryStatus": "d1"}, "D1, D2"),
    ],
)
async def test_a_wrong_query_is_refused_with_the_rule(caller: Caller, change: dict[str, str | None], word: str) -> None:
    query = {"startDate": "2026-03-08T09:00:00", "endDate": "2026-03-10T09:00:00", "deliveryStatus": "D1"} | change
    answer = await caller.get("/orders", **{name: value for name, value in query.items() if value is not None})
    assert answer.status_code == 400
    assert word in answer.json()["error"]


async def test_a_parameter_given_twice_is_refused(caller: Caller) -> None:
    query = "startDate=2026-03-08T09:00:00&endDate=2026-03-10T09:00:00&deliveryStatus=D1&deliveryStatus=D2"
    answer = await caller.http.get(f"/api/SAMPLEVENDOR/orders?{query}", headers=caller.headers())
    assert answer.status_code == 400


async def test_an_order_is_listed_when_any_of_its_deals_has_the_state(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=2)
    order.deals[0].status = "D2"
    for status in ("D1", "D2"):
        (listed,) = await caller.list_orders(status)
        assert [deal["deliveryStatus"] for deal in listed["deals"]] == ["D2", "D1"]
    order.deals[1].status = "D3"
    assert await caller.list_orders("D1") == []


async def test_search_takes_every_state_and_pages_by_a_hundred(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    for order in sandbox.new_orders(HANBIT, 201):
        sandbox.move_to(order.order_no, "D5")
    query = {
        "startDate": on_wire(clock() - DAY),
        "endDate": on_wire(clock() - 30 * MINUTE),
        "deliveryStatus": "D5",
    }
    pages = [(await caller.get("/orders/search", page=page, **query)).json() for page in (1, 2, 3, 4)]
    assert [(len(page["items"]), page["hasNext"]) for page in pages] == [
        (100, True),
        (100, True),
        (1, False),
        (0, False),
    ]
    found = [item["tmonOrderNo"] for page in pages for item in page["items"]]
    assert found == list(sandbox.orders)
    assert (await caller.get("/orders/search", **query)).json() == pages[0]
    for page in ("0", "-1", "x", ""):
        answer = await caller.get("/orders/search", page=page, **query)
        assert answer.status_code == 400
        assert "page" in answer.json()["error"]


async def test_another_partners_order_is_unknown(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(SODAM)
    foreign = await caller.get(f"/orders/{order.order_no}")
    unknown = await caller.get("/orders/1")
    assert foreign.status_code == unknown.status_code == 500
    assert foreign.json() == unknown.json()
    assert (await caller.get(f"/orders/{order.order_no}/initial")).status_code == 500
    assert (await caller.get("/orders/abc")).status_code == 400
    assert await caller.list_orders() == []


async def test_of_a_shared_order_each_partner_sees_their_own_deals(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=2, shared_with=SODAM)
    for partner_id, count in ((HANBIT, 2), (SODAM, 1)):
        (listed,) = await caller.list_orders(partner_id=partner_id)
        assert listed["tmonOrderNo"] == order.order_no
        mine = [deal.deal_no for deal in order.deals if deal.partner_id == partner_id]
        assert [deal["tmonDealNo"] for deal in listed["deals"]] == mine
        assert len(mine) == count
        initial = (await caller.get(f"/orders/{order.order_no}/initial", partner_id)).json()
        deliveries = {deal.delivery_no for deal in order.deals if deal.partner_id == partner_id}
        assert {fee["deliveryNo"] for fee in initial["deliveryFees"]} == deliveries


async def test_first_state_information_names_each_delivery_once(caller: Caller, sandbox: Sandbox) -> None:
    orders = [sandbox.new_order(HANBIT, deals=3) for _ in range(40)]
    bundled = next(order for order in orders if len({deal.delivery_no for deal in order.deals}) < len(order.deals))
    initial = (await caller.get(f"/orders/{bundled.order_no}/initial")).json()
    listed = (await caller.get(f"/orders/{bundled.order_no}")).json()
    fees = {deal["deliveryNo"]: deal["deliveryFee"] for deal in listed["deals"]}
    assert {fee.pop("deliveryNo"): fee for fee in initial["deliveryFees"]} == fees
    assert all(fee["userAmount"] + fee["tmonAmount"] + fee["partnerAmount"] == fee["amount"] for fee in fees.values())
    option = bundled.deals[0].options[0]
    option.discount = 1500
    promotions = (await caller.get(f"/orders/{bundled.order_no}/initial")).json()["dealOptionPromotions"]
    promotion = next(promotion for promotion in promotions if promotion["tmonDealOptionNo"] == option.option_no)
    assert (promotion["discountAmount"], promotion["partnerDiscountAmount"]) == (1500, 750)


async def test_windows_are_korea_time_over_midnight_and_new_year(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    clock.set(datetime(2027, 1, 1, 0, 31, tzinfo=KST))
    await caller.fetch_token()
    last = sandbox.new_order(HANBIT, ordered_at=datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST))
    first = sandbox.new_order(HANBIT, ordered_at=datetime(2027, 1, 1, tzinfo=KST))
    listed = await caller.list_orders(end=datetime(2027, 1, 1, 0, 1, tzinfo=KST))
    assert [(order["tmonOrderNo"], order["orderDate"]) for order in listed] == [
        (last.order_no, "2026-12-31T23:59:59"),
        (first.order_no, "2027-01-01T00:00"),
    ]
    answer = await caller.get(
        "/orders", startDate="2026-12-25T00:01:00", endDate="2027-01-01T00:01:00", deliveryStatus="D1"
    )
    assert len(answer.json()) == 2
    answer = await caller.get(
        "/orders", startDate="2026-12-25T00:00:59", endDate="2027-01-01T00:01:00", deliveryStatus="D1"
    )
    assert answer.status_code == 400
