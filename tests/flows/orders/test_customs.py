"""Goods from abroad whose buyer gave no valid customs id (통관고유부호) say so where they are confirmed."""

import pytest
from sqlalchemy import update
from sqlmodel import col

from bot.playground.tmon import PlacedOrder
from tests.flows.cards import press, shows
from tests.flows.orders.pressing import card
from tests.flows.products.deals import read, shop
from tests.flows.world import World
from tmon.models.orders import Order, OrderDeal
from tmon.models.products import Deal
from tmon.models.stores import Store

MARK = "통관고유부호 확인 필요"
CUSTOMS_ID = "P123456789012"


async def order_of(world: World, customs_id: str | None, product_type: str | None) -> tuple[Store, PlacedOrder]:
    """A collected order of one deal. `product_type`: None while the deal was not read yet."""
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    order.deals[0].customs_id = customs_id
    async with world.db.write() as session:
        session.add(
            Deal(
                team_id=store.team_id,
                store_id=store.id,
                deal_no=order.deals[0].deal_no,
                product_type=product_type,
                known_since=world.clock(),
            )
        )
    await world.collect()
    return store, order


@pytest.mark.parametrize("product_type", ["DP02", "DP03"])
@pytest.mark.parametrize(
    "customs_id", [None, "", "P12345678901", "P1234567890123", "M123456789012", "p123456789012", "P１２３456789012"]
)
async def test_a_missing_or_malformed_id_of_goods_from_abroad_is_shown(
    world: World, customs_id: str | None, product_type: str
) -> None:
    _, order = await order_of(world, customs_id, product_type)
    shown = shows(card(world, order))
    assert MARK in shown
    assert customs_id is None or len(customs_id) < 5 or customs_id not in shown


@pytest.mark.parametrize(
    ("customs_id", "product_type"), [(CUSTOMS_ID, "DP03"), (f" {CUSTOMS_ID}", "DP02"), (None, "DP07"), (None, None)]
)
async def test_nothing_is_shown_of_a_good_id_or_of_other_goods(
    world: World, customs_id: str | None, product_type: str | None
) -> None:
    _, order = await order_of(world, customs_id, product_type)
    assert MARK not in shows(card(world, order))


async def test_it_is_shown_as_soon_as_the_deal_was_read(world: World) -> None:
    _, order = await order_of(world, None, None)
    async with world.db.write() as session:
        await session.execute(update(Deal).values(product_type="DP03"))
    await world.run_job("check customs ids")
    await world.settle()
    assert MARK in shows(card(world, order))


async def test_it_goes_when_the_buyer_gives_one_and_stays_out_of_the_facts(world: World) -> None:
    store, order = await order_of(world, None, "DP03")
    order.deals[0].customs_id = CUSTOMS_ID
    await press(world, world.owner, card(world, order))
    assert MARK not in shows(card(world, order))
    async with world.db.read() as session:
        facts = await session.get_one(Order, (store.team_id, store.id, order.order_no))
        deal = await session.get_one(OrderDeal, (store.team_id, store.id, order.order_no, order.deals[0].deal_no))
        assert CUSTOMS_ID not in str(facts.model_dump()) + str(deal.model_dump())


async def test_it_can_be_confirmed_all_the_same_and_is_shown_until_it_is_shipped(world: World) -> None:
    store, order = await order_of(world, None, "DP03")
    await press(world, world.owner, card(world, order))
    assert len(world.tmon.calls_of("orders.confirm")) == 1
    assert MARK in shows(card(world, order))
    async with world.db.write() as session:
        await session.execute(
            update(OrderDeal).where(col(OrderDeal.order_no) == order.order_no).values(delivery_status="D3")
        )
    await world.command(world.owner, f"orders {order.order_no}")
    assert MARK not in str(world.modal(world.owner).blocks)
    assert store.id


async def test_the_reading_of_a_deal_keeps_its_product_type(world: World) -> None:
    store = await shop(world)
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    await read(world)
    async with world.db.read() as session:
        deal = await session.get_one(Deal, (store.team_id, store.id, order.deals[0].deal_no))
    assert deal.product_type == order.deals[0].product_type
