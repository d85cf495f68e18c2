"""In whatever order days were read, and however often: the month is the sum of the latest readings of each row, to the won."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from handlers.samples.fixtures import store as make_store
from tests.clock import MovableClock
from tests.core import make_core
from tmon.api import SettlementItem
from tmon.database import Database
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.settlement.months import Basis
from tmon.settlement.service import SettlementService
from tmon.settlement.storing import store_day

STORE = make_store()
DAYS = [date(2025, 12, 30) + timedelta(days=n) for n in range(4)]
MONTHS = [date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1)]
BEGIN = datetime(2026, 1, 5, 3, 10, tzinfo=UTC)

rows = st.fixed_dictionaries(
    {
        "sellAmount": st.integers(-99_999, 999_999),
        "payRate": st.sampled_from([None, "88.5", "0.905", "100", "12.345"]),
        "salesDateTime": st.datetimes(datetime(2025, 12, 31, 23), datetime(2026, 1, 1, 1)),
        "payDueDate": st.sampled_from([None, "2025-12-31", "2026-01-01", "2026-01-31", "2026-02-01"]),
        "settleDealType": st.sampled_from(["SALE", "RETURN"]),
    }
)
readings = st.lists(
    st.tuples(st.sampled_from(DAYS), st.dictionaries(st.integers(0, 3), rows, max_size=4)), min_size=1, max_size=8
)


def item(day: date, number: int, row: dict[str, Any]) -> SettlementItem:
    sold = row["salesDateTime"].replace(microsecond=0)
    values = {
        **row,
        "txSeqNo": f"{day}-{number}",
        "payBaseAmount": row["sellAmount"],
        "salesDateTime": f"{sold:%Y-%m-%dT%H:%M:%S}",
    }
    return SettlementItem.model_validate({**values, "vendorAmount": 1, "tmonAmount": 2})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(readings, st.randoms())
async def test_sums_are_those_of_the_latest_readings(
    db: Database, clock: MovableClock, found: list[Any], order: Any
) -> None:
    service = SettlementService(make_core(db, clock))
    made = [(BEGIN + timedelta(hours=n), day, listed) for n, (day, listed) in enumerate(found)]
    latest: dict[str, SettlementItem] = {}
    for _, day, listed in made:
        latest.update({f"{day}-{number}": item(day, number, row) for number, row in listed.items()})
    async with db.write() as session:
        for table in (SettlementRow, SettlementDay):
            await session.execute(delete(table))
    last = BEGIN + timedelta(days=2)
    days = [*DAYS]
    order.shuffle(days)
    for day in days:
        mine = [one for one in made if one[1] == day]
        for at, _, listed in mine:
            async with db.write() as session:
                await store_day(
                    session, STORE, day, [item(day, n, row) for n, row in listed.items()], last, asked_at=at
                )
    for month in MONTHS:
        for basis in Basis:
            key = [
                row.pay_due if basis is Basis.PAY_DUE else (row.sold_at + timedelta(hours=9)).date()
                for row in latest.values()
            ]
            wanted = [
                row
                for row, day in zip(latest.values(), key, strict=True)
                if day is not None and day.replace(day=1) == month
            ]
            seen = await service.month("T1", STORE.id, month, basis)
            assert (seen.total.rows, seen.total.sell) == (len(wanted), sum(row.sell_amount for row in wanted))
            assert seen.total.computed == sum(expected(row) for row in wanted)
            assert sum(one.sums.sell for one in seen.kinds) == seen.total.sell


def expected(row: SettlementItem) -> int:
    """계산 지급액, worked out without the code that stores it."""
    if row.rate is None:
        return 0
    thousandths = int(row.rate * 1000) if row.rate > 1 else int(row.rate * 100_000)
    amount = abs(row.base_amount) * thousandths
    won = (2 * amount + 100_000) // 200_000
    return won if row.base_amount >= 0 else -won


def test_the_expected_amount_is_half_up() -> None:
    row = item(
        DAYS[0], 1, {"sellAmount": 1, "payRate": "50", "salesDateTime": datetime(2026, 1, 1), "payDueDate": None}
    )
    assert expected(row) == 1
    assert row.rate == Decimal(50)
