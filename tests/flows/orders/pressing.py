"""One order, and the card that shows it."""

import asyncio

from bot.playground.slack.model import Message
from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder
from tests.flows.world import World
from tmon.models.stores import Store


async def one_order(world: World, deals: int = 1) -> tuple[Store, PlacedOrder, Message]:
    """A store with one order, and the card that shows it."""
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=deals)
    await world.collect()
    return store, order, card(world, order)


def card(world: World, order: PlacedOrder) -> Message:
    """The card of an order."""
    return next(m for m in world.posts("주문") if f"`{order.order_no}`" in str(m.blocks))


def hold_confirmations(world: World) -> asyncio.Event:
    """From now on TMON keeps confirmations waiting, until the event is set."""
    gate = asyncio.Event()

    async def wait(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.confirm" and phase is CallPhase.RECEIVED:
            await gate.wait()

    world.tmon.on_call = wait
    return gate
