"""Months of settlement: sums are sums of rows, whichever day they belong to."""

from datetime import date
from decimal import Decimal

import pytest

from tests.clock import MovableClock
from tests.core import make_core
from tests.tmon.settlement.books import STORE, Books, kst
from tmon.database import Database
from tmon.settlement.months import Basis
from tmon.settlement.order_query import Match
from tmon.settlement.service import SettlementService

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def books(db: Database) -> Books:
    return Books(db)


@pytest.fixture
def service(db: Database, clock: MovableClock) -> SettlementService:
    return SettlementService(make_core(db, clock))


async def test_a_month_has_one_line_per_kind_with_the_sums_of_its_rows(
    books: Books, service: SettlementService
) -> None:
    await books.row("1", 10_000, rate="88.5", tmon_amount=500, vendor_amount=20)
    await books.row("2", 10_001, rate="0.9", base_amount=9_001)
    await books.row("3", -10_000, kind="RETURN")
    await books.row("4", 700, rate=None, kind="RETURN")
    await books.row("5", 99_999, due="2026-05-10")
    await Books(books.db, store_id="st_2").row("1", 5)
    await Books(books.db, team_id="T2").row("1", 5)
    found = await service.month("T1", STORE, APRIL, Basis.PAY_DUE)
    assert [one.kind for one in found.kinds] == ["SALE", "RETURN"]
    sale, back = (one.sums for one in found.kinds)
    assert (sale.rows, sale.sell, sale.base, sale.computed) == (2, 20_001, 19_001, 8_850 + 8_101)
    assert (sale.tmon, sale.vendor, sale.unrated) == (500, 20, 0)
    assert (sale.lowest_rate, sale.highest_rate) == (Decimal("88.5"), Decimal(90))
    assert (back.rows, back.sell, back.computed, back.unrated) == (2, -9_300, -8_850, 1)
    assert found.total.sell == 10_701
    assert (found.total.first_due, found.total.last_due) == (date(2026, 4, 10), date(2026, 4, 10))


async def test_a_row_belongs_to_the_month_of_its_day_in_korea_also_at_midnight_and_at_the_end_of_a_year(
    books: Books, service: SettlementService
) -> None:
    await books.row("1", 1, sold="2025-12-31 23:59", due="2025-12-31")
    await books.row("2", 10, sold="2026-01-01 00:00", due="2026-01-01")
    await books.row("3", 100, sold="2026-01-31 23:59", due=None)
    sums = {}
    for month in (date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)):
        for basis in Basis:
            sums[month.month, basis] = (await service.month("T1", STORE, month, basis)).total.sell
    assert sums == {
        (12, Basis.PAY_DUE): 1, (12, Basis.SOLD): 1,
        (1, Basis.PAY_DUE): 10, (1, Basis.SOLD): 110,
        (2, Basis.PAY_DUE): 0, (2, Basis.SOLD): 0,
    }  # fmt: skip
    assert (await service.month("T1", STORE, date(2026, 1, 1), Basis.PAY_DUE)).undated == 1
    assert (await service.month("T1", STORE, date(2026, 1, 1), Basis.SOLD)).undated == 0


async def test_what_tmon_does_not_list_any_more_stays_in_the_month_and_is_told_apart(
    books: Books, service: SettlementService
) -> None:
    await books.row("1", 10_000)
    await books.row("2", 3_000, missing_since=kst("2026-03-09 12:10"))
    found = await service.month("T1", STORE, APRIL, Basis.PAY_DUE)
    assert (found.total.rows, found.total.sell, found.total.gone) == (2, 13_000, 1)
    assert (found.gone.rows, found.gone.sell, found.gone.computed) == (1, 3_000, 2_655)
    page = await service.rows_gone("T1", STORE, APRIL, Basis.PAY_DUE, 0)
    assert [row.tx_no for row in page.items] == ["2"]


async def test_the_months_to_choose_from_are_those_with_rows_and_the_ones_around_today(
    books: Books, service: SettlementService
) -> None:
    found = await service.month("T1", STORE, MARCH, Basis.PAY_DUE)
    assert found.months == [APRIL, MARCH, date(2026, 2, 1)]
    await books.row("1", 1, sold="2025-12-02 10:00", due="2026-05-10")
    await books.row("2", 1, sold="1999-12-02 10:00", due="2099-05-10")
    found = await service.month("T1", STORE, MARCH, Basis.PAY_DUE)
    assert (len(found.months), found.months[0], found.months[-1]) == (73, date(2027, 3, 1), date(2021, 3, 1))


async def test_products_are_listed_by_amount_page_by_page(books: Books, service: SettlementService) -> None:
    for number in range(13):
        await books.row(f"{number}", 1_000 * number, deal_no=number, title=f"상품 {number}")
    await books.row("more", 500, deal_no=12, title="상품 12")
    await books.row("ad", -100, deal_no=None, title="")
    first = await service.products("T1", STORE, APRIL, Basis.PAY_DUE, 0)
    assert (first.total, first.pages) == (14, 2)
    assert [(one.deal_no, one.sums.sell, one.sums.rows) for one in first.items[:2]] == [
        (12, 12_500, 2),
        (11, 11_000, 1),
    ]
    last = await service.products("T1", STORE, APRIL, Basis.PAY_DUE, 7)
    assert [(one.deal_no, one.sums.sell) for one in last.items] == [(0, 0), (None, -100)]


async def states(service: SettlementService, month: date, basis: Basis) -> dict[Match, int]:
    found = await service.matches("T1", STORE, month, basis)
    return {match: found[match] for match in Match if found[match]}


async def test_each_order_is_expected_settled_different_or_not_settled(
    books: Books, service: SettlementService, clock: MovableClock
) -> None:
    await books.read("2026-02-01", "2026-03-31", "2026-04-10 12:10")
    clock.set(kst("2026-04-11 09:00"))
    right = await books.order("2026-03-01 10:00", "2026-03-05 10:00")
    await books.row("1", 20_000, order=right)
    wrong = await books.order("2026-03-01 10:00", "2026-03-05 10:00")
    await books.row("2", 20_000, order=wrong)
    await books.row("3", -1, order=wrong, kind="ADJUST")
    nothing = await books.order("2026-03-01 10:00", "2026-03-31 23:59")
    await books.order("2026-03-01 10:00", "2026-04-01 00:00")  # its month is not over
    await books.order("2026-03-31 10:00")  # on its way
    await books.row("4", 5_000, order=42)
    await books.row("5", -3_000)
    found = await service.matches("T1", STORE, MARCH, Basis.SOLD)
    assert {match: found[match] for match in Match} == {
        Match.SETTLED: 1, Match.DIFFERENT: 1, Match.UNSETTLED: 1, Match.EXPECTED: 2,
    }  # fmt: skip
    assert (found.attention, found.without_order) == (2, 2)
    _, page = await service.orders("T1", STORE, MARCH, Basis.SOLD, (Match.DIFFERENT,), 0)
    (one,) = page.items
    assert (one.order_no, one.expected, one.settled, one.rows) == (wrong.order_no, 20_000, 19_999, 2)
    _, page = await service.orders("T1", STORE, MARCH, Basis.SOLD, (Match.UNSETTLED,), 0)
    assert [one.order_no for one in page.items] == [nothing.order_no]
    rows = await service.rows_without_order("T1", STORE, MARCH, Basis.SOLD, 0)
    assert {row.tx_no for row in rows.items} == {"4", "5"}
    # by 지급예정일: settled ones by the day that TMON names, others in the month after their delivery, or the next one
    assert await states(service, APRIL, Basis.PAY_DUE) == {Match.SETTLED: 1, Match.DIFFERENT: 1, Match.UNSETTLED: 1}
    assert await states(service, MAY, Basis.PAY_DUE) == {Match.EXPECTED: 2}


async def test_an_order_is_not_settled_only_after_the_reading_on_the_10th(
    books: Books, service: SettlementService, clock: MovableClock
) -> None:
    await books.order("2026-02-01 10:00", "2026-02-05 10:00")
    before = date(2026, 2, 1)
    for at, now, match in (
        ("2026-03-09 12:10", "2026-03-09 13:00", Match.EXPECTED),
        ("2026-03-10 12:09", "2026-03-10 12:10", Match.EXPECTED),
        ("2026-03-10 12:10", "2026-03-10 12:11", Match.UNSETTLED),
    ):
        await books.read("2026-02-01", "2026-02-28", at)
        clock.set(kst(now))
        assert await states(service, before, Basis.SOLD) == {match: 1}
    await books.read("2026-02-01", "2026-02-28", "2026-03-10 12:10", but="2026-02-17")
    assert await states(service, before, Basis.SOLD) == {Match.EXPECTED: 1}


async def test_what_was_delivered_before_anything_was_read_is_not_missed(
    books: Books, service: SettlementService, clock: MovableClock
) -> None:
    await books.order("2026-01-05 10:00", "2026-01-09 10:00")
    await books.read("2026-02-01", "2026-03-31", "2026-04-10 12:10")
    clock.set(kst("2026-04-11 09:00"))
    assert await states(service, date(2026, 1, 1), Basis.SOLD) == {}
    assert await states(service, date(2026, 2, 1), Basis.PAY_DUE) == {}


async def test_cancels_and_returns_are_taken_off_what_is_expected(books: Books, service: SettlementService) -> None:
    part = [{"price": 10_000, "quantity": 1, "ordered": 2, "taken": 1, "amount": 10_000}]
    part.append({"price": 5_000, "quantity": 3, "ordered": 3, "cancelled": True, "amount": 15_000})
    cancelled = await books.order("2026-03-01 10:00", "2026-03-05 10:00", options=part)
    await books.row("1", 10_000, order=cancelled)
    back = [{"price": 10_000, "quantity": 2, "ordered": 2, "returned": 1, "amount": 20_000}]
    returned = await books.order("2026-03-01 10:00", "2026-03-05 10:00", options=back)
    await books.row("2", 20_000, order=returned)
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 2}
    await books.row("3", -10_000, order=returned, kind="RETURN")
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 2}
    await books.row("4", -10_000, order=returned, kind="RETURN")
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 1, Match.DIFFERENT: 1}


async def test_a_whole_cancel_expects_nothing_and_a_row_of_it_is_different(
    books: Books, service: SettlementService
) -> None:
    from tmon.models.orders import OrderState

    order = await books.order("2026-03-01 10:00", "2026-03-02 10:00", state=OrderState.CANCELLED)
    assert await states(service, MARCH, Basis.SOLD) == {}
    await books.row("1", 20_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.DIFFERENT: 1}
    await books.row("2", -20_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 1}


async def test_rows_that_tmon_does_not_list_any_more_settle_nothing(books: Books, service: SettlementService) -> None:
    order = await books.order("2026-03-01 10:00", "2026-03-05 10:00")
    await books.row("1", 20_000, order=order, missing_since=kst("2026-03-09 12:10"))
    assert await states(service, MARCH, Basis.SOLD) == {Match.EXPECTED: 1}
    await books.row("2", 20_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 1}


async def test_of_an_order_that_is_settled_in_parts_the_rest_is_expected(
    books: Books, service: SettlementService
) -> None:
    order = await books.order("2026-03-01 10:00")
    await books.row("1", 10_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.EXPECTED: 1}
    await books.row("2", 10_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.SETTLED: 1}
    await books.row("3", 10_000, order=order)
    assert await states(service, MARCH, Basis.SOLD) == {Match.DIFFERENT: 1}
