"""Destruction in pieces: what is done stays done, one bad row stops nothing, and others get their turn in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlmodel import col

from tests.clock import MovableClock
from tests.core import make_core
from tests.refusing import accept, refuse
from tmon import pieces
from tmon.claims.retention import destroy_due as destroy_claims
from tmon.database import Database
from tmon.inquiries.retention import destroy_due as destroy_inquiries
from tmon.models.audit import Audit
from tmon.models.claims import Claim, ClaimKind
from tmon.models.inquiries import Inquiry, Source
from tmon.models.orders import Order, OrderState
from tmon.models.outbox import OutboxMessage
from tmon.models.reviews import Review
from tmon.models.stores import Store, StoreState
from tmon.models.workspaces import Workspace
from tmon.orders.cards import order_key
from tmon.orders.messages import OrderCard
from tmon.orders.retention import destroy_due
from tmon.outbox import enqueue, new_message
from tmon.reviews.retention import destroy_due as destroy_reviews
from tmon.sealing import Sealer
from tmon.workspaces.destruction import destroy_now

PAID = datetime(2026, 1, 5, 3, tzinfo=UTC)
DAY = timedelta(days=1)
COUNT, SIZE = 25, 4
DUE = PAID + 200 * DAY


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are many pieces."""
    monkeypatch.setattr(pieces, "PIECE", SIZE)


async def fill(db: Database, sealer: Sealer, stores: tuple[str, ...] = ("st_a",), count: int = COUNT) -> None:
    """Orders, claims, inquiries and reviews of each store, all of them due at `DUE`."""
    token = sealer.seal("x")
    rows: list[Any] = []
    for store_id in stores:
        of: dict[str, Any] = {"team_id": "T1", "store_id": store_id}
        for number in range(count):
            seen: dict[str, Any] = {**of, "first_seen_at": PAID, "updated_at": PAID}
            at = PAID + timedelta(minutes=number)
            rows += [
                Order(
                    **seen,
                    order_no=number,
                    state=OrderState.CONFIRMED,
                    ordered_at=at,
                    paid_at=at,
                    confirm_by=at,
                    ship_by=at,
                    amount=1,
                    delivery_fee=0,
                    quantity=1,
                    title="귤",
                    buyer=token,
                    has_card=True,
                    closed_at=at,
                ),
                Claim(
                    **seen,
                    kind=ClaimKind.RETURN,
                    claim_no=number,
                    order_no=number,
                    status="C3",
                    requested_at=at,
                    claimant=token,
                    goods=[],
                    read_at=at,
                ),
                Inquiry(
                    **of,
                    source=Source.QUESTION,
                    number=number,
                    asked_at=at,
                    answered_at=at,
                    content=token,
                    listed_from=at.date(),
                    first_seen_at=at,
                ),
            ]
    async with db.write() as session:
        session.add_all(rows)


async def left(db: Database, of: Any = Order.buyer) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count(of))) or 0


async def test_each_piece_is_a_transaction_with_its_own_audit_row(
    db: Database, clock: MovableClock, sealer: Sealer
) -> None:
    await fill(db, sealer, ("st_a", "st_b"))
    clock.set(DUE)
    assert await destroy_due(db, clock, 90) == 2 * COUNT
    async with db.read() as session:
        rows = (await session.scalars(select(Audit))).all()
    counts = [row.details["orders"] for row in rows]
    assert (sum(counts), max(counts)) == (2 * COUNT, SIZE)
    assert {row.store_id for row in rows} == {"st_a", "st_b"}


async def test_the_oldest_go_first_and_no_more_than_asked(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await fill(db, sealer)
    clock.set(DUE)
    assert await destroy_due(db, clock, 90, most=10) == 10
    async with db.read() as session:
        held = set(await session.scalars(select(col(Order.order_no)).where(col(Order.buyer).is_not(None))))
    assert held == set(range(10, COUNT))


async def test_an_end_in_the_middle_loses_nothing(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await fill(db, sealer)
    clock.set(DUE)
    commits = 0
    reached = asyncio.Event()

    def committed(_: object) -> None:
        nonlocal commits
        commits += 1
        if commits == 3:
            reached.set()

    event.listen(db.engine.sync_engine, "commit", committed)
    running = asyncio.create_task(destroy_due(db, clock, 90))
    await reached.wait()
    running.cancel()
    await asyncio.wait({running})
    event.remove(db.engine.sync_engine, "commit", committed)
    done = COUNT - await left(db)
    assert 0 < done < COUNT
    async with db.read() as session:
        counts = [row.details["orders"] for row in await session.scalars(select(Audit))]
    assert sum(counts) == done
    assert await destroy_due(db, clock, 90) == COUNT - done
    assert await left(db) == 0


@pytest.mark.parametrize(
    ("destroy", "table", "which", "column"),
    [
        (destroy_due, "orders", "order_no = 6", Order.buyer),
        (destroy_claims, "claim", "claim_no = 6", Claim.claimant),
        (destroy_inquiries, "inquiry", "number = 6", Inquiry.content),
    ],
)
async def test_one_bad_row_stops_none_of_the_others(
    db: Database, clock: MovableClock, sealer: Sealer, destroy: Any, table: str, which: str, column: Any
) -> None:
    await fill(db, sealer)
    clock.set(DUE)
    await refuse(db, table, which)
    assert await destroy(db, clock, 90) == COUNT - 1
    assert await left(db, column) == 1
    await accept(db, table)
    assert await destroy(db, clock, 90) == 1


async def test_reviews_go_in_pieces_too(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    async with db.write() as session:
        session.add_all(
            Review(
                team_id="T1",
                store_id="st_a",
                review_no=number,
                score=5,
                written_at=PAID,
                content=sealer.seal("x"),
                first_seen_at=PAID,
            )
            for number in range(COUNT)
        )
    clock.set(DUE)
    assert await destroy_reviews(db, clock, 90) == COUNT
    async with db.read() as session:
        counts = [row.details["reviews"] for row in await session.scalars(select(Audit))]
    assert (sum(counts), max(counts)) == (COUNT, SIZE)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # PostgreSQL has no queue of writers
async def test_whoever_writes_waits_for_one_piece_only(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await fill(db, sealer)
    clock.set(DUE)
    running = asyncio.create_task(destroy_due(db, clock, 90))
    seen = []
    while not running.done():
        async with db.write() as session:
            seen.append(await session.scalar(select(func.count(col(Order.buyer)))))
        await asyncio.sleep(0)
    assert await running == COUNT
    assert len(set(seen)) > COUNT / SIZE / 2, "between most pieces somebody else had a turn"


async def test_a_workspace_is_destroyed_in_pieces(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    await fill(db, sealer)
    clock.set(PAID + DAY)
    now = clock()
    async with db.write() as session:
        session.add(Workspace(team_id="T1", name="T1", installed_at=now, gone_at=now))
        session.add(
            Store(
                team_id="T1",
                id="st_a",
                seller_id="a",
                name="a",
                name_key="a",
                channel_id="C1",
                channel_ok=True,
                registered_by="U1",
                state=StoreState.APPROVED,
                created_at=now,
                updated_at=now,
            )
        )
        cards = (
            new_message(
                OrderCard(store="st_a", order=number),
                team_id="T1",
                key=order_key("st_a", number),
                to="C1",
                now=now,
                store_id="st_a",
            )
            for number in range(COUNT)
        )
        await enqueue(session, list(cards))
    sizes: list[int] = []

    def executed(_: object, cursor: Any, statement: str, *__: object) -> None:
        if statement.startswith(("UPDATE orders", "UPDATE message", "UPDATE claim", "UPDATE inquiry")):
            sizes.append(cursor.rowcount)

    event.listen(db.engine.sync_engine, "after_cursor_execute", executed)
    await destroy_now(make_core(db, clock, sealer), "T1")
    event.remove(db.engine.sync_engine, "after_cursor_execute", executed)
    for column in (Order.buyer, Claim.claimant, Inquiry.content):
        assert await left(db, column) == 0
    async with db.read() as session:
        waiting = select(func.count()).where(
            col(OutboxMessage.version) > col(OutboxMessage.delivered_version), ~col(OutboxMessage.undeliverable)
        )
        assert await session.scalar(waiting) == 0
        assert (await session.get_one(Workspace, "T1")).destroyed_at is not None
    assert max(sizes) == SIZE
