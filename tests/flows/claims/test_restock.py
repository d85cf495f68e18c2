"""재고에 더하기: what a claim or an immediate cancel does to a SKU."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import buyer_claims
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.claims.acting import card, labels, press, send
from tests.flows.claims.test_sold_out import WHY, choose, open_form
from tests.flows.orders.pressing import card as order_card
from tests.flows.stock.shop import LIVING, Shop
from tests.flows.world import World
from tmon.models.stock import Sku


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose towels are counted and linked: 10 of the first option."""
    open_shop(world.tmon, world.tmon.partners[LIVING.partner_id])
    store = await world.add_store(registered_by=MINJI, stock_on=True)
    made = Shop(world, store)
    await made.ready(stock=10, at_tmon=10)
    return made


async def stock(shop: Shop) -> int:
    """Units of the first option's SKU."""
    async with shop.world.db.read() as session:
        skus = list(await session.scalars(select(Sku)))
    return next(sku.stock for sku in skus if sku.code == shop.towel.vendor_option_no)


@pytest.mark.parametrize(("restock", "left"), [("yes", 10), ("no", 8)])
async def test_sold_out_units_go_on_sale_again_only_on_request(shop: Shop, restock: str, left: int) -> None:
    order = shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.later()
    assert await stock(shop) == 8
    await open_form(shop.world, order_card(shop.world, order), MINJI)
    assert "재고에 더하기" in labels(shop.world.modal(MINJI))
    await choose(shop.world, f"{order.deals[0].deal_no}-{shop.towel.option_no}")
    await send(shop.world, {**WHY, "restock": restock}, MINJI)
    assert await stock(shop) == left
    await shop.later(timedelta(minutes=5))
    await shop.world.collect("claims")
    assert await stock(shop) == left, "and stays so when the cancel is collected"


async def test_a_cancel_that_failed_gives_back_what_was_kept_off_sale(shop: Shop) -> None:
    order = shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.later()
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.times = "error_500_json", {"cancellations.create"}, 1
    await open_form(shop.world, order_card(shop.world, order), MINJI)
    await choose(shop.world, f"{order.deals[0].deal_no}-{shop.towel.option_no}")
    await send(shop.world, WHY, MINJI)
    assert await stock(shop) == 8


@pytest.mark.parametrize(("restock", "left"), [("yes", 10), ("no", 8)])
async def test_returned_goods_go_on_sale_again_only_on_request(shop: Shop, restock: str, left: int) -> None:
    world = shop.world
    order = world.tmon.sell(shop.towel.option_no, 2)
    await shop.later()
    world.tmon.move_to(order.order_no, "D5")
    claim = buyer_claims(world.tmon, "R", order.order_no)
    assert claim is not None
    claim.lines = {order.deals[0].deal_no: {shop.towel.option_no: 2}}
    await shop.later(timedelta(minutes=5))
    await world.collect("claims")
    await press(world, await card(world, shop.store, claim), "반품 승인", MINJI)
    assert labels(world.modal(MINJI))[-1] == "재고에 더하기"
    await send(world, {"restock": restock}, MINJI)
    assert await stock(shop) == left
