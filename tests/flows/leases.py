"""How a process loses what it does alone, while it goes on with it."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tests.flows.world import World

Loss = Callable[[World], Awaitable[None]]


async def counts_as_gone(world: World) -> None:
    """It stands still, and so does its heart."""
    await world.heart_stop()


async def renews_nothing(world: World) -> None:
    """Its heart beats, and its lease is over all the same, as when the database was away for too long."""
    world.clock.advance(timedelta(minutes=1, seconds=1))


LOSSES = [counts_as_gone, renews_nothing]
