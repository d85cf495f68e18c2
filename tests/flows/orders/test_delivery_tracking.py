"""A delivery is noticed, and the buyer's data go the set number of days after it."""

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import CallPhase, LoggedCall, PlacedOrder, buyer_cancels, complete_claim
from tests.flows.cards import card_of, posted, press, shows
from tests.flows.world import World
from tests.refusing import accept, refuse
from tmon.claims.collector import CLAIMS
from tmon.models.orders import DealState, OrderDeal, OrderState
from tmon.models.stock import OptionLink, Sku
from tmon.models.stores import Store
from tmon.stock.allocations import sync_deal


async def look(world: World) -> None:
    """The job that follows orders, and the daily one that destroys."""
    for name in ("look for deliveries", "destroy buyers' data"):
        await world.run_job(name)


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


async def test_tmon_down_waits_for_the_next_look(world: World) -> None:
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


async def confirmed_in(world: World, partner: int) -> tuple[Store, PlacedOrder]:
    """A store with a confirmed order that TMON has delivered by now."""
    store = await world.add_store(partner=partner)
    order = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    world.tmon.move_to(order.order_no, "D5")
    return store, order


async def test_store_that_cannot_be_asked_at_all_keeps_no_other_from_its_turn(world: World) -> None:
    store, order = await confirmed_in(world, 0)
    bad, _ = await confirmed_in(world, 1)
    async with world.db.write() as session:
        (await session.get_one(Store, (bad.team_id, bad.id))).credentials = None
    world.clock.advance(timedelta(days=1))
    await world.run_job("look for deliveries")
    assert (await world.order(store, order.order_no)).closed_at is not None


async def test_store_whose_tmon_hangs_does_not_hold_up_the_others(world: World) -> None:
    placed = [await confirmed_in(world, partner) for partner in (0, 1)]
    world.clock.advance(timedelta(days=1))
    both = asyncio.Barrier(2)
    met = set[str | None]()

    async def wait(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "orders.search" and phase is CallPhase.RECEIVED and call.partner_id not in met:
            met.add(call.partner_id)
            async with asyncio.timeout(1.5):
                await both.wait()

    world.tmon.on_call = wait
    await world.run_job("look for deliveries")
    for store, order in placed:
        assert (await world.order(store, order.order_no)).closed_at is not None


async def test_an_order_that_cannot_be_stored_keeps_no_other_from_being_followed(world: World) -> None:
    stores = [await world.add_store(partner=number) for number in range(2)]
    orders = [order for store in stores for order in world.tmon.new_orders(store.seller_id, 3)]
    for order in orders:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    world.clock.advance(timedelta(days=1))
    for order in orders:
        world.tmon.move_to(order.order_no, "D5")
    world.clock.advance(timedelta(hours=1))
    bad = orders[1].order_no
    await refuse(world.db, "orders", f"order_no = {bad}")
    await look(world)
    assert {one.order_no for one in await world.orders() if one.closed_at is None} == {bad}
    await accept(world.db, "orders")
    await look(world)
    assert all(one.closed_at is not None for one in await world.orders())


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
    claim = buyer_cancels(world.tmon, order.order_no, deal_no=gone.deal_no)
    assert claim is not None
    complete_claim(world.tmon, claim.claim_no)
    world.clock.advance(timedelta(hours=1))
    await world.collect(CLAIMS)
    assert (await world.order(store, order.order_no)).state is OrderState.CONFIRMED
    assert await stock() == [50, 50 - sold[1]]
    assert f"🚫 *{gone.title}*" in shows(await card_of(world, store.id, order))
    assert f"🚫 *{left.title}*" not in shows(await card_of(world, store.id, order))


async def on_their_way(world: World, count: int, status: str = "D3") -> tuple[Store, list[PlacedOrder]]:
    """A store with confirmed orders of one deal that are known to be in that state."""
    store = await world.add_store()
    orders = [world.tmon.new_order(store.seller_id, deals=1) for _ in range(count)]
    for order in orders:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    for order in orders:
        world.tmon.move_to(order.order_no, status)
    world.clock.advance(timedelta(hours=2))
    await follow(world)
    world.tmon.calls.clear()
    return store, orders


async def follow(world: World) -> None:
    """What looks every two hours."""
    await world.run_job("look for deliveries")
    await world.settle()


def job_seconds(world: World) -> float:
    return next(job for job in world.bot.jobs if job.name == "look for deliveries").every


async def stored_deal(world: World, order: PlacedOrder) -> OrderDeal:
    async with world.db.read() as session:
        return (await session.scalars(select(OrderDeal).where(col(OrderDeal.order_no) == order.order_no))).one()


async def test_an_order_is_followed_from_the_waybill_to_the_door_every_two_hours(world: World) -> None:
    assert job_seconds(world) == 2 * 60 * 60
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    await press(world, world.owner, await card_of(world, store.id, order))
    seen = []
    for status in ("D3", "D4", "D5"):
        world.clock.advance(timedelta(hours=2))
        world.tmon.move_to(order.order_no, status)
        moved_at = world.clock()
        world.clock.advance(timedelta(minutes=10))
        await follow(world)
        deal = await stored_deal(world, order)
        seen.append(deal.delivery_status)
        if status == "D3":
            assert deal.shipped_at == moved_at
            assert (await world.order(store, order.order_no)).shipped_at == moved_at
        if status == "D5":
            assert deal.delivered_at == moved_at
            assert (await world.order(store, order.order_no)).closed_at == moved_at
        word = {"D3": "송장 등록됨", "D4": "배송 중", "D5": "배송 완료"}[status]
        assert word in shows(await card_of(world, store.id, order))
    assert seen == ["D3", "D4", "D5"]
    assert len(await posted(world, "order/")) == 1, "the card is edited in place"


async def test_a_look_makes_three_calls_for_the_orders_of_a_week(world: World) -> None:
    await on_their_way(world, 12)
    await follow(world)
    asked = [(call.name, call.query["deliveryStatus"]) for call in world.tmon.calls if call.name != "token"]
    assert asked == [("orders.search", status) for status in ("D3", "D4", "D5")]


async def test_what_waits_to_be_shipped_is_not_read_singly(world: World) -> None:
    store = await world.add_store()
    for order in [world.tmon.new_order(store.seller_id, deals=1) for _ in range(5)]:
        world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    world.clock.advance(timedelta(hours=2))
    await follow(world)
    assert world.tmon.calls_of("orders.get") == []
    assert len(world.tmon.calls_of("orders.search")) == 3


async def test_weeks_without_orders_are_not_asked_about(world: World) -> None:
    store, _ = await on_their_way(world, 1)
    world.clock.advance(timedelta(days=30))
    late = world.tmon.new_order(store.seller_id, deals=1)
    world.tmon.move_to(late.order_no, "D2")
    await world.collect()
    world.clock.advance(timedelta(hours=2))
    world.tmon.calls.clear()
    await follow(world)
    assert len(world.tmon.calls_of("orders.search")) == 6


async def test_only_what_is_missing_from_every_list_is_read_singly(world: World) -> None:
    store, orders = await on_their_way(world, 3)
    gone = orders[1].order_no

    def leave_out(answer: dict[str, Any]) -> dict[str, Any]:
        return answer | {"items": [one for one in answer["items"] if one["tmonOrderNo"] != gone]}

    world.tmon.faults.rewrites["orders.search"] = leave_out
    world.tmon.move_to(gone, "D5")
    await follow(world)
    assert [call.path.rsplit("/", 1)[-1] for call in world.tmon.calls_of("orders.get")] == [str(gone)]
    assert (await world.order(store, gone)).closed_at is not None


async def test_a_list_without_the_deals_in_other_states_cancels_none(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=2)
    world.tmon.move_to(order.order_no, "D2")
    await world.collect()
    order.deals[0].status = "D3"

    def only_of_that_state(answer: dict[str, Any]) -> dict[str, Any]:
        items = [
            one | {"deals": [deal for deal in one["deals"] if deal["deliveryStatus"] != "D2"]}
            for one in answer["items"]
        ]
        return answer | {"items": [one for one in items if one["deals"]]}

    world.tmon.faults.rewrites["orders.search"] = only_of_that_state
    world.clock.advance(timedelta(hours=2))
    await follow(world)
    async with world.db.read() as session:
        deals = list(await session.scalars(select(OrderDeal).order_by(col(OrderDeal.position))))
    assert [deal.delivery_status for deal in deals] == ["D3", "D2"]
    assert all(deal.state is DealState.CONFIRMED for deal in deals)
    assert (await world.order(store, order.order_no)).shipped_at is None, "a deal waits"


async def test_one_store_that_fails_does_not_stop_the_next(world: World) -> None:
    first, orders = await on_their_way(world, 1)
    second = await world.add_store(partner=1)
    other = world.tmon.new_order(second.seller_id, deals=1)
    world.tmon.move_to(other.order_no, "D2")
    await world.collect()
    for order in (*orders, other):
        world.tmon.move_to(order.order_no, "D5")
    world.clock.advance(timedelta(hours=2))
    world.tmon.faults.mode, world.tmon.faults.partners = "html_502", {first.seller_id}
    await follow(world)
    assert (await world.order(first, orders[0].order_no)).closed_at is None
    assert (await world.order(second, other.order_no)).closed_at is not None


async def test_goods_that_came_back_are_for_sale_only_if_a_person_says_so(world: World) -> None:
    store, (order,) = await on_their_way(world, 1)
    (deal,) = order.deals
    async with world.db.write() as session:
        place: dict[str, Any] = {"team_id": store.team_id, "store_id": store.id}
        now = world.clock()
        session.add(Sku(**place, id="A", code="A", stock=50, counted_at=now - timedelta(days=9), updated_at=now))
        for option in deal.options:
            session.add(OptionLink(**place, deal_no=deal.deal_no, option_no=option.option_no, sku_id="A"))
        await session.flush()
        await sync_deal(session, store.team_id, store.id, deal.deal_no)

    async def stock() -> int:
        async with world.db.read() as session:
            return (await session.get_one(Sku, (store.team_id, store.id, "A"))).stock

    sold = sum(option.qty for option in deal.options)
    assert await stock() == 50 - sold
    world.tmon.faults.rewrites["orders.search"] = lambda answer: answer | {"items": []}
    world.tmon.faults.rewrites["orders.get"] = lambda answer: answer | {"deals": []}
    await follow(world)
    assert await stock() == 50 - sold
    ended = await world.order(store, order.order_no)
    assert (ended.state, ended.closed_at) == (OrderState.CONFIRMED, world.clock())
    world.tmon.calls.clear()
    await follow(world)
    assert not world.tmon.calls, "nothing of it is left to ask for"
