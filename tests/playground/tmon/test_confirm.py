"""Confirming orders (docs/tmon-api.md, ch. 9.6) and what buyers may change before."""

from typing import Any

import pytest

from bot.playground.tmon import Sandbox
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, confirmation
from tests.tmon.api.examples import CONFIRM_REFUSED


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


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"tmonDealNo": 1},
        {"tmonDealNo": 1, "tmonDealOptions": []},
        {"tmonDealNo": 1, "tmonDealOptions": [1]},
        {"tmonDealNo": 1, "tmonDealOptions": [{"tmonDealOptionNo": 1}]},
        {"tmonDealNo": 1, "tmonDealOptions": [{"tmonDealOptionNo": 1, "qty": "two"}]},
        {"tmonDealNo": True, "tmonDealOptions": [{"tmonDealOptionNo": 1, "qty": 1}]},
    ],
)
async def test_a_malformed_body_is_refused(caller: Caller, sandbox: Sandbox, body: Any) -> None:
    order = sandbox.new_order(HANBIT)
    answer = await caller.put(f"/orders/{order.order_no}/confirm", body)
    assert answer.status_code == 400
    assert "tmonDealOptions" in answer.json()["error"]


async def test_what_is_not_json_is_refused(caller: Caller, sandbox: Sandbox) -> None:
    url = f"/api/SAMPLEVENDOR/orders/{sandbox.new_order(HANBIT).order_no}/confirm"
    as_json = caller.headers() | {"Content-Type": "application/json"}
    assert (await caller.http.put(url, content=b"{", headers=as_json)).status_code == 400
    assert (await caller.http.put(url, data={"tmonDealNo": "1"}, headers=caller.headers())).status_code == 415


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
