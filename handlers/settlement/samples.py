"""Samples of settlement: ordinary, empty and extreme months and lists."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from handlers.feature import Sample
from handlers.samples.fixtures import HUGE, LONG, MOMENT, NASTY, store
from handlers.settlement import views
from handlers.settlement.ids import SettlementRef, Shown
from handlers.settlement.report_views import monthly_report
from handlers.texts import Texts
from tmon.models.settlement import SettlementRow
from tmon.models.stores import StoreState
from tmon.pages import Page
from tmon.settlement.matching import PAGE, MatchedOrder, Matches
from tmon.settlement.monthly import StoreMonth
from tmon.settlement.months import PRODUCTS, Basis, KindSums, MonthSummary, ProductSums, Readings, Sums
from tmon.settlement.order_query import Match

_MARCH = date(2026, 3, 1)
_DUE = date(2026, 4, 10)
_SALES = Sums(12, 1_234_000, 1_200_000, 1_062_000, 10_000, 0, 0, 0, Decimal("85.25"), Decimal("88.5"), _DUE, _DUE)
_BACK = Sums(1, -24_000, -24_000, -21_240, 0, 0, 1, 1, Decimal("88.5"), Decimal("88.5"), _DUE, date(2026, 4, 25))
_WORST = Sums(
    HUGE, -HUGE, -HUGE, -HUGE, -HUGE, -HUGE, HUGE, HUGE, Decimal("-999.123456"), Decimal("999.123456"),
    date(2025, 12, 31), date(2027, 12, 31),
)  # fmt: skip
_READ = Readings(date(2026, 2, 1), MOMENT, MOMENT + timedelta(days=1))


def samples(t: Texts) -> Iterator[Sample]:
    """Yield every view."""
    usual, worst = store(state=StoreState.APPROVED), store(NASTY)
    ref, far = SettlementRef(store=usual.id), SettlementRef(store="s" * 20, month=_MARCH, basis=Basis.SOLD, page=HUGE)
    kinds = [KindSums("SALE", _SALES), KindSums("RETURN", _BACK)]
    months = [date(2026, month, 1) for month in (4, 3, 2)]
    found = MonthSummary(_MARCH, Basis.PAY_DUE, kinds, Sums(1, 5, 5, 4), 2, _READ, months)
    yield "settlement month", views.month_view(t, usual, ref, found)
    many = [KindSums(LONG[:60], _WORST) for _ in range(30)]
    full = MonthSummary(_MARCH, Basis.SOLD, many, _WORST, HUGE, _READ, [date(2026 - n, 3, 1) for n in range(73)])
    yield "settlement month, worst", views.month_view(t, worst, far, full, "*" * 3000)
    for name, one, readings in (
        ("empty", usual, _READ),
        ("nothing collected", usual, Readings(next_at=MOMENT)),
        ("nothing collected, unknown when", usual, Readings()),
        ("nothing collected, off", store(), Readings()),
    ):
        empty = MonthSummary(_MARCH, Basis.PAY_DUE, [], Sums(), 0, readings, months)
        yield f"settlement month, {name}", views.month_view(t, one, ref, empty)
    products = [ProductSums(HUGE if n else None, LONG if n else "", _WORST) for n in range(PRODUCTS)]
    yield "settlement products, worst", views.products_view(t, worst, far, _MARCH, Page(products, 1, HUGE, HUGE))
    page = Page([ProductSums(101, "귤 5kg", _SALES)], 0, 1, 1)
    yield "settlement products", views.products_view(t, usual, ref, _MARCH, page)
    yield "settlement products, empty", views.products_view(t, usual, ref, _MARCH, Page([], 0, 1, 0))
    huge = Matches(dict.fromkeys(Match, HUGE), HUGE, HUGE)
    orders = [
        MatchedOrder(HUGE, LONG, MOMENT, MOMENT, match, HUGE, HUGE, -HUGE, HUGE, HUGE, HUGE, HUGE)
        for match in [*Match] * (PAGE // len(Match))
    ]
    rows = [_row(n, title=NASTY, kind=NASTY[:60], missing_since=MOMENT) for n in range(PAGE)]
    for shown in Shown:
        where = far.model_copy(update={"shown": shown})
        listed: Page[MatchedOrder] | Page[SettlementRow] = Page(orders, 1, HUGE, HUGE)
        if shown in (Shown.WITHOUT_ORDER, Shown.GONE):
            listed = Page(rows, 1, HUGE, HUGE)
        yield f"settlement check {shown}, worst", views.check_view(t, worst, where, _MARCH, huge, listed)
    found_orders = Page(
        [
            MatchedOrder(9100200301, "귤 5kg", MOMENT, MOMENT, Match.DIFFERENT, 24_000, 0, 21_600, 2, 0, 1_000, 500),
            MatchedOrder(9100200302, "귤 5kg", MOMENT, None, Match.UNSETTLED, 24_000, 0, 0, 0, 0),
        ],
        0, 1, 2,
    )  # fmt: skip
    counts = Matches({Match.DIFFERENT: 1, Match.UNSETTLED: 1, Match.SETTLED: 12, Match.EXPECTED: 3}, 2, 0)
    yield "settlement check", views.check_view(t, usual, ref, _MARCH, counts, found_orders)
    ref = ref.model_copy(update={"shown": Shown.WITHOUT_ORDER})
    months_of = [
        StoreMonth(usual, _SALES, _BACK, counts, unread=False, amounts=True),
        StoreMonth(usual, _SALES, _BACK, counts, unread=True, amounts=False),
        StoreMonth(usual, Sums(), Sums(), Matches({}, 0, 0), unread=False, amounts=True),
    ]
    for late in (False, True):
        yield f"settlement monthly report, late: {late}", vars(monthly_report(t, _MARCH, months_of, late=late))
    worst_months = [StoreMonth(worst, _WORST, _WORST, huge, unread=True, amounts=True)] * 30
    yield "settlement monthly report, worst", vars(monthly_report(t, _MARCH, worst_months, late=True))
    yield "settlement check, rows", views.check_view(t, usual, ref, _MARCH, counts, Page([_row(1)], 0, 1, 1))


def _row(number: int, **over: Any) -> SettlementRow:
    values: dict[str, Any] = {
        "team_id": "T1",
        "store_id": "st_0123456789ab",
        "tx_no": f"A{number}",
        "day": _MARCH,
        "order_no": HUGE if number % 2 else None,
        "title": "귤 5kg",
        "kind": "ADJUST",
        "sold_at": MOMENT,
        "sold_on": _MARCH,
        "pay_due": _DUE if number % 2 else None,
        "sell_amount": -HUGE,
        "base_amount": HUGE,
        "computed_amount": -HUGE if number % 2 else None,
        "first_seen_at": MOMENT,
        "read_at": MOMENT,
        **over,
    }
    return SettlementRow(**values)
