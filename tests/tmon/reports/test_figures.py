"""What each figure counts, on both databases: what belongs to the period, and to nobody else's store."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.clock import MovableClock
from tests.core import make_core
from tests.flows.reports.reporting import deal, order
from tmon.claims.deadlines import deadline_of
from tmon.clock import KST
from tmon.counters.definitions import Counter
from tmon.database import Database
from tmon.models.claims import Claim, ClaimEnd, ClaimKind
from tmon.models.inquiries import Inquiry, Source
from tmon.models.orders import TMON, OrderState
from tmon.models.stores import Store
from tmon.reports.export import ReportExport
from tmon.reports.figures import Due, Figures, Sales, StoreFigures
from tmon.reports.periods import Period
from tmon.reports.service import ReportService

DAY = Period(date(2026, 3, 9), date(2026, 3, 9))
NOW = datetime(2026, 3, 10, 10, tzinfo=KST)


def at(hour: int, minute: int = 0, second: int = 0, *, day: int = 9) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=KST)


def store(store_id: str, team_id: str = "T1") -> Store:
    return Store(
        team_id=team_id, id=store_id, seller_id=store_id, name=store_id, name_key=store_id, channel_id="C1",
        registered_by="U1", created_at=NOW, updated_at=NOW,
    )  # fmt: skip


def claim(of: Store, kind: ClaimKind, number: int, **over: Any) -> Claim:
    values: dict[str, Any] = {
        "team_id": of.team_id, "store_id": of.id, "kind": kind, "claim_no": number, "order_no": number, "status": "C3",
        "requested_at": at(1), "first_seen_at": at(1), "read_at": at(1), "updated_at": at(1), **over,
    }  # fmt: skip
    return Claim(**values)


def inquiry(of: Store, number: int, asked_at: datetime, **over: Any) -> Inquiry:
    return Inquiry(
        team_id=of.team_id, store_id=of.id, source=Source.QUESTION, number=number, asked_at=asked_at,
        listed_from=asked_at.date(), first_seen_at=asked_at, **over,
    )  # fmt: skip


async def figures_of(db: Database, *rows: Any, now: datetime = NOW, period: Period = DAY) -> StoreFigures:
    """Stores the rows of store A, and returns its figures; store B, which was given nothing else, must have none of them."""
    async with db.write() as session:
        session.add_all([store("st_a"), store("st_b"), store("st_a", "T2"), *rows])
    service = ReportService(make_core(db, MovableClock(now)))
    found = await service.figures("T1", ["st_a", "st_b"], period)
    assert found["st_b"].figures == Figures()
    return found["st_a"]


A = store("st_a")


async def test_orders_count_by_their_payment_and_revenue_without_what_was_cancelled(db: Database) -> None:
    found = await figures_of(
        db,
        order(A, 1, at(0)),
        order(A, 2, at(23, 59, 59), 5_000),
        order(A, 3, at(12), 9_000, state=OrderState.CANCELLED),
        order(A, 4, at(23, 59, 59, day=8)),
        order(A, 5, at(0, day=10)),
        order(A, 6, at(12, day=2), 700),
        order(store("st_a", "T2"), 7, at(12)),
    )
    assert found.figures.sales == Sales(3, 15_000, 5_000)
    assert found.earlier == (Sales(), Sales(), Sales(), Sales(1, 700, 2_500))


async def test_what_had_happened_before_an_order_was_seen_is_in_no_figure(db: Database) -> None:
    found = await figures_of(
        db,
        order(A, 1, at(1), state=OrderState.CONFIRMED, confirmed_by="U1", confirmed_at=at(9), shipped_at=at(15)),
        order(A, 2, at(1), state=OrderState.CONFIRMED, confirmed_by=TMON, confirmed_at=at(10)),
        order(A, 3, at(1), state=OrderState.CONFIRMED, confirmed_by=TMON, confirmed_at=at(1, 5), shipped_at=at(1, 5)),
        order(A, 4, at(1), state=OrderState.CONFIRMED, confirmed_by="auto", confirmed_at=at(0, day=10)),
    )
    assert (found.figures.confirmed, found.figures.shipped) == (2, 1)


async def test_claims_count_by_their_completion_and_only_completed_ones(db: Database) -> None:
    found = await figures_of(
        db,
        claim(A, ClaimKind.CANCEL, 1, completed_at=at(9), ended_at=at(0, day=11)),
        claim(A, ClaimKind.CANCEL, 2, approved_at=at(9), ended_at=at(0, day=11), end=ClaimEnd.SOLD_OUT),
        claim(A, ClaimKind.CANCEL, 3, completed_at=at(0, day=10), ended_at=at(0, day=10)),
        claim(A, ClaimKind.CANCEL, 4, status="C8", ended_at=at(9)),
        claim(A, ClaimKind.CANCEL, 5, status="C4", completed_at=at(9), ended_at=at(9)),
        claim(A, ClaimKind.RETURN, 1, ended_at=at(23, 59, 59)),
        claim(A, ClaimKind.EXCHANGE, 1, completed_at=at(0)),
        claim(A, ClaimKind.REDELIVERY, 1, completed_at=at(9)),
    )
    assert (found.figures.cancelled, found.figures.returned, found.figures.exchanged) == (2, 1, 1)


async def test_what_waits_is_due_until_the_end_of_today(db: Database) -> None:
    def waiting(number: int, by: datetime, **over: Any) -> Any:
        return order(A, number, at(12, day=5), confirm_by=by, ship_by=by, **over)

    prepared = [
        waiting(n, by, state=OrderState.CONFIRMED, confirmed_at=at(8, day=6), confirmed_by="U1")
        for n, by in ((11, at(23, 59, 59, day=10)), (12, at(12, day=11)), (13, at(9, day=10)))
    ]
    found = await figures_of(
        db,
        waiting(1, at(18, day=10)),
        waiting(2, at(18, day=11)),
        waiting(3, at(9, day=10)),
        waiting(4, at(18, day=10), state=OrderState.CANCELLED, closed_at=at(1)),
        *prepared,
        deal(prepared[0]),
        deal(prepared[1], ship_by=at(18, day=10)),
        deal(prepared[2]),
        claim(A, ClaimKind.CANCEL, 1, status="C1", deadline=at(23, day=10)),
        claim(A, ClaimKind.RETURN, 1, status="C1", deadline=deadline_of(ClaimKind.RETURN, at(12))),
        inquiry(A, 1, at(3, day=4)),
        inquiry(A, 2, at(3), answered_at=at(4)),
    )
    assert found.due == Due(confirm=1, ship=2, claims=1, overdue=2, unanswered=1, waiting=9)
    assert found.figures.asked == 1
    assert found.late[Counter.CONFIRM].overdue == 1
    assert not found.quiet


async def test_a_store_in_which_nothing_happens_is_quiet_also_beside_a_busy_one(db: Database) -> None:
    found = await figures_of(db, order(A, 1, at(12, day=1), state=OrderState.CANCELLED, closed_at=at(13, day=1)))
    assert found.quiet


@pytest.mark.parametrize("moment", [datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST), datetime(2027, 1, 1, tzinfo=KST)])
async def test_days_of_the_workbook_are_those_of_korea_and_agree_with_the_sums(db: Database, moment: datetime) -> None:
    rows = [order(A, n, moment - timedelta(days=n, hours=9 * n), 1_000 + n) for n in range(6)]
    done = claim(A, ClaimKind.RETURN, 1, completed_at=moment)
    days = Period(date(2026, 12, 20), date(2027, 1, 1))
    found = await figures_of(db, *rows, done, inquiry(A, 1, moment), now=moment + timedelta(days=2), period=days)
    export = ReportExport(make_core(db, MovableClock(NOW)))
    each = [one async for one in export.days("T1", ["st_a", "st_b"], days)]
    assert len(each) == 2 * days.days
    assert sum((figures for _, _, figures in each), Figures()) == found.figures
    assert {day for day, _, figures in each if figures.returned} == {moment.date()}
    orders = [one async for one in export.orders("T1", ["st_a"], days)]
    assert [one.order_no for one in orders] == sorted((row.order_no for row in rows), reverse=True)
    assert sum(one.amount for one in orders) == found.figures.sales.revenue
