"""Rotation moves every sealed value under the first key, once, and never over what somebody else wrote."""

import asyncio

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import insert, select, update
from sqlmodel import col

from bot import keys
from bot.keys import KeysDoNotFit, bind, new_key, open_sealer, rotate, samples
from tests.rows import value_for
from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.models.orders import Order
from tmon.sealing import CannotOpen, Place, Sealer, sealed_columns

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

        def reseal(self, token: str, place: Place) -> str:
            if place.table == "orders" and place.column == "buyer":
                asyncio.run_coroutine_threadsafe(write(self.seal("newer", place)), loop).result()
            return super().reseal(token, place)

    async def write(token: str) -> None:
        async with db.write() as session:
            await session.execute(update(Order).values(buyer=token))

    await fill(db, Sealer([encryption_key]), 1)
    both = Overtaken([new_key(), encryption_key])
    async for _ in rotate(db, both):
        pass
    assert (await contents(db, both))["orders.buyer"] == ["newer"]


async def test_values_of_older_versions_are_bound_by_the_rotation(db: Database, encryption_key: str) -> None:
    old, strict = Sealer([encryption_key]), Sealer([encryption_key], bound_only=True)
    await fill(db, old, 2)
    before = await contents(db, old)
    assert {step.resealed async for step in rotate(db, old)} == {2}
    assert {step.resealed async for step in rotate(db, strict)} == {0}
    assert await contents(db, old) == before
    async with db.read() as session:
        for row in await session.scalars(select(Order)):
            assert strict.open(row.buyer or "", Place.of(row, "buyer")).startswith("buyer")


async def test_the_start_binds_values_of_older_versions_once(db: Database, encryption_key: str) -> None:
    await fill(db, Sealer([encryption_key]), 2)
    assert await bind(db, Sealer([encryption_key])) == 2 * len(SEALED)
    sealer = await open_sealer(db, [encryption_key])
    assert await bind(db, sealer) == 0
    async with db.read() as session:
        first, second = await session.scalars(select(Order).order_by(col(Order.order_no)))
    assert sealer.open(first.buyer or "", Place.of(first, "buyer")) == "buyer 0"
    with pytest.raises(CannotOpen):
        sealer.open(first.buyer or "", Place.of(second, "buyer"))


async def test_a_value_that_was_moved_is_counted_and_does_not_keep_the_bot_from_starting(
    db: Database, encryption_key: str
) -> None:
    await fill(db, Sealer([encryption_key]), 2)
    await open_sealer(db, [encryption_key])
    async with db.write() as session:
        token = await session.scalar(select(col(Order.buyer)).where(col(Order.order_no) == 0))
        await session.execute(update(Order).values(buyer=token))
    sealer = await open_sealer(db, [encryption_key])
    assert {sample.column: sample.moved for sample in await samples(db, sealer) if sample.moved} == {"orders.buyer": 1}
    fresh = Sealer([new_key(), encryption_key])
    unreadable = {step.column: step.unreadable async for step in rotate(db, fresh)}
    assert {column for column, count in unreadable.items() if count} == {"orders.buyer"}


@pytest.mark.parametrize("column", [f"{table.name}.{column.name}" for table, column in SEALED])
async def test_a_bot_whose_keys_open_nothing_of_a_column_does_not_start(
    db: Database, encryption_key: str, column: str
) -> None:
    await fill(db, Sealer([encryption_key]), 2)
    fresh = new_key()
    async for _ in rotate(db, Sealer([fresh, encryption_key])):
        pass
    await open_sealer(db, [fresh])
    table, name = column.split(".")
    async with db.write() as session:
        lost = Sealer([new_key()]).seal("lost")
        await session.execute(update(METADATA.tables[table]).values({name: lost}))
    with pytest.raises(KeysDoNotFit, match=column):
        await open_sealer(db, [fresh])
    await open_sealer(db, [fresh], despite_loss=True)


async def test_one_value_that_does_not_open_among_others_does_not_keep_the_bot_from_starting(
    db: Database, encryption_key: str
) -> None:
    await fill(db, Sealer([encryption_key]), 2)
    async with db.write() as session:
        lost = Sealer([new_key()]).seal("lost")
        await session.execute(update(Order).where(col(Order.order_no) == 0).values(buyer=lost))
    await open_sealer(db, [encryption_key])
