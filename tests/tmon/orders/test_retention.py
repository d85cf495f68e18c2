"""Buyers' data end when they should, and only theirs."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, select, text
from sqlmodel import col

from tests.clock import MovableClock
from tmon.database import Database
from tmon.models.audit import Audit
from tmon.models.orders import BuyerRecord, Order, OrderState
from tmon.orders.retention import destroy_due, destroy_store
from tmon.pieces import PIECE
from tmon.sealing import Sealer

PAID = datetime(2026, 1, 5, 3, tzinfo=UTC)
DAY = timedelta(days=1)


def order(number: int, sealer: Sealer, *, store_id: str = "st_a", **facts: Any) -> Order:
    return Order(
        **{
            "team_id": "T1",
            "store_id": store_id,
            "order_no": number,
            "state": OrderState.CONFIRMED,
            "ordered_at": PAID,
            "paid_at": PAID,
            "confirm_by": PAID,
            "ship_by": PAID,
            "amount": 12_300,
            "delivery_fee": 0,
            "quantity": 1,
            "title": "귤 5kg",
            "buyer": sealer.seal(BuyerRecord(receiver_name="김하연")),
            "first_seen_at": PAID,
            "updated_at": PAID,
            **facts,
        }
    )


async def put(db: Database, *orders: Order) -> None:
    async with db.write() as session:
        session.add_all(orders)


async def with_data(db: Database) -> set[int]:
    async with db.read() as session:
        return set(await session.scalars(select(col(Order.order_no)).where(col(Order.buyer).is_not(None))))


async def test_ninety_days_after_the_order_closed(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    closed = PAID + 7 * DAY
    await put(
        db,
        order(1, sealer, closed_at=closed, hold_reason=sealer.seal("주소 확인")),
        order(2, sealer, closed_at=closed + DAY),
        order(3, sealer),
    )
    clock.set(closed + 90 * DAY - timedelta(seconds=1))
    assert await destroy_due(db, clock, 90) == 0
    clock.advance(timedelta(seconds=1))
    assert await destroy_due(db, clock, 90) == 1
    assert await with_data(db) == {2, 3}
    async with db.read() as session:
        gone = await session.get_one(Order, ("T1", "st_a", 1))
        assert (gone.buyer, gone.hold_reason, gone.buyer_destroyed_at) == (None, None, clock())
        assert (gone.amount, gone.title, gone.paid_at) == (12_300, "귤 5kg", PAID)


async def test_180_days_after_payment_at_the_latest(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, order(1, sealer), order(2, sealer, closed_at=PAID + 170 * DAY), order(3, sealer, paid_at=PAID + DAY))
    clock.set(PAID + 180 * DAY)
    assert await destroy_due(db, clock, 90) == 2
    assert await with_data(db) == {3}
    assert await destroy_due(db, clock, 90) == 0


async def test_what_was_destroyed_is_counted_per_store(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(
        db,
        *(order(number, sealer, closed_at=PAID) for number in (1, 2)),
        order(3, sealer, store_id="st_b", closed_at=PAID),
        order(4, sealer, store_id="st_b", closed_at=PAID, buyer=None),
    )
    clock.set(PAID + 90 * DAY)
    assert await destroy_due(db, clock, 90) == 3
    async with db.read() as session:
        rows = list(await session.scalars(select(Audit)))
    assert {(row.user_id, row.action, row.store_id, row.details["orders"], row.at) for row in rows} == {
        ("system", "buyer.destroy", "st_a", 2, clock()),
        ("system", "buyer.destroy", "st_b", 1, clock()),
    }


async def test_a_backlog_goes_in_batches(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, *(order(number, sealer, closed_at=PAID) for number in range(PIECE + 10)))
    clock.set(PAID + 90 * DAY)
    assert await destroy_due(db, clock, 90) == PIECE + 10
    async with db.read() as session:
        counts = [row.details["orders"] for row in await session.scalars(select(Audit))]
    assert sorted(counts) == [10, PIECE]


async def test_a_removed_store_loses_all_of_it_at_once(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await put(db, order(1, sealer), order(2, sealer, closed_at=PAID), order(3, sealer, store_id="st_b"))
    async with db.write() as session:
        assert await destroy_store(session, "T1", "st_a", clock()) == 2
    assert await with_data(db) == {3}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL's vacuum does it, at a time of its own
async def test_nothing_is_left_in_the_file(
    db: Database, database_url: str, clock: MovableClock, sealer: Sealer
) -> None:
    doomed = [order(number, sealer, closed_at=PAID) for number in range(50)]
    tokens = [(each.buyer or "").encode() for each in doomed]
    await put(db, *doomed)
    clock.set(PAID + 90 * DAY)
    await destroy_due(db, clock, 90)
    async with db.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    left = bytes_of(database_url)
    assert not [token for token in tokens if token in left]


def bytes_of(url: str) -> bytes:
    return Path(make_url(url).database or "").read_bytes()
