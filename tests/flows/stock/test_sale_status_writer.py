"""The calls that turn off and on, and what TMON answers."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from bot.playground.tmon.faults import Mode
from tests.flows.stock.selling import displayed, options, remembered, sell, single, written
from tests.flows.stock.shop import Shop, change
from tests.flows.stores.registering import text_of
from tmon.api import Throttled


@pytest.mark.parametrize("turned", ["hidden", "paused", "shown", "resumed"])
async def test_switched_off_between_reading_and_calling(shop_in_step: Shop, turned: str) -> None:
    first, *rest = options(shop_in_step.towels)
    wanted = [first, *rest] if turned in ("paused", "resumed") else [first]
    await sell(shop_in_step, *wanted, selling=False)
    if turned in ("shown", "resumed"):
        await shop_in_step.sync()
        await sell(shop_in_step, *wanted, selling=True)
    before = await remembered(shop_in_step, shop_in_step.towels)
    shop_in_step.world.tmon.calls.clear()

    async def switch_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            await change(shop_in_step, stock_on=False)

    shop_in_step.world.tmon.on_call = switch_off
    await shop_in_step.sync()
    assert written(shop_in_step) == []
    assert await remembered(shop_in_step, shop_in_step.towels) == before
    shop_in_step.world.tmon.on_call = None
    await change(shop_in_step, stock_on=True)
    await shop_in_step.sync()
    assert len(written(shop_in_step)) == 1


async def test_one_option_is_refused_inside_a_good_answer(shop_in_step: Shop) -> None:
    first, second, third, _ = options(shop_in_step.towels)
    await sell(shop_in_step, first, second, selling=False)
    await shop_in_step.count(5, third)
    assert first.vendor_option_no is not None
    shop_in_step.world.tmon.faults.failing_options.add(first.vendor_option_no)
    done = await shop_in_step.sync()
    assert (done.counts["turned"], done.counts["refused"], done.counts["pushed"]) == (1, 1, 1)
    assert [option.display for option in (first, second)] == [True, False]
    assert third.stock == 5
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False, True, False, False])
    for _ in range(2):
        await shop_in_step.sync()
    assert len(shop_in_step.told("진열 상태를 변경하지 못했습니다")) == 1
    await shop_in_step.world.command(MINJI, "재고")
    assert "티몬이 진열 변경을 거절" in text_of(shop_in_step.world.modal(MINJI))
    shop_in_step.world.tmon.faults.failing_options.clear()
    await shop_in_step.sync()
    assert not first.display
    # Showing it is refused: it stays ours to show.
    shop_in_step.world.clock.advance(timedelta(minutes=1))
    shop_in_step.world.tmon.faults.failing_options.add(first.vendor_option_no)
    await sell(shop_in_step, first, selling=True)
    await shop_in_step.sync()
    assert not first.display
    assert len(shop_in_step.told("진열 상태를 변경하지 못했습니다")) == 2
    shop_in_step.world.tmon.faults.failing_options.clear()
    await shop_in_step.sync()
    assert first.display


async def test_a_refused_pause_is_told_once_and_stops_nothing(shop_in_step: Shop) -> None:
    deal = single(shop_in_step)
    await shop_in_step.know(deal)
    await sell(shop_in_step, *options(deal), selling=False)
    await shop_in_step.count(5)
    faults = shop_in_step.world.tmon.faults
    faults.mode, faults.only = "error_500_json", {"deals.pause"}
    for _ in range(2):
        await shop_in_step.sync()
    assert shop_in_step.towel.stock == 5
    assert len(shop_in_step.told("판매상태 변경을 거절")) == 1
    assert len(shop_in_step.told(faults.error_text)) == 1
    faults.clear()
    await shop_in_step.sync()
    assert deal.paused
    shop_in_step.world.clock.advance(timedelta(minutes=1))
    faults.mode, faults.only = "error_500_json", {"deals.resume"}
    await sell(shop_in_step, *options(deal), selling=True)
    await shop_in_step.sync()
    faults.clear()
    await shop_in_step.sync()
    assert not deal.paused
    assert len(shop_in_step.told("판매상태 변경을 거절")) == 2


async def test_a_call_that_tmon_does_not_have_is_told_once_and_asked_once_a_day(shop_in_step: Shop) -> None:
    first, second, *_ = options(shop_in_step.towels)
    await sell(shop_in_step, first, selling=False)
    await shop_in_step.count(5, second)
    shop_in_step.world.tmon.faults.not_offered = {"deals.display"}
    for _ in range(3):
        await shop_in_step.sync()
    assert second.stock == 5
    assert len(displayed(shop_in_step)) == 1
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False] * 4)
    for _ in range(2):
        shop_in_step.world.clock.advance(timedelta(days=1))
        await shop_in_step.sync()
    assert len(displayed(shop_in_step)) == 3
    assert len(shop_in_step.told("API를 제공하지 않아")) == 1
    await shop_in_step.world.command(MINJI, "재고")
    assert "티몬에서 제공하지 않는 API: 옵션 진열" in text_of(shop_in_step.world.modal(MINJI))
    shop_in_step.world.tmon.faults.clear()
    shop_in_step.world.clock.advance(timedelta(days=1))
    await shop_in_step.sync()
    assert not first.display
    await shop_in_step.world.command(MINJI, "재고")
    assert "제공하지 않는 API" not in text_of(shop_in_step.world.modal(MINJI))


@pytest.mark.parametrize("mode", ["hang", "hang_after_write", "truncated"])
@pytest.mark.parametrize("whole", [False, True], ids=["option", "deal"])
async def test_an_answer_that_never_came(shop_in_step: Shop, mode: Mode, whole: bool) -> None:
    wanted = options(shop_in_step.towels) if whole else options(shop_in_step.towels)[:1]
    faults = shop_in_step.world.tmon.faults
    for selling in (False, True):
        await sell(shop_in_step, *wanted, selling=selling)
        faults.mode, faults.times = mode, 1
        faults.only = {"deals.display", "deals.pause", "deals.resume"}
        await shop_in_step.sync()
        await shop_in_step.sync()
        assert (wanted[0].display and not shop_in_step.towels.paused) is selling
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False] * 4)


async def test_too_many_calls_leave_nothing_remembered(shop_in_step: Shop) -> None:
    await sell(shop_in_step, options(shop_in_step.towels)[0], selling=False)
    faults = shop_in_step.world.tmon.faults
    faults.mode, faults.only = "throttled", {"deals.display"}
    assert isinstance((await shop_in_step.sync()).error, Throttled)
    assert await remembered(shop_in_step, shop_in_step.towels) == (False, [False] * 4)
    faults.clear()
    await shop_in_step.sync()
    assert not options(shop_in_step.towels)[0].display
