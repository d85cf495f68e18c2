"""월간 정산 리포트: once, after the reading on the 10th, with amounts only where they may stand."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select, update

from bot.playground.slack.demo import JUNHO, MINJI, ORDERS, SEOYEON
from bot.playground.slack.model import Message
from tests.flows.settlement.test_showing import books_of
from tests.flows.stores.registering import private, text_of
from tests.flows.world import World, at
from tmon.models.reports import ReportKind, ScheduledReport
from tmon.models.stores import Store

TITLE = "월간 정산 리포트"
READ = "2026-03-10 12:10"


async def tick(world: World) -> None:
    await world.run_job("post monthly reports")
    await world.settle()


def in_channel(world: World, channel: str = ORDERS) -> list[Message]:
    return [m for m in world.posts(channel) if TITLE in text_of(m.blocks)]


def direct(world: World, user: str) -> list[Message]:
    place = world.slack.conversations.direct(world.slack.people[user])
    return [m for m in world.slack.messages(place.id, user) if TITLE in text_of(m.blocks)]


async def change(world: World, store: Store, **values: Any) -> None:
    async with world.db.write() as session:
        await session.execute(update(Store).where(Store.id == store.id).values(**values))  # type: ignore[arg-type]


async def february(world: World, **over: Any) -> Store:
    """A store with two settled orders and one that is not settled, on the 9th of March."""
    store = await world.add_store(registered_by=JUNHO, **over)
    books = books_of(world, store)
    books.number += 100 * (over.get("partner", 0))
    for n in range(2):
        order = await books.order("2026-02-03 10:00", "2026-02-06 10:00")
        await books.row(f"{n}", 20_000, order=order, sold="2026-02-03 10:00", due=f"2026-0{n + 2}-25")
    await books.order("2026-02-03 10:00", "2026-02-28 23:59")
    return store


async def test_it_comes_once_after_the_reading_on_the_10th(world: World) -> None:
    world.clock.set(at(12, day=9))
    store = await february(world)
    await tick(world)
    world.clock.set(at(12, 9))
    await tick(world)
    assert in_channel(world) == direct(world, JUNHO) == []
    await books_of(world, store).read("2026-02-01", "2026-02-28", "2026-03-09 12:10")
    world.clock.set(at(12, 30))
    await tick(world)
    assert in_channel(world) == []  # its days are still being read
    await books_of(world, store).read("2026-02-01", "2026-02-28", READ)
    await tick(world)
    (report,) = in_channel(world)
    text = text_of(report.blocks)
    assert f"*{TITLE}* · 2월" in text
    assert "지급예정일이 2월: 1건\\n판매일이 2월: 2건\\n2월에 결제된 주문:" in text
    assert "*확인 필요 1건* (미정산 1 · 금액 다름 0) · 주문 없는 정산 0건\\n정산 예정 0건 · 정산됨 2건" in text
    assert "원" not in text.replace("원본", "")
    (told,) = direct(world, JUNHO)
    text = text_of(told.blocks)
    assert "지급예정일이 2월: 1건 · 판매금액 20,000원 · 계산 지급액 (계산값) *17,700원*" in text
    assert "판매일이 2월: 2건 · 판매금액 40,000원 · 계산 지급액 (계산값) *35,400원*" in text
    for _ in range(2):
        await tick(world)
        await world.restart()
    world.clock.set(at(9, day=28))
    await tick(world)
    assert (len(in_channel(world)), len(direct(world, JUNHO))) == (1, 1)
    assert direct(world, MINJI) == []
    assert not world.mail.messages
    await world.slack.click(JUNHO, channel=told.channel, ts=told.ts, action_id=f"settlement.open#{store.id}")
    await world.settle()
    assert "2026년 2월 · 지급예정일 기준" in text_of(world.modal(JUNHO))
    await world.slack.click(SEOYEON, channel=report.channel, ts=report.ts, action_id=f"settlement.open#{store.id}")
    await world.settle()
    assert not world.slack.open_modal(SEOYEON)
    assert len(private(world, SEOYEON)) == 1


async def test_amounts_stand_in_the_channel_of_stores_that_want_them(world: World) -> None:
    world.clock.set(at(12, day=9))
    for partner, shown in ((0, False), (1, True)):
        store = await february(world, partner=partner, report_revenue=shown)
        await books_of(world, store).read("2026-02-01", "2026-02-28", READ)
    await tick(world)
    world.clock.set(at(12, 30))
    await tick(world)
    (report,) = in_channel(world)
    assert text_of(report.blocks).count("*17,700원*") == 1
    (told,) = direct(world, JUNHO)
    assert text_of(told.blocks).count("*17,700원*") == 2


async def test_it_waits_for_the_hours_of_a_store_and_for_days_that_cannot_be_read_at_most_a_day(world: World) -> None:
    world.clock.set(at(12, day=9))
    store = await february(world)
    await change(world, store, hours_days=[2, 3, 4], hours_from=at(14).time(), hours_to=at(18).time())
    await books_of(world, store).read("2026-02-01", "2026-02-28", READ, but="2026-02-14")
    await tick(world)
    for moment in (at(12, 30), at(13, 59, day=11), at(14, day=11), at(13, 59, day=12)):
        world.clock.set(moment)
        await tick(world)
        assert direct(world, JUNHO) == []
    world.clock.set(at(14, day=12))
    await tick(world)
    (told,) = direct(world, JUNHO)
    text = text_of(told.blocks)
    assert "*늦은 리포트* · 월간 정산 리포트 · 2월" in text
    assert "아직 다 읽지 못한 날이 있습니다." in text
    assert "정산 예정 1건" in text
    await tick(world)
    assert len(world.mail.messages) == 1


async def test_one_that_was_missed_is_made_up_in_its_month_and_not_later(world: World) -> None:
    world.clock.set(at(12, day=9))
    store = await february(world)
    await books_of(world, store).read("2026-02-01", "2026-03-31", READ)
    await tick(world)
    world.clock.set(at(23, 59, day=31))
    await world.restart()
    await tick(world)
    (told,) = direct(world, JUNHO)
    assert "늦은 리포트" in text_of(told.blocks)
    world.clock.set(at(0, day=1, month=5))
    await tick(world)
    await tick(world)
    assert len(direct(world, JUNHO)) == 1
    async with world.db.read() as session:
        rows = list(await session.scalars(select(ScheduledReport).where(ScheduledReport.destination == JUNHO)))  # type: ignore[arg-type]
    assert {row.kind for row in rows} == {ReportKind.MONTHLY}
    given_up = {row.day: row.given_up_at is not None for row in rows}
    assert given_up == {
        date(2026, 2, 28): False,
        date(2026, 3, 31): True,
        date(2026, 4, 30): False,
        date(2026, 5, 31): False,
    }


async def test_a_store_that_came_after_the_10th_has_no_report_of_the_month_before(world: World) -> None:
    world.clock.set(at(12, 11))
    store = await february(world)
    await books_of(world, store).read("2026-02-01", "2026-02-28", READ)
    await tick(world)
    world.clock.advance(timedelta(days=1))
    await tick(world)
    assert in_channel(world) == direct(world, JUNHO) == []


async def test_at_the_end_of_a_year_december_is_told_in_january(world: World) -> None:
    world.clock.set(at(12, day=9, month=1))
    store = await world.add_store(registered_by=JUNHO)
    books = books_of(world, store)
    await books.row("1", 10_000, sold="2025-12-31 23:59", due="2026-01-10")
    await books.read("2025-12-01", "2025-12-31", "2026-01-10 12:10")
    await tick(world)
    world.clock.set(at(12, 30, day=10, month=1))
    await tick(world)
    (told,) = direct(world, JUNHO)
    text = text_of(told.blocks)
    assert "· 2025년 12월" in text
    assert "판매일이 2025년 12월: 1건 · 판매금액 10,000원" in text
    assert "지급예정일이 2025년 12월: 0건" in text
