"""`/tmon guide`."""

import pytest

from bot.playground.slack.demo import DANIEL, MINJI
from tests.flows.stores.registering import click
from tests.flows.world import World


@pytest.mark.parametrize("user", [MINJI, DANIEL])
async def test_the_guide(world: World, user: str) -> None:
    await world.command(user, "guide")
    for topic in ("documents", "key", "register", "join"):
        await click(world, user, f"guide.topic#{topic}")
        assert len(world.slack.open_modal(user)) == 1
