"""Each deal's turn, and what TMON answers."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.tmon import LoggedCall
from bot.playground.tmon.call_log import CallPhase
from tests.flows.products.extending import LENGTH, change, due, ends, go, shop, states, tick, told, writes
from tests.flows.world import World, at
from tmon.models.products import Deal, ExtensionState


async def evening_and_dawn(world: World) -> None:
    """The preview of Tuesday evening, and the run of Wednesday."""
    await go(world, at(20))
    await go(world, at(3, day=11))


@pytest.mark.parametrize("switch", ["sync_on", "product_on"])
async def test_nothing_leaves_while_a_switch_is_off(world: World, switch: str) -> None:
    store = await shop(world)
    wanted = due(world)
    await go(world, at(20))
    await change(world, store, **{switch: False})
    calls = len(world.tmon.calls)
    await go(world, at(3, day=11))
    assert len(world.tmon.calls) == calls
    await change(world, store, **{switch: True})
    await go(world, at(9, day=11))
    assert len(writes(world)) == len(wanted)


async def test_turned_off_between_reading_and_writing(world: World) -> None:
    store = await shop(world)

    async def turn_off(call: LoggedCall, phase: CallPhase) -> None:
        if call.name == "deals.get" and phase is CallPhase.RECEIVED:
            await change(world, store, product_on=False)

    world.clock.set(at(3, day=11))
    world.tmon.on_call = turn_off
    await tick(world)
    world.tmon.on_call = None
    assert writes(world) == []
    assert set(await states(world)) == {ExtensionState.PLANNED}


async def test_failures_are_reported_per_deal_with_tmons_sentence(world: World) -> None:
    await shop(world)
    wanted = due(world)
    sentence = "판매기간을 변경할 수 없는 상품입니다."
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    (report,) = told(world, "판매기간 연장: ")
    assert f"연장 {len(wanted) - 1}개, 실패 1개" in report.text
    assert sentence in str(report.blocks)
    await go(world, at(3, day=12))
    assert len(told(world, "판매기간 연장: ")) == 2, "the next run tries again"
    assert all(deal.sales_end > at(0, day=1, month=4) for deal in wanted)


async def test_what_tmon_does_not_offer_is_told_once_and_asked_again_once_a_day(world: World) -> None:
    await shop(world)
    world.tmon.faults.not_offered = {"deals.sales_period"}
    await evening_and_dawn(world)
    assert len(writes(world)) == 1
    await go(world, at(20, day=11))
    await go(world, at(3, day=12))
    assert len(writes(world)) == 2
    assert len(told(world, "티몬에서 제공하지 않음")) == 1
    assert told(world, "판매기간 연장: ") == []
    assert told(world, "판매기간을 30일 연장합니다") == [], "no preview of what cannot be"
    world.tmon.faults.not_offered = set()
    await go(world, at(3, day=13))
    assert due(world) == [], "and once it is offered it goes on"
    assert len(told(world, "판매기간 연장: ")) == 1


async def test_too_many_requests_wait(world: World) -> None:
    await shop(world)
    wanted = due(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.retry_after = "throttled", {"deals.sales_period"}, 1, 900
    await evening_and_dawn(world)
    assert len(writes(world)) == 1
    await go(world, at(3, 1, day=11))
    assert len(writes(world)) == len(wanted), "the others do not wait with it"
    assert told(world, "판매기간 연장: ") == []
    await go(world, at(3, 15, day=11))
    assert f"연장 {len(wanted)}개" in told(world, "판매기간 연장: ")[0].text


async def test_ten_changes_in_twenty_minutes_are_never_reached(world: World) -> None:
    """Whatever is tried again every minute for an hour."""
    await shop(world)
    first = due(world)[0]
    await go(world, at(20))
    world.tmon.faults.mode, world.tmon.faults.only = "down", {"deals.sales_period"}
    for minute in range(60):
        await go(world, at(3, minute, day=11))
    times = [call.at for call in writes(world) if str(first.deal_no) in call.path]
    assert len(times) > 10
    assert all(later - early > timedelta(minutes=20) for early, later in zip(times, times[10:], strict=False))


async def test_an_answer_that_is_lost_is_asked_for(world: World) -> None:
    await shop(world)
    wanted = due(world)
    world.tmon.faults.mode, world.tmon.faults.only = "truncated", {"deals.sales_period"}
    await evening_and_dawn(world)
    world.tmon.faults.clear()
    assert set(await states(world)) <= {ExtensionState.UNKNOWN, ExtensionState.DONE}
    await go(world, at(3, 5, day=11))
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len(writes(world)) == len(wanted)
    assert f"연장 {len(wanted)}개" in told(world, "판매기간 연장: ")[0].text


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        ("error_500_json", "ResourceAccessException: I/O error"),
        ("error_500_json", "CannotCreateTransactionException"),
        ("error_500_json", "PersistenceException"),
        ("error_500_json", "502 Bad Gateway from upstream"),
        ("html_502", ""),
        ("html_503", ""),
    ],
)
async def test_trouble_inside_tmon_is_asked_about_and_then_tried_again(world: World, mode: Any, sentence: str) -> None:
    """Every row of the docs/tmon-api.md, ch. 13.2, that says `retry later`."""
    await shop(world)
    wanted = due(world)
    before = ends(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = mode, {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    assert (await states(world)).count(ExtensionState.UNKNOWN) == 1
    await go(world, at(3, 5, day=11))
    assert len(writes(world)) == len(wanted) + 1
    assert all(deal.sales_end == before[deal.deal_no] + LENGTH for deal in wanted)


@pytest.mark.parametrize("sentence", ["해당 딜(8812345678)가 없습니다", "삭제된 딜입니다.(8812345678)"])
async def test_a_deal_that_goes_between_reading_and_writing_is_forgotten(world: World, sentence: str) -> None:
    await shop(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {"deals.sales_period"}, 1, sentence
    await evening_and_dawn(world)
    (report,) = told(world, "판매기간 연장: ")
    assert "티몬에 없는 상품입니다" in str(report.blocks)
    async with world.db.read() as session:
        gone = (await session.scalars(select(Deal).where(col(Deal.deleted_at).is_not(None)))).all()
    assert len(gone) == 1


async def test_a_dead_token_is_renewed_at_dawn(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    world.tmon.faults.expire_tokens()
    await go(world, at(3, day=11))
    assert set(await states(world)) == {ExtensionState.DONE}
    assert len({call.path for call in writes(world) if call.status == 200}) == len(wanted)


async def test_a_write_that_never_arrived_is_sent_again(world: World) -> None:
    await shop(world)
    wanted = due(world)
    before = ends(world)
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "down", {"deals.sales_period"}, 1
    await evening_and_dawn(world)
    await go(world, at(3, 5, day=11))
    assert len(writes(world)) == len(wanted) + 1
    assert all(deal.sales_end == before[deal.deal_no] + LENGTH for deal in wanted)


async def test_tmon_is_down_all_morning(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    world.tmon.faults.mode = "html_503"
    for hour in range(3, 10):
        await go(world, at(hour, day=11))
    (report,) = told(world, "판매기간 연장: ")
    assert f"실패 {len(wanted)}개" in report.text
    world.tmon.faults.clear()
    await go(world, at(12, day=11))
    assert writes(world) == []
    await go(world, at(3, day=12))
    assert len(writes(world)) == len(wanted)
