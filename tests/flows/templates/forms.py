"""Forms that are open."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.flows.templates.steps import (
    press,
)
from tests.flows.world import World
from tmon.models.stores import ApiGroup

SWITCHES = pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
Step = Callable[[World], Awaitable[Any]]


async def open_address(world: World) -> None:
    await press(world, "templates.new_address")


async def open_edit(world: World) -> None:
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")
