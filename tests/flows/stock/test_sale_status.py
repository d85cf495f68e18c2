"""Display and sale status by SKU against the sandbox: what is turned off and on, and what is left alone."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.faults import Mode
from tests.flows.stock.selling import displayed, options, remembered, sell, single, written
from tests.flows.stock.shop import Shop
from tests.flows.stores.registering import text_of
from tests.flows.switches import prove
from tmon.models.stores import ApiGroup
from tmon.stock.collector import STOCK
from tmon.stock.service import StockService


async def test_an_option_is_hidden_once_and_shown_again(shop_in_step: Shop) -> None:
    first, *rest = options(shop_in_step.towels)
    await sell(shop_in_step, first, selling=False)
    for _ in range(3):
        assert (await shop_in_step.sync()).error is None
    assert (first.display, [option.display for option in rest]) == (False, [True, True, True])
    assert displayed(shop_in_step) == [{first.vendor_option_no: False}]
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [True, False, False, False])
    await sell(shop_in_step, first, selling=True)
    for _ in range(3):
        await shop_in_step.sync()
    assert first.display
    assert displayed(shop_in_step) == [{first.vendor_option_no: False}, {first.vendor_option_no: True}]
    assert written(shop_in_step) == ["deals.display", "deals.display"]
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False] * 4)


async def test_a_deal_is_paused_when_nothing_of_it_is_sold(shop_in_step: Shop) -> None:
    first, second, *rest = options(shop_in_step.towels)
    await sell(shop_in_step, first, selling=False)
    await shop_in_step.sync()
    await sell(shop_in_step, second, *rest, selling=False)
    for _ in range(3):
        await shop_in_step.sync()
    assert shop_in_step.towels.paused
    assert [option.display for option in options(shop_in_step.towels)] == [False, True, True, True]
    assert written(shop_in_step) == ["deals.display", "deals.pause"]
    await sell(shop_in_step, second, selling=True)
    for _ in range(3):
        await shop_in_step.sync()
    assert not shop_in_step.towels.paused
    assert [option.display for option in options(shop_in_step.towels)] == [False, True, False, False]
    assert written(shop_in_step) == ["deals.display", "deals.pause", "deals.display", "deals.resume"]
    await sell(shop_in_step, first, *rest, selling=True)
    await shop_in_step.sync()
    assert all(option.display for option in options(shop_in_step.towels))
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False] * 4)


async def test_display_is_never_called_for_the_only_option(shop_in_step: Shop) -> None:
    deal = single(shop_in_step)
    (option,) = options(deal)
    await shop_in_step.know(deal)
    await sell(shop_in_step, option, selling=False)
    for _ in range(3):
        await shop_in_step.sync()
    assert deal.paused
    await sell(shop_in_step, option, selling=True)
    for _ in range(3):
        await shop_in_step.sync()
    assert (deal.paused, option.display) == (False, True)
    assert written(shop_in_step) == ["deals.pause", "deals.resume"]


async def test_what_was_turned_off_by_hand_is_left_alone(shop_in_step: Shop) -> None:
    first, second, *rest = options(shop_in_step.towels)
    deal = single(shop_in_step)
    await shop_in_step.know(deal)
    await sell(shop_in_step, *options(deal), selling=True)
    first.display, deal.paused = False, True
    await shop_in_step.sync()
    for selling in (False, True):
        await sell(shop_in_step, first, *options(deal), selling=selling)
        await shop_in_step.sync()
    assert (first.display, deal.paused) == (False, True)
    assert written(shop_in_step) == []
    # What somebody shows again is hidden again, and then it is ours; what was shown and hidden by hand is not.
    await sell(shop_in_step, second, selling=False)
    await shop_in_step.sync()
    second.display = True
    await shop_in_step.sync()
    assert displayed(shop_in_step) == [{second.vendor_option_no: False}] * 2
    await sell(shop_in_step, second, selling=True)
    second.display = True
    await shop_in_step.sync()
    second.display = False
    await shop_in_step.sync()
    assert not second.display
    assert displayed(shop_in_step) == [{second.vendor_option_no: False}] * 2
    assert all(option.display for option in rest)


async def test_the_list_says_who_turned_it_off(shop_in_step: Shop) -> None:
    first, second, *_ = options(shop_in_step.towels)
    deal = single(shop_in_step)
    await shop_in_step.know(deal)
    await sell(shop_in_step, first, *options(deal), selling=False)
    second.display = False
    await shop_in_step.sync()
    await shop_in_step.world.command(MINJI, "재고")
    shown = text_of(shop_in_step.world.modal(MINJI))
    assert shown.count("⏹️ 판매중지") == 2
    for words in ("판매중지라 티몬에서 숨겼습니다", "직접 숨긴 옵션", "판매중지라 딜을 일시중지했습니다"):
        assert shown.count(words) == 1
    deal.paused = True
    await sell(shop_in_step, *options(deal), selling=True)
    await shop_in_step.sync()
    deal.paused = True
    await shop_in_step.sync()
    await shop_in_step.world.command(MINJI, "재고")
    assert "직접 일시중지한 딜" in text_of(shop_in_step.world.modal(MINJI))


@pytest.mark.parametrize("starts_in", [timedelta(days=1), timedelta(days=-30)], ids=["scheduled", "ended"])
async def test_ended_and_scheduled_deals_are_left_alone(shop_in_step: Shop, starts_in: timedelta) -> None:
    shop_in_step.towels.sales_start = shop_in_step.world.clock() + starts_in
    shop_in_step.towels.sales_end = shop_in_step.towels.sales_start + timedelta(days=20)
    await sell(shop_in_step, *options(shop_in_step.towels)[:2], selling=False)
    await shop_in_step.sync()
    await sell(shop_in_step, *options(shop_in_step.towels), selling=False)
    await shop_in_step.sync()
    assert written(shop_in_step) == []


@pytest.mark.parametrize("group", [ApiGroup.STOCK, None], ids=["stock", "master"])
async def test_nothing_leaves_while_the_switch_is_off(shop_in_step: Shop, group: ApiGroup | None) -> None:
    deal = single(shop_in_step)
    await shop_in_step.know(deal)
    await sell(shop_in_step, options(shop_in_step.towels)[0], *options(deal), selling=False)
    await prove(
        shop_in_step.world,
        shop_in_step.store,
        group,
        lambda: shop_in_step.world.collect(STOCK),
        calls={"deals.display", "deals.pause"},
    )


async def test_off_before_stock_before_on(shop_in_step: Shop) -> None:
    first, second, third, _ = options(shop_in_step.towels)
    await sell(shop_in_step, first, selling=False)
    await shop_in_step.sync()
    shop_in_step.world.tmon.calls.clear()
    await shop_in_step.count(7, first, selling=True)
    await shop_in_step.count(8, second, selling=False)
    await shop_in_step.count(9, third)
    await shop_in_step.sync()
    assert written(shop_in_step) == ["deals.display", "deals.stock", "deals.display"]
    assert displayed(shop_in_step) == [{second.vendor_option_no: False}, {first.vendor_option_no: True}]
    assert [(option.display, option.stock) for option in (first, second, third)] == [(True, 7), (False, 8), (True, 9)]


@pytest.mark.parametrize("mode", ["error_500_json", "hang"])
async def test_what_could_not_be_told_its_stock_is_not_shown(shop_in_step: Shop, mode: Mode) -> None:
    first = options(shop_in_step.towels)[0]
    await sell(shop_in_step, first, selling=False)
    await shop_in_step.sync()
    await shop_in_step.count(3, first, selling=True)
    faults = shop_in_step.world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {"deals.stock"}, 1
    await shop_in_step.sync()
    assert (first.stock, first.display) == (300, False)
    await shop_in_step.sync()
    await shop_in_step.sync()
    assert (first.stock, first.display) == (3, True)


async def test_who_forgets_a_sku_leaves_tmon_as_it_is(shop_in_step: Shop) -> None:
    """And who enters it again gets back what we hid."""
    first = options(shop_in_step.towels)[0]
    await sell(shop_in_step, first, selling=False)
    await shop_in_step.sync()
    page = await shop_in_step.world.bot.services[StockService].page(
        shop_in_step.store.team_id, shop_in_step.store.id, 0, first.vendor_option_no or ""
    )
    await shop_in_step.world.bot.services[StockService].remove(
        shop_in_step.person, shop_in_step.store.id, page.items[0].sku.id
    )
    await shop_in_step.sync()
    assert not first.display
    await sell(shop_in_step, first, selling=True)
    await shop_in_step.sync()
    assert first.display
