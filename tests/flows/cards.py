"""Order cards, batch cards and reports as people find them in a channel, and the presses on them."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.model import InteractionResult, Message
from bot.playground.tmon import PlacedOrder
from handlers.orders.ids import OrderAction
from tests.flows.world import Scene, World
from tmon.models.collection import SyncRun
from tmon.models.outbox import OutboxMessage as Row
from tmon.orders.cards import order_key


async def posted(world: Scene, prefix: str) -> list[Message]:
    """The messages whose outbox keys begin with `prefix`, oldest first."""
    async with world.db.read() as session:
        rows = await session.scalars(select(Row).where(col(Row.key).startswith(prefix), col(Row.ts).is_not(None)))
        places = {(row.channel, row.ts) for row in rows}
    return [
        message
        for channel in world.slack.channels
        for message in world.slack.messages(channel, world.owner)
        if (channel, message.ts) in places and not message.deleted
    ]


async def card_of(world: Scene, store_id: str, order: PlacedOrder) -> Message:
    """The card of an order that has one of its own."""
    (card,) = await posted(world, order_key(store_id, order.order_no))
    return card


async def reports(world: Scene) -> list[str]:
    """What the runs that changed something said."""
    return [message.text for message in await posted(world, "report/")]


async def runs(world: Scene) -> list[SyncRun]:
    """The runs that were written down."""
    async with world.db.read() as session:
        return list(await session.scalars(select(SyncRun).order_by(col(SyncRun.started_at))))


def shows(message: Message) -> str:
    """Everything that is written on a card, its lines one behind the other, with ordinary blanks."""
    return str(message.blocks).replace("\\n", " ").replace("\\xa0", " ")


def buttons(blocks: list[dict[str, Any]]) -> list[str]:
    """The action ids of all buttons."""
    return [element["action_id"] for block in blocks if block["type"] == "actions" for element in block["elements"]]


def action(blocks: list[dict[str, Any]], wanted: str) -> str:
    """The action id of the first button that does `wanted`, with its suffix."""
    return next(found for found in buttons(blocks) if found == wanted or found.startswith(f"{wanted}#"))


async def press(world: World, user: str, message: Message, wanted: str = OrderAction.CONFIRM) -> InteractionResult:
    """Presses a button of a card, and lets happen what follows."""
    acted = await world.slack.click(
        user, channel=message.channel, ts=message.ts, action_id=action(message.blocks, wanted)
    )
    assert acted.ok
    await world.settle()
    return acted


def told(world: Scene, user: str, channel: str) -> list[str]:
    """What only this person was told there, oldest first."""
    return [m.text for m in world.slack.messages(channel, user) if m.ephemeral_for == user]


def direct(world: Scene, user: str) -> list[str]:
    """The bot's direct messages to somebody, oldest first."""
    place = next((c.id for c in world.slack.channels.values() if c.is_im and c.user == user), None)
    return [] if place is None else [m.text for m in world.slack.messages(place, user) if m.user != user]
