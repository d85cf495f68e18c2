"""Whoever changes many orders in one statement locks them by number first, and their cards after that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot.db import create_database
from tests.clock import MovableClock
from tests.databases import PostgresDatabases
from tests.tmon.orders.test_retention import order
from tmon.database import Database
from tmon.models.orders import Order
from tmon.models.stores import Store
from tmon.orders.cards import order_key
from tmon.orders.messages import OrderCard
from tmon.orders.own_clocks import set_anew
from tmon.orders.retention import destroy_store
from tmon.outbox import enqueue, enqueue_update, new_message
from tmon.sealing import Sealer

TEAM, STORE = "T1", "st_a"
NUMBERS = (3, 2, 1)
"""In the order in which they lie on the disk."""
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
async def db(postgres_databases: PostgresDatabases, tmp_path: Path) -> AsyncIterator[Database]:
    """A database that locks rows: SQLite has one writer at a time."""
    url = await postgres_databases.create(tmp_path, migrated=True)
    database = create_database(url)
    yield database
    await database.engine.dispose()
    await postgres_databases.drop(url)


async def is_anyone_waiting(db: Database) -> bool:
    """Looks in a transaction of its own: PostgreSQL shows the same activity all through one."""
    async with db.read() as session:
        return bool(await session.scalar(WAITING))


async def closed_days_change(session: AsyncSession, clock: MovableClock) -> None:
    await set_anew(session, await session.get_one(Store, (TEAM, STORE)), clock())


async def store_is_removed(session: AsyncSession, clock: MovableClock) -> None:
    await destroy_store(session, TEAM, STORE, clock())


async def put(db: Database, clock: MovableClock, sealer: Sealer) -> None:
    store = Store(
        team_id=TEAM,
        id=STORE,
        seller_id="seller01",
        name="귤",
        name_key="귤",
        channel_id="C1",
        registered_by="U1",
        created_at=clock(),
        updated_at=clock(),
    )
    async with db.write() as session:
        session.add(store)
        for number in NUMBERS:
            session.add(order(number, sealer, has_card=True))
            await session.flush()
            message = OrderCard(store=STORE, order=number)
            row = new_message(message, team_id=TEAM, key=order_key(STORE, number), to="C1", now=clock(), store_id=STORE)
            await enqueue(session, [row])


@pytest.mark.parametrize("change", [closed_days_change, store_is_removed])
async def test_who_holds_the_first_order_can_have_the_others_and_their_cards(
    db: Database, clock: MovableClock, sealer: Sealer, change: Callable[[AsyncSession, MovableClock], Awaitable[None]]
) -> None:
    await put(db, clock, sealer)

    async def changed() -> None:
        async with db.write() as session:
            await change(session, clock)

    by_number = select(Order).order_by(col(Order.order_no))
    async with db.write() as session:
        await session.scalars(by_number.where(col(Order.order_no) == min(NUMBERS)).with_for_update())
        other = asyncio.create_task(changed())
        while not await is_anyone_waiting(db):
            assert not other.done()
            await asyncio.sleep(0.01)
        await session.execute(text("SET LOCAL lock_timeout = '2s'"))
        await session.scalars(by_number.with_for_update())
        await enqueue_update(session, TEAM, [order_key(STORE, number) for number in sorted(NUMBERS)], now=clock())
    await other
