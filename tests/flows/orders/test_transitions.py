"""What TMON did to an order that we keep."""

import asyncio

from bot.playground.tmon import buyer_cancels, complete_claim
from handlers.orders.ids import OrderAction
from handlers.products.ids import ProductAction
from handlers.waybills.ids import WaybillAction
from tests.flows.cards import action, buttons, card_of, reports, shows
from tests.flows.orders.collecting import again
from tests.flows.orders.pressing import one_order
from tests.flows.world import World
from tmon.api import DeliveryStatus
from tmon.models.orders import OrderState
from tmon.orders.transitions import load, load_one


async def test_confirmed_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.move_to(order.order_no, DeliveryStatus.D2)
    await again(world)
    card = await card_of(world, store.id, order)
    assert "티몬에서 이미 발주확인" in shows(card)
    assert OrderAction.CONFIRM not in {one.partition("#")[0] for one in buttons(card.blocks)}
    assert action(card.blocks, WaybillAction.REGISTER), "it is to be shipped from here"
    assert "티몬에서 발주확인됨 1건" in (await reports(world))[-1]


async def test_shipped_at_tmon_where_no_list_shows_it_any_more(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.move_to(order.order_no, DeliveryStatus.D3)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.confirmed_by) == (OrderState.CONFIRMED, "tmon")
    found = {one.partition("#")[0] for one in buttons((await card_of(world, store.id, order)).blocks)}
    assert found == {WaybillAction.TRACK, WaybillAction.RECIPIENT, ProductAction.OPEN}


async def test_cancelled_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    claim = buyer_cancels(world.tmon, order.order_no)
    assert claim is not None
    await again(world)
    assert (await world.order(store, order.order_no)).state is OrderState.NEW
    complete_claim(world.tmon, claim.claim_no)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.closed_at) == (OrderState.CANCELLED, world.clock())
    card = await card_of(world, store.id, order)
    assert "구매자가 취소한" in shows(card)
    assert buttons(card.blocks) == []
    assert "취소 1건" in (await reports(world))[-1]
    said = len(await reports(world))
    await again(world)
    assert len(await reports(world)) == said


async def test_partly_cancelled_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    claim = buyer_cancels(world.tmon, order.order_no, deal_no=order.deals[0].deal_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    await again(world)
    kept = await world.order(store, order.order_no)
    assert (kept.state, kept.amount) == (OrderState.NEW, sum(o.price * o.qty for o in order.deals[1].options))
    assert f"🚫 *{order.deals[0].title}*" in shows(await card_of(world, store.id, order))


async def test_address_changed_at_tmon(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    await world.collect()
    world.tmon.change_address(order.order_no)
    await again(world)
    assert "배송지가 변경" in shows(await card_of(world, store.id, order))
    assert "내용 변경 1건" in (await reports(world))[-1]
    assert order.address.detail not in shows(await card_of(world, store.id, order)) or not order.address.detail


async def test_an_order_that_is_being_changed_is_loaded_by_nobody_else_meanwhile(world: World) -> None:
    store, order, _ = await one_order(world)
    began, may_end = asyncio.Event(), asyncio.Event()

    async def change() -> None:
        async with world.db.write() as session:
            kept, _ = await load_one(session, store.team_id, store.id, order.order_no)
            began.set()
            await may_end.wait()
            kept.note = "orders.note_down"

    async def read_and_change() -> str | None:
        await began.wait()
        async with world.db.write() as session:
            return (await load(session, store.team_id, store.id, [order.order_no], lock=True))[order.order_no][0].note

    first, second = asyncio.create_task(change()), asyncio.create_task(read_and_change())
    await began.wait()
    await asyncio.sleep(0.1)
    assert not second.done()
    may_end.set()
    await first
    assert await second == "orders.note_down"
