"""People and the sync at the same stock in the same moment: whoever comes second waits, and nobody fails."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import col

from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stock.shop import LIVING, Shop
from tests.flows.world import World
from tmon.database import Database
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.stock.allocations import locked_skus
from tmon.stock.mapping import map_equal_codes
from tmon.stock.planning import links_of
from tmon.stock.service import StockService
from tmon.stock.sku_import import SkuRow


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised."""
    open_shop(world.tmon, LIVING)
    return Shop(world, await world.add_store(stock_on=True))


async def waits(db: Database, work: "asyncio.Task[Any]") -> None:
    """Returns when `work` waits for a transaction that is open. On SQLite writers queue in the process."""
    await asyncio.sleep(0)
    if db.engine.dialect.name == "sqlite":
        return
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    async with asyncio.timeout(10):
        while not work.done():
            async with db.read() as session:
                if await session.scalar(waiting):
                    return


@pytest.mark.parametrize("what", ["apply", "remove"])
async def test_a_person_changes_skus_while_the_sync_plans(shop: Shop, what: str) -> None:
    """The sync locks links and then their SKUs; so does whoever begins with SKUs."""
    await shop.ready()
    shop.world.tmon.sell(shop.towel.option_no)
    other = list(shop.towels.options.values())[1]
    shop.world.tmon.sell(other.option_no)
    await shop.later()
    stock, sku_id = shop.world.bot.services[StockService], (await shop.link()).sku_id

    async def act() -> None:
        if what == "remove":
            await stock.remove(shop.person, shop.store.id, sku_id)
            return
        codes = [option.vendor_option_no or "" for option in (shop.towel, other)]
        await stock.apply(shop.person, shop.store.id, [SkuRow(1, code, stock=7) for code in codes], source="file")

    async with shop.world.db.write() as session:
        await links_of(session, shop.store, col(OptionLink.deal_no) == shop.towels.deal_no)
        acting = asyncio.create_task(act())
        await waits(shop.world.db, acting)
        await locked_skus(session, shop.store.team_id, shop.store.id, [sku_id])
    await acting
    async with shop.world.db.read() as session:
        left = list(await session.scalars(select(col(Sku.stock))))
    assert left == ([7, 7] if what == "apply" else [])


@pytest.mark.parametrize("who", ["sync", "person"])
async def test_one_option_is_mapped_twice_at_once(shop: Shop, who: str) -> None:
    await shop.ready()
    other = list(shop.towels.options.values())[1]
    now = shop.world.clock()
    team_id, store_id = shop.store.team_id, shop.store.id
    async with shop.world.db.write() as session:
        code = other.vendor_option_no or ""
        session.add(
            Sku(
                team_id=team_id,
                store_id=store_id,
                id="sk_other",
                code=code,
                stock=other.stock,
                counted_at=now,
                updated_at=now,
            )
        )

    def act() -> Awaitable[Any]:
        return shop.sync() if who == "sync" else shop.count(9, other)

    async with shop.world.db.write() as session:
        await session.get_one(Store, (team_id, store_id), with_for_update=True)
        assert await map_equal_codes(session, shop.store) == 1
        await session.flush()
        acting = asyncio.ensure_future(act())
        await waits(shop.world.db, acting)
    await acting
    if who == "sync":
        assert acting.result().error is None
    async with shop.world.db.read() as session:
        assert len(list(await session.scalars(select(OptionLink)))) == 2
