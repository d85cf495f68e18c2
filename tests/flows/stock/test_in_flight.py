"""What is gone at TMON and not collected yet."""

from datetime import timedelta

from sqlalchemy import select

from tests.flows.stock.shop import Shop
from tmon.models.stock import StockMovement


async def test_what_is_sold_is_taken_off_once_and_never_put_back(shop: Shop) -> None:
    await shop.ready()
    order = shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (298, 300)
    await shop.later()
    await shop.later(timedelta(minutes=5))
    assert await shop.left() == 298
    await shop.sync()
    assert shop.sent() == []
    async with shop.world.db.read() as session:
        (movement,) = await session.scalars(select(StockMovement))
    assert (movement.order_no, movement.quantity) == (order.order_no, 2)


async def test_a_count_leaves_out_what_is_in_flight(shop: Shop) -> None:
    await shop.ready()
    shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.count(500)
    await shop.sync()
    assert shop.towel.stock == 498
    await shop.later()
    assert await shop.left() == 498
    await shop.sync()
    assert len(shop.sent()) == 1


async def test_what_nothing_explains_is_reported_after_forty_minutes_and_left_alone(shop: Shop) -> None:
    await shop.ready()
    shop.towel.stock = 295  # somebody at the partner centre
    await shop.sync()
    await shop.later(timedelta(minutes=39))
    await shop.sync()
    assert shop.told("맞지") == []
    await shop.later(timedelta(minutes=2))
    await shop.sync()
    assert len(shop.told("맞지")) == 1
    await shop.count(400)
    await shop.sync()
    assert (shop.towel.stock, shop.sent()) == (295, [])


async def test_sales_of_a_busy_hour_are_no_mismatch(shop: Shop) -> None:
    await shop.ready()
    for _ in range(12):
        shop.world.tmon.sell(shop.towel.option_no)
        await shop.later(timedelta(minutes=10))
        await shop.sync()
    assert shop.told("맞지") == []
    assert shop.sent() == []


async def test_all_of_it_sold_before_the_lost_answer_was_missed(shop: Shop) -> None:
    await shop.ready(stock=10, at_tmon=10)
    await shop.count(12)
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.times = "hang_after_write", {"deals.stock"}, 1
    await shop.sync()
    shop.world.clock.advance(timedelta(minutes=1))
    shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.sync()
    assert shop.towel.stock == 10  # as before the push, and yet nothing may be pushed
    await shop.later()
    await shop.sync()
    await shop.sync()
    assert (shop.towel.stock, await shop.left(), len(shop.sent())) == (10, 10, 1)
