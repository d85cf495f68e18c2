"""The schema: from nothing, from each earlier revision with rows in it, and equal to the tables in the code."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, MetaData, Table, func, insert, select
from sqlmodel import col

from bot.db import alembic_config, create_database, migrate, schema_is_current
from tests.rows import value_for
from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.models.products import Deal
from tmon.products.repository import search_key

SCRIPTS = ScriptDirectory.from_config(alembic_config())
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]


@pytest.fixture
async def empty_db(empty_database_url: str) -> AsyncIterator[Database]:
    database = create_database(empty_database_url)
    yield database
    await database.engine.dispose()


async def test_from_nothing_to_the_newest(empty_database_url: str, empty_db: Database) -> None:
    assert not await schema_is_current(empty_db)
    await migrate(empty_database_url)
    assert await schema_is_current(empty_db)
    await migrate(empty_database_url)  # a second time changes nothing
    assert await schema_is_current(empty_db)


async def test_the_revisions_make_the_tables_of_the_code(db: Database) -> None:
    async with db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.check(alembic_config(sync)))  # raises on a difference


async def test_rows_of_every_earlier_schema_survive(empty_db: Database) -> None:
    """Each revision adds a row to every table; all of them go on to the next one, and so to the newest."""
    before: dict[str, int] = {}
    for number, revision in enumerate(reversed(REVISIONS), 1):
        async with empty_db.engine.begin() as connection:
            await connection.run_sync(lambda sync, to: command.upgrade(alembic_config(sync), to), revision)
        async with empty_db.engine.begin() as connection:
            tables = await connection.run_sync(reflect)
            after = await connection.run_sync(count, tables)
            assert {name: after.get(name) for name in before} == before, revision
            await connection.run_sync(fill, tables, number)
            before = {
                name: rows
                for name, rows in (await connection.run_sync(count, tables)).items()
                if name in METADATA.tables
            }
    assert before.keys() == METADATA.tables.keys()


async def test_deals_are_known_from_orders_of_before_there_were_deals(empty_db: Database) -> None:
    def orders(connection: Connection) -> None:
        tables = {table.name: table for table in reflect(connection)}
        wanted: list[tuple[str, list[dict[str, Any]]]] = [
            ("orders", [{"order_no": 1}, {"order_no": 2}, {"order_no": 1, "store_id": "st_2"}]),
            (
                "order_deal",
                [
                    {"order_no": 1, "deal_no": 7, "title": "ＡＢＣ  수건"},
                    {"order_no": 1, "deal_no": 8, "title": "발매트"},
                    {"order_no": 2, "deal_no": 7, "title": "ＡＢＣ  수건"},
                    {"order_no": 1, "deal_no": 7, "title": "다른 가게", "store_id": "st_2"},
                ],
            ),
        ]
        for table, rows in wanted:
            usual = {column.name: value_for(column.type) for column in tables[table].columns}
            for row in rows:
                connection.execute(insert(tables[table]).values(usual | {"team_id": "T1", "store_id": "st_1"} | row))

    async with empty_db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "0001"))
    async with empty_db.engine.begin() as connection:
        await connection.run_sync(orders)
    async with empty_db.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    async with empty_db.read() as session:
        deals = (await session.scalars(select(Deal).order_by(col(Deal.store_id), col(Deal.deal_no)))).all()
    assert [(deal.store_id, deal.deal_no, deal.title, deal.title_key) for deal in deals] == [
        ("st_1", 7, "ＡＢＣ  수건", "abc 수건"),
        ("st_1", 8, "발매트", "발매트"),
        ("st_2", 7, "다른 가게", "다른 가게"),
    ]
    assert all(deal.title_key == search_key(deal.title) for deal in deals)
    assert deals[0].known_since == value_for(DateTime())
    assert not any(deal.runple or deal.paused_by_us or deal.read_at for deal in deals)


async def test_a_failed_migration_leaves_nothing_behind(empty_database_url: str, empty_db: Database) -> None:
    async with empty_db.engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE store (id INTEGER)")  # the last one that 0001 makes
    with pytest.raises(Exception, match="already exists"):
        await migrate(empty_database_url)
    async with empty_db.engine.begin() as connection:
        assert [table.name for table in await connection.run_sync(reflect)] == ["store"]


def fill(connection: Connection, tables: list[Table], number: int) -> None:
    """Puts one row into each of the tables, with values of that number."""
    for table in tables:
        row = {column.name: value_for(column.type, number) for column in table.columns}
        connection.execute(insert(table).values(row))


def count(connection: Connection, tables: list[Table]) -> dict[str, int]:
    """How many rows each of the tables has."""
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def reflect(connection: Connection) -> list[Table]:
    """The tables of the schema as it stands in the database."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: not name.startswith("procrastinate_"))
    return [table for table in metadata.sorted_tables if table.name != "alembic_version"]
