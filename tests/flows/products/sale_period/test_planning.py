"""Which deals are extended, and to which end."""

from datetime import date, datetime, time, timedelta

import pytest

from bot.playground.tmon.deal_listings import NO_END
from tests.flows.products.extending import LENGTH, change, due, go, know, listings, rows, shop, tick, told, writes
from tests.flows.world import World, at
from tmon.clock import KST


async def test_another_length_after_the_preview_is_shown_in_it(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    first = due(world)[0]
    end = first.sales_end
    await change(world, store, extend_days=60)
    await go(world, at(20, 1))
    assert len(told(world, "판매기간을 60일 연장합니다")) == 1
    assert all(row.target == row.old_end + timedelta(days=60) for row in await rows(world))
    edits = len(world.slack.calls_of("chat.update"))
    await go(world, at(20, 2))
    assert len(world.slack.calls_of("chat.update")) == edits
    await go(world, at(3, day=11))
    assert first.sales_end == end + timedelta(days=60)


async def test_ended_unending_and_paused_deals_are_never_extended(world: World) -> None:
    """Whatever we knew in the evening: TMON's word at dawn counts."""
    await shop(world)
    first, second, third, *others = due(world)
    await go(world, at(20))
    first.sales_end = at(1, day=11)
    second.sales_end = NO_END
    third.paused = True
    await go(world, at(3, day=11))
    assert len(writes(world)) == len(others)
    (report,) = told(world, "판매기간 연장: ")
    for words in ("판매가 끝나", "종료일이 이미 바뀌어", "판매 중이 아니어서"):
        assert words in str(report.blocks)


async def test_another_end_by_dawn_is_the_old_end(world: World) -> None:
    await shop(world)
    first = due(world)[0]
    await go(world, at(20))
    first.sales_end = at(12, day=15)
    await go(world, at(3, day=11))
    assert first.sales_end == at(12, day=15) + LENGTH


@pytest.mark.parametrize("day", [date(2026, 12, 30), date(2026, 12, 31), date(2028, 2, 28), date(2028, 2, 29)])
async def test_the_end_of_the_year_and_leap_days(world: World, day: date) -> None:
    def on(days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute, second), tzinfo=KST) + timedelta(days=days)

    world.clock.set(on(0, 10))
    store = await shop(world)
    first, second, third = [deal for deal in listings(world) if deal.sales_status(on(0, 10)) == "ON_SALE"][:3]
    first.sales_end, second.sales_end, third.sales_end = on(1, 23, 59, 59), on(8, 2, 59, 59), on(8, 3)
    world.clock.advance(timedelta(days=1))
    await know(world, store)
    world.clock.set(on(0, 20))
    await tick(world)
    await go(world, on(1, 3))
    assert first.sales_end == on(1, 23, 59, 59) + LENGTH
    assert second.sales_end == on(8, 2, 59, 59) + LENGTH, "a second less than seven days is left"
    assert third.sales_end == on(8, 3), "seven days are left"
