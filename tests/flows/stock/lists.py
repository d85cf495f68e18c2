"""The list of SKUs in front of a person."""

from typing import Any

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import View
from handlers.stock.ids import StockAction
from tests.flows.stock.shop import Shop
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.world import until


async def press(shop: Shop, action: str, user: str = MINJI) -> None:
    """Presses the first button whose action begins so."""
    view = shop.world.modal(user)
    elements = [e for b in view.blocks for e in [*b.get("elements", []), b.get("accessory") or {}]]
    found = next(e["action_id"] for e in elements if str(e.get("action_id", "")).partition("#")[0] == action)
    await click(shop.world, user, found)


async def add(shop: Shop, **values: str) -> Any:
    """SKU 추가."""
    await press(shop, StockAction.ADD)
    return await submit(shop.world, MINJI, values)


async def upload(shop: Shop, name: str, content: bytes) -> View:
    """파일 올리기, and the preview or what is wrong with it."""
    world = shop.world
    await world.command(MINJI, "재고")
    await press(shop, StockAction.UPLOAD)
    file = world.slack.upload(MINJI, world.modal(MINJI).id, "file", name, content)
    await submit(world, MINJI, {"file": [file.id]})
    return await _settled(shop)


async def apply(shop: Shop, **values: Any) -> View:
    """반영하기 in a preview, and what is said then."""
    await submit(shop.world, MINJI, values)
    return await _settled(shop)


async def _settled(shop: Shop) -> View:
    await until(lambda: "읽고 있습니다" not in text_of(shop.world.modal(MINJI)), 15)
    return shop.world.modal(MINJI)
