"""A store whose stock is synchronised, and its deals at TMON."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from bot.playground.tmon.deal_listings import ListedOption, Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.world import World
from tmon.collection.coordinator import CollectResult, Coordinator
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.products.repository import insert_seen
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService
from tmon.stock.sku_import import SkuRow

LIVING = DEMO_PARTNERS[0]
QUIET = timedelta(minutes=36)
"""Long enough for everything ordered before to have been collected."""


class Shop:
    """A store with stock sync, and its deals at TMON."""

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        self.store = store
        self.person = Person(store.team_id, MINJI, is_admin=True)

    @property
    def towels(self) -> Listing:
        """A deal of four options with keys."""
        return next(deal for deal in self.world.tmon.deals.values() if "호텔수건" in deal.title)

    @property
    def towel(self) -> ListedOption:
        """Its first option."""
        return next(iter(self.towels.options.values()))

    async def know(self, *deals: Listing) -> None:
        """The bot hears of deals."""
        async with self.world.db.write() as session:
            for deal in deals:
                seen = [{"deal_no": deal.deal_no, "title": deal.title}]
                await insert_seen(session, self.store, seen, self.world.clock())

    async def count(self, stock: int, option: ListedOption | None = None, **more: Any) -> None:
        """Somebody counts what an option sells; its SKU has the option's key as code."""
        key = (option or self.towel).vendor_option_no
        assert key is not None
        row = SkuRow(1, key, stock=stock, **more)
        await self.world.bot.services[StockService].apply(self.person, self.store.id, [row], source="form")

    async def sync(self) -> CollectResult:
        """One run, and what it tells."""
        done = await self.world.bot.services[Coordinator].collect_now(
            self.store.team_id, self.store.id, STOCK, self.person.user_id
        )
        await self.world.settle()
        return done

    async def later(self, by: timedelta = QUIET) -> None:
        """Time passes, with a collection at its end."""
        self.world.clock.advance(by)
        await self.world.collect()

    async def ready(self, stock: int = 300, at_tmon: int = 300) -> None:
        """A towel that is counted, mapped and read, with everything ordered before collected."""
        self.towel.stock = at_tmon
        await self.know(self.towels)
        await self.count(stock)
        await self.sync()
        await self.later()
        await self.sync()

    async def link(self) -> OptionLink:
        """The towel's link."""
        async with self.world.db.read() as session:
            return await session.get_one(
                OptionLink, (self.store.team_id, self.store.id, self.towels.deal_no, self.towel.option_no)
            )

    async def left(self, option: ListedOption | None = None) -> int:
        """What our ledger says is left."""
        async with self.world.db.read() as session:
            sku = await session.scalar(select(Sku).where(col(Sku.code) == (option or self.towel).vendor_option_no))
        assert sku is not None
        return sku.stock

    def sent(self) -> list[Any]:
        """Bodies of the stock calls."""
        return [call.body for call in self.world.tmon.calls_of("deals.stock")]

    def told(self, words: str) -> list[str]:
        """Messages in the store's channel that hold these words."""
        return [str(m.blocks) for m in self.world.posts(CHANNEL) if words in str(m.blocks)]


async def change(shop: Shop, **values: Any) -> None:
    """Sets columns of the store."""
    async with shop.world.db.write() as session:
        row = await session.get_one(Store, (shop.store.team_id, shop.store.id))
        for name, value in values.items():
            setattr(row, name, value)
