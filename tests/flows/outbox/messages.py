"""Messages to deliver."""

from datetime import timedelta
from typing import Any

from bot.playground.slack.model import Message
from bot.playground.tmon import PlacedOrder
from tests.flows.cards import card_of
from tests.flows.world import World
from tmon.collection.coordinator import Coordinator
from tmon.models.collection import ORDERS
from tmon.models.stores import Store
from tmon.orders.messages import OrderCard
from tmon.outbox import enqueue, enqueue_update, new_message

POST, EDIT = "chat.postMessage", "chat.update"
SECOND = timedelta(seconds=1)


async def collected(world: World, **over: Any) -> tuple[Store, PlacedOrder]:
    """A store whose first order was collected, with its card and the report not yet sent."""
    store = await world.add_store(**over)
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.bot.services[Coordinator].tick(ORDERS)
    await world.bot.engine.drain()
    return store, order


async def shown(world: World, **over: Any) -> tuple[Store, PlacedOrder, Message]:
    """The same, with both sent."""
    store, order = await collected(world, **over)
    await world.settle()
    return store, order, await card_of(world, store.id, order)


async def add_rows(world: World, *rows: dict[str, Any]) -> None:
    async with world.db.write() as session:
        await enqueue(session, rows)


async def draw_again(world: World, *keys: str) -> None:
    async with world.db.write() as session:
        await enqueue_update(session, world.slack.team_id, keys, now=world.clock())


def card_row(world: World, store: Store, order: PlacedOrder, number: int, **over: Any) -> dict[str, Any]:
    """One more message that shows the same order."""
    values: dict[str, Any] = {
        "team_id": store.team_id,
        "key": f"order/again/{number}",
        "to": store.channel_id,
        "now": world.clock(),
        "store_id": store.id,
    }
    return new_message(OrderCard(store=store.id, order=order.order_no), **{**values, **over})
