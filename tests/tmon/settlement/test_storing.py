"""Rows of settlement: whatever comes late, corrected, twice or not at all, the month is what TMON lists in the end."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlmodel import col

from tmon.api import SettlementItem
from tmon.api.wire import read
from tmon.database import Database
from tmon.models.settlement import SettlementDay, SettlementRow
from tmon.scope import StoreKey, scope
from tmon.settlement.storing import Stored, computed_amount, store_day

NOON = datetime(2026, 3, 10, 3, 10, tzinfo=UTC)
MONDAY = date(2026, 3, 9)
MINUTE = timedelta(minutes=1)


def item(tx_no: str, sold: int = 10_000, rate: Any = 90, **over: Any) -> SettlementItem:
    return read(
        SettlementItem,
        {
            "txSeqNo": tx_no,
            "salesDateTime": "2026-03-05T23:59:59",
            "payDueDate": "2026-04-10",
            "sellAmount": sold,
            "payBaseAmount": sold,
            "payRate": rate,
            **over,
        },
    )


async def reading(
    db: Database, day: date, items: Iterable[SettlementItem], now: datetime = NOON, of: str = "st_a", **over: Any
) -> Stored:
    async with db.write() as session:
        return await store_day(session, StoreKey("T1", of), day, list(items), now, **over)


async def rows(db: Database, of: str = "st_a") -> dict[str, SettlementRow]:
    async with db.read() as session:
        found = await session.scalars(select(SettlementRow).where(*scope(SettlementRow, StoreKey("T1", of))))
        return {row.tx_no: row for row in found}


@pytest.mark.parametrize(
    ("base", "rate", "expected"),
    [
        (10_000, "88.5", 8850),
        (10_000, "0.885", 8850),
        (10_005, "90", 9005),  # 9004.5
        (-10_005, "90", -9005),
        (10_004, "90", 9004),  # 9003.6
        (3, "50", 2),
        (-3, "50", -2),
        (12_345, "1", 12_345),
        (12_345, "100", 12_345),
        (12_300, "1.5", 185),  # 184.5: above 1 it is percent
        (0, "90", 0),
        (10_000, "0", 0),
        (10**12, "99.999999", 999_999_990_000),
        (33_333, "33.3333", 11_111),
        (10_000, None, None),
    ],
)
def test_the_amount_is_base_times_rate_half_up(base: int, rate: str | None, expected: int | None) -> None:
    assert computed_amount(base, None if rate is None else Decimal(rate)) == expected


@given(st.integers(-(10**12), 10**12), st.decimals(0, 100, places=4))
def test_a_row_and_the_one_that_takes_it_back_come_to_nothing(base: int, rate: Decimal) -> None:
    amount, back = computed_amount(base, rate), computed_amount(-base, rate)
    assert amount is not None
    assert back is not None
    assert amount + back == 0
    exact = base * rate if rate <= 1 else base * rate / 100
    assert abs(amount - exact) <= Decimal("0.5")


async def test_a_row_is_stored_as_tmon_says_it(db: Database) -> None:
    one = item(
        "A1",
        29_900,
        88.5,
        orderNo={"tmonOrderNo": "9100200301", "tmonOrderSubNo": 2, "individualOrderNo": None},
        dealNo={"tmonDealNo": 77, "tmonDealOptionNo": 78, "managedTitle": "수건", "dealOptionTitle": "10장"},
        payBaseAmount=29_405,
        tmonAmount=495,
        vendorAmount=3,
        adjustCode=4,
        settleDealType="SALE",
        settleDealDetailType="X",
        discountPolicyNo=5,
        discountPolicyName="할인",
    )
    assert await reading(db, MONDAY, [one]) == Stored(new=1)
    kept = (await rows(db))["A1"]
    assert (kept.day, kept.sold_on, kept.pay_due) == (MONDAY, date(2026, 3, 5), date(2026, 4, 10))
    assert (kept.order_no, kept.order_sub_no, kept.individual_order_no) == (9100200301, 2, None)
    assert (kept.deal_no, kept.option_no, kept.title, kept.option_title) == (77, 78, "수건", "10장")
    assert (kept.sell_amount, kept.base_amount, kept.rate, kept.computed_amount) == (
        29_900,
        29_405,
        Decimal("88.5"),
        26_023,
    )
    assert (kept.tmon_amount, kept.vendor_amount, kept.adjust_code) == (495, 3, 4)
    assert (kept.kind, kept.detail_kind, kept.discount_no, kept.discount_name) == ("SALE", "X", 5, "할인")
    assert (kept.first_seen_at, kept.read_at, kept.missing_since) == (NOON, NOON, None)


async def test_the_latest_reading_wins_and_what_is_gone_stays_and_comes_back(db: Database) -> None:
    await reading(db, MONDAY, [item("A"), item("B"), item("C")])
    again = NOON + timedelta(days=1)
    assert await reading(db, MONDAY, [item("A"), item("B", 9_000)], again) == Stored(changed=1, gone=1)
    kept = await rows(db)
    assert (kept["B"].sell_amount, kept["B"].computed_amount, kept["B"].first_seen_at) == (9_000, 8_100, NOON)
    assert (kept["A"].missing_since, kept["A"].read_at) == (None, again)
    assert (kept["C"].missing_since, kept["C"].read_at, kept["C"].sell_amount) == (again, NOON, 10_000)
    later = again + timedelta(days=1)
    assert await reading(db, MONDAY, [item("A"), item("B", 9_000)], later) == Stored()
    assert (await rows(db))["C"].missing_since == again, "since the first time"
    assert await reading(db, MONDAY, [item("A"), item("B", 9_000), item("C")], later + MINUTE) == Stored(changed=1)
    assert (await rows(db))["C"].missing_since is None


async def test_a_row_that_moves_to_another_day_is_not_gone(db: Database) -> None:
    tuesday = MONDAY + timedelta(days=1)
    await reading(db, MONDAY, [item("A"), item("B")])
    assert await reading(db, tuesday, [item("A", 5_000)], NOON + MINUTE) == Stored(changed=1)
    assert await reading(db, MONDAY, [item("B")], NOON + 2 * MINUTE) == Stored()
    moved = (await rows(db))["A"]
    assert (moved.day, moved.sell_amount, moved.missing_since) == (tuesday, 5_000, None)


async def test_a_reading_that_is_stored_late_overwrites_no_newer_one(db: Database) -> None:
    await reading(db, MONDAY, [item("A", 5_000)], NOON + MINUTE)
    assert await reading(db, MONDAY, [item("A"), item("B")], NOON + MINUTE, asked_at=NOON) == Stored()
    assert {tx_no: row.sell_amount for tx_no, row in (await rows(db)).items()} == {"A": 5_000}
    tuesday = MONDAY + timedelta(days=1)
    assert await reading(db, tuesday, [item("A"), item("C")], NOON + MINUTE, asked_at=NOON) == Stored(new=1)
    assert (await rows(db))["A"].sell_amount == 5_000


async def test_after_a_clock_was_ahead_readings_count_again(db: Database) -> None:
    await reading(db, MONDAY, [item("A"), item("B")], NOON + timedelta(days=300))
    assert await reading(db, MONDAY, [item("A", 5_000)], NOON) == Stored(changed=1, gone=1)
    kept = await rows(db)
    assert (kept["A"].sell_amount, kept["A"].read_at, kept["B"].missing_since) == (5_000, NOON, NOON)


async def test_a_row_that_could_not_be_read_is_not_gone(db: Database) -> None:
    await reading(db, MONDAY, [item("A"), item("B"), item("C" * 30)])
    assert await reading(db, MONDAY, [], NOON + MINUTE, unread={"A", "C" * 20}) == Stored(gone=1)
    assert {tx_no for tx_no, row in (await rows(db)).items() if row.missing_since} == {"B"}
    assert await reading(db, MONDAY, [], NOON + 2 * MINUTE, unread={""}) == Stored(), "it may be any of them"
    assert await reading(db, MONDAY, [], NOON + 3 * MINUTE) == Stored(gone=2)


async def test_of_a_row_that_is_listed_twice_the_last_one_counts(db: Database) -> None:
    assert await reading(db, MONDAY, [item("A"), item("B"), item("A", 1)]) == Stored(new=2)
    assert (await rows(db))["A"].sell_amount == 1
    async with db.read() as session:
        assert (await session.get_one(SettlementDay, ("T1", "st_a", MONDAY))).rows == 2


@dataclass
class Tmon:
    """What TMON lists, day by day."""

    days: dict[date, dict[str, SettlementItem]] = field(default_factory=dict)

    def change(self, rng: Random) -> None:
        """A row is added late, corrected, taken away, brought back or moved to another day."""
        day = MONDAY - timedelta(days=rng.randrange(5))
        listed = self.days.setdefault(day, {})
        act = rng.randrange(5)
        if act == 0 or not listed:
            tx_no = f"T{rng.randrange(25)}"
            for others in self.days.values():
                others.pop(tx_no, None)
            listed[tx_no] = self._row(rng, tx_no)
            return
        tx_no = rng.choice(sorted(listed))
        if act == 1:
            listed[tx_no] = self._row(rng, tx_no)
        elif act == 2:
            del listed[tx_no]
        else:
            row = listed.pop(tx_no)
            self.days.setdefault(MONDAY - timedelta(days=rng.randrange(5)), {})[tx_no] = row

    def _row(self, rng: Random, tx_no: str) -> SettlementItem:
        rate = rng.choice([88.5, 90, 0.885, 33.333, 100, 1, None])
        return item(tx_no, rng.randrange(-50_000, 50_000), rate, orderNo={"tmonOrderNo": rng.choice([None, 91, 92])})


@pytest.mark.parametrize("seed", range(3))
async def test_late_and_corrected_rows_in_any_order_come_to_the_same_month_to_the_won(db: Database, seed: int) -> None:
    """Two stores read at different times and in different orders; both have what TMON lists in the end."""
    rng, tmon, now = Random(seed), Tmon(), NOON
    week = [MONDAY - timedelta(days=n) for n in range(5)]
    for _ in range(60):
        now += MINUTE
        tmon.change(rng)
        for of in ("st_a", "st_b"):
            if rng.random() < 0.4:
                day = rng.choice(week)
                await reading(db, day, tmon.days.get(day, {}).values(), now, of)
    for of in ("st_a", "st_b"):
        for day in rng.sample(week, len(week)):
            now += MINUTE
            await reading(
                db, day, rng.sample(list(tmon.days.get(day, {}).values()), len(tmon.days.get(day, {}))), now, of
            )
        kept = {tx_no: row for tx_no, row in (await rows(db, of)).items() if row.missing_since is None}
        listed = {tx_no: (day, one) for day, ones in tmon.days.items() for tx_no, one in ones.items()}
        assert {tx_no: (row.day, row.sell_amount, row.rate) for tx_no, row in kept.items()} == {
            tx_no: (day, one.sell_amount, one.rate) for tx_no, (day, one) in listed.items()
        }
        async with db.read() as session:
            sold, paid = (
                await session.execute(
                    select(func.sum(SettlementRow.sell_amount), func.sum(SettlementRow.computed_amount)).where(
                        *scope(SettlementRow, StoreKey("T1", of)), col(SettlementRow.missing_since).is_(None)
                    )
                )
            ).one()
        assert sold == sum(one.sell_amount for _, one in listed.values())
        assert paid == sum(computed_amount(one.base_amount, one.rate) or 0 for _, one in listed.values())
