"""Sale periods against the sandbox: previewed in the evening, extended at dawn, once, and reported."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI, ORDERS, SEOYEON
from handlers.products.ids import ProductAction
from tests.flows.cards import told as whispered
from tests.flows.products.extending import LENGTH, due, ends, go, press, rows, shop, states, told, writes
from tests.flows.switches import turn
from tests.flows.world import World, at
from tmon.errors import AppError
from tmon.models.audit import Audit
from tmon.models.products import Deal, ExtensionState
from tmon.models.stores import ApiGroup
from tmon.permissions import Person
from tmon.products.sale_period.service import SalePeriodService
from tmon.stores.service import StoreService


async def test_previewed_in_the_evening_extended_at_dawn_and_reported_once(world: World) -> None:
    await shop(world)
    before, wanted = ends(world), due(world)
    assert len(wanted) >= 3
    await go(world, at(19, 59))
    assert told(world, "판매기간을 30일 연장합니다") == []
    await go(world, at(20))
    (preview,) = told(world, "판매기간을 30일 연장합니다")
    assert all(deal.title[:10] in str(preview.blocks) for deal in wanted)
    await go(world, at(2, 59, day=11))
    assert writes(world) == []
    await go(world, at(3, day=11))
    extended = {deal.deal_no: LENGTH for deal in wanted}
    assert ends(world) == {no: end + extended.get(no, timedelta()) for no, end in before.items()}
    (report,) = told(world, "판매기간 연장: ")
    assert f"연장 {len(wanted)}개" in report.text
    for hour in (4, 12, 23):
        await go(world, at(hour, day=11))
    await go(world, at(3, day=12))
    assert len(writes(world)) == len(wanted)
    assert len(told(world, "판매기간 연장: ")) == 1
    async with world.db.read() as session:
        audited = await session.scalars(select(Audit).where(col(Audit.action) == "product.extend"))
        assert len(audited.all()) == len(wanted)


async def test_what_is_excluded_stays_this_time_and_is_shown_again_the_next_evening(world: World) -> None:
    await shop(world)
    first, *others = due(world)
    end = first.sales_end
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await press(world, preview, ProductAction.EXCLUDE, first)
    (preview,) = told(world, "연장합니다")
    assert f"<@{MINJI}>" in str(preview.blocks)
    await press(world, preview, ProductAction.INCLUDE, first)
    await press(world, told(world, "연장합니다")[0], ProductAction.EXCLUDE, first)
    stale = told(world, "연장합니다")[0]
    await go(world, at(3, day=11))
    assert first.sales_end == end
    assert len(writes(world)) == len(others)
    assert "더는 제외할 수 없습니다" in str(next(m for m in world.posts(ORDERS) if m.ts == stale.ts).blocks)
    with pytest.raises(AppError, match="too_late"):
        await world.bot.services[SalePeriodService].exclude(
            person(world), (await rows(world))[0].store_id, first.deal_no, date(2026, 3, 11), excluded=False
        )
    await go(world, at(20, day=11))
    again = told(world, "연장합니다")[-1]
    assert first.title[:10] in str(again.blocks)
    await go(world, at(3, day=12))
    assert first.sales_end == end + LENGTH


def person(world: World) -> Person:
    """Somebody who manages the store."""
    return Person(world.slack.team_id, MINJI, is_admin=True)


async def test_who_does_not_work_for_the_store_cannot_exclude(world: World) -> None:
    await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await press(world, preview, ProductAction.EXCLUDE, due(world)[0], user=world.person("이준호").id)
    assert ExtensionState.EXCLUDED not in await states(world)


async def test_two_people_exclude_one_deal_and_it_is_done_once(world: World) -> None:
    await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    first = due(world)[0]
    world.slack.people[SEOYEON].is_admin = True
    pressed = (press(world, preview, ProductAction.EXCLUDE, first, user) for user in (MINJI, SEOYEON))
    await asyncio.gather(*pressed)
    (excluded,) = [row for row in await rows(world) if row.state is ExtensionState.EXCLUDED]
    assert excluded.deal_no == first.deal_no
    assert [text for user in (MINJI, SEOYEON) for text in whispered(world, user, preview.channel)] == []
    async with world.db.read() as session:
        audited = await session.scalars(select(Audit).where(col(Audit.action) == "product.exclude"))
        assert len(audited.all()) == 1


@pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
async def test_the_buttons_refuse_while_the_switch_is_off_and_offer_to_turn_it_on(
    world: World, group: ApiGroup | None
) -> None:
    store = await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await turn(world, store, group, on=False)
    first = due(world)[0]
    await press(world, preview, ProductAction.EXCLUDE, first)
    assert ExtensionState.EXCLUDED not in await states(world)
    offer = next(m for m in world.slack.messages(preview.channel, MINJI) if m.ephemeral_for == MINJI)
    assert ("상품 API" if group else "연동이 중지") in offer.text
    await world.slack.click(MINJI, channel=preview.channel, ts=offer.ts, action_id="switches.turn_on")
    await world.settle()
    await press(world, preview, ProductAction.EXCLUDE, first)
    assert ExtensionState.EXCLUDED in await states(world)


async def test_a_store_that_was_removed_meanwhile(world: World) -> None:
    store = await shop(world)
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    await world.bot.services[StoreService].remove(person(world), store.id)
    await press(world, preview, ProductAction.EXCLUDE, due(world)[0])
    assert ExtensionState.EXCLUDED not in await states(world)
    await go(world, at(3, day=11))
    assert writes(world) == []


async def test_many_are_paged_in_a_modal(world: World) -> None:
    await shop(world)
    for number in range(25):
        listing = due(world)[0]
        titled = {**listing.document, "title": f"귤 {number:02}"}
        copy = replace(listing, deal_no=8800000000 + number, document=titled, changes=[])
        world.tmon.deals[8800000000 + number] = copy
    total = len(due(world))
    async with world.db.write() as session:
        kept = (await session.scalars(select(Deal).where(col(Deal.deal_no) == due(world)[0].deal_no))).one()
        values = kept.model_dump()
        for number in range(25):
            session.add(Deal(**{**values, "deal_no": 8800000000 + number, "title": f"귤 {number:02}"}))
    await go(world, at(20))
    (preview,) = told(world, "연장합니다")
    assert f"상품 *{total}개*" in preview.text
    acted = await world.slack.click(MINJI, channel=preview.channel, ts=preview.ts, action_id=ProductAction.DAY)
    await world.settle()
    assert acted.ok
    modal = world.modal(MINJI)
    excluded = next(b["accessory"] for b in modal.blocks if "accessory" in b)
    await world.slack.click(MINJI, view_id=modal.id, action_id=excluded["action_id"])
    await world.settle()
    await world.slack.click(MINJI, view_id=modal.id, action_id=f"{ProductAction.DAY}#after")
    await world.settle()
    assert "2/" in str(world.modal(MINJI).blocks)
    assert f"상품 *{total - 1}개*" in told(world, "연장합니다")[0].text
