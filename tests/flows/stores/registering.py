"""`/tmon setup` from the command to the result."""

import json
from typing import Any

from sqlalchemy import select

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.model import InteractionResult, View
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.world import World
from tmon.models.stores import Store

LIVING, MARKET = DEMO_PARTNERS[:2]
REQUIRED = {"seller_id": LIVING.partner_id, "api_key": LIVING.token}
"""All that is needed."""
CONTACT = {
    "contact_name": "박담당",
    "contact_title": "운영팀",
    "contact_email": "contact@example.com",
    "contact_phone": "02 1234 5678",
    "contact_mobile": "+82 10.9876.5432",
}


def api(**over: str) -> dict[str, str]:
    """The first step."""
    typed = {"seller_id": LIVING.partner_id, "store_name": "한빛리빙", "api_key": LIVING.token}
    return {**typed, "category": "생활·주방", "memo": "김포 창고", **over}


async def submit(world: World, user: str, values: dict[str, Any]) -> InteractionResult:
    """Types into the modal in front of `user` and sends it; on a busy machine again, as the form asks for."""
    for _ in range(3):
        acted = await world.slack.submit(user, world.modal(user).id, values)
        await world.settle()
        if "잠시 뒤 다시 눌러 주세요" not in str(acted.errors):
            break
    return acted


async def click(world: World, user: str, action_id: str) -> InteractionResult:
    """Presses a button in the modal in front of `user`."""
    acted = await world.slack.click(user, view_id=world.modal(user).id, action_id=action_id)
    await world.settle()
    return acted


async def set_up(world: World, user: str = MINJI, *, channel: str = ORDERS, settings: Any = None, **over: str) -> View:
    """A new store from the command to the result."""
    await world.command(user, "setup")
    if world.modal(user).callback_id == "setup.choices":
        await click(world, user, "setup.new")
    assert (await submit(world, user, api(**over))).errors == {}
    assert (await submit(world, user, CONTACT)).errors == {}
    assert (await submit(world, user, {"channel": channel, **(settings or {})})).errors == {}
    return world.modal(user)


def text_of(thing: Any) -> str:
    """Everything that a person reads in a view or message."""
    return json.dumps(getattr(thing, "blocks", thing), ensure_ascii=False)


def labels(view: View) -> list[str]:
    """Labels of the inputs."""
    return [block["label"]["text"] for block in view.blocks if block["type"] == "input"]


async def stores(world: World) -> list[Store]:
    """All stores, removed ones included."""
    async with world.db.read() as session:
        return list(await session.scalars(select(Store)))


def private(world: World, user: str) -> list[str]:
    """What the bot wrote to `user` alone: ephemerals and direct messages."""
    return [
        message.text
        for channel in world.slack.channels.values()
        for message in world.slack.messages(channel.id, user)
        if channel.is_im or message.ephemeral_for == user
    ]
