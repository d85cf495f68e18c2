"""A stop brings what is under way to its end."""

import time
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot.runtime import DRAIN_SECONDS, Stop, alive
from tests.flows.world import World, until
from tmon.collection.tables import Collection


async def last_success(world: World) -> datetime | None:
    async with world.db.read() as session:
        moment: datetime | None = await session.scalar(select(col(Collection.last_success_at)))
    return moment


async def test_a_collection_under_way_ends_before_the_process(world: World) -> None:
    await world.add_store()
    world.tmon.faults.slow_seconds = 0.5
    settings = world.settings.model_copy(update={"http_port": 0})
    async with alive(settings, world.clock, Stop()):
        await until(lambda: world.tmon.calls, 10)
        assert await last_success(world) is None
        asked = time.monotonic()
    assert time.monotonic() - asked < DRAIN_SECONDS
    assert await last_success(world) == world.clock()
