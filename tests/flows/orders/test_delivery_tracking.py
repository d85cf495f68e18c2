"""A delivery is noticed, and the buyer's data go the set number of days after it."""

from datetime import timedelta
from typing import Any

from tests.flows.cards import card_of, press, shows
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store


async def look(world: World) -> None:
    """The daily jobs."""
    for name in ("look for deliveries", "destroy buyers' data"):
        await next(job for job in world.bot.jobs if job.name == name).run()


async def test_buyers_data_go_after_delivery(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    other = world.tmon.new_order(store.seller_id, deals=1)
    for number in (order.order_no, other.order_no):
        world.tmon.move_to(number, "D2")
    await world.collect()
    world.clock.advance(timedelta(days=3))
    world.tmon.move_to(order.order_no, "D5")
    world.clock.advance(timedelta(hours=1))
    await look(world)
    kept = await world.order(store, order.order_no)
    assert kept.closed_at is not None
    assert world.clock() - kept.closed_at < timedelta(hours=2)
    assert (await world.order(store, other.order_no)).closed_at is None
    world.clock.advance(timedelta(days=world.settings.personal_data_days))
    await look(world)
    assert (await world.order(store, order.order_no)).buyer is None
    assert (await world.order(store, other.order_no)).buyer is not None


async def test_nothing_is_asked_with_the_switch_off_or_with_nothing_to_ask(world: World) -> None:
    store = await world.add_store()
    await look(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).order_on = False
    await look(world)
    assert world.tmon.calls_of("orders.search") == []


async def test_tmon_down_waits_for_the_next_day(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    world.clock.advance(timedelta(days=1))
    world.tmon.move_to(order.order_no, "D5")
    world.tmon.faults.mode = "html_503"
    await look(world)
    assert (await world.order(store, order.order_no)).closed_at is None
    world.tmon.faults.clear()
    world.clock.advance(timedelta(days=1))
    await look(world)
    assert (await world.order(store, order.order_no)).closed_at is not None


async def test_deal_cancelled_after_confirmation_returns_to_stock_and_shows(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    gone, left = order.deals
    now = world.clock()
    async with world.db.write() as session:
        for deal in order.deals:
            place: dict[str, Any] = {"team_id": store.team_id, "store_id": store.id}
            code = str(deal.deal_no)
            session.add(Sku(**place, id=code, code=code, stock=50, counted_at=now - timedelta(days=1), updated_at=now))
            for option in deal.options:
                session.add(OptionLink(**place, deal_no=deal.deal_no, option_no=option.option_no, sku_id=code))

    async def stock() -> list[int]:
        async with world.db.read() as session:
            skus = [await session.get_one(Sku, (store.team_id, store.id, str(deal.deal_no))) for deal in order.deals]
        return [sku.stock for sku in skus]

    await world.collect()
    await press(world, world.owner, await card_of(world, store.id, order))
    sold = [sum(option.qty for option in deal.options) for deal in order.deals]
    assert await stock() == [50 - sold[0], 50 - sold[1]]
    world.clock.advance(timedelta(minutes=1))
    claim = world.tmon.buyer_cancels(order.order_no, deal_no=gone.deal_no)
    assert claim is not None
    world.tmon.complete_cancel(claim.claim_no)
    world.clock.advance(timedelta(hours=1))
    await look(world)
    await world.settle()
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert await stock() == [50, 50 - sold[1]]
    assert f"🚫 *{gone.title}*" in shows(await card_of(world, store.id, order))
    assert f"🚫 *{left.title}*" not in shows(await card_of(world, store.id, order))
