"""Which option sells which SKU."""

import pytest

from tests.flows.stock.shop import Shop
from tmon.errors import AppError
from tmon.stock.service import StockService
from tmon.stock.summary import UnsyncedReason


async def test_two_deals_that_sell_one_thing(shop: Shop) -> None:
    await shop.ready()
    other = list(shop.towels.options.values())[1]
    other.stock = 300
    code = shop.towel.vendor_option_no
    assert code is not None
    await shop.world.bot.services[StockService].map(
        shop.person, shop.store.id, shop.towels.deal_no, other.option_no, code
    )
    await shop.sync()
    await shop.later()
    shop.world.tmon.sell(other.option_no, 10)
    await shop.sync()
    assert (shop.towel.stock, other.stock) == (290, 290)
    await shop.later()
    await shop.sync()
    assert (shop.towel.stock, other.stock, await shop.left()) == (290, 290, 290)


async def test_options_without_keys_are_not_touched_and_say_why(shop: Shop) -> None:
    elsewhere = next(deal for deal in shop.world.tmon.deals.values() if deal.vendor_deal_no is None)
    await shop.know(elsewhere)
    await shop.sync()
    _, page = await shop.world.bot.services[StockService].unmapped(shop.store.team_id, shop.store.id, 0)
    assert {facts.unsynced_reason for facts in page.items} == {UnsyncedReason.NO_KEY}
    with pytest.raises(AppError, match=r"stock\.why_no_key"):
        await shop.world.bot.services[StockService].map(
            shop.person, shop.store.id, elsewhere.deal_no, next(iter(elsewhere.options)), "A-1"
        )


async def test_a_deal_that_the_list_of_deals_has_read_is_mapped_by_the_next_sync(shop: Shop) -> None:
    """Whoever reads a deal first, its options sell the SKUs of equal codes."""
    shop.towel.stock = 300
    await shop.know(shop.towels)
    await shop.world.run_job("read deals")
    await shop.count(100)
    async with shop.world.db.write() as session:
        await session.delete(await shop.link())
    await shop.sync()
    assert (await shop.link()).sku_id
