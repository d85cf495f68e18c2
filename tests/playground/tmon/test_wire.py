"""Values as they stand on the wire."""

from datetime import datetime, timedelta

import pytest

from bot.playground.tmon import Sandbox, encrypt
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, Caller
from tests.playground.tmon.order_calls import SECOND
from tests.tmon.api.examples import VECTORS
from tmon.clock import KST


@pytest.mark.parametrize(("plain", "sealed"), VECTORS.items())
def test_encryption_gives_the_vectors_of_chapter_14(plain: str, sealed: str) -> None:
    assert encrypt(plain, "0123456789abcdef") == sealed


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
