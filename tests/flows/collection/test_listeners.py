"""`/tmon collect orders`: by hand, by those who may, and always with an answer."""

from typing import Any

import pytest

from tests.flows.cards import reports, runs, told
from tests.flows.world import World
from tmon.models.collection import RunOutcome
from tmon.models.stores import StoreState


async def said(world: World, user: str, text: str) -> str:
    """Types the command; the last thing that the person is told."""
    acted = await world.command(user, text)
    assert acted.ok
    return told(world, user, world.channel("주문").id)[-1]


@pytest.mark.parametrize(
    "words", ["collect orders", "수집 주문", "collect orders 한빛리빙", "COLLECT  ORDERS  한빛리빙"]
)
async def test_collects_at_once_and_says_what_came_of_it(world: World, words: str) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    assert "새 주문 1건" in await said(world, world.owner, words)
    assert [o.order_no for o in await world.orders()] == [order.order_no]
    (run,) = await runs(world)
    assert (run.asked_by, run.outcome) == (world.owner, RunOutcome.DONE)
    assert await reports(world) == [], "the card says it in the channel"


async def test_nothing_new_is_said_to_who_asked_and_to_nobody_else(world: World) -> None:
    await world.add_store()
    posts = len(world.posts("주문", world.person("이준호").id))
    assert "새로운 내용이 없습니다" in await said(world, world.owner, "collect orders")
    assert len(world.posts("주문", world.person("이준호").id)) == posts
    assert [run.asked_by for run in await runs(world)] == [world.owner], "who asked is on record"


async def test_in_the_persons_language(world: World) -> None:
    store = await world.add_store(worker_ids=[world.person("Daniel").id])
    world.tmon.new_order(store.seller_id)
    assert "1 new" in await said(world, world.person("Daniel").id, "collect orders")


async def test_who_may_not_is_told_who_may(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_order(store.seller_id)
    assert f"<@{world.owner}>" in await said(world, world.person("이준호").id, "collect orders")
    assert list(world.tmon.calls) == []


async def test_tmon_is_down(world: World) -> None:
    await world.add_store()
    world.tmon.faults.mode = "html_503"
    answer = await said(world, world.owner, "collect orders")
    assert "수집하지 못했습니다" in answer
    assert "응답하지 않습니다" in answer
    assert [run.outcome for run in await runs(world)] == [RunOutcome.FAILED]


async def test_a_slow_tmon_shows_that_it_is_under_way(world: World) -> None:
    await world.add_store()
    world.tmon.faults.slow_seconds = 0.9
    answer = await said(world, world.owner, "collect orders")
    assert "수집을 마쳤습니다" in answer
    assert "수집하고 있습니다" in told(world, world.owner, world.channel("주문").id)[-2]


async def test_of_several_stores_the_name_is_asked_for(world: World) -> None:
    await world.add_store()
    other = await world.add_store(partner=1)
    world.tmon.new_order(other.seller_id)
    await world.command(world.owner, "collect orders")
    assert all(name in str(world.modal(world.owner).blocks) for name in ("한빛리빙", "소담마켓"))
    await world.command(world.owner, "collect orders 없는가게")
    assert "'없는가게'" in str(world.modal(world.owner).blocks)
    assert list(world.tmon.calls) == []
    assert "새 주문 1건" in await said(world, world.owner, "collect orders 소담마켓")
    assert {call.partner_id for call in world.tmon.calls_of("orders.list")} == {other.seller_id}


async def test_without_a_store_setup_is_named(world: World) -> None:
    assert "/tmon setup" in await said(world, world.owner, "collect orders")


async def test_what_cannot_be_collected_names_what_can(world: World) -> None:
    await world.add_store()
    for words in ("collect", "collect 포인트"):
        await world.command(world.owner, words)
        offered = await world.notice(world.owner)
        for kind in ("orders", "claims", "cs", "reviews", "settlement"):
            assert f"collect {kind}" in offered


@pytest.mark.parametrize(
    ("over", "expected"),
    [
        ({"sync_on": False}, "연동이 중지"),
        ({"order_on": False}, "주문 API"),
        ({"state": StoreState.PENDING}, "/tmon status"),
        ({"state": StoreState.KEY_REJECTED}, "/tmon status"),
    ],
)
async def test_what_is_off_says_how_to_turn_it_on(world: World, over: dict[str, Any], expected: str) -> None:
    await world.add_store(**over)
    assert expected in await said(world, world.owner, "collect orders")
    assert list(world.tmon.calls) == []
