"""Orders: listed, searched, read, confirmed."""

from datetime import timedelta

import pytest

from bot.playground.tmon import Sandbox, Vendor, encrypt
from bot.playground.tmon.models import BuyerAccount, ShippingAddress
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, confirmation, decrypt, on_wire
from tests.playground.tmon.order_calls import SECOND
from tests.tmon.api.examples import CONFIRM_REFUSED, VECTORS


async def test_each_deal_is_confirmed_by_itself(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    order = sandbox.new_order(HANBIT, deals=2)
    first, second = order.deals
    answer = await caller.put(f"/orders/{order.order_no}/confirm", confirmation(first))
    assert (answer.status_code, answer.content) == (200, b"")
    assert (first.status, second.status) == ("D2", "D1")
    assert first.updated_at == clock()
    assert [call.body for call in sandbox.calls_of("orders.confirm")] == [confirmation(first)]


async def test_numbers_may_be_strings(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    body = confirmation(order.deals[0])
    options = [{name: str(value) for name, value in option.items()} for option in body["tmonDealOptions"]]
    body = {"tmonDealNo": str(body["tmonDealNo"]), "tmonDealOptions": list(reversed(options))}
    assert (await caller.put(f"/orders/{order.order_no}/confirm", body)).status_code == 200


@pytest.mark.parametrize("status", ["D2", "D3", "D4", "D5"])
async def test_only_d1_can_be_confirmed(caller: Caller, sandbox: Sandbox, status: str) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    order.deals[0].status = status
    answer = await caller.put(f"/orders/{order.order_no}/confirm", confirmation(order.deals[0]))
    assert (answer.status_code, answer.json()) == (500, {"error": CONFIRM_REFUSED})
    assert order.deals[0].status == status


async def test_options_and_quantities_must_be_those_of_the_deal(caller: Caller, sandbox: Sandbox) -> None:
    order = next(order for order in sandbox.new_orders(HANBIT, 40) if len(order.deals[0].options) == 2)
    deal = order.deals[0]
    first, second = confirmation(deal)["tmonDealOptions"]
    for options in (
        [first],
        [first, first],
        [first, second, second],
        [first, second | {"qty": second["qty"] + 1}],
        [first, second | {"tmonDealOptionNo": 1}],
    ):
        answer = await caller.put(
            f"/orders/{order.order_no}/confirm", {"tmonDealNo": deal.deal_no, "tmonDealOptions": options}
        )
        assert answer.status_code == 500
        assert "수량" in answer.json()["error"]
        assert deal.status == "D1"


async def test_deals_of_others_cannot_be_confirmed(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1, shared_with=SODAM)
    theirs = order.deals[1]
    answer = await caller.put(f"/orders/{order.order_no}/confirm", confirmation(theirs))
    assert answer.status_code == 500
    assert theirs.status == "D1"
    elsewhere = sandbox.new_order(SODAM)
    answer = await caller.put(f"/orders/{elsewhere.order_no}/confirm", confirmation(elsewhere.deals[0]))
    assert answer.json() == {"error": "존재하지 않는 주문입니다."}


async def test_a_changed_quantity_must_be_read_before_it_is_confirmed(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    stale = confirmation(order.deals[0])
    sandbox.change_quantity(order.order_no)
    assert (await caller.put(f"/orders/{order.order_no}/confirm", stale)).status_code == 500
    assert (await caller.put(f"/orders/{order.order_no}/confirm", confirmation(order.deals[0]))).status_code == 200


async def test_the_address_changes_until_confirmation(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    before = (await caller.get(f"/orders/{order.order_no}")).json()["receiverAddress"]
    sandbox.change_address(order.order_no)
    assert (await caller.get(f"/orders/{order.order_no}")).json()["receiverAddress"] != before
    sandbox.move_to(order.order_no, "D2")
    with pytest.raises(ValueError, match="no longer wholly in D1"):
        sandbox.change_address(order.order_no)
    with pytest.raises(ValueError, match="no longer wholly in D1"):
        sandbox.change_quantity(order.order_no)


MINUTE = timedelta(minutes=1)


DAY = timedelta(days=1)


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
