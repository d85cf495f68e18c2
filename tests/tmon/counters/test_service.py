"""The five counters: what is late, what is overdue, and in which month it counts."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from handlers.samples.fixtures import store
from tests.clock import MovableClock
from tests.core import make_core
from tmon.business_days import confirm_by, ship_by
from tmon.claims.deadlines import deadline_of
from tmon.clock import KST
from tmon.counters.definitions import Counter
from tmon.counters.months import bounds, month_of, months_later
from tmon.counters.service import PAGE, LateCases, Tally, count, total
from tmon.database import Database
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.orders import AUTO, TMON, DealState, Order, OrderDeal, OrderState

MARCH, FEBRUARY = date(2026, 3, 1), date(2026, 2, 1)
SECOND = timedelta(seconds=1)
CONFIRM, SHIP, CANCEL, RETURN, EXCHANGE = Counter


def kst(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=KST)


NOW = kst("03-20 12:00")


class Books:
    """Stored orders and claims."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.number = 0

    async def order(self, paid: str, store_id: str = "st_1", deals: Any = ({},), **over: Any) -> Order:
        """An order that was paid at `paid`, and confirmed at once unless said otherwise."""
        self.number += 1
        paid_at = kst(paid)
        values: dict[str, Any] = {
            "team_id": "T1",
            "store_id": store_id,
            "order_no": self.number,
            "state": OrderState.CONFIRMED,
            "ordered_at": paid_at,
            "paid_at": paid_at,
            "confirm_by": confirm_by(paid_at),
            "ship_by": ship_by(paid_at),
            "confirmed_at": paid_at,
            "confirmed_by": "U1",
            "amount": 1000,
            "delivery_fee": 0,
            "quantity": 1,
            "title": f"상품 {self.number}",
            "first_seen_at": paid_at,
            "updated_at": paid_at,
            **over,
        }
        order = Order(**values)
        rows = [self._deal(order, position, **deal) for position, deal in enumerate(deals)]
        if all(row.shipped_at is not None or row.state is DealState.CANCELLED for row in rows):
            order.shipped_at = max((row.shipped_at for row in rows if row.shipped_at), default=None)
        async with self.db.write() as session:
            session.add_all([order, *rows])
        return order

    def _deal(self, order: Order, position: int, **over: Any) -> OrderDeal:
        values: dict[str, Any] = {
            "team_id": "T1",
            "store_id": order.store_id,
            "order_no": order.order_no,
            "deal_no": position,
            "title": order.title,
            "delivery_no": f"{position}",
            "delivery_status": "D2",
            "position": position,
            **over,
        }
        return OrderDeal(**values)

    async def claim(self, kind: ClaimKind, requested: str, store_id: str = "st_1", **over: Any) -> Claim:
        self.number += 1
        requested_at = kst(requested)
        values: dict[str, Any] = {
            "team_id": "T1",
            "store_id": store_id,
            "kind": kind,
            "claim_no": self.number,
            "order_no": 1000 + self.number,
            "status": "C1",
            "requested_at": requested_at,
            "deadline": deadline_of(kind, requested_at),
            "goods": [{"deal": 1, "title": f"상품 {self.number}"}],
            "first_seen_at": requested_at,
            "read_at": requested_at,
            "updated_at": requested_at,
            **over,
        }
        claim = Claim(**values)
        async with self.db.write() as session:
            session.add(claim)
        return claim

    async def counted(self, month: date = MARCH, now: datetime = NOW) -> dict[Counter, tuple[int, int]]:
        """Late and overdue of store 1, where there is anything."""
        async with self.db.read() as session:
            found = (await count(session, "T1", month, now)).get("st_1", {})
        return {counter: (tally.late, tally.overdue) for counter, tally in found.items() if tally.total}


@pytest.fixture
def books(db: Database) -> Books:
    return Books(db)


async def test_nothing_is_late_at_first(books: Books) -> None:
    assert await books.counted() == {}
    assert total({}) == dict.fromkeys(Counter, Tally())


@pytest.mark.parametrize(("after", "late"), [(-SECOND, 0), (timedelta(), 0), (SECOND, 1), (timedelta(days=9), 1)])
async def test_an_order_confirmed_after_confirm_by_is_late(books: Books, after: timedelta, late: int) -> None:
    await books.order("03-03 10:00", confirmed_at=confirm_by(kst("03-03 10:00")) + after, closed_at=NOW)
    assert (await books.counted()).get(CONFIRM, (0, 0)) == (late, 0)


@pytest.mark.parametrize("state", list(OrderState))
async def test_an_order_that_waits_is_overdue_from_confirm_by_on(books: Books, state: OrderState) -> None:
    await books.order("03-18 10:00", state=state, confirmed_at=None)  # confirm-by 03-19 18:00
    waits = state in (OrderState.NEW, OrderState.CONFIRMING, OrderState.UNKNOWN)
    assert await books.counted(now=kst("03-19 18:00")) == {}
    assert await books.counted(now=kst("03-19 18:00:01")) == ({CONFIRM: (0, 1)} if waits else {})


@pytest.mark.parametrize(("after", "late"), [(-SECOND, 0), (timedelta(), 0), (SECOND, 1)])
async def test_an_order_shipped_after_ship_by_is_late(books: Books, after: timedelta, late: int) -> None:
    await books.order("03-03 10:00", deals=[{"shipped_at": ship_by(kst("03-03 10:00")) + after}])
    assert (await books.counted()).get(SHIP, (0, 0)) == (late, 0)


async def test_a_delay_notice_moves_ship_by_and_is_not_late_itself(books: Books) -> None:
    moved = kst("03-16 23:59:59")
    await books.order("03-03 10:00", deals=[{"ship_by": moved}])
    await books.order("03-03 10:00", deals=[{"ship_by": moved, "shipped_at": moved}])
    assert await books.counted(now=moved) == {}
    await books.order("03-03 10:00", deals=[{"ship_by": moved, "shipped_at": moved + SECOND}])
    assert await books.counted() == {SHIP: (1, 1)}


async def test_an_order_of_several_deliveries_counts_once(books: Books) -> None:
    due = ship_by(kst("03-03 10:00"))
    await books.order("03-03 10:00", deals=[{"shipped_at": due + SECOND}, {"shipped_at": due + 2 * SECOND}])
    await books.order("03-03 10:00", deals=[{"shipped_at": due - SECOND}, {"shipped_at": due + SECOND}])
    assert await books.counted() == {SHIP: (2, 0)}
    await books.order("03-03 10:00", deals=[{"shipped_at": due + SECOND}, {}])
    await books.order("03-03 10:00", deals=[{"shipped_at": due - SECOND}, {}])
    await books.order("03-03 10:00", deals=[{"shipped_at": due + SECOND}, {"ship_by": NOW + SECOND}])
    assert await books.counted() == {SHIP: (3, 2)}


async def test_what_was_confirmed_or_shipped_before_it_was_first_seen_is_not_late(books: Books) -> None:
    seen = kst("03-18 10:00")
    await books.order(
        "03-03 10:00", confirmed_at=seen, confirmed_by=TMON, first_seen_at=seen, deals=[{"shipped_at": seen}]
    )
    assert await books.counted() == {}
    await books.order("03-03 10:00", confirmed_at=seen, confirmed_by=TMON, deals=[{"shipped_at": seen}])
    await books.order("03-03 10:00", confirmed_at=seen, confirmed_by=AUTO, first_seen_at=seen, closed_at=NOW)
    assert await books.counted() == {CONFIRM: (2, 0), SHIP: (1, 0)}


async def test_what_was_cancelled_or_is_under_way_is_not_overdue(books: Books) -> None:
    await books.order("03-03 10:00", deals=[{"state": DealState.CANCELLED}], state=OrderState.CANCELLED, closed_at=NOW)
    await books.order("03-03 10:00", deals=[{"delivery_status": "D4"}])
    await books.order("03-03 10:00", deals=[{}], closed_at=NOW)
    assert await books.counted() == {}


async def test_a_cancel_counts_only_if_tmon_decided_it_by_itself(books: Books) -> None:
    ended = kst("03-05 23:00:01")
    for end in ClaimEnd:
        await books.claim(ClaimKind.CANCEL, "03-04 10:00", end=end, ended_at=ended, completed_at=ended)
    assert await books.counted() == {CANCEL: (1, 0)}
    await books.claim(ClaimKind.CANCEL, "03-04 10:00")
    assert await books.counted() == {CANCEL: (1, 1)}


@pytest.mark.parametrize(
    ("kind", "counter", "deadline"),
    [(ClaimKind.RETURN, RETURN, "03-11 10:00"), (ClaimKind.EXCHANGE, EXCHANGE, "03-09 22:00")],
)
@pytest.mark.parametrize("end", list(ClaimEnd))
@pytest.mark.parametrize("after", [-SECOND, timedelta(), SECOND])
async def test_a_return_or_exchange_counts_if_it_was_decided_at_the_deadline_or_later(
    books: Books, kind: ClaimKind, counter: Counter, deadline: str, end: ClaimEnd, after: timedelta
) -> None:
    decided = kst(deadline) + after
    by_us = end in (ClaimEnd.APPROVED, ClaimEnd.REFUSED)
    known: dict[str, Any] = {"decided_at" if by_us else "completed_at": decided}
    await books.claim(kind, "03-04 10:00", end=end, ended_at=decided + timedelta(minutes=5) if by_us else NOW, **known)
    decisions = (ClaimEnd.APPROVED, ClaimEnd.REFUSED, ClaimEnd.AUTO_REFUNDED, ClaimEnd.ELSEWHERE, ClaimEnd.GIVEN_UP)
    assert await books.counted() == ({counter: (1, 0)} if end in decisions and after >= timedelta() else {})


async def test_a_return_or_exchange_that_was_approved_in_time_and_completed_later_is_not_late(books: Books) -> None:
    for kind in (ClaimKind.RETURN, ClaimKind.EXCHANGE):
        await books.claim(
            kind, "03-04 10:00", end=ClaimEnd.ELSEWHERE, approved_at=kst("03-05 10:00"), completed_at=NOW, ended_at=NOW
        )
    assert await books.counted() == {}


async def test_a_redelivery_counts_nowhere(books: Books) -> None:
    await books.claim(ClaimKind.REDELIVERY, "03-04 10:00")
    await books.claim(ClaimKind.REDELIVERY, "03-04 10:00", end=ClaimEnd.APPROVED, decided_at=NOW, ended_at=NOW)
    assert await books.counted() == {}


async def test_a_claim_that_is_approved_waits_for_tmon_and_not_for_us(books: Books) -> None:
    for kind in (ClaimKind.CANCEL, ClaimKind.RETURN, ClaimKind.EXCHANGE):
        await books.claim(kind, "03-04 10:00", status="C2")
    assert await books.counted() == {}


async def test_a_held_claim_keeps_its_clock(books: Books) -> None:
    await books.claim(ClaimKind.EXCHANGE, "03-04 10:00", holding=True, held_at=kst("03-06 10:00"))
    assert await books.counted() == {EXCHANGE: (0, 1)}


async def test_a_case_counts_in_the_month_of_its_deadline(books: Books) -> None:
    late: dict[str, Any] = {"end": ClaimEnd.AUTO_REFUNDED, "ended_at": NOW}
    await books.claim(ClaimKind.CANCEL, "02-27 23:59", **late)  # deadline on the last day of February
    await books.claim(ClaimKind.CANCEL, "02-28 00:01", **late)  # 1 March
    await books.claim(ClaimKind.RETURN, "02-22 00:00", **late)  # 1 March, 00:00
    await books.claim(ClaimKind.RETURN, "02-21 23:59:59", **late)
    await books.order("02-27 10:00", confirmed_at=NOW)  # Friday; confirm-by 3 March, after a holiday
    await books.order("02-26 10:00", confirmed_at=NOW)
    february, march = await books.counted(FEBRUARY), await books.counted(MARCH)
    for counter in (CONFIRM, CANCEL, RETURN):
        assert (february[counter], march[counter]) == ((1, 0), (1, 0)), counter


async def test_what_is_still_overdue_shows_in_this_month_also_from_earlier_ones(books: Books) -> None:
    await books.order("02-10 10:00", state=OrderState.NEW, confirmed_at=None)
    assert (await books.counted())[CONFIRM] == (0, 1)
    assert (await books.counted(FEBRUARY))[CONFIRM] == (0, 1)
    assert CONFIRM not in await books.counted(date(2026, 1, 1))


async def test_stores_are_counted_apart_and_summed(books: Books, db: Database) -> None:
    for store_id in ("st_1", "st_2", "st_2"):
        await books.claim(ClaimKind.CANCEL, "03-04 10:00", store_id, end=ClaimEnd.AUTO_REFUNDED, ended_at=NOW)
    async with db.read() as session:
        each = await count(session, "T1", MARCH, NOW)
        assert await count(session, "T2", MARCH, NOW) == {}
    assert {name: counters[CANCEL] for name, counters in each.items()} == {"st_1": Tally(1), "st_2": Tally(2)}
    assert total(each)[CANCEL] == Tally(3)


async def test_the_list_shows_what_the_counter_counts(books: Books, db: Database, clock: MovableClock) -> None:
    clock.set(NOW)
    async with db.write() as session:
        session.add_all(
            [
                store("가", id="st_1"),
                store("나", id="st_2", name_key="나", seller_id="b"),
                store("다", id="st_3", name_key="다", seller_id="c", removed_at=NOW),
            ]
        )
    late: dict[str, Any] = {"end": ClaimEnd.AUTO_REFUNDED, "ended_at": NOW}
    for store_id in ("st_1", "st_2", "st_3"):
        await books.claim(ClaimKind.CANCEL, "03-04 10:00", store_id, **late)
    open_one = await books.claim(ClaimKind.CANCEL, "03-03 10:00", "st_2")
    for _ in range(PAGE):
        await books.order("03-03 10:00", deals=[{"shipped_at": NOW}])
    lists = LateCases(make_core(db, clock))
    page = await lists.page("T1", None, CANCEL, MARCH, 0)
    assert [(case.store.id, case.done_at is None) for case in page.items] == [
        ("st_2", True),
        ("st_1", False),
        ("st_2", False),
    ]
    assert (page.items[0].number, page.items[0].order_no) == (open_one.claim_no, open_one.order_no)
    assert page.items[0].title == open_one.goods[0]["title"]
    assert page.total == (await lists.tally("T1", None, MARCH))[CANCEL].total == 3
    assert (await lists.page("T1", "st_1", CANCEL, MARCH, 0)).total == 1
    shipped = await lists.page("T1", "st_1", SHIP, MARCH, 7)
    assert (len(shipped.items), shipped.number, shipped.pages) == (PAGE, 0, 1)
    assert shipped.items[0].title.startswith("상품")
    assert shipped.items[0].deadline == ship_by(kst("03-03 10:00"))
    assert lists.this_month() == MARCH


def test_months_begin_and_end_in_korea() -> None:
    assert month_of(kst("03-01 00:00")) == MARCH
    assert month_of(kst("03-01 00:00") - SECOND) == FEBRUARY
    assert bounds(date(2026, 12, 1)) == (kst("12-01 00:00"), datetime(2027, 1, 1, tzinfo=KST))
    assert [months_later(MARCH, n) for n in (-3, -2, 0, 9, 10)] == [
        date(2025, 12, 1),
        date(2026, 1, 1),
        MARCH,
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
