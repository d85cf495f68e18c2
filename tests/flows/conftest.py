"""The world, on both databases."""

from collections.abc import AsyncIterator

import pytest

from tests.clock import MovableClock
from tests.flows.world import World, world_on


@pytest.fixture
async def world(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[World]:
    """Slack, TMON, mail and the bot."""
    async with world_on(database_url, encryption_key, clock) as made:
        yield made
