"""Buyers that cancel (docs/tmon-api.md, ch. 10) and what becomes of their orders."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.playground.tmon import BuyerClaim, Sandbox, buyer_cancels, complete_claim, withdraw_claim
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller, confirmation, decrypt, on_wire
from tests.tmon.api.examples import CONFIRM_REFUSED
from tmon.clock import KST

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def cancelled(sandbox: Sandbox, order_no: int | None = None, **which: Any) -> BuyerClaim:
    claim = buyer_cancels(sandbox, order_no, **which)
    assert claim is not None
    return claim


async def search(caller: Caller, status: str, partner_id: str = HANBIT) -> list[dict[str, Any]]:
    now = caller.sandbox.clock()
    answer = await caller.get(
        "/cancellations/search",
        partner_id,
        startDate=on_wire(now - 2 * DAY),
        endDate=on_wire(now),
        claimStatus=status,
        page=1,
    )
    document = answer.json()
    assert document["hasNext"] is False
    items: list[dict[str, Any]] = document["items"]
    return items


async def test_a_request_is_found_at_once_in_all_three_ways(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    order = sandbox.new_order(HANBIT, deals=2)
    claim = cancelled(sandbox, order.order_no)
    (item,) = await search(caller, "C1")
    assert item == (await caller.get(f"/cancellations/{claim.claim_no}")).json()
    assert [item] == (await caller.get(f"/orders/{order.order_no}/claims")).json()
    assert (item["claimNo"], item["tmonOrderNo"]) == (claim.claim_no, order.order_no)
    assert (item["claimType"], item["claimStatus"]) == ("C", "C1")
    assert decrypt(item["userName"]) == order.buyer.name
    assert decrypt(item["userId"]) == order.buyer.user_id
    assert (item["requestedDate"], "completedDate" in item) == ("2026-03-10T10:00", False)
    for deal, lines in zip(order.deals, item["claimDeals"], strict=True):
        assert (lines["tmonDealNo"], lines["dealTitle"]) == (deal.deal_no, deal.title)
        assert lines["requestReason"].startswith("RCD")
        assert [(line["tmonDealOptionNo"], line["qty"]) for line in lines["claimDealOptions"]] == [
            (option.option_no, option.qty) for option in deal.options
        ]


async def test_an_open_request_leaves_the_order_in_d1_and_does_not_stop_a_confirmation(
    caller: Caller, sandbox: Sandbox
) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    cancelled(sandbox)
    assert len(await caller.list_orders()) == 1
    assert (await caller.put(f"/orders/{order.order_no}/confirm", confirmation(order.deals[0]))).status_code == 200


async def test_a_completed_cancel_takes_the_order_away(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    order = sandbox.new_order(HANBIT, deals=1)
    body = confirmation(order.deals[0])
    claim = cancelled(sandbox)
    clock.advance(timedelta(minutes=5, seconds=3))
    complete_claim(sandbox, claim.claim_no)
    assert await caller.list_orders() == []
    assert (await caller.get(f"/orders/{order.order_no}")).json()["deals"] == []
    assert await search(caller, "C1") == []
    (item,) = await search(caller, "C3")
    assert item["completedDate"] == "2026-03-10T10:05:03"
    assert item["claimDeals"][0]["claimDealOptions"] != []
    answer = await caller.put(f"/orders/{order.order_no}/confirm", body)
    assert (answer.status_code, answer.json()) == (500, {"error": CONFIRM_REFUSED})
    with pytest.raises(ValueError, match="not C1"):
        complete_claim(sandbox, claim.claim_no)


async def test_one_cancelled_deal_leaves_the_other(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=2)
    gone, stays = order.deals
    complete_claim(sandbox, cancelled(sandbox, order.order_no, deal_no=gone.deal_no).claim_no)
    (listed,) = await caller.list_orders()
    assert [deal["tmonDealNo"] for deal in listed["deals"]] == [stays.deal_no]


async def test_a_withdrawn_request_changes_nothing(caller: Caller, sandbox: Sandbox) -> None:
    sandbox.new_order(HANBIT)
    withdraw_claim(sandbox, cancelled(sandbox).claim_no)
    assert len(await search(caller, "C8")) == len(await caller.list_orders()) == 1


async def test_a_cancel_within_thirty_minutes_never_shows_the_order(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    order = sandbox.new_order(HANBIT, ordered_at=clock())
    clock.advance(timedelta(minutes=30) - SECOND)
    claim = cancelled(sandbox, order.order_no)
    assert claim.status == "C3"
    clock.advance(DAY)
    await caller.fetch_token()
    assert await caller.list_orders() == []
    assert len(await search(caller, "C3")) == 1


async def test_tmon_completes_an_unanswered_request_on_the_next_day_at_23(
    caller: Caller, sandbox: Sandbox, clock: MovableClock
) -> None:
    clock.set(datetime(2026, 12, 31, 0, 10, tzinfo=KST))
    sandbox.new_order(HANBIT)
    cancelled(sandbox)
    clock.set(datetime(2027, 1, 1, 22, 59, 59, tzinfo=KST))
    await caller.fetch_token()
    assert len(await search(caller, "C1")) == len(await caller.list_orders()) == 1
    clock.advance(SECOND)
    assert await caller.list_orders() == []
    (item,) = await search(caller, "C3")
    assert (item["requestedDate"], item["completedDate"]) == ("2026-12-31T00:10", "2027-01-01T23:00")


async def test_requests_are_searched_by_their_own_date(caller: Caller, sandbox: Sandbox, clock: MovableClock) -> None:
    sandbox.new_order(HANBIT, ordered_at=clock() - 6 * DAY)
    requested_at = cancelled(sandbox).requested_at

    async def found(start: datetime, end: datetime) -> int:
        answer = await caller.get(
            "/cancellations/search", startDate=on_wire(start), endDate=on_wire(end), claimStatus="C1"
        )
        return len(answer.json()["items"])

    assert await found(requested_at, requested_at) == 1
    assert await found(requested_at - DAY, requested_at - SECOND) == 0
    assert await found(requested_at + SECOND, requested_at + DAY) == 0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"claimStatus": "C5"}, "C1, C2, C3, C4, C8, C9"),
        ({"claimStatus": None}, "claimStatus"),
        ({"startDate": "2026-03-02T09:59:59", "endDate": "2026-03-09T10:00:00"}, "7일"),
        ({"startDate": "2026-03-09"}, "yyyy-MM-dd'T'HH:mm:ss"),
        ({"page": "0"}, "page"),
    ],
)
async def test_a_wrong_search_is_refused_with_the_rule(
    caller: Caller, change: dict[str, str | None], word: str
) -> None:
    query = {"startDate": "2026-03-09T10:00:00", "endDate": "2026-03-10T10:00:00", "claimStatus": "C1"} | change
    answer = await caller.get(
        "/cancellations/search", **{name: value for name, value in query.items() if value is not None}
    )
    assert answer.status_code == 400
    assert word in answer.json()["error"]


async def test_claims_of_others_are_unknown(caller: Caller, sandbox: Sandbox) -> None:
    order = sandbox.new_order(HANBIT, deals=1, shared_with=SODAM)
    claim = cancelled(sandbox, order.order_no, partner_id=SODAM)
    assert await search(caller, "C1") == []
    foreign = await caller.get(f"/cancellations/{claim.claim_no}")
    unknown = await caller.get("/cancellations/1")
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json())
    assert foreign.status_code == 500
    assert (await caller.get(f"/orders/{order.order_no}/claims")).json() == []
    complete_claim(sandbox, claim.claim_no)
    assert len(await caller.list_orders()) == 1
    assert await caller.list_orders(partner_id=SODAM) == []


def test_the_newest_waiting_order_is_cancelled_unless_told(sandbox: Sandbox, clock: MovableClock) -> None:
    newest = sandbox.new_order(HANBIT, ordered_at=clock() - timedelta(hours=1))
    older = sandbox.new_order(HANBIT, ordered_at=clock() - timedelta(hours=2))
    prepared = sandbox.new_order(HANBIT, ordered_at=clock() - timedelta(minutes=40))
    sandbox.move_to(prepared.order_no, "D2")
    assert cancelled(sandbox).order_no == newest.order_no
    assert cancelled(sandbox).order_no == older.order_no
    assert buyer_cancels(sandbox) is None
    assert buyer_cancels(sandbox, partner_id=SODAM) is None
    assert cancelled(sandbox, prepared.order_no).status == "C1"


@pytest.mark.parametrize("status", ["D3", "D4", "D5"])
def test_what_has_left_cannot_be_cancelled(sandbox: Sandbox, status: str) -> None:
    order = sandbox.new_order(HANBIT)
    sandbox.move_to(order.order_no, status)
    assert buyer_cancels(sandbox, order.order_no) is None
