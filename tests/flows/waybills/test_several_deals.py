"""발송지연 알림 and 송장 수정 of a parcel with several deals: one press, a write for each deal."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from bot.playground.slack.model import View
from bot.playground.tmon import PlacedOrder
from handlers.waybills.ids import WaybillAction
from tests.flows.orders.test_two_processes import Gate
from tests.flows.waybills.parcels import (
    CORRECT,
    DELAY,
    OTHER,
    confirmed,
    notices,
    opened,
    result,
    said,
    ship,
    submit,
    waybills,
)
from tests.flows.world import World, until
from tmon.models.waybills import WaybillState

DEALS = 3


def notice(world: World) -> dict[str, Any]:
    """What is typed into the form."""
    return {
        "reason": "DLD1",
        "detail": "입고가 늦어집니다",
        "day": (world.clock().date()).replace(year=2027).isoformat(),
    }


def sent(world: World, call: str) -> Counter[int]:
    """How often TMON was told so, by deal."""
    return Counter(one.body["tmonDealNo"] for one in world.tmon.calls_of(call))  # type: ignore[index]


def each_once(order: PlacedOrder) -> Counter[int]:
    return Counter(deal.deal_no for deal in order.deals)


async def settle(*worlds: World) -> None:
    """Everything ends in all processes."""
    for world in worlds:
        await world.settle()


async def test_a_notice_that_tmon_refuses_stops_no_other_and_the_result_tells_of_all(world: World) -> None:
    _, order = await confirmed(world, DEALS)
    view = await opened(world, order, WaybillAction.DELAY)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "error_500_json", {DELAY}, 1
    await submit(world, view, **notice(world))
    assert sent(world, DELAY) == each_once(order)
    assert (result(world).count("성공"), result(world).count("실패")) == (2, 1)
    states = Counter(row.state for row in await notices(world))
    assert states == {WaybillState.REGISTERED: 2, WaybillState.FAILED: 1}


async def test_a_correction_in_doubt_stops_no_other(world: World) -> None:
    _, order = await confirmed(world, DEALS)
    await ship(world, order)
    await world.slack.close(world.owner, world.modal(world.owner).id)
    view = await opened(world, order, WaybillAction.CORRECT)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {CORRECT}, 1
    await submit(world, view, number=OTHER)
    assert sent(world, CORRECT) == each_once(order)
    assert result(world).count("성공") == 2
    states = Counter(row.state for row in await waybills(world))
    assert states == {WaybillState.REGISTERED: 2, WaybillState.UNKNOWN: 1}
    await world.slack.close(world.owner, world.modal(world.owner).id)
    await submit(world, await opened(world, order, WaybillAction.CORRECT), number=OTHER)
    assert sent(world, CORRECT).total() == DEALS + 1, "only what was in doubt is sent again"
    assert {deal.invoice.number for deal in order.deals if deal.invoice} == {OTHER}


async def test_what_comes_to_both_processes_and_to_the_first_again_is_sent_once(world: World) -> None:
    _, order = await confirmed(world, DEALS)
    view = await opened(world, order, WaybillAction.DELAY)
    second = await world.second()
    first = await world.slack.submit(view.user, view.id, notice(world))
    for _ in range(3):
        assert (await world.slack.redeliver()).ack == first.ack
        await settle(world, second)
    assert sent(world, DELAY) == each_once(order)
    assert [row.state for row in await notices(world)] == [WaybillState.REGISTERED] * DEALS


async def test_two_people_who_press_at_once_send_each_once(world: World) -> None:
    _, order = await confirmed(world, DEALS)
    world.person("준호").is_admin = True
    other = world.person("준호").id
    views: list[View] = [await opened(world, order, WaybillAction.DELAY, user) for user in (world.owner, other)]
    second = await world.second()
    gate = Gate(world, DELAY)
    pressed = asyncio.create_task(world.slack.submit(world.owner, views[0].id, notice(world)))
    await gate.reached()
    await world.slack.submit(other, views[1].id, notice(world))
    await until(lambda: "다른 사람이 지금" in said(world, other))
    gate.open()
    assert (await pressed).ok
    await settle(world, second)
    assert sent(world, DELAY) == each_once(order)
    assert result(world).count("성공") == DEALS


@pytest.mark.parametrize("wanted", [WaybillAction.DELAY, WaybillAction.CORRECT])
async def test_it_is_seen_that_it_is_under_way(world: World, wanted: WaybillAction) -> None:
    _, order = await confirmed(world, DEALS)
    if wanted is WaybillAction.CORRECT:
        await ship(world, order)
        await world.slack.close(world.owner, world.modal(world.owner).id)
    view = await opened(world, order, wanted)
    gate = Gate(world, DELAY if wanted is WaybillAction.DELAY else CORRECT)
    values = notice(world) if wanted is WaybillAction.DELAY else {"number": OTHER}
    acted = await world.slack.submit(view.user, view.id, values)
    assert acted.ok
    assert acted.ack is not None
    assert acted.ack["response_action"] == "update"
    await gate.reached()
    gate.open()
    await world.settle()
    assert result(world).count("성공") == DEALS
