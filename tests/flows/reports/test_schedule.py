"""Reports come once, at their time, within the hours; late ones are made up, whatever crashed."""

import asyncio
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import update

from tests.flows.reports.reporting import order, planned, reports, store_rows, tick, words
from tests.flows.world import World, at
from tmon.clock import KST
from tmon.models.reports import ReportKind
from tmon.models.stores import Store, StoreState
from tmon.reports.messages import ReportsLate
from tmon.reports.schedule import ReportSchedule

QUIET = "새 주문과 기다리는 일이 없습니다."


async def change(world: World, store: Store, **values: object) -> None:
    """Changes a store as a person would in its settings."""
    async with world.db.write() as session:
        await session.execute(update(Store).where(Store.id == store.id).values(**values))  # type: ignore[arg-type]


async def test_a_report_comes_every_morning_once_and_tells_of_yesterday(world: World) -> None:
    store = await world.add_store()
    assert await tick(world) == []
    kinds = [(row.kind, f"{row.day}", row.due_at) for row in await planned(world)]
    assert kinds == [
        (ReportKind.DAILY, "2026-03-10", at(9, day=11)),
        (ReportKind.WEEKLY, "2026-03-15", at(9, day=16)),
    ]
    await store_rows(world, order(store, 1, at(23, 59)), order(store, 2, at(0, day=11)))
    world.clock.set(at(8, 59, day=11))
    assert await tick(world) == []
    world.clock.set(at(9, day=11))
    (report,) = await tick(world)
    assert report.channel == store.channel_id
    assert "*일일 리포트* · 3월 10일(화)" in words(report)
    assert "새 주문 *1건*" in words(report)
    assert await tick(world) == [report]
    await world.restart()
    assert await tick(world) == [report]
    world.clock.set(at(9, day=12))
    assert "3월 11일(수)" in words((await tick(world))[1])
    assert not world.mail.messages


async def test_two_looks_at_once_post_one_report(world: World) -> None:
    await world.add_store()
    await tick(world)
    world.clock.set(at(9, day=11))
    schedule = world.bot.services[ReportSchedule]
    await asyncio.gather(schedule(), ReportSchedule(world.bot.services.core)(), schedule())
    await world.settle()
    assert len(await reports(world)) == 1


async def test_an_empty_day_is_one_quiet_line(world: World) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    await tick(world)
    world.clock.set(at(9, day=11))
    (report,) = await tick(world)
    assert words(report) == f"📊 *일일 리포트* · 3월 10일(화) · {QUIET}"
    assert len(report.blocks) == 1


async def test_each_channel_has_its_own_and_a_paused_store_has_none(world: World) -> None:
    first = await world.add_store()
    second = await world.add_store(partner=1, channel="2024")
    world.slack.faults.archive(second.channel_id, archived=False)
    third = await world.add_store(partner=2, sync_on=False)
    await store_rows(world, *(order(one, n, at(12)) for n, one in enumerate((first, second, third))))
    await tick(world)
    world.clock.set(at(9, day=11))
    found = {message.channel: words(message) for message in await tick(world)}
    assert found.keys() == {first.channel_id, second.channel_id}
    assert first.name in found[first.channel_id]
    assert second.name not in found[first.channel_id]
    assert third.name not in found[first.channel_id]


async def test_a_week_is_told_on_its_first_business_day(world: World) -> None:
    """Monday, 2 March 2026 is a substitute holiday: the week before is told on Tuesday."""
    world.clock.set(at(10, month=2, day=26))
    await world.add_store()
    await tick(world)
    world.clock.set(at(9, 5, day=2))
    assert all("주간 리포트" not in words(message) for message in await tick(world))
    world.clock.set(at(9, day=3))
    (weekly,) = [words(message) for message in await tick(world) if "주간 리포트" in words(message)]
    assert "2월 23일(월)~3월 1일(일)" in weekly


async def test_hours_move_a_report_to_the_next_opening_and_join_those_that_meet_there(world: World) -> None:
    store = await world.add_store(hours_days=[0, 1, 2, 3, 4], hours_from=time(10), hours_to=time(18))
    world.clock.set(at(11, day=12))
    await tick(world)
    await store_rows(world, order(store, 1, at(12, day=14)))
    for moment in (at(10, day=13), at(9, 30, day=14), at(9, 30, day=15), at(9, 59, day=16)):
        world.clock.set(moment)
        await tick(world)
    assert ["3월 12일(목)" in words(message) for message in await reports(world)] == [True]
    world.clock.set(at(10, day=16))
    daily = [words(message) for message in await tick(world) if "일일 리포트" in words(message)]
    assert "3월 13일(금)~3월 15일(일)" in daily[1]
    assert "늦은 리포트" not in daily[1]
    assert "새 주문 *1건*" in daily[1]
    assert not world.mail.messages


async def test_a_report_whose_hours_are_lifted_comes_at_once_and_is_not_late(world: World) -> None:
    store = await world.add_store(hours_days=[0])
    await tick(world)
    world.clock.set(at(15, day=11))
    assert await tick(world) == []
    await change(world, store, hours_days=[])
    (report,) = await tick(world)
    assert "늦은 리포트" not in words(report)


async def test_a_report_that_did_not_come_is_made_up_within_a_day_and_the_operator_hears_of_it_once(
    world: World,
) -> None:
    store = await world.add_store()
    await world.add_store(partner=1, channel="대표")
    world.slack.faults.invite_bot(world.channel("대표").id)
    await tick(world)
    await store_rows(world, order(store, 1, at(12)), order(store, 2, at(12, day=11)))
    world.clock.set(at(20, day=12))
    await world.restart()
    found = await tick(world)
    assert len(found) == 2, "of the 11th, in both channels; that of the 10th is older than a day"
    assert all("*늦은 리포트* · 일일 리포트 · 3월 11일(수)" in words(message) for message in found)
    (letter,) = world.mail.messages
    assert "operator@example.com" in letter.recipients
    assert "3월 11일(수) 09:00" in letter.text
    assert "늦게 올린 리포트: 2건" in letter.text
    assert "올리지 않은 리포트: 2건" in letter.text
    assert await tick(world) == found
    assert len(world.mail.messages) == 1
    world.clock.set(at(9, day=13))
    assert "3월 12일(목)" in words((await tick(world))[-1])
    assert len(world.mail.messages) == 1


async def test_a_start_some_minutes_after_the_time_is_not_late(world: World) -> None:
    await world.add_store()
    await tick(world)
    world.clock.set(at(9, 9, day=11))
    await world.restart()
    (report,) = await tick(world)
    assert "늦은 리포트" not in words(report)
    assert not world.mail.messages


async def test_a_report_that_waited_for_slack_says_that_it_is_late(world: World) -> None:
    store = await world.add_store()
    await tick(world)
    world.clock.set(at(9, day=11))
    world.slack.faults.refuse("chat.postMessage", "internal_error", times=50, about=store.channel_id)
    await world.run_job("post reports")
    await world.bot.outbox.deliver()
    world.slack.faults.clear()
    world.clock.set(at(9, 30, day=11))
    (report,) = await tick(world)
    assert "늦은 리포트" in words(report)


async def test_a_store_that_was_paused_for_days_has_no_late_reports(world: World) -> None:
    store = await world.add_store()
    await tick(world)
    await change(world, store, sync_on=False)
    for day in (11, 12, 13):
        world.clock.set(at(9, day=day))
        assert await tick(world) == []
    world.clock.set(at(11, day=13))
    await change(world, store, sync_on=True)
    assert await tick(world) == []
    world.clock.set(at(9, day=14))
    (report,) = await tick(world)
    assert "늦은 리포트" not in words(report)
    assert not world.mail.messages


async def test_what_is_not_approved_yet_has_no_reports(world: World) -> None:
    await world.add_store(state=StoreState.PENDING, approved_at=None)
    assert await tick(world) == []
    assert await planned(world) == []


@pytest.mark.parametrize(
    ("paid", "inside"),
    [
        (datetime(2026, 12, 31, 0, 0, tzinfo=KST), True),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST), True),
        (datetime(2026, 12, 30, 23, 59, 59, tzinfo=KST), False),
        (datetime(2027, 1, 1, 0, 0, tzinfo=KST), False),
    ],
)
async def test_a_day_ends_at_midnight_in_korea_also_that_of_the_year(
    world: World, paid: datetime, inside: bool
) -> None:
    world.clock.set(datetime(2026, 12, 31, 10, tzinfo=KST))
    store = await world.add_store()
    await tick(world)
    await store_rows(world, order(store, 1, paid))
    world.clock.set(datetime(2027, 1, 1, 9, tzinfo=KST))
    (report,) = await tick(world)
    assert "2026년 12월 31일(목)" in words(report)
    assert f"새 주문 *{1 if inside else 0}건*" in words(report)
    assert "2026년 12월 지연" in words(report)


async def test_a_clock_that_is_set_back_posts_nothing_twice(world: World) -> None:
    await world.add_store()
    await tick(world)
    world.clock.set(at(9, day=11))
    found = await tick(world)
    world.clock.set(at(10) - timedelta(days=20))
    assert await tick(world) == found
    world.clock.set(at(9, 5, day=11))
    assert [words(message) for message in await tick(world) if "3월 10일" in words(message)] == [words(found[0])]


def test_the_mail_is_of_a_kind_that_stays() -> None:
    assert ReportsLate.kind == "reports_late"
