"""The list of orders as a person works it."""

import itertools
import re

from bot.playground.slack.model import View
from bot.playground.tmon import PlacedOrder
from handlers.orders.ids import OrderAction
from tests.flows.cards import action, posted
from tests.flows.world import World
from tmon.models.stores import Store

Listed = tuple[Store, list[PlacedOrder], View]


async def listed(world: World, count: int) -> Listed:
    """A store with a rush of orders, and the list of its batch card."""
    store = await world.add_store()
    orders = world.tmon.new_orders(store.seller_id, count)
    await world.collect()
    (card,) = await posted(world, "batch/")
    await world.slack.click(
        world.owner, channel=card.channel, ts=card.ts, action_id=action(card.blocks, OrderAction.LIST)
    )
    await world.settle()
    return store, orders, world.modal(world.owner)


async def click(world: World, view: View, wanted: str) -> View:
    """Presses a button of the list; the list afterwards."""
    acted = await world.slack.click(world.owner, view_id=view.id, action_id=action(view.blocks, wanted))
    assert acted.ok
    await world.settle()
    return world.modal(world.owner)


def numbers(view: View) -> list[int]:
    """The orders on the page, from top to bottom."""
    return [int(number) for number in re.findall(r"`(\d+)`", str(view.blocks))]


def line(view: View, order: PlacedOrder) -> str:
    """What the list says of an order, down to the next divider."""
    number = f"`{order.order_no}`"
    start = next(n for n, b in enumerate(view.blocks) if b["type"] == "section" and number in str(b))
    row = itertools.takewhile(lambda b: b["type"] != "divider", view.blocks[start:])
    return "\n".join(str(b["text"]["text"]) for b in row if b["type"] == "section")


def tick_id(view: View, order: PlacedOrder) -> str:
    """The action id of an order's tick."""
    return f"{OrderAction.TICK}#{order.order_no}"


async def tick(world: World, view: View, order: PlacedOrder, value: object = ("on",)) -> View:
    """Ticks an order, or takes the tick away; the list afterwards."""
    acted = await world.slack.click(world.owner, view_id=view.id, action_id=tick_id(view, order), value=value)
    assert acted.ok
    await world.settle()
    return world.modal(world.owner)


def selected(view: View) -> dict[str, object]:
    """The button that confirms what is ticked."""
    return next(e for b in view.blocks if b["type"] == "actions" for e in b["elements"] if e["action_id"] == OrderAction.CONFIRM_SELECTED)  # fmt: skip


async def choose(world: World, view: View, wanted: str, value: str) -> View:
    """Chooses in a menu of the list; the list afterwards."""
    acted = await world.slack.click(world.owner, view_id=view.id, action_id=action(view.blocks, wanted), value=value)
    assert acted.ok
    await world.settle()
    return world.modal(world.owner)
