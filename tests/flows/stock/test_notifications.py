"""What the channel is told of stock."""

from datetime import timedelta

from tests.flows.stock.shop import Shop
from tmon.stock.notifications import SHOWN


async def test_safety_stock_is_not_offered_and_the_channel_hears_of_shortage_once(shop: Shop) -> None:
    await shop.ready()
    await shop.count(12, safety=2, low_at=12)
    await shop.sync()
    assert shop.towel.stock == 10
    assert len(shop.told("얼마 남지")) == 1
    await shop.later(timedelta(minutes=10))
    await shop.sync()
    assert len(shop.told("얼마 남지")) == 1
    await shop.count(1)
    await shop.sync()
    assert shop.towel.stock == 0
    assert len(shop.told("품절")) == 1


async def test_many_shortages_are_one_message(shop: Shop) -> None:
    deals = list(shop.world.tmon.deals.values())
    options = [option for deal in deals for option in deal.options.values() if option.vendor_option_no]
    assert len(options) > SHOWN
    await shop.know(*deals)
    await shop.sync()
    for option in options:
        await shop.count(0, option)
    await shop.sync()
    [told] = shop.told("품절")
    assert f"SKU {len(options)}개" in told
    assert f"외 SKU {len(options) - SHOWN}개" in told


async def test_many_refusals_are_one_message(shop: Shop) -> None:
    """TMON refuses every deal's stock: the channel reads it once."""
    deals = [deal for deal in shop.world.tmon.deals.values() if deal.vendor_deal_no]
    options = [option for deal in deals for option in deal.options.values() if option.vendor_option_no]
    await shop.know(*deals)
    await shop.sync()
    for option in options:
        await shop.count(0, option)
    faults = shop.world.tmon.faults
    faults.mode, faults.only = "error_500_json", {"deals.stock"}
    done = await shop.sync()
    assert len(deals) > 1
    [told] = shop.told("재고 변경을 거절")
    assert f"옵션 {done.counts['refused']}개" in told
