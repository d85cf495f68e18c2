"""A shop whose sale periods are extended."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlmodel import col

from bot.playground.slack.demo import MINJI, ORDERS
from bot.playground.slack.model import Message
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.world import World, at
from tmon.models.products import ExtensionState, SalePeriodExtension
from tmon.models.stores import Store
from tmon.products.catalog import CatalogService
from tmon.products.repository import insert_seen
from tmon.products.sale_period.service import SalePeriodService

LENGTH = timedelta(days=30)


async def shop(world: World, **over: Any) -> Store:
    """A store that chose a length, whose deals are known and read; the schedule has begun on Tuesday, 10:00."""
    open_shop(world.tmon, world.tmon.partners[DEMO_PARTNERS[0].partner_id])
    store = await world.add_store(**{"extend_days": LENGTH.days, "registered_by": MINJI, **over})
    await know(world, store)
    await tick(world)
    return store


async def know(world: World, store: Store) -> None:
    """Every deal of the shop is known and read."""
    async with world.db.write() as session:
        seen = [{"deal_no": deal.deal_no, "title": deal.title} for deal in listings(world)]
        await insert_seen(session, store, seen, world.clock())
    await world.bot.services[CatalogService].read_due()


async def tick(world: World) -> None:
    """What is due is done, and told."""
    await world.bot.services[SalePeriodService].tick()
    await world.settle()


async def go(world: World, moment: datetime) -> None:
    """It becomes `moment`, and the job runs."""
    world.clock.set(moment)
    await tick(world)


async def change(world: World, store: Store, **values: Any) -> None:
    """Somebody changes the store's settings."""
    async with world.db.write() as session:
        await session.execute(update(Store).where(col(Store.id) == store.id).values(**values))


def listings(world: World) -> list[Listing]:
    """The shop's deals."""
    return list(world.tmon.deals.values())


def ends(world: World) -> dict[int, datetime]:
    """When each deal's sale ends."""
    return {deal.deal_no: deal.sales_end for deal in listings(world)}


def due(world: World) -> list[Listing]:
    """Deals on sale that end within seven days of Wednesday's dawn, the earliest first."""
    dawn = at(3, day=11)
    found = [
        deal
        for deal in listings(world)
        if dawn < deal.sales_end < dawn + timedelta(days=7) and deal.sales_status(dawn) == "ON_SALE"
    ]
    return sorted(found, key=lambda deal: (deal.sales_end, deal.deal_no))


def writes(world: World) -> list[LoggedCall]:
    """Changes of sale periods that reached TMON."""
    return list(world.tmon.calls_of("deals.sales_period"))


def told(world: World, words: str) -> list[Message]:
    """Messages in the store's channel with these words."""
    return [message for message in world.posts(ORDERS) if words in str(message.blocks)]


async def rows(world: World) -> list[SalePeriodExtension]:
    async with world.db.read() as session:
        return list(await session.scalars(select(SalePeriodExtension).order_by(col(SalePeriodExtension.old_end))))


async def states(world: World) -> list[ExtensionState]:
    return [row.state for row in await rows(world)]


async def press(world: World, message: Message, action: str, deal: Listing, user: str = MINJI) -> None:
    """Presses the button of one deal in a message."""
    action_id = f"{action}#{deal.deal_no}"
    await world.slack.click(user, channel=message.channel, ts=message.ts, action_id=action_id)
    await world.settle()
