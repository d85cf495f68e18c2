"""Extension that is turned on: when it begins, and what would lapse before it."""

from datetime import datetime, timedelta

import pytest

from bot.playground.slack.demo import MINJI
from bot.playground.tmon.deal_listings import Listing
from tests.flows.products.extending import ends, go, know, listings, shop, told, writes
from tests.flows.stores.editing import edit, look, the_store
from tests.flows.stores.registering import submit, text_of
from tests.flows.world import World, at
from tmon.products.catalog import CatalogService


async def shop_with_one_that_ends(world: World, end: datetime) -> Listing:
    """A shop that does not extend; one deal ends at `end`, the others later than the first run."""
    store = await shop(world, extend_days=0)
    first, *others = [deal for deal in listings(world) if deal.sales_status(world.clock()) == "ON_SALE"]
    for deal in others:
        deal.sales_end = max(deal.sales_end, end + timedelta(days=3))
    first.sales_end = end
    world.clock.advance(timedelta(days=1))
    world.clock.set(at(10))
    await know(world, store)
    for deal in listings(world):
        await world.bot.services[CatalogService].refresh(store.team_id, store.id, deal.deal_no)
    return first


@pytest.mark.parametrize(
    ("hour", "ends_at", "first_run", "shown"),
    [
        (21, at(23), "12일(목) 03:00", "내일 20:00"),
        (21, at(5, day=11), "12일(목) 03:00", "내일 20:00"),
        (10, at(23), "내일 03:00", "오늘 20:00"),
    ],
)
async def test_the_preview_says_when_it_begins_and_extends_at_once_what_would_lapse(
    world: World, hour: int, ends_at: datetime, first_run: str, shown: str
) -> None:
    deal = await shop_with_one_that_ends(world, ends_at)
    world.clock.set(at(hour))
    await look(world)
    await edit(world, 3, {"extend_days": "30"})
    preview = text_of(world.modal(MINJI))
    assert f"{first_run}입니다. 대상은 {shown}에 미리" in preview
    assert "상품 1개는 그 전에 판매가 끝납니다" in preview
    before = ends(world)
    await submit(world, MINJI, {"extend_now": ["yes"]})
    assert (await the_store(world)).extend_days == 30
    assert "상품 1개를 바로 연장합니다" in text_of(world.modal(MINJI))
    await go(world, world.clock() + timedelta(minutes=1))
    changed = {no: end - before[no] for no, end in ends(world).items() if end != before[no]}
    assert changed == {deal.deal_no: timedelta(days=30)}
    await go(world, world.clock() + timedelta(minutes=1))
    assert len(told(world, "연장")) >= 1
    assert len(writes(world)) == 1


async def test_without_the_tick_nothing_is_extended_before_the_first_run(world: World) -> None:
    deal = await shop_with_one_that_ends(world, at(5, day=11))
    world.clock.set(at(21))
    await look(world)
    await edit(world, 3, {"extend_days": "30"})
    await submit(world, MINJI, {})
    for moment in (at(22), at(3, 1, day=11), at(6, day=11)):
        await go(world, moment)
    assert writes(world) == []
    assert deal.sales_end == at(5, day=11)


async def test_the_first_run_follows_the_one_at_once(world: World) -> None:
    await shop_with_one_that_ends(world, at(23))
    other = next(deal for deal in listings(world) if deal.sales_end > at(23) and deal.sales_status(at(21)) == "ON_SALE")
    other.sales_end = at(12, day=14)
    store = await the_store(world)
    await world.bot.services[CatalogService].refresh(store.team_id, store.id, other.deal_no)
    world.clock.set(at(21))
    await look(world)
    await edit(world, 3, {"extend_days": "30"})
    await submit(world, MINJI, {"extend_now": ["yes"]})
    await go(world, at(21, 1))
    count = len(writes(world))
    assert count == 1
    await go(world, at(3, 1, day=11))
    assert len(writes(world)) == count
    await go(world, at(20, day=11))
    await go(world, at(3, 1, day=12))
    assert len(writes(world)) > count
    assert other.sales_end == at(12, day=14) + timedelta(days=30)


async def test_changing_the_length_or_another_setting_asks_nothing(world: World) -> None:
    await shop(world)
    await look(world)
    await edit(world, 3, {"extend_days": "60"})
    assert "첫 연장은" not in text_of(world.modal(MINJI))
