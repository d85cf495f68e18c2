"""Deals of a shop, and the list of them."""

from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import InteractionResult
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from handlers.products.ids import ProductAction
from tests.flows.world import World
from tmon.models.products import Deal
from tmon.models.stores import Store
from tmon.products.catalog import CatalogService


async def shop(world: World, **over: Any) -> Store:
    """A store with deals at TMON, none of which is known yet."""
    open_shop(world.tmon, world.tmon.partners[DEMO_PARTNERS[0].partner_id])
    return await world.add_store(**{"registered_by": MINJI, **over})


async def known(world: World) -> list[Deal]:
    async with world.db.read() as session:
        return list(await session.scalars(select(Deal).order_by(col(Deal.deal_no))))


async def read(world: World) -> None:
    """The job runs."""
    await world.bot.services[CatalogService].read_due()


def listing(world: World, words: str) -> Listing:
    return next(deal for deal in world.tmon.deals.values() if words in deal.title)


async def add(world: World, number: object, user: str = MINJI) -> InteractionResult:
    """번호로 추가, and what follows."""
    await world.slack.click(user, view_id=world.modal(user).id, action_id=ProductAction.ADD)
    await world.settle()
    acted = await world.slack.submit(user, world.modal(user).id, {"deal_no": str(number)})
    await world.settle()
    return acted


async def press(world: World, action: str, user: str = MINJI) -> None:
    """Presses something in the modal in front."""
    await world.slack.click(user, view_id=world.modal(user).id, action_id=action)
    await world.settle()


def shown(world: World, user: str = MINJI) -> str:
    return str(world.modal(user).blocks)
