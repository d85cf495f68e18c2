"""Runs of the collection of orders."""

from datetime import timedelta

from tests.flows.world import World
from tmon.models.collection import ORDERS, SyncState
from tmon.models.stores import Store

EVERY = timedelta(minutes=5)
DAY = timedelta(days=1)


async def standing(world: World, store: Store, kind: str = ORDERS) -> SyncState:
    """Where a collection of a store stands, by default that of orders."""
    async with world.db.read() as session:
        return await session.get_one(SyncState, (store.team_id, store.id, kind))


async def again(world: World, after: timedelta = EVERY) -> None:
    """The next run, when it is due."""
    world.clock.advance(after)
    await world.collect()
