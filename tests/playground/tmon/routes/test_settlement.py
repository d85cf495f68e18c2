"""Settlement at the sandbox (docs/tmon-api.md, ch. 11.6): what was delivered, late rows, corrections, past months."""

from datetime import date, timedelta
from typing import Any

import pytest

from bot.playground.tmon import (
    DEMO_PARTNERS,
    Sandbox,
    arrive_late,
    buyer_cancels,
    buyer_claims,
    complete_claim,
    correct,
    demo_sandbox,
)
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tmon.clock import KST

DAY = timedelta(days=1)
TODAY = date(2026, 3, 10)


async def rows(caller: Caller, day: date, partner_id: str = HANBIT) -> list[dict[str, Any]]:
    answer = await caller.get("/settlement", partner_id, searchDate=day.isoformat())
    assert answer.status_code == 200, answer.text
    assert answer.json()["extraData"] == []
    found: list[dict[str, Any]] = answer.json()["settlementData"]
    return found


async def test_what_was_delivered_is_settled_on_the_day_of_its_delivery(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, ordered_at=sandbox.clock() - 3 * DAY, deals=2)
    cancelled = buyer_cancels(sandbox, order.order_no, deal_no=order.deals[0].deal_no)
    assert cancelled is not None
    complete_claim(sandbox, cancelled.claim_no)
    assert await rows(caller, TODAY) == []
    sandbox.move_to(order.order_no, "D5")
    found = await rows(caller, TODAY)
    (deal,) = order.deals_of(HANBIT)
    assert {row["dealNo"]["tmonDealOptionNo"]: row["sellAmount"] for row in found} == {
        option.option_no: option.price * option.qty for option in deal.options
    }, "what was cancelled is not settled"
    for row in found:
        assert row["orderNo"] == {"tmonOrderNo": order.order_no, "tmonOrderSubNo": 1, "individualOrderNo": None}
        assert row["dealNo"]["managedTitle"] == deal.title
        assert row["payDueDate"] == "2026-04-10"
        assert 0 < row["payBaseAmount"] <= row["sellAmount"]
        assert row["payRate"] > 1
    assert await rows(caller, TODAY - DAY) == []
    assert await rows(caller, TODAY, SODAM) == []
    returned = buyer_claims(sandbox, "R", order.order_no)
    assert returned is not None
    sandbox.clock.advance(2 * DAY)  # type: ignore[attr-defined]
    complete_claim(sandbox, returned.claim_no)
    await caller.fetch_token()
    assert await rows(caller, TODAY) == found
    back = await rows(caller, TODAY + 2 * DAY)
    assert sum(row["sellAmount"] for row in [*found, *back]) == 0


@pytest.mark.parametrize("query", [{}, {"searchDate": "20260310"}, {"searchDate": "2026-13-01"}], ids=str)
async def test_a_day_is_needed(caller: Caller, query: dict[str, str]) -> None:
    answer = await caller.get("/settlement", HANBIT, **query)
    assert answer.status_code == 400
    assert "searchDate" in answer.json()["error"]


def test_the_demo_shops_have_the_settlement_of_last_month_and_this_one(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    for partner in DEMO_PARTNERS[:2]:
        found = [row for row in sandbox.settlement.values() if row.partner_id == partner.partner_id]
        assert {row.day for row in found} == {date(2026, 2, 1) + n * DAY for n in range(30)}
        assert {row.sold_at.astimezone(KST).date() <= row.day for row in found} == {True}
        without = [row for row in found if row.order_no is None]
        assert len(without) == 5, "one on each Monday"
        assert all(row.base_amount < 0 and row.deal_no is None for row in without)
    assert demo_sandbox(clock).settlement == sandbox.settlement


def test_late_rows_are_of_days_that_have_passed(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    before = set(sandbox.settlement)
    first = arrive_late(sandbox, HANBIT)
    assert first.order_no in sandbox.orders, "the order whose settlement is late"
    assert before.isdisjoint({first.tx_no})
    for n in range(3):
        row = arrive_late(sandbox, HANBIT)
        assert row.day == TODAY - 3 * DAY
        assert row.order_no not in sandbox.orders
        assert len(sandbox.settlement) > len(before) + n


def test_a_correction_keeps_the_number_of_the_row(clock: MovableClock) -> None:
    sandbox = demo_sandbox(clock)
    before = dict(sandbox.settlement)
    corrected = [correct(sandbox, HANBIT) for _ in range(3)]
    assert len({row.tx_no for row in corrected if row}) == 3
    for row in corrected:
        assert row is not None
        assert row.sell_amount < before.get(row.tx_no, row).sell_amount or row.tx_no not in before
        assert row.adjust_code == 1
