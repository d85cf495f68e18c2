"""The world, on both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clock import MovableClock
from tests.flows.process import Outside, outside_on
from tests.flows.world import World, world_on


@pytest.fixture
async def world(database_url: str, encryption_key: str, clock: MovableClock) -> AsyncIterator[World]:
    """Slack, TMON, mail and the bot."""
    async with world_on(database_url, encryption_key, clock) as made:
        yield made


@pytest.fixture
async def outside(database_url: str, encryption_key: str, tmp_path: Path) -> AsyncIterator[Outside]:
    """Slack, TMON and mail, for a bot in a process of its own."""
    async with outside_on(database_url, encryption_key, tmp_path) as made:
        yield made
