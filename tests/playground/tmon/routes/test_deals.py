"""Deals: read, and changed in stock, display, sale and period."""

from datetime import datetime, timedelta

import httpx
import pytest

from bot.playground.tmon import DealChange, Listing, Sandbox
from tests.clock import MovableClock
from tests.playground.tmon.caller import HANBIT, SODAM, Caller
from tests.playground.tmon.deal_calls import BY_TMON, MINUTE, deal_where, keys, read, set_end, set_stock
from tmon.clock import KST

LIMIT = {"error": "딜 등록/수정은 20분간 10회까지 가능합니다."}


async def set_display(caller: Caller, deal: Listing, shown: dict[str, object]) -> httpx.Response:
    rows = [{"vendorDealOptionNo": key, "display": display} for key, display in shown.items()]
    return await caller.put(f"/deals/{deal.vendor_deal_no}/options/display", {"dealOptions": rows})


async def test_a_deal_is_read_by_either_number(caller: Caller, deal: Listing) -> None:
    by_tmon = await read(caller, deal)
    by_vendor = (await caller.get(f"/deals/{deal.vendor_deal_no}")).json()
    assert by_vendor == by_tmon
    assert (by_tmon["vendorId"], by_tmon["vendorDealNo"], by_tmon["tmonDealNo"]) == (
        "SAMPLEVENDOR", deal.vendor_deal_no, deal.deal_no,
    )  # fmt: skip
    assert (by_tmon["dealType"], by_tmon["status"], by_tmon["salesStatus"]) == ("D", "DS02", "ON_SALE")
    assert by_tmon["salesPeriod"]["end"] == "2900-12-31T23:59:59"
    assert by_tmon["dealContents"]["title"] == deal.title
    assert by_tmon["dealOptionsPageInfo"] == {"totalCount": 4, "totalPage": 1, "currentPage": 1}
    for option, shown in zip(deal.options.values(), by_tmon["dealOptions"], strict=True):
        assert (shown["tmonDealOptionNo"], shown["vendorDealOptionNo"]) == (option.option_no, option.vendor_option_no)
        assert shown["price"] == shown["salesPrice"] == option.price
        assert (shown["title"], shown["stock"], shown["display"]) == (option.title, 300, True)
    assert [shown["mainOption"] for shown in by_tmon["dealOptions"]] == [True, False, False, False]


async def test_pages_of_options_hold_two_hundred(caller: Caller, deal: Listing) -> None:
    second = (await caller.get(f"/deals/{deal.vendor_deal_no}", page=2)).json()
    assert (second["dealOptions"], second["dealOptionsPageInfo"]["currentPage"]) == ([], 2)
    assert (await caller.get(f"/deals/{deal.vendor_deal_no}", page=0)).status_code == 400


async def test_unknown_foreign_and_deleted_deals(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    for path, partner_id in (
        ("/deals/SKU-1", HANBIT),
        (f"/deals/{deal.deal_no}", HANBIT),  # TMON's number, read as the seller's
        (f"/deals/{deal.vendor_deal_no}{BY_TMON}", HANBIT),
        (f"/deals/{deal.vendor_deal_no}", SODAM),
    ):
        answer = await caller.http.get(f"/api/SAMPLEVENDOR{path}", headers=caller.headers(partner_id))
        assert answer.status_code == 500
        assert answer.json()["error"].endswith(")가 없습니다")
    assert (await caller.get(f"/deals/{deal.deal_no}", dealNoType="VENDOR")).status_code == 400
    deal.deleted = True
    for answer in (await caller.get(f"/deals/{deal.vendor_deal_no}"), await set_stock(caller, deal, {"a": 1})):
        assert "삭제된" in answer.json()["error"]
    assert sandbox.calls[-1].name == "deals.stock"


async def test_stock_is_what_is_left(caller: Caller, deal: Listing, clock: MovableClock) -> None:
    first, second, *_ = keys(deal)
    answer = await set_stock(caller, deal, {first: 0, second: "17"})
    assert (answer.status_code, answer.json()) == (200, {first: {"success": True}, second: {"success": True}})
    assert [option["stock"] for option in (await read(caller, deal))["dealOptions"]] == [0, 17, 300, 300]
    one, two, *_ = deal.options
    assert deal.changes == [
        DealChange(clock(), "deals.stock", one, 300, 0),
        DealChange(clock(), "deals.stock", two, 300, 17),
    ]


async def test_options_fail_one_by_one_inside_a_good_answer(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    first, second, *_ = keys(deal)
    sandbox.faults.failing_options = {second}
    answer = await set_stock(caller, deal, {first: 1, second: 2, "NONE": 3})
    assert answer.status_code == 200
    assert {key: result["success"] for key, result in answer.json().items()} == {
        first: True,
        second: False,
        "NONE": False,
    }
    assert all(result["message"] for result in answer.json().values() if not result["success"])
    assert [option.stock for option in deal.options.values()] == [1, 300, 300, 300]
    sandbox.faults.clear()
    assert (await set_stock(caller, deal, {second: 2})).json()[second]["success"] is True


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dealOptions": []},
        {"dealOptions": {}},
        {"dealOptions": ["a"]},
        {"dealOptions": [{"vendorDealOptionNo": "G12200-01"}]},
        {"dealOptions": [{"vendorDealOptionNo": "G12200-01", "stock": 1}, {"vendorDealOptionNo": "G12200-02", "stock": -1}]},
        {"dealOptions": [{"vendorDealOptionNo": "G12200-01", "stock": 1.5}]},
        {"dealOptions": [{"vendorDealOptionNo": 1, "stock": 1}]},
        {"dealOptions": [{"vendorDealOptionNo": "", "stock": 1}]},
    ],
)  # fmt: skip
async def test_malformed_stock_changes_nothing(caller: Caller, deal: Listing, body: object) -> None:
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}/stock", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert deal.changes == []


async def test_options_are_hidden_and_shown(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    first, second, *_ = keys(deal)
    answer = await set_display(caller, deal, {first: False, second: "false"})
    assert (answer.status_code, answer.content) == (200, b"")
    shown = [option["display"] for option in (await read(caller, deal))["dealOptions"]]
    assert shown == [False, False, True, True]
    answer = await set_display(caller, deal, {first: True, "NONE": True})
    assert answer.status_code == 500
    assert [option.display for option in deal.options.values()] == shown  # all or nothing
    await set_display(caller, deal, {first: True})
    assert next(iter(deal.options.values())).display is True
    assert [(change.call, change.before, change.after) for change in deal.changes] == [
        ("deals.display", True, False), ("deals.display", True, False), ("deals.display", False, True),
    ]  # fmt: skip


async def test_each_option_is_hidden_or_not(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    first, second, *_ = keys(deal)
    sandbox.faults.failing_options = {second}
    answer = await set_display(caller, deal, {first: False, second: False})
    assert answer.status_code == 200
    assert {key: result["success"] for key, result in answer.json().items()} == {first: True, second: False}
    assert "진열" in answer.json()[second]["message"]
    assert [option.display for option in deal.options.values()] == [False, True, True, True]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"dealOptions": []},
        {"dealOptions": [{"vendorDealOptionNo": "G12200-01"}]},
        {"dealOptions": [{"vendorDealOptionNo": "G12200-01", "display": "off"}]},
        {"dealOptions": [{"display": False}]},
    ],
)
async def test_malformed_display_changes_nothing(caller: Caller, deal: Listing, body: object) -> None:
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}/options/display", body)
    assert answer.status_code == 400
    assert deal.changes == []


async def test_the_only_option_is_not_hidden(caller: Caller, sandbox: Sandbox) -> None:
    single = deal_where(sandbox, lambda deal: len(deal.options) == 1)
    assert (await set_display(caller, single, {keys(single)[0]: False})).status_code == 500
    assert all(option.display for option in single.options.values())


async def test_pause_and_resume_without_a_body(caller: Caller, sandbox: Sandbox, deal: Listing) -> None:
    for verb, status, code in (("pause", "PAUSE", "DS03"), ("pause", "PAUSE", "DS03"), ("resume", "ON_SALE", "DS02")):
        answer = await caller.command(f"/deals/{deal.vendor_deal_no}/{verb}")
        assert (answer.status_code, answer.content) == (200, b"")
        document = await read(caller, deal)
        assert (document["salesStatus"], document["status"]) == (status, code)
    assert [(change.call, change.before, change.after) for change in deal.changes] == [
        ("deals.pause", False, True), ("deals.pause", True, True), ("deals.resume", True, False),
    ]  # fmt: skip


async def test_the_sale_period_is_changed(caller: Caller, deal: Listing, clock: MovableClock) -> None:
    before = (deal.sales_start, deal.sales_end)
    answer = await set_end(caller, deal, "2026-06-30T23:59:59")
    assert (answer.status_code, answer.content) == (200, b"")
    assert deal.sales_end == datetime(2026, 6, 30, 23, 59, 59, tzinfo=KST)
    (change,) = deal.changes
    assert (change.call, change.before, change.after) == (
        "deals.sales_period", before, (before[0], deal.sales_end),
    )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"salesStartDate": "2026-04-01T00:00:00"},
        {"salesEndDate": "2026-06-30"},
        {"salesEndDate": "2026-06-30T23:59"},
        {"salesEndDate": "2026-02-30T23:59:59"},
        {"salesEndDate": "2901-01-01T00:00:00"},
        {"salesEndDate": "2020-01-01T00:00:00"},
        {"salesEndDate": "2026-06-30T00:00:00", "salesStartDate": "2026-06-30T00:00:00"},
    ],
)
async def test_malformed_sale_periods_are_refused(caller: Caller, deal: Listing, body: object) -> None:
    answer = await caller.put(f"/deals/{deal.vendor_deal_no}/sales-period", body)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert deal.changes == []


async def test_the_eleventh_change_in_twenty_minutes_is_refused(
    caller: Caller, sandbox: Sandbox, deal: Listing, clock: MovableClock
) -> None:
    for n in range(9):
        assert (await set_end(caller, deal, f"2026-06-{n + 1:02d}T00:00:00")).status_code == 200
        clock.advance(MINUTE)
    assert (await caller.put(f"/deals/{deal.vendor_deal_no}", {"title": "새 이름"})).status_code == 200
    for answer in (
        await set_end(caller, deal, "2026-07-01T00:00:00"),
        await caller.put(f"/deals/{deal.vendor_deal_no}", {"title": "또 새 이름"}),
    ):
        assert (answer.status_code, answer.json()) == (429, LIMIT)
    assert (deal.title, len(deal.changes)) == ("새 이름", 10)
    # Neither reading nor stock, display and sale status count, and another deal has a limit of its own.
    assert (await set_stock(caller, deal, {keys(deal)[0]: 1})).status_code == 200
    assert (await set_display(caller, deal, {keys(deal)[0]: False})).status_code == 200
    assert (await caller.command(f"/deals/{deal.vendor_deal_no}/pause")).status_code == 200
    other = deal_where(sandbox, lambda found: found is not deal)
    assert (await set_end(caller, other, "2026-07-01T00:00:00")).status_code == 200
    clock.advance(11 * MINUTE - timedelta(seconds=1))
    assert (await set_end(caller, deal, "2026-07-01T00:00:00")).status_code == 429
    clock.advance(timedelta(seconds=1))  # the first of them is 20 minutes old
    assert (await set_end(caller, deal, "2026-07-01T00:00:00")).status_code == 200
    assert (await set_end(caller, deal, "2026-07-02T00:00:00")).status_code == 429


async def test_refused_changes_count_too(caller: Caller, deal: Listing) -> None:
    for _ in range(10):
        assert (await set_end(caller, deal, "tomorrow")).status_code == 400
    assert (await set_end(caller, deal, "2026-07-01T00:00:00")).status_code == 429
