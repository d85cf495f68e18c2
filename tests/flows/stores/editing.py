"""A store's own view, and the forms that edit it."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.stores.registering import click, stores, submit
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.stores import Store

LIVING, MARKET = DEMO_PARTNERS[:2]


async def look(world: World, user: str = MINJI) -> View:
    """Opens the store's own view from the list."""
    await world.command(user, "stores")
    await click(world, user, "settings.open")
    return world.modal(user)


async def edit(world: World, part: int, values: dict[str, Any], user: str = MINJI) -> InteractionResult:
    """Opens the form of one part over the store's view and sends it."""
    await click(world, user, f"settings.edit#{part}")
    return await submit(world, user, values)


async def the_store(world: World) -> Store:
    """The only one."""
    (store,) = await stores(world)
    return store


async def audits(world: World) -> list[Audit]:
    """What was recorded, oldest first."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Audit).order_by(col(Audit.at), col(Audit.id))))


def told(world: World, channel: str = "주문") -> list[str]:
    """What the channel was told of changes."""
    return [message.text for message in world.posts(channel) if message.text.startswith("⚙️")]
