"""The vacation mode: preview, steps, way back, and what goes wrong in between."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.tmon import PlacedOrder
from bot.playground.tmon.deal_listings import Listing
from bot.playground.tmon.faults import Mode
from bot.playground.tmon.seed_shop import open_shop
from tests.flows.cards import posted, shows
from tests.flows.stock.shop import LIVING, Shop, change
from tests.flows.stores.editing import audits, look
from tests.flows.stores.registering import click, private, submit, text_of
from tests.flows.world import World, at
from tmon.models.calendar import ClosedDay, Vacation, VacationItem, VacationStep
from tmon.models.products import Deal
from tmon.models.stores import Store

JOB = "carry out vacations"
SPAN = {"starts_on": "2026-03-10", "ends_on": "2026-03-16", "ship_on": "2026-03-17"}
PAUSE, RESUME, DELAY = "deals.pause", "deals.resume", "orders.delay"


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store with stock sync that knows all its deals, two of them on sale, and an order that waits to be shipped."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True, registered_by=MINJI))
    for number, deal in enumerate(deals(shop)):
        deal.paused, deal.sales_end = number >= 2, at(10, day=1, month=12)
    await shop.know(*deals(shop))
    return shop


def deals(shop: Shop) -> list[Listing]:
    """The deals of the shop at TMON, in the order in which they are paused."""
    found = (deal for deal in shop.world.tmon.deals.values() if deal.partner_id == LIVING.partner_id)
    return sorted(found, key=lambda deal: deal.deal_no)[:3]


async def waiting(shop: Shop) -> PlacedOrder:
    """An order in D2."""
    option = next(iter(deals(shop)[0].options))
    order = shop.world.tmon.sell(option, ordered_at=shop.world.clock() - timedelta(minutes=31))
    await shop.world.collect()
    shop.world.tmon.move_to(order.order_no, "D2")
    shop.world.clock.advance(timedelta(minutes=6))
    await shop.world.collect()
    return order


async def preview(shop: Shop, span: dict[str, str] = SPAN, user: str = MINJI) -> Any:
    """Opens the form and types the days."""
    await look(shop.world, user)
    await click(shop.world, user, "vacation.open")
    return await submit(shop.world, user, span)


async def begin(shop: Shop, span: dict[str, str] = SPAN) -> None:
    """Begins a vacation; nothing of it is done yet."""
    assert (await preview(shop, span)).errors == {}
    assert (await submit(shop.world, MINJI, {})).errors == {}


async def work(shop: Shop) -> None:
    """One run of the job, and what it tells."""
    await shop.world.run_job(JOB)
    await shop.world.settle()


async def steps(shop: Shop) -> dict[tuple[int, bool], VacationStep]:
    """The steps, by deal and whether they are notices."""
    async with shop.world.db.read() as session:
        rows = await session.scalars(select(VacationItem))
        return {(row.deal_no, bool(row.order_no)): row.state for row in rows}


async def card(shop: Shop) -> str:
    """The message of the last vacation."""
    return shows((await posted(shop.world, f"vacation/{shop.store.id}/"))[-1])


async def closed(shop: Shop) -> list[date]:
    """The closed days."""
    async with shop.world.db.read() as session:
        return list(await session.scalars(select(col(ClosedDay.day)).order_by(col(ClosedDay.day))))


def calls(shop: Shop, name: str) -> int:
    return len(shop.world.tmon.calls_of(name))


async def end(shop: Shop) -> None:
    """Presses 휴가 끝내기 on the settings view, twice."""
    await look(shop.world)
    await click(shop.world, MINJI, "vacation.end")
    assert (await submit(shop.world, MINJI, {})).errors == {}


async def test_a_vacation_takes_down_what_its_preview_named_and_brings_back_only_that(shop: Shop) -> None:
    order = await waiting(shop)
    first, second, paused = deals(shop)
    await preview(shop)
    view = shop.world.modal(MINJI)
    shown = text_of(view)
    assert "판매 중인 상품 3개를 일시중지" in shown  # none of them was read yet
    assert "발송 대기 중인 1건" in shown
    assert "되돌릴 수 없습니다" in shown
    assert [(part or {})["text"] for part in (view.title, view.submit)] == ["휴가 모드", "휴가 시작"]
    await submit(shop.world, MINJI, {})
    assert "판매 일시중지 0/3 · 발송지연 알림 0/1" in await card(shop)
    await work(shop)
    assert (first.paused, second.paused, paused.paused) == (True, True, True)
    assert (calls(shop, PAUSE), calls(shop, DELAY)) == (2, 1)
    assert "판매 일시중지 2/2 · 발송지연 알림 1/1" in await card(shop)
    body: Any = shop.world.tmon.calls_of(DELAY)[0].body
    assert body["deliveryScheduledDate"] == "2026-03-17"
    assert "휴가" in body["delayedReasonDetail"]
    assert await closed(shop) == [date(2026, 3, day) for day in range(10, 17)]
    row = await shop.world.order(shop.store, order.order_no)
    assert row.ship_by == at(23, 59, day=13) + timedelta(seconds=59)

    await work(shop)  # nothing is done twice
    assert (calls(shop, PAUSE), calls(shop, DELAY)) == (2, 1)

    shop.world.clock.set(at(10, day=12))
    await end(shop)
    assert await closed(shop) == [date(2026, 3, 10), date(2026, 3, 11)]
    await work(shop)
    assert (first.paused, second.paused, paused.paused) == (False, False, True)
    assert calls(shop, RESUME) == 2
    assert "판매 재개 2/2" in await card(shop)
    await work(shop)
    assert calls(shop, RESUME) == 2
    actions = [one.action for one in await audits(shop.world) if one.action.startswith("vacation.")]
    assert actions == ["vacation.begin", "vacation.end"]


async def test_a_second_press_begins_and_ends_nothing_twice(shop: Shop) -> None:
    assert (await preview(shop)).errors == {}
    view = shop.world.modal(MINJI)
    await asyncio.gather(*(shop.world.slack.submit(MINJI, view.id, {}) for _ in range(2)))
    await shop.world.settle()
    assert "이미 휴가" not in str(private(shop.world, MINJI))
    async with shop.world.db.read() as session:
        assert len(list(await session.scalars(select(Vacation)))) == 1
    await look(shop.world)
    assert "vacation.open" not in text_of(shop.world.modal(MINJI))
    await work(shop)
    assert calls(shop, PAUSE) == 2
    await click(shop.world, MINJI, "vacation.end")
    view = shop.world.modal(MINJI)
    await asyncio.gather(*(shop.world.slack.submit(MINJI, view.id, {}) for _ in range(2)))
    await shop.world.settle()
    await work(shop)
    assert calls(shop, RESUME) == 2


async def test_the_stock_sync_resumes_nothing_meanwhile(shop: Shop) -> None:
    world, towels = shop.world, shop.towels
    towels.paused = False
    await shop.ready()
    await begin(shop)
    await work(shop)
    assert towels.paused
    for _ in range(2):
        await shop.later()
        await shop.sync()
    assert towels.paused
    assert calls(shop, RESUME) == 0
    # what is stopped in the stock list meanwhile is not sold again by the end of the vacation, but by the stock sync
    for option in towels.options.values():
        await shop.count(300, option, selling=False)
    await end(shop)
    await work(shop)
    assert towels.paused
    for option in towels.options.values():
        await shop.count(300, option, selling=True)
    await shop.sync()
    assert not towels.paused
    assert world.tmon.calls_of(RESUME)


async def test_what_somebody_resumed_is_left_to_them(shop: Shop) -> None:
    await begin(shop)
    await work(shop)
    first, second, _ = deals(shop)
    first.paused = False
    await end(shop)
    await work(shop)
    assert (first.paused, second.paused) == (False, False)
    assert calls(shop, RESUME) == 1


async def test_both_switches_are_needed_and_one_that_is_turned_off_stops_the_rest(shop: Shop) -> None:
    await change(shop, stock_on=False)
    await look(shop.world)
    await click(shop.world, MINJI, "vacation.open")
    assert "진열" in await shop.world.notice(MINJI)
    await change(shop, stock_on=True)
    await begin(shop)
    await change(shop, product_on=False)
    await work(shop)
    assert calls(shop, PAUSE) == 0
    assert "'상품 API'가 꺼져 있어 기다립니다" in await card(shop)
    await look(shop.world)
    await click(shop.world, MINJI, "vacation.end")
    await submit(shop.world, MINJI, {})  # nothing is paused yet, so nothing has to be resumed
    await work(shop)
    assert {*(await steps(shop)).values()} == {VacationStep.SKIPPED}
    await change(shop, product_on=True)
    await begin(shop)
    await work(shop)
    assert calls(shop, PAUSE) == 2
    await change(shop, sync_on=False)
    await look(shop.world)
    await click(shop.world, MINJI, "vacation.end")
    assert "연동이 중지" in await shop.world.notice(MINJI)
    assert calls(shop, RESUME) == 0


@pytest.mark.parametrize("mode", ["error_500", "down", "hang_after_write", "empty_without_effect", "html_502"])
async def test_a_tmon_that_fails_is_asked_again_and_nothing_is_lost(shop: Shop, mode: Mode) -> None:
    await waiting(shop)
    await begin(shop)
    shop.world.tmon.faults.mode = mode
    shop.world.tmon.faults.only = {PAUSE, DELAY}
    await work(shop)
    shop.world.tmon.faults.clear()
    for _ in range(8):
        shop.world.clock.advance(timedelta(seconds=61))
        await shop.world.run_job("settle writes")
        await work(shop)
    assert [deal.paused for deal in deals(shop)] == [True] * 3
    assert "판매 일시중지 2/2 · 발송지연 알림 1/1" in await card(shop)
    assert "응답하지 않습니다" not in await card(shop)
    assert calls(shop, DELAY) <= 3


async def test_what_tmon_refuses_is_named_with_what_to_do(shop: Shop) -> None:
    await begin(shop)
    shop.world.tmon.faults.mode = "error_500_json"
    shop.world.tmon.faults.error_text = "판매상태를 변경할 수 없습니다."
    shop.world.tmon.faults.only = {PAUSE}
    await work(shop)
    said = await card(shop)
    assert "판매를 멈추지 못했습니다. 티몬이 거절했습니다. 티몬: 판매상태를 변경할 수 없습니다." in said
    assert "'다시 시도'를 누르거나" in said
    async with shop.world.db.read() as session:
        assert not any((await session.scalars(select(col(Deal.paused_by_us)))).all())
    shop.world.tmon.faults.clear()
    (message,) = await posted(shop.world, f"vacation/{shop.store.id}/")
    await shop.world.slack.click(MINJI, channel=message.channel, ts=message.ts, action_id="vacation.retry")
    await shop.world.settle()
    await work(shop)
    assert "판매 일시중지 2/2" in await card(shop)
    await end(shop)
    shop.world.tmon.faults.not_offered.add(RESUME)
    await work(shop)
    assert "다시 시작하지 못했습니다. 티몬 API에서 제공하지 않습니다." in await card(shop)


async def test_a_planned_vacation_begins_at_midnight_and_reminds_after_its_last_day(shop: Shop) -> None:
    span = {"starts_on": "2026-03-14", "ends_on": "2026-03-15", "ship_on": "2026-03-17"}
    await preview(shop, span)
    assert "3월 14일(토) 0시에" in text_of(shop.world.modal(MINJI))
    await submit(shop.world, MINJI, {})
    shop.world.clock.set(at(23, 59, day=13))
    order = await waiting(shop)  # until midnight nothing is done
    assert calls(shop, PAUSE) == 0
    shop.world.clock.set(at(0, day=14))
    await work(shop)
    assert [deal.paused for deal in deals(shop)] == [True] * 3
    assert calls(shop, PAUSE) >= 2
    assert order.order_no
    assert not await posted(shop.world, "vacation_over")
    shop.world.clock.set(at(8, 59, day=16))
    await work(shop)
    assert not await posted(shop.world, "vacation_over")
    shop.world.clock.set(at(9, day=16))
    await work(shop)
    await work(shop)
    (told,) = await posted(shop.world, "vacation_over")
    assert "'휴가 끝내기'를 눌러야" in shows(told)
    assert told.thread_ts is not None
    await shop.world.slack.click(MINJI, channel=told.channel, ts=told.ts, action_id="vacation.end")
    await shop.world.settle()
    await submit(shop.world, MINJI, {})
    await work(shop)
    assert [deal.paused for deal in deals(shop)] == [False, False, True]


async def test_wrong_days_are_named_at_their_fields(shop: Shop) -> None:
    wrong = {"starts_on": "2026-03-09", "ends_on": "2026-03-08", "ship_on": "2026-03-08"}
    errors = (await preview(shop, wrong)).errors
    assert set(errors) == {"starts_on", "ends_on", "ship_on"}
    assert (await submit(shop.world, MINJI, {**SPAN, "ends_on": "2026-05-20"})).errors.keys() >= {"ends_on"}


async def test_only_people_who_manage_the_store_see_the_buttons(shop: Shop) -> None:
    await begin(shop)
    (message,) = await posted(shop.world, f"vacation/{shop.store.id}/")
    await shop.world.slack.click(JUNHO, channel=message.channel, ts=message.ts, action_id="vacation.end")
    await shop.world.settle()
    assert not shop.world.slack.open_modal(JUNHO)
    await shop.world.command(JUNHO, "stores 한빛")
    assert "휴가 모드" in text_of(shop.world.modal(JUNHO))
    assert "vacation." not in text_of(shop.world.modal(JUNHO))
    async with shop.world.db.read() as session:
        assert (await session.get_one(Store, (shop.store.team_id, shop.store.id))).removed_at is None
