"""A store whose stock is synchronised."""

import pytest

from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stock.selling import options
from tests.flows.stock.shop import LIVING, Shop
from tests.flows.world import World


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised."""
    open_shop(world.tmon, LIVING)
    return Shop(world, await world.add_store(stock_on=True))


@pytest.fixture
async def read_shop(world: World) -> Shop:
    """A store whose stock is synchronised, with a deal that was read."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    await shop.know(shop.towels)
    await shop.sync()
    return shop


@pytest.fixture
async def shop_in_step(world: World) -> Shop:
    """A store whose stock is synchronised: every option of the towels is counted, mapped and in step."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    await shop.know(shop.towels)
    for option in options(shop.towels):
        await shop.count(option.stock, option)
    await shop.sync()
    await shop.later()
    await shop.sync()
    world.tmon.calls.clear()
    return shop
