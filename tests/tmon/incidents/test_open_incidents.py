"""Opening and closing, with several at it at once."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, update
from sqlmodel import col

from tests.tmon.incidents.failures import DOWN, KEY, TEAM, VENDOR, World
from tmon.api.endpoints import TOKEN
from tmon.api.errors import (
    TmonError,
    Unavailable,
)
from tmon.models.incidents import Incident, Resolution
from tmon.models.stores import Store
from tmon.stock.collector import STOCK


async def test_a_paused_or_removed_store_ends_its_incident_without_a_notice(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(2)]
    for store in stores:
        await world.fails(store, KEY)
    await world.delivered()
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == stores[0].id).values(sync_on=False))
        await session.execute(update(Store).where(col(Store.id) == stores[1].id).values(removed_at=world.clock()))
    await world.incidents.tick()
    assert await world.open() == {}
    assert {facts.incident.resolution for facts in await world.incidents.open_and_recent(TEAM)} == {Resolution.PAUSED}
    assert not [key for key in await world.delivered() if key.endswith("resolved")]


async def test_without_collections_of_orders_an_incident_of_theirs_is_over(world: World) -> None:
    """Only orders end it: where they are switched off it would stand for ever, and keep other failures silent."""
    store = await world.store()
    await world.fails(store, Unavailable(TOKEN.name, status=503), times=3)
    assert list(await world.open()) == ["tmon"]
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(order_on=False))
    await world.incidents.tick()
    assert await world.open() == {}
    await world.fails(store, times=3, kind=STOCK)
    assert list(await world.open()) == [f"area:{store.id}:stock"]


@pytest.mark.parametrize("error", [KEY, VENDOR, DOWN])
async def test_one_open_incident_per_subject_however_many_fail_at_once(world: World, error: TmonError) -> None:
    stores = [await world.store(f"가게{n}") for n in range(6)]
    for _ in range(3):
        await asyncio.gather(
            *(world.fails(store, error) for store in stores), *(world.incidents.tick() for _ in range(2))
        )
    async with world.db.read() as session:
        rows = await session.execute(
            select(col(Incident.subject), func.count())
            .where(col(Incident.closed_at).is_(None))
            .group_by(col(Incident.team_id), col(Incident.subject))
        )
        assert {count for _, count in rows} == {1}
    if error is not KEY:
        assert len(await world.open()) == 1


async def test_failures_and_successes_at_once_end_with_nothing_open(world: World) -> None:
    stores = [await world.store(f"가게{n}") for n in range(5)]
    for _ in range(3):
        await asyncio.gather(*(world.fails(store) for store in stores))

    async def mended(some: Sequence[Store]) -> None:
        await asyncio.gather(*(world.succeeds(store, new=1) for store in some))

    await asyncio.gather(mended(stores[:3]), *(world.fails(store) for store in stores[3:]))
    await mended(stores)
    assert await world.open() == {}
