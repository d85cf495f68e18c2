"""`/tmon admin` through real sockets: who may, marks one by one and by list, rights, the audit list."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import View
from tests.flows.stores.registering import click, private, submit, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.world import World
from tmon.audit import AuditLog, record, record_in_team
from tmon.models.incidents import Incident
from tmon.models.products import Deal
from tmon.models.stores import Store
from tmon.permissions import Person
from tmon.products.runple import RunpleService
from tmon.stores.service import StoreService


async def opened(world: World, where: str) -> View:
    """One part of `/tmon admin`, as the owner sees it."""
    await world.command(world.owner, "admin")
    await click(world, world.owner, f"admin.{where}")
    return world.modal(world.owner)


async def marked(world: World) -> set[int]:
    """The deals that are marked."""
    async with world.db.read() as session:
        return set(await session.scalars(select(col(Deal.deal_no)).where(col(Deal.runple))))


async def test_only_admins_get_in(world: World) -> None:
    await world.add_store(registered_by=JUNHO)
    await world.command(JUNHO, "admin")
    assert "소유자나 관리자만" in private(world, JUNHO)[-1]
    assert world.slack.open_modal(JUNHO) == []


async def test_who_is_no_admin_any_more_marks_nothing(world: World) -> None:
    store = await world.add_store()
    await opened(world, "runple")
    owner = world.owner
    person = world.slack.people[owner]
    person.is_owner = person.is_admin = False
    world.clock.advance(timedelta(hours=1))
    await world.restart()  # what is known of people is kept for minutes of real time
    await click(world, owner, f"admin.mark_store#{store.id}")
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).runple


async def test_a_store_and_its_deals_are_marked_one_by_one(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    deal = order.deals[0].deal_no
    await world.collect()
    assert "런플 이용 안 함" in text_of(await opened(world, "runple"))
    await click(world, world.owner, f"admin.mark_store#{store.id}")
    await click(world, world.owner, f"admin.deals#{store.id}")
    await click(world, world.owner, f"admin.mark_deal#{deal}")
    assert await marked(world) == {deal}
    assert "🏷️ 런플" in text_of(world.modal(world.owner))
    await click(world, world.owner, f"admin.unmark_deal#{deal}")
    assert await marked(world) == set()
    await click(world, world.owner, "admin.runple")
    assert "런플 상품 0개" in text_of(world.modal(world.owner))
    await click(world, world.owner, f"admin.unmark_store#{store.id}")
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).runple


async def test_deals_are_marked_by_a_list_of_numbers_whole_or_not_at_all(world: World) -> None:
    store = await world.add_store(runple=True)
    await opened(world, "runple")
    await click(world, world.owner, f"admin.deals#{store.id}")
    await click(world, world.owner, "admin.numbers")
    acted = await submit(world, world.owner, {"numbers": "1001, 10o2\n-3 1004"})
    assert "2개 있습니다: 10o2, -3" in acted.errors["numbers"]
    assert "입력해" in (await submit(world, world.owner, {"numbers": " ,\n "})).errors["numbers"]
    assert await marked(world) == set()
    assert (await submit(world, world.owner, {"numbers": "1001, １００２\n1001 1004"})).errors == {}
    assert await marked(world) == {1001, 1002, 1004}
    shown = text_of(world.modal(world.owner))
    assert "3개를 런플로 표시했습니다" in shown
    assert "3개는 아직 주문이 없어" in shown
    await click(world, world.owner, "admin.numbers")
    await submit(world, world.owner, {"numbers": "1001 1004 9999", "mark": "off"})
    assert await marked(world) == {1002}
    assert "2개의 런플 표시를 해제했습니다" in text_of(world.modal(world.owner))
    assert (await submit(world, world.owner, {"search": "1004"})).errors == {}
    assert "1002" not in text_of(world.modal(world.owner))


async def test_two_admins_mark_the_same_at_once(world: World) -> None:
    store = await world.add_store()
    people = [Person(store.team_id, user, is_admin=True) for user in (world.owner, MINJI)]
    settings = world.bot.services[StoreService].settings
    await asyncio.gather(*(settings.mark_runple(person, store.id, on=True) for person in people))
    marks = await asyncio.gather(
        *(world.bot.services[RunpleService].mark_deals(person, store.id, [1003, 1001], on=True) for person in people)
    )
    assert sorted((one.changed, one.same) for one in marks) == [(0, 2), (2, 0)]
    assert await marked(world) == {1001, 1003}
    found = await world.bot.services[AuditLog].page(store.team_id)
    assert sorted(row.action for row in found.items) == ["product.runple_on", "store.runple_on"]


async def test_rights_store_by_store(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await world.add_store(partner=1, registered_by=JUNHO, worker_ids=[MINJI])
    shown = text_of(await opened(world, "rights"))
    assert f"관리: <@{MINJI}>, 워크스페이스 소유자·관리자" in shown
    assert f"발주확인: <@{MINJI}>, 워크스페이스" in shown
    assert f"발주확인: <@{MINJI}> (지정된 담당자만)" in shown


async def did(world: World, user: str, action: str, store: Store | None = None, days_ago: int = 0, **over: Any) -> None:
    async with world.db.write() as session:
        now = world.clock() - timedelta(days=days_ago)
        if store is None:
            record_in_team(session, world.slack.team_id, user, action, now, **over)
        else:
            record(session, store, user, action, now, **over)


async def test_the_audit_list_is_narrowed_by_store_person_and_day(world: World) -> None:
    one, two = await world.add_store(), await world.add_store(partner=1)
    await did(world, MINJI, "order.confirm", one, subject=4711)
    await did(world, JUNHO, "store.see_contact", two)
    await did(world, "auto", "order.confirm", one, days_ago=1, subject=4712)
    await did(world, "system", "something.new", two, days_ago=2)
    shown = text_of(await opened(world, "audit"))
    assert f"<@{JUNHO}> · *담당자 정보 열람* · 소담마켓" in shown
    for said in ("4711", "4712", "자동 발주확인", "something.new", "기록 4건"):
        assert said in shown
    for given, seen, unseen in (
        ({"store~0": one.id}, "4711", "열람"),
        ({"user~0": MINJI}, "4711", "4712"),
        ({"user~0": None, "day~0": "2026-03-09"}, "4712", "4711"),
    ):
        acted = await submit(world, world.owner, given)
        assert acted.errors == {}
        shown = text_of(world.modal(world.owner))
        assert seen in shown
        assert unseen not in shown
    await click(world, world.owner, "admin.audit")
    assert "기록 4건" in text_of(world.modal(world.owner))


async def test_the_audit_list_has_pages_that_stay_narrowed(world: World) -> None:
    store = await world.add_store()
    for number in range(20):
        await did(world, MINJI, "order.hold", store, subject=9000 + number)
    await did(world, JUNHO, "order.hold", store, subject=1)
    await opened(world, "audit")
    await submit(world, world.owner, {"user~0": MINJI})
    assert "기록 20건" in text_of(world.modal(world.owner))
    await click(world, world.owner, "admin.audit#after")
    view = world.modal(world.owner)
    assert "기록 20건" in text_of(view)
    assert "admin.audit#before" in buttons(view)


async def test_a_batch_is_one_line_and_the_file_has_every_row(world: World) -> None:
    one, two = await world.add_store(), await world.add_store(partner=1)
    for number in range(58):
        await did(world, MINJI, "order.confirm", one, subject=9100200700 + number)
        if number % 10 == 0:
            await did(world, JUNHO, "order.confirm", two, subject=9200 + number)
        world.clock.advance(timedelta(seconds=2))
    await did(world, MINJI, "order.hold", one, subject=1)
    await did(world, MINJI, "order.hold", one, subject=2)
    shown = text_of(await opened(world, "audit"))
    assert "기록 66건" in shown
    assert "`9100200757` 외 57건" in shown
    assert "`9250` 외 5건" in shown
    assert shown.count("*발주 보류*") == 2
    await click(world, world.owner, "admin.export_audit")
    (file,) = [file for file in world.slack.files.values() if file.name.endswith(".csv")]
    lines = file.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 67
    assert "9100200700" in lines[-1] or "9100200700" in lines[-2]


async def test_batches_with_minutes_between_them_are_told_apart(world: World) -> None:
    store = await world.add_store()
    for minutes in (0, 0, 10, 0):
        world.clock.advance(timedelta(minutes=minutes))
        await did(world, MINJI, "order.confirm", store, subject=minutes)
    assert text_of(await opened(world, "audit")).count("외 1건") == 2


async def test_an_incident_is_called_by_its_name(world: World) -> None:
    store = await world.add_store(registered_by=MINJI)
    world.tmon.faults.reject_partners.add(store.seller_id)
    await world.collect()
    async with world.db.read() as session:
        incident = (await session.scalars(select(Incident))).one()
    await did(world, JUNHO, "incident.take", subject=incident.id)
    await did(world, JUNHO, "incident.take", subject="in_gone")
    shown = text_of(await opened(world, "audit"))
    assert incident.id not in shown
    assert "*장애 담당* · API 인증 Key 거절, 3월 10일(화)" in shown


@pytest.mark.parametrize("part", ["rights", "runple"])
async def test_many_stores_have_pages(world: World, part: str) -> None:
    for number in range(12):
        await world.add_store(seller_id=f"seller{number}", name=f"스토어{number:02}", name_key=f"스토어{number:02}")
    assert "스토어11" not in text_of(await opened(world, part))
    await click(world, world.owner, f"admin.{part}#after")
    assert "스토어11" in text_of(world.modal(world.owner))
