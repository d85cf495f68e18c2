"""Display and sale status by SKU against the sandbox: what is turned off and on, and what is left alone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.deal_listings import ListedOption, Listing
from bot.playground.tmon.faults import Mode
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.stock.test_collector import LIVING, Shop, change
from tests.flows.stores.test_setup import text_of
from tests.flows.switches import prove
from tests.flows.world import World
from tmon.api import Throttled
from tmon.models.products import Deal, DealOption
from tmon.models.stores import ApiGroup
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService

WRITES = {"deals.stock", "deals.display", "deals.pause", "deals.resume"}


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised: every option of the towels is counted, mapped and in step."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    await shop.know(shop.towels)
    for option in options(shop.towels):
        await shop.count(option.stock, option)
    await shop.sync()
    await shop.later()
    await shop.sync()
    world.tmon.calls.clear()
    return shop


def options(deal: Listing) -> list[ListedOption]:
    return list(deal.options.values())


def keys(deal: Listing) -> list[str]:
    return [option.vendor_option_no or "" for option in options(deal)]


async def sell(shop: Shop, *wanted: ListedOption, selling: bool) -> None:
    """The seller's word on what these options sell."""
    for option in wanted:
        await shop.count(option.stock, option, selling=selling)


def written(shop: Shop) -> list[str]:
    """Names of the calls that change something."""
    return [call.name for call in shop.world.tmon.calls if call.name in WRITES]


def displayed(shop: Shop) -> list[dict[str, bool]]:
    """What the display calls have asked for, by the option's key."""
    bodies: Sequence[Any] = [call.body for call in shop.world.tmon.calls_of("deals.display")]
    return [{row["vendorDealOptionNo"]: row["display"] for row in body["dealOptions"]} for body in bodies]


async def remembered(shop: Shop, deal: Listing) -> tuple[bool, list[bool]]:
    """Whether we paused the deal, and which of its options we hid."""
    place = (shop.store.team_id, shop.store.id, deal.deal_no)
    async with shop.world.db.read() as session:
        rows = [await session.get_one(DealOption, (*place, number)) for number in deal.options]
        return (await session.get_one(Deal, place)).paused_by_us, [row.hidden_by_us for row in rows]


def single(shop: Shop) -> Listing:
    """A deal on sale whose only option can be synchronised."""
    deal = next(deal for deal in shop.world.tmon.deals.values() if len(deal.options) == 1 and all(keys(deal)))
    deal.paused = False
    return deal


async def test_an_option_is_hidden_once_and_shown_again(shop: Shop) -> None:
    first, *rest = options(shop.towels)
    await sell(shop, first, selling=False)
    for _ in range(3):
        assert (await shop.sync()).error is None
    assert (first.display, [option.display for option in rest]) == (False, [True, True, True])
    assert displayed(shop) == [{first.vendor_option_no: False}]
    assert await remembered(shop, shop.towels) == (False, [True, False, False, False])
    await sell(shop, first, selling=True)
    for _ in range(3):
        await shop.sync()
    assert first.display
    assert displayed(shop) == [{first.vendor_option_no: False}, {first.vendor_option_no: True}]
    assert written(shop) == ["deals.display", "deals.display"]
    assert await remembered(shop, shop.towels) == (False, [False] * 4)


async def test_a_deal_is_paused_when_nothing_of_it_is_sold(shop: Shop) -> None:
    first, second, *rest = options(shop.towels)
    await sell(shop, first, selling=False)
    await shop.sync()
    await sell(shop, second, *rest, selling=False)
    for _ in range(3):
        await shop.sync()
    assert shop.towels.paused
    assert [option.display for option in options(shop.towels)] == [False, True, True, True]
    assert written(shop) == ["deals.display", "deals.pause"]
    await sell(shop, second, selling=True)
    for _ in range(3):
        await shop.sync()
    assert not shop.towels.paused
    assert [option.display for option in options(shop.towels)] == [False, True, False, False]
    assert written(shop) == ["deals.display", "deals.pause", "deals.display", "deals.resume"]
    await sell(shop, first, *rest, selling=True)
    await shop.sync()
    assert all(option.display for option in options(shop.towels))
    assert await remembered(shop, shop.towels) == (False, [False] * 4)


async def test_display_is_never_called_for_the_only_option(shop: Shop) -> None:
    deal = single(shop)
    (option,) = options(deal)
    await shop.know(deal)
    await sell(shop, option, selling=False)
    for _ in range(3):
        await shop.sync()
    assert deal.paused
    await sell(shop, option, selling=True)
    for _ in range(3):
        await shop.sync()
    assert (deal.paused, option.display) == (False, True)
    assert written(shop) == ["deals.pause", "deals.resume"]


async def test_what_was_turned_off_by_hand_is_left_alone(shop: Shop) -> None:
    first, second, *rest = options(shop.towels)
    deal = single(shop)
    await shop.know(deal)
    await sell(shop, *options(deal), selling=True)
    first.display, deal.paused = False, True
    await shop.sync()
    for selling in (False, True):
        await sell(shop, first, *options(deal), selling=selling)
        await shop.sync()
    assert (first.display, deal.paused) == (False, True)
    assert written(shop) == []
    # What somebody shows again is hidden again, and then it is ours; what was shown and hidden by hand is not.
    await sell(shop, second, selling=False)
    await shop.sync()
    second.display = True
    await shop.sync()
    assert displayed(shop) == [{second.vendor_option_no: False}] * 2
    await sell(shop, second, selling=True)
    second.display = True
    await shop.sync()
    second.display = False
    await shop.sync()
    assert not second.display
    assert displayed(shop) == [{second.vendor_option_no: False}] * 2
    assert all(option.display for option in rest)


async def test_the_list_says_who_turned_it_off(shop: Shop) -> None:
    first, second, *_ = options(shop.towels)
    deal = single(shop)
    await shop.know(deal)
    await sell(shop, first, *options(deal), selling=False)
    second.display = False
    await shop.sync()
    await shop.world.command(MINJI, "재고")
    shown = text_of(shop.world.modal(MINJI))
    assert shown.count("⏹️ 판매중지") == 2
    for words in ("판매중지라 티몬에서 숨겼습니다", "직접 숨긴 옵션", "판매중지라 딜을 일시중지했습니다"):
        assert shown.count(words) == 1
    deal.paused = True
    await sell(shop, *options(deal), selling=True)
    await shop.sync()
    deal.paused = True
    await shop.sync()
    await shop.world.command(MINJI, "재고")
    assert "직접 일시중지한 딜" in text_of(shop.world.modal(MINJI))


@pytest.mark.parametrize("starts_in", [timedelta(days=1), timedelta(days=-30)], ids=["scheduled", "ended"])
async def test_ended_and_scheduled_deals_are_left_alone(shop: Shop, starts_in: timedelta) -> None:
    shop.towels.sales_start = shop.world.clock() + starts_in
    shop.towels.sales_end = shop.towels.sales_start + timedelta(days=20)
    await sell(shop, *options(shop.towels)[:2], selling=False)
    await shop.sync()
    await sell(shop, *options(shop.towels), selling=False)
    await shop.sync()
    assert written(shop) == []


@pytest.mark.parametrize("group", [ApiGroup.STOCK, None], ids=["stock", "master"])
async def test_nothing_leaves_while_the_switch_is_off(shop: Shop, group: ApiGroup | None) -> None:
    deal = single(shop)
    await shop.know(deal)
    await sell(shop, options(shop.towels)[0], *options(deal), selling=False)
    await prove(
        shop.world,
        shop.store,
        group,
        lambda: shop.world.collect(STOCK),
        calls={"deals.display", "deals.pause"},
    )


@pytest.mark.parametrize("turned", ["hidden", "paused", "shown", "resumed"])
async def test_switched_off_between_reading_and_calling(shop: Shop, turned: str) -> None:
    first, *rest = options(shop.towels)
    wanted = [first, *rest] if turned in ("paused", "resumed") else [first]
    await sell(shop, *wanted, selling=False)
    if turned in ("shown", "resumed"):
        await shop.sync()
        await sell(shop, *wanted, selling=True)
    before = await remembered(shop, shop.towels)
    shop.world.tmon.calls.clear()

    async def switch_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.ANSWERED:
            await change(shop, stock_on=False)

    shop.world.tmon.on_call = switch_off
    await shop.sync()
    assert written(shop) == []
    assert await remembered(shop, shop.towels) == before
    shop.world.tmon.on_call = None
    await change(shop, stock_on=True)
    await shop.sync()
    assert len(written(shop)) == 1


async def test_off_before_stock_before_on(shop: Shop) -> None:
    first, second, third, _ = options(shop.towels)
    await sell(shop, first, selling=False)
    await shop.sync()
    shop.world.tmon.calls.clear()
    await shop.count(7, first, selling=True)
    await shop.count(8, second, selling=False)
    await shop.count(9, third)
    await shop.sync()
    assert written(shop) == ["deals.display", "deals.stock", "deals.display"]
    assert displayed(shop) == [{second.vendor_option_no: False}, {first.vendor_option_no: True}]
    assert [(option.display, option.stock) for option in (first, second, third)] == [(True, 7), (False, 8), (True, 9)]


@pytest.mark.parametrize("mode", ["error_500_json", "hang"])
async def test_what_could_not_be_told_its_stock_is_not_shown(shop: Shop, mode: Mode) -> None:
    first = options(shop.towels)[0]
    await sell(shop, first, selling=False)
    await shop.sync()
    await shop.count(3, first, selling=True)
    faults = shop.world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {"deals.stock"}, 1
    await shop.sync()
    assert (first.stock, first.display) == (300, False)
    await shop.sync()
    await shop.sync()
    assert (first.stock, first.display) == (3, True)


async def test_one_option_is_refused_inside_a_good_answer(shop: Shop) -> None:
    first, second, third, _ = options(shop.towels)
    await sell(shop, first, second, selling=False)
    await shop.count(5, third)
    assert first.vendor_option_no is not None
    shop.world.tmon.faults.failing_options.add(first.vendor_option_no)
    done = await shop.sync()
    assert (done.counts["turned"], done.counts["refused"], done.counts["pushed"]) == (1, 1, 1)
    assert [option.display for option in (first, second)] == [True, False]
    assert third.stock == 5
    assert await remembered(shop, shop.towels) == (False, [False, True, False, False])
    for _ in range(2):
        await shop.sync()
    assert len(shop.told("진열 상태를 변경하지 못했습니다")) == 1
    await shop.world.command(MINJI, "재고")
    assert "티몬이 진열 변경을 거절" in text_of(shop.world.modal(MINJI))
    shop.world.tmon.faults.failing_options.clear()
    await shop.sync()
    assert not first.display
    # Showing it is refused: it stays ours to show.
    shop.world.clock.advance(timedelta(minutes=1))
    shop.world.tmon.faults.failing_options.add(first.vendor_option_no)
    await sell(shop, first, selling=True)
    await shop.sync()
    assert not first.display
    assert len(shop.told("진열 상태를 변경하지 못했습니다")) == 2
    shop.world.tmon.faults.failing_options.clear()
    await shop.sync()
    assert first.display


async def test_a_refused_pause_is_told_once_and_stops_nothing(shop: Shop) -> None:
    deal = single(shop)
    await shop.know(deal)
    await sell(shop, *options(deal), selling=False)
    await shop.count(5)
    faults = shop.world.tmon.faults
    faults.mode, faults.only = "error_500_json", {"deals.pause"}
    for _ in range(2):
        await shop.sync()
    assert shop.towel.stock == 5
    assert len(shop.told("판매상태 변경을 거절")) == 1
    assert len(shop.told(faults.error_text)) == 1
    faults.clear()
    await shop.sync()
    assert deal.paused
    shop.world.clock.advance(timedelta(minutes=1))
    faults.mode, faults.only = "error_500_json", {"deals.resume"}
    await sell(shop, *options(deal), selling=True)
    await shop.sync()
    faults.clear()
    await shop.sync()
    assert not deal.paused
    assert len(shop.told("판매상태 변경을 거절")) == 2


async def test_a_call_that_tmon_does_not_have_is_told_once_and_asked_once_a_day(shop: Shop) -> None:
    first, second, *_ = options(shop.towels)
    await sell(shop, first, selling=False)
    await shop.count(5, second)
    shop.world.tmon.faults.not_offered = {"deals.display"}
    for _ in range(3):
        await shop.sync()
    assert second.stock == 5
    assert len(displayed(shop)) == 1
    assert await remembered(shop, shop.towels) == (False, [False] * 4)
    for _ in range(2):
        shop.world.clock.advance(timedelta(days=1))
        await shop.sync()
    assert len(displayed(shop)) == 3
    assert len(shop.told("API를 제공하지 않아")) == 1
    await shop.world.command(MINJI, "재고")
    assert "티몬에서 제공하지 않는 API: 옵션 진열" in text_of(shop.world.modal(MINJI))
    shop.world.tmon.faults.clear()
    shop.world.clock.advance(timedelta(days=1))
    await shop.sync()
    assert not first.display
    await shop.world.command(MINJI, "재고")
    assert "제공하지 않는 API" not in text_of(shop.world.modal(MINJI))


@pytest.mark.parametrize("mode", ["hang", "hang_after_write", "truncated"])
@pytest.mark.parametrize("whole", [False, True], ids=["option", "deal"])
async def test_an_answer_that_never_came(shop: Shop, mode: Mode, whole: bool) -> None:
    wanted = options(shop.towels) if whole else options(shop.towels)[:1]
    faults = shop.world.tmon.faults
    for selling in (False, True):
        await sell(shop, *wanted, selling=selling)
        faults.mode, faults.times = mode, 1
        faults.only = {"deals.display", "deals.pause", "deals.resume"}
        await shop.sync()
        await shop.sync()
        assert (wanted[0].display and not shop.towels.paused) is selling
    assert await remembered(shop, shop.towels) == (False, [False] * 4)


async def test_too_many_calls_leave_nothing_remembered(shop: Shop) -> None:
    await sell(shop, options(shop.towels)[0], selling=False)
    faults = shop.world.tmon.faults
    faults.mode, faults.only = "throttled", {"deals.display"}
    assert isinstance((await shop.sync()).error, Throttled)
    assert await remembered(shop, shop.towels) == (False, [False] * 4)
    faults.clear()
    await shop.sync()
    assert not options(shop.towels)[0].display


async def test_who_forgets_a_sku_leaves_tmon_as_it_is(shop: Shop) -> None:
    """And who enters it again gets back what we hid."""
    first = options(shop.towels)[0]
    await sell(shop, first, selling=False)
    await shop.sync()
    page = await shop.world.bot.services[StockService].page(
        shop.store.team_id, shop.store.id, 0, first.vendor_option_no or ""
    )
    await shop.world.bot.services[StockService].remove(shop.person, shop.store.id, page.items[0].sku.id)
    await shop.sync()
    assert not first.display
    await sell(shop, first, selling=True)
    await shop.sync()
    assert first.display
