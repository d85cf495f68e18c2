"""What was destroyed is not in the database's files any more."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import make_url, text, update
from sqlmodel import col, select

from bot.db import create_database
from tests.bot.test_keys import fill
from tmon.database import Database
from tmon.destruction import overwrite
from tmon.models.orders import Order
from tmon.sealing import Sealer


def raw(url: str) -> bytes:
    """The bytes of the file, of its log and of its index."""
    file = Path(make_url(url).database or "")
    return b"".join(path.read_bytes() for path in file.parent.iterdir() if path.name.startswith(file.name))


async def destroy(db: Database) -> list[bytes]:
    """Empties the column of all orders; returns what was in it."""
    async with db.read() as session:
        tokens = [str(token).encode() for token in await session.scalars(select(col(Order.buyer)))]
    async with db.write() as session:
        await session.execute(update(Order).values(buyer=None))
    return tokens


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_no_byte_of_it_stays_in_the_file_or_its_log(db: Database, database_url: str, sealer: Sealer) -> None:
    await fill(db, sealer, 200)
    tokens = await destroy(db)
    assert any(token in raw(database_url) for token in tokens), "the log keeps pages as they were"
    await overwrite(db)
    assert [token for token in tokens if token in raw(database_url)] == []
    async with db.write() as session:  # and it goes on working
        await session.execute(update(Order).values(quantity=7))


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
async def test_it_waits_for_somebody_who_reads(db: Database, database_url: str, sealer: Sealer) -> None:
    await fill(db, sealer, 200)
    other = create_database(database_url)
    async with other.read() as session:
        await session.execute(select(Order))
        tokens = await destroy(db)
        cutting = asyncio.create_task(overwrite(db))
        await asyncio.sleep(0.5)
        assert not cutting.done()
        async with asyncio.timeout(2), db.write() as writer:  # nobody who writes has to wait for the reader
            await writer.execute(update(Order).values(quantity=7))
    await cutting
    await other.engine.dispose()
    assert [token for token in tokens if token in raw(database_url)] == []


@pytest.mark.parametrize("databases", ["postgresql"], indirect=True)
async def test_postgresql_has_no_dead_row_left(db: Database, sealer: Sealer) -> None:
    await fill(db, sealer, 200)
    await destroy(db)
    _, earlier = await dead_and_vacuumed(db)  # others have used this database before
    await overwrite(db)
    assert await dead_and_vacuumed(db) == (0, earlier + 1)
    async with db.read() as session:
        timeout = await session.scalar(text("SHOW statement_timeout"))
    assert timeout != "0"


async def dead_and_vacuumed(db: Database) -> tuple[int, int]:
    """Dead rows of the table of orders, and how often it was vacuumed by hand."""
    async with db.read() as session:
        await session.execute(text("SELECT pg_stat_force_next_flush()"))
        rows = await session.execute(
            text("SELECT n_dead_tup, vacuum_count FROM pg_stat_user_tables WHERE relname = 'orders'")
        )
        dead, vacuumed = rows.one()
        return dead, vacuumed
