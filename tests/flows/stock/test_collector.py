"""Stock against the sandbox: what is sold, restored, pushed, held back and reported."""

import asyncio
from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.faults import Mode
from tests.flows.stock.shop import LIVING, Shop, change
from tests.flows.switches import turn
from tmon.api import PartnerRejected, Rejected, Throttled, VendorRejected
from tmon.api.endpoints import TOKEN
from tmon.collection.coordinator import Coordinator
from tmon.errors import AppError
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.products.repository import insert_seen
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService


async def test_the_first_number_is_raised_only_when_what_was_ordered_before_is_known(shop: Shop) -> None:
    """A sale of a minute ago is gone at TMON and in no list: whoever counts does not know of it."""
    shop.towel.stock = 10
    shop.world.tmon.sell(shop.towel.option_no)
    await shop.know(shop.towels)
    await shop.count(20)
    await shop.sync()
    assert shop.sent() == []
    await shop.later()
    assert await shop.left() == 19
    await shop.sync()
    assert shop.towel.stock == 19


async def test_lowering_does_not_wait(shop: Shop) -> None:
    shop.towel.stock = 10
    await shop.know(shop.towels)
    await shop.count(4)
    await shop.sync()
    assert shop.towel.stock == 4
    assert shop.sent() == [{"dealOptions": [{"vendorDealOptionNo": shop.towel.vendor_option_no, "stock": 4}]}]


async def test_only_differences_are_pushed(shop: Shop) -> None:
    await shop.ready()
    for _ in range(3):
        await shop.later(timedelta(minutes=10))
        await shop.sync()
    assert shop.sent() == []


async def test_switched_off_no_call_leaves(shop: Shop) -> None:
    await shop.ready()
    await shop.count(100)
    await turn(shop.world, shop.store, ApiGroup.STOCK, on=False)
    shop.world.tmon.calls.clear()
    await shop.world.collect(STOCK)
    with pytest.raises(AppError):
        await shop.sync()
    assert [call.name for call in shop.world.tmon.calls] == []
    await turn(shop.world, shop.store, ApiGroup.STOCK, on=True)
    await shop.world.collect(STOCK)
    assert shop.towel.stock == 100


async def test_switched_off_between_reading_and_pushing(shop: Shop) -> None:
    await shop.ready()
    await shop.count(100)

    async def switch_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            await change(shop, stock_on=False)

    shop.world.tmon.on_call = switch_off
    await shop.sync()
    assert shop.sent() == []
    shop.world.tmon.on_call = None
    await change(shop, stock_on=True)
    await shop.sync()
    assert shop.towel.stock == 100


async def test_one_option_is_refused_inside_a_good_answer(shop: Shop) -> None:
    await shop.ready()
    other = list(shop.towels.options.values())[1]
    assert shop.towel.vendor_option_no is not None
    await shop.count(100)
    await shop.count(50, other)
    shop.world.tmon.faults.failing_options.add(shop.towel.vendor_option_no)
    done = await shop.sync()
    assert (done.counts["pushed"], done.counts["refused"]) == (1, 1)
    assert (shop.towel.stock, other.stock) == (300, 50)
    assert len(shop.told("재고를 변경하지 못했습니다")) == 1
    await shop.sync()
    assert len(shop.told("재고를 변경하지 못했습니다")) == 1
    shop.world.tmon.faults.failing_options.clear()
    await shop.sync()
    assert shop.towel.stock == 100
    assert (await shop.link()).problem is None


async def test_too_many_calls(shop: Shop) -> None:
    await shop.ready()
    await shop.count(100)
    shop.world.tmon.faults.mode, shop.world.tmon.faults.only = "throttled", {"deals.stock"}
    done = await shop.sync()
    assert isinstance(done.error, Throttled)
    assert shop.towel.stock == 300
    shop.world.tmon.faults.clear()
    await shop.sync()
    assert shop.towel.stock == 100


@pytest.mark.parametrize("mode", ["hang_after_write", "empty"])
async def test_an_answer_that_never_came_after_the_push_took_effect(shop: Shop, mode: Mode) -> None:
    await shop.ready()
    await shop.count(400)
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {"deals.stock"}, 1
    assert (await shop.sync()).counts["unclear"] == 1
    shop.world.clock.advance(timedelta(minutes=1))
    shop.world.tmon.sell(shop.towel.option_no)
    await shop.sync()  # 399: more than before, so it did
    await shop.sync()
    assert (shop.towel.stock, len(shop.sent())) == (399, 1)
    await shop.later()
    await shop.sync()
    assert (shop.towel.stock, await shop.left(), len(shop.sent())) == (399, 399, 1)


async def test_an_answer_that_never_came_and_nothing_happened(shop: Shop) -> None:
    """300 may mean that it did not arrive, or that a hundred were sold since: orders tell."""
    await shop.ready()
    await shop.count(400)
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.times = "hang", {"deals.stock"}, 1
    assert (await shop.sync()).counts["unclear"] == 1
    await shop.sync()
    assert len(shop.sent()) == 1
    await shop.later()
    await shop.sync()
    assert shop.towel.stock == 400


async def test_a_push_that_is_not_sent_forgets_no_other_one(shop: Shop) -> None:
    """One option's push is unanswered, another's of the same deal is refused entrance: the first stays an open question."""
    await shop.ready(50, 50)
    other = list(shop.towels.options.values())[1]
    other.stock = 50
    await shop.count(50, other)
    await shop.sync()
    await shop.later()
    await shop.sync()
    faults = shop.world.tmon.faults
    await shop.count(100)
    faults.mode, faults.only, faults.times = "hang_after_write", {"deals.stock"}, 1
    await shop.sync()
    shop.world.clock.advance(timedelta(minutes=1))
    shop.world.tmon.sell(shop.towel.option_no, 60)
    await shop.count(20, other)
    faults.mode, faults.only, faults.times = "throttled", {"deals.stock"}, 1
    assert isinstance((await shop.sync()).error, Throttled)
    await shop.sync()
    assert (shop.towel.stock, other.stock) == (40, 20)  # the sixty are not on sale again
    for _ in range(3):
        await shop.later()
        await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (40, 40)


async def test_a_deal_that_is_gone_does_not_keep_another_from_being_raised(shop: Shop) -> None:
    """Two deals sell one SKU and TMON deletes one of them: once its last orders are collected, nothing of it is in flight."""
    await shop.ready(10, 10)
    second = next(d for d in shop.world.tmon.deals.values() if d.vendor_deal_no and d is not shop.towels)
    option = next(iter(second.options.values()))
    await shop.know(second)
    await shop.sync()
    stock = shop.world.bot.services[StockService]
    await stock.map(shop.person, shop.store.id, second.deal_no, option.option_no, shop.towel.vendor_option_no or "")
    await shop.sync()
    await shop.later()
    await shop.sync()
    shop.world.clock.advance(timedelta(minutes=1))
    shop.world.tmon.sell(option.option_no, 3)
    second.deleted = True
    await shop.sync()
    await shop.count(30)
    await shop.sync()
    assert shop.towel.stock == 10  # what was sold of the other before it went is not known yet
    await shop.later()
    await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (27, 27)


async def test_a_deal_that_is_gone_holds_up_nothing(shop: Shop) -> None:
    await shop.ready()
    gone = next(deal for deal in shop.world.tmon.deals.values() if deal is not shop.towels)
    gone.deleted = True
    await shop.know(gone)
    await shop.count(100)
    done = await shop.sync()
    assert (done.counts["unread"], shop.towel.stock) == (1, 100)
    shop.world.tmon.calls.clear()
    await shop.sync()
    assert [call.path for call in shop.world.tmon.calls_of("deals.get") if str(gone.deal_no) in call.path] == []


async def test_a_run_with_nothing_to_ask_closes_no_incident(shop: Shop) -> None:
    incidents = shop.world.bot.services[IncidentService]
    async with shop.world.db.write() as session:
        refused = VendorRejected(TOKEN.name, status=401)
        await incidents.on_failure(session, shop.store, ORDERS, refused, None, shop.world.clock())
    await shop.sync()
    [facts] = await incidents.open_and_recent(shop.store.team_id)
    assert facts.incident.closed_at is None
    await shop.ready()
    [facts] = await incidents.open_and_recent(shop.store.team_id)
    assert facts.incident.closed_at is not None


async def test_deals_that_cannot_be_read_at_all_are_a_failure(shop: Shop) -> None:
    """Nothing read is not a success: what TMON says instead comes to people as an incident."""
    await shop.ready()
    faults = shop.world.tmon.faults
    faults.mode, faults.only = "error_500_json", {"deals.get"}
    done = await shop.sync()
    assert isinstance(done.error, Rejected)


async def test_a_store_that_is_removed_meanwhile_is_no_failure(shop: Shop) -> None:
    await shop.ready()
    await shop.count(100)

    async def remove(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            await change(shop, removed_at=shop.world.clock())

    shop.world.tmon.on_call = remove
    done = await shop.sync()
    assert (done.error, shop.sent()) == (None, [])


async def test_slow_answers_about_deals_do_not_hold_up_orders(shop: Shop) -> None:
    await shop.ready()
    world, release, asked = shop.world, asyncio.Event(), asyncio.Semaphore(0)
    names = [f"st_{n}" for n in range(8)]
    stores = [await world.add_store(id=n, seller_id=n, name=n, name_key=n, stock_on=True) for n in names]
    deal = {"deal_no": shop.towels.deal_no, "title": ""}
    async with world.db.write() as session:
        for store in stores:
            await insert_seen(session, store, [deal], world.clock())

    async def hang(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            asked.release()
            await release.wait()

    world.tmon.on_call = hang
    await world.bot.services[Coordinator].tick(STOCK)
    for _ in stores:
        await asked.acquire()
    collector = world.bot.services[Coordinator]
    try:
        async with asyncio.timeout(20):
            await collector.collect_now(shop.store.team_id, shop.store.id, ORDERS, MINJI)
    finally:
        release.set()
        await world.bot.engine.drain()


async def test_a_refused_key_ends_the_run(shop: Shop) -> None:
    await shop.ready()
    shop.world.tmon.revoke_key(LIVING.partner_id)
    done = await shop.sync()
    assert isinstance(done.error, PartnerRejected)
    async with shop.world.db.read() as session:
        store = await session.get_one(Store, (shop.store.team_id, shop.store.id))
    assert store.state is StoreState.KEY_REJECTED


async def test_a_store_that_is_not_approved_says_so(shop: Shop) -> None:
    await shop.ready()
    await change(shop, state=StoreState.KEY_REJECTED)
    with pytest.raises(AppError, match=r"collect\.inactive"):
        await shop.sync()
