"""Rotation moves every sealed value under the first key, once, and never over what somebody else wrote."""

import asyncio

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select, update

from bot import keys
from bot.keys import new_key, rotate
from tests.rows import value_for
from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.models.orders import Order
from tmon.sealing import Sealer, sealed_columns

SEALED = [(table, column) for table, column in sealed_columns(METADATA)]


async def fill(db: Database, sealer: Sealer, rows: int) -> None:
    """Puts rows with every sealed column filled into every table that has one."""
    async with db.write() as session:
        for table in dict(SEALED):
            sealed = {column.name for owner, column in SEALED if owner is table}
            for number in range(rows):
                await session.execute(
                    insert(table).values(
                        {
                            column.key: sealer.seal(f"{column.name} {number}")
                            if column.name in sealed
                            else value_for(column.type, number)
                            for column in table.columns
                        }
                    )
                )


async def contents(db: Database, sealer: Sealer) -> dict[str, list[str]]:
    async with db.read() as session:
        return {
            f"{table.name}.{column.name}": sorted(sealer.open(token) for token in await session.scalars(select(column)))
            for table, column in SEALED
        }


async def test_every_sealed_value_opens_with_the_new_key_alone(db: Database, encryption_key: str) -> None:
    old = Sealer([encryption_key])
    await fill(db, old, 3)
    before = await contents(db, old)
    fresh = new_key()
    steps = {step.column: step async for step in rotate(db, Sealer([fresh, encryption_key]))}
    assert set(steps) == set(before)
    assert {(step.looked, step.resealed, step.unreadable) for step in steps.values()} == {(3, 3, 0)}
    assert await contents(db, Sealer([fresh])) == before


async def test_it_goes_on_where_it_was_stopped(
    db: Database, encryption_key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "BATCH", 2)
    await fill(db, Sealer([encryption_key]), 5)
    both = Sealer([new_key(), encryption_key])
    async for step in rotate(db, both):
        assert step.resealed == 2
        break
    steps = {step.column: step async for step in rotate(db, both)}
    first, *others = steps.values()
    assert (first.looked, first.resealed) == (5, 3)
    assert {(step.looked, step.resealed) for step in others} == {(5, 5)}
    assert {step.resealed for step in {step.column: step async for step in rotate(db, both)}.values()} == {0}


async def test_what_no_key_opens_stays_and_is_counted(db: Database, sealer: Sealer) -> None:
    await fill(db, Sealer([Fernet.generate_key().decode()]), 1)
    assert {step.unreadable async for step in rotate(db, sealer)} == {1}


async def test_what_the_bot_writes_meanwhile_is_kept(db: Database, encryption_key: str) -> None:
    loop = asyncio.get_running_loop()

    class Overtaken(Sealer):
        """Somebody else writes between the look at a value and its replacement."""

        def reseal(self, token: str) -> str:
            asyncio.run_coroutine_threadsafe(write(self.seal("newer")), loop).result()
            return super().reseal(token)

    async def write(token: str) -> None:
        async with db.write() as session:
            await session.execute(update(Order).values(buyer=token))

    await fill(db, Sealer([encryption_key]), 1)
    both = Overtaken([new_key(), encryption_key])
    async for _ in rotate(db, both):
        pass
    assert (await contents(db, both))["orders.buyer"] == ["newer"]
