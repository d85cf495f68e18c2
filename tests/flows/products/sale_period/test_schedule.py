"""When the extension is previewed and done."""

from handlers.products.ids import ProductAction
from tests.flows.products.extending import change, due, go, press, shop, tick, told, writes
from tests.flows.world import World, at


async def test_a_run_that_was_missed_is_done_at_the_start(world: World) -> None:
    await shop(world)
    wanted = due(world)
    await go(world, at(20))
    await press(world, told(world, "연장합니다")[0], ProductAction.EXCLUDE, wanted[0])
    world.clock.set(at(9, 30, day=11))
    await world.restart()
    await tick(world)
    assert len(writes(world)) == len(wanted) - 1
    await go(world, at(9, 31, day=11))
    assert len(writes(world)) == len(wanted) - 1


async def test_what_was_turned_on_after_the_evening_waits_for_the_next(world: World) -> None:
    store = await shop(world, extend_days=0)
    await change(world, store, extend_days=7)
    await go(world, at(22))
    await go(world, at(3, day=11))
    assert writes(world) == []
    await go(world, at(20, day=11))
    assert len(told(world, "판매기간을 7일 연장합니다")) == 1
    await go(world, at(3, day=12))
    assert writes(world) != []


async def test_turned_off_after_the_preview(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    await change(world, store, extend_days=0)
    await go(world, at(3, day=11))
    assert writes(world) == []
    assert len(told(world, "사용하지 않아 연장하지 않습니다")) == 1
