"""Stock against the sandbox: what is sold, restored, pushed, held back and reported."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.deal_listings import ListedOption, Listing
from bot.playground.tmon.demo import DEMO_PARTNERS
from bot.playground.tmon.faults import Mode
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.switches import turn
from tests.flows.world import World
from tmon.api import PartnerRejected, Rejected, Throttled, VendorRejected
from tmon.api.endpoints import TOKEN
from tmon.collection.coordinator import CollectResult, Coordinator
from tmon.errors import AppError
from tmon.incidents.service import IncidentService
from tmon.models.collection import ORDERS
from tmon.models.stock import OptionLink, Sku, StockMovement
from tmon.models.stores import ApiGroup, Store, StoreState
from tmon.permissions import Person
from tmon.products.repository import insert_seen
from tmon.stock.collector import STOCK
from tmon.stock.notifications import SHOWN
from tmon.stock.service import StockService
from tmon.stock.sku_import import SkuRow
from tmon.stock.summary import UnsyncedReason

LIVING = DEMO_PARTNERS[0]
QUIET = timedelta(minutes=36)
"""Long enough for everything ordered before to have been collected."""


class Shop:
    """A store with stock sync, and its deals at TMON."""

    def __init__(self, world: World, store: Store) -> None:
        self.world = world
        self.store = store
        self.person = Person(store.team_id, MINJI, is_admin=True)

    @property
    def towels(self) -> Listing:
        """A deal of four options with keys."""
        return next(deal for deal in self.world.tmon.deals.values() if "호텔수건" in deal.title)

    @property
    def towel(self) -> ListedOption:
        """Its first option."""
        return next(iter(self.towels.options.values()))

    async def know(self, *deals: Listing) -> None:
        """The bot hears of deals."""
        async with self.world.db.write() as session:
            for deal in deals:
                seen = [{"deal_no": deal.deal_no, "title": deal.title}]
                await insert_seen(session, self.store, seen, self.world.clock())

    async def count(self, stock: int, option: ListedOption | None = None, **more: Any) -> None:
        """Somebody counts what an option sells; its SKU has the option's key as code."""
        key = (option or self.towel).vendor_option_no
        assert key is not None
        row = SkuRow(1, key, stock=stock, **more)
        await self.world.bot.services[StockService].apply(self.person, self.store.id, [row], source="form")

    async def sync(self) -> CollectResult:
        """One run, and what it tells."""
        done = await self.world.bot.services[Coordinator].collect_now(
            self.store.team_id, self.store.id, STOCK, self.person.user_id
        )
        await self.world.settle()
        return done

    async def later(self, by: timedelta = QUIET) -> None:
        """Time passes, with a collection at its end."""
        self.world.clock.advance(by)
        await self.world.collect()

    async def ready(self, stock: int = 300, at_tmon: int = 300) -> None:
        """A towel that is counted, mapped and read, with everything ordered before collected."""
        self.towel.stock = at_tmon
        await self.know(self.towels)
        await self.count(stock)
        await self.sync()
        await self.later()
        await self.sync()

    async def link(self) -> OptionLink:
        """The towel's link."""
        async with self.world.db.read() as session:
            return await session.get_one(
                OptionLink, (self.store.team_id, self.store.id, self.towels.deal_no, self.towel.option_no)
            )

    async def left(self, option: ListedOption | None = None) -> int:
        """What our ledger says is left."""
        async with self.world.db.read() as session:
            sku = await session.scalar(select(Sku).where(col(Sku.code) == (option or self.towel).vendor_option_no))
        assert sku is not None
        return sku.stock

    def sent(self) -> list[Any]:
        """Bodies of the stock calls."""
        return [call.body for call in self.world.tmon.calls_of("deals.stock")]

    def told(self, words: str) -> list[str]:
        """Messages in the store's channel that hold these words."""
        return [str(m.blocks) for m in self.world.posts(CHANNEL) if words in str(m.blocks)]


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised."""
    open_shop(world.tmon, LIVING)
    return Shop(world, await world.add_store(stock_on=True))


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


async def test_a_cancel_gives_back(shop: Shop) -> None:
    await shop.ready()
    order = shop.world.tmon.sell(shop.towel.option_no, 2)
    await shop.later()
    claim = shop.world.tmon.buyer_cancels(order.order_no)
    assert claim is not None
    shop.world.tmon.complete_cancel(claim.claim_no)
    await shop.sync()
    assert shop.sent() == []  # TMON has more than we know of: it waits for the collection
    await shop.later(timedelta(minutes=5))
    assert (await shop.left(), shop.towel.stock) == (300, 300)
    await shop.sync()
    assert shop.sent() == []


async def test_an_order_that_was_confirmed_elsewhere_counts_too(shop: Shop) -> None:
    await shop.ready()
    order = shop.world.tmon.sell(shop.towel.option_no)
    shop.world.tmon.move_to(order.order_no, "D2")
    await shop.later()
    assert await shop.left() == 299


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


@pytest.mark.parametrize(("action", "at_tmon", "left"), [("stock.keep_ours", 300, 300), ("stock.keep_tmon", 295, 295)])
async def test_a_person_chooses_which_number_is_right(shop: Shop, action: str, at_tmon: int, left: int) -> None:
    await shop.ready()
    shop.towel.stock = 295
    await shop.sync()
    await shop.later(timedelta(minutes=41))
    await shop.sync()
    report = next(m for m in shop.world.posts(CHANNEL) if "맞지" in str(m.blocks))
    await shop.world.slack.click(MINJI, channel=report.channel, ts=report.ts, action_id=action)
    await shop.world.settle()
    await shop.sync()
    assert (shop.towel.stock, await shop.left()) == (at_tmon, left)
    assert shop.told(action) == []
    link = await shop.link()
    with pytest.raises(AppError, match=r"stock\.mismatch_over"):
        await shop.world.bot.services[StockService].settle(
            shop.person, shop.store.id, link.deal_no, link.option_no, link.mismatch_id or "", keep_tmon=True
        )
    assert await shop.left() == left


async def test_sales_of_a_busy_hour_are_no_mismatch(shop: Shop) -> None:
    await shop.ready()
    for _ in range(12):
        shop.world.tmon.sell(shop.towel.option_no)
        await shop.later(timedelta(minutes=10))
        await shop.sync()
    assert shop.told("맞지") == []
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
        if call.name == "deals.get" and phase is CallPhase.ANSWERED:
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
        if call.name == "deals.get" and phase is CallPhase.ANSWERED:
            await change(shop, removed_at=shop.world.clock())

    shop.world.tmon.on_call = remove
    done = await shop.sync()
    assert (done.error, shop.sent()) == (None, [])


async def test_a_store_that_is_not_approved_says_so(shop: Shop) -> None:
    await shop.ready()
    await change(shop, state=StoreState.KEY_REJECTED)
    with pytest.raises(AppError, match=r"collect\.inactive"):
        await shop.sync()


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
        await collector.drain()


async def test_a_refused_key_ends_the_run(shop: Shop) -> None:
    await shop.ready()
    shop.world.tmon.revoke_key(LIVING.partner_id)
    done = await shop.sync()
    assert isinstance(done.error, PartnerRejected)
    async with shop.world.db.read() as session:
        store = await session.get_one(Store, (shop.store.team_id, shop.store.id))
    assert store.state is StoreState.KEY_REJECTED


async def change(shop: Shop, **values: Any) -> None:
    """Sets columns of the store."""
    async with shop.world.db.write() as session:
        row = await session.get_one(Store, (shop.store.team_id, shop.store.id))
        for name, value in values.items():
            setattr(row, name, value)
