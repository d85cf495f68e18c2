"""Two processes on one database: each deal's sale period is extended once, by one of them at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from tests.flows.leases import LOSSES, Loss
from tests.flows.products.extending import LENGTH, due, ends, go, listings, shop, states, told, writes
from tests.flows.world import World, at
from tmon.models.products import ExtensionState
from tmon.products.catalog import CatalogService
from tmon.products.sale_period.service import SalePeriodService

pytestmark = pytest.mark.embedded


async def tick(world: World) -> None:
    """The job, of one process."""
    await world.bot.services[SalePeriodService].tick()


async def test_two_that_look_at_once_preview_plan_extend_and_report_once(world: World) -> None:
    await shop(world)
    other, wanted, before = await world.second(), due(world), ends(world)

    async def both(moment: datetime) -> None:
        world.clock.set(moment)
        await asyncio.gather(tick(world), tick(other))
        await world.settle()

    await both(at(20))
    assert len(told(world, "판매기간을 30일 연장합니다")) == 1
    await both(at(3, day=11))
    await both(at(3, 5, day=11))
    assert [call.path for call in writes(world)] == list(dict.fromkeys(call.path for call in writes(world)))
    assert len(writes(world)) == len(wanted)
    assert {deal.sales_end - before[deal.deal_no] for deal in wanted} == {LENGTH}
    assert len(told(world, "판매기간 연장: ")) == 1


async def test_while_one_waits_for_tmon_the_other_sends_nothing(world: World) -> None:
    await shop(world)
    other, wanted = await world.second(), due(world)
    await go(world, at(20))
    looked: list[int] = []

    async def meanwhile(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.sales_period" and phase is CallPhase.RECEIVED:
            before = len(world.tmon.calls)
            await tick(other)
            looked.append(len(world.tmon.calls) - before)

    world.clock.set(at(3, day=11))
    world.tmon.on_call = meanwhile
    await tick(world)
    assert looked == [0] * len(wanted)
    assert set(await states(world)) == {ExtensionState.DONE}


@pytest.mark.parametrize("lose", LOSSES)
async def test_one_that_was_frozen_sends_nothing_after_the_other_has_taken_over(world: World, lose: Loss) -> None:
    await shop(world)
    other, wanted, before = await world.second(), due(world), ends(world)
    await go(world, at(20))

    async def frozen(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get":
            world.tmon.on_call = None
            await lose(world)
            await tick(other)
            assert len(writes(world)) == len(wanted)

    world.clock.set(at(3, day=11))
    world.tmon.on_call = frozen
    await tick(world)
    await world.settle()
    assert len(writes(world)) == len(wanted)
    assert {deal.sales_end - before[deal.deal_no] for deal in wanted} == {LENGTH}
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len(told(world, "판매기간 연장: ")) == 1


async def test_answer_to_one_that_was_frozen_counts(world: World) -> None:
    await shop(world)
    other, wanted = await world.second(), due(world)
    await go(world, at(20))

    async def frozen(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.sales_period" and phase is CallPhase.ANSWERED:
            world.tmon.on_call = None
            await world.heart_stop()
            await tick(other)  # finds it carried out, or asks later

    world.clock.set(at(3, day=11))
    world.tmon.on_call = frozen
    await tick(world)
    world.clock.set(at(3, 10, day=11))
    await tick(other)
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len(writes(world)) == len(wanted)


async def test_first_run_that_is_asked_for_twice_at_once_is_planned_once(world: World) -> None:
    store = await shop(world)
    first = next(deal for deal in listings(world) if deal.sales_status(world.clock()) == "ON_SALE")
    first.sales_end = world.clock() + timedelta(hours=1)  # before the first run
    await world.bot.services[CatalogService].refresh(store.team_id, store.id, first.deal_no)
    other = await world.second()
    asked: list[Any] = [
        one.bot.services[SalePeriodService].extend_at_once(store.team_id, store.id) for one in (world, other)
    ]
    assert sorted(await asyncio.gather(*asked)) == [0, 1]
