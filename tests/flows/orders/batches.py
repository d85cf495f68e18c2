"""A rush of orders, and the card that shows it."""

from collections import Counter
from typing import Any

from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder
from tests.flows.cards import posted
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import Store


async def rush(world: World, count: int, **over: Any) -> tuple[Store, list[PlacedOrder], Message]:
    """A store with so many orders, and the batch card that shows them."""
    store = await world.add_store(**over)
    orders = world.tmon.new_orders(store.seller_id, count)
    await world.collect()
    return store, orders, await batch_card(world)


async def batch_card(world: World) -> Message:
    """The newest batch card."""
    return (await posted(world, "batch/"))[-1]


async def states(world: World) -> Counter[OrderState]:
    """How many orders are in which state."""
    return Counter(order.state for order in await world.orders())
