"""The list of stores, and presses in it."""

from typing import Any

from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.world import World
from tmon.models.stores import Store

LIVING, MARKET = DEMO_PARTNERS[:2]


async def action(world: World, user: str, action_id: str, position: int = 0) -> None:
    """Presses the button of the entry at `position` in the modal in front of `user`."""
    view = world.modal(user)
    rows = [block for block in view.blocks if any(e.get("action_id") == action_id for e in block.get("elements", []))]
    await world.slack.click(user, view_id=view.id, action_id=action_id, block_id=rows[position]["block_id"])
    await world.settle()


async def change(world: World, store: Store, **values: Any) -> None:
    """Sets columns of a store."""
    async with world.db.write() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
        for name, value in values.items():
            setattr(row, name, value)


async def choose(world: World, user: str, text: str) -> None:
    """Chooses in the menu of the first store in the modal in front of `user`."""
    view = world.modal(user)
    elements = [element for block in view.blocks for element in block.get("elements", [])]
    menu = next(element for element in elements if element["type"] == "overflow")
    option = next(option for option in menu["options"] if option["text"]["text"] == text)
    await world.slack.click(user, view_id=view.id, action_id=menu["action_id"], value=option["value"])
    await world.settle()
