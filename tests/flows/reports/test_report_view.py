"""`/tmon report`: periods, money for those who work for a store, posting to the channel, the workbook."""

import io
from datetime import datetime
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from bot.playground.tmon import complete_claim
from tests.flows.claims.claiming import add_claim, cancelled, collect
from tests.flows.reports.reporting import chart_of, order, reports, store_rows, tick, words
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.waybills.shipping import files_of
from tests.flows.world import World, at
from tmon.models.audit import Audit
from tmon.models.claims import ClaimKind
from tmon.models.orders import OrderState
from tmon.models.stores import Store
from tmon.reports.periods import Period, korean_day
from tmon.reports.service import ReportService


@pytest.fixture
async def store(world: World) -> Store:
    """A store for which Junho works, with orders of the last days."""
    made = await world.add_store(worker_ids=[JUNHO])
    await store_rows(
        world,
        order(made, 1, at(9), 30_000),
        order(made, 2, at(8), 20_000, state=OrderState.CANCELLED),
        order(made, 3, at(12, day=9), 7_000, title="=1+1"),
        order(made, 4, at(12, day=28, month=2), 5_000),
    )
    await add_claim(world, made, ClaimKind.CANCEL, 1, at(8), status="C3", completed_at=at(9), ended_at=at(9))
    return made


def labels(view: Any) -> list[str]:
    """What its buttons say."""
    elements = [e for block in view.blocks if block["type"] == "actions" for e in block["elements"]]
    return [e["text"]["text"] for e in elements if e["type"] == "button"]


async def choose(world: World, user: str, span: str) -> None:
    """Chooses a period in the open form."""
    view = world.modal(user)
    await world.slack.click(user, view_id=view.id, action_id="report.span", value=span)
    await world.settle()


async def look_up(world: World, user: str, **typed: Any) -> Any:
    return await submit(world, user, typed)


async def test_each_period_shows_its_own_days(world: World, store: Store) -> None:
    await world.command(JUNHO, "리포트")
    view = world.modal(JUNHO)
    assert view.title is not None and view.title["text"] == "리포트"  # noqa: PT018
    inputs = [block["label"]["text"] for block in view.blocks if block["type"] == "input"]
    assert inputs == ["기간", "스토어"]
    assert view.submit is not None
    assert view.submit["text"] == "조회"
    assert labels(view) == ["채널에 올리기", "엑셀 받기"]
    text = text_of(view)
    assert "3월 10일(화)" in text
    assert "새 주문 *2건*" in text
    assert "취소 1" in text
    assert "매출 *30,000원* · 배송비 2,500원" in text
    expected = {
        "yesterday": ("3월 9일(월)", "새 주문 *1건*", "매출 *7,000원*"),
        "week": ("3월 4일(수)~3월 10일(화)", "새 주문 *3건*", "매출 *37,000원*"),
        "month": ("3월 1일(일)~3월 10일(화)", "새 주문 *3건*", "지난 4개월 새 주문 0 · 0 · 0 · 0 (평균 0건)"),
        "last_month": ("2월 1일(일)~2월 28일(토)", "새 주문 *1건*", "매출 *5,000원*"),
    }
    for span, said in expected.items():
        assert (await look_up(world, JUNHO, span=span)).errors == {}
        for words_said in said:
            assert words_said in text_of(world.modal(JUNHO)), span


async def test_days_are_chosen_and_those_that_make_no_period_are_refused_at_their_field(
    world: World, store: Store
) -> None:
    await world.command(JUNHO, f"report {store.name}")
    await choose(world, JUNHO, "custom")
    inputs = [block["label"]["text"] for block in world.modal(JUNHO).blocks if block["type"] == "input"]
    assert inputs == ["기간", "시작일", "종료일", "스토어"]
    custom: dict[str, Any] = {"span": "custom"}
    for first, last, field in (
        ("2026-03-09", "2026-03-08", "last"),
        ("2026-03-11", "2026-03-12", "first"),
        ("2025-03-09", "2026-03-10", "last"),
    ):
        assert (await look_up(world, JUNHO, **custom, first=first, last=last)).errors.keys() == {field}
    assert (await look_up(world, JUNHO, **custom, first="2026-02-28", last="2026-03-09")).errors == {}
    text = text_of(world.modal(JUNHO))
    assert "2월 28일(토)~3월 9일(월)" in text
    assert "새 주문 *2건*" in text
    assert "매출 *12,000원*" in text
    await choose(world, JUNHO, "today")
    inputs = [block["label"]["text"] for block in world.modal(JUNHO).blocks if block["type"] == "input"]
    assert inputs == ["기간", "스토어"]


async def test_money_is_for_those_who_work_for_the_store_or_manage_it(world: World, store: Store) -> None:
    for user in (JUNHO, MINJI):
        await world.command(user, "report")
        assert "매출 *30,000원*" in text_of(world.modal(user))
        assert "채널에 올리기" in labels(world.modal(user))
    await world.command(SEOYEON, "report")
    view = world.modal(SEOYEON)
    assert "원" not in text_of(view)
    assert labels(view) == ["엑셀 받기"]
    assert "매출은 관리자와 발주확인 담당자에게만 보입니다." in text_of(view)
    await world.command(HANEUL, "report")
    assert world.slack.open_modal(HANEUL) == [] or "매출" not in text_of(world.modal(HANEUL))
    await world.command(DANIEL, "report")
    assert "New orders *2*" in text_of(world.modal(DANIEL))


async def test_a_forged_press_posts_nothing_and_a_right_that_was_taken_away_counts_at_once(
    world: World, store: Store
) -> None:
    await world.command(JUNHO, "report")
    await click(world, JUNHO, "report.share")
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).worker_ids = []
    await submit(world, JUNHO, {})
    await world.settle()
    assert await reports(world, "posted_report") == []


async def test_posting_names_the_amounts_first_and_posts_what_the_person_sees_once(world: World, store: Store) -> None:
    other = await world.add_store(partner=1)
    await store_rows(world, order(other, 9, at(9), 99_000))
    await world.command(JUNHO, "report")
    assert "99,000원" not in text_of(world.modal(JUNHO)), "Junho does not work for the other store"
    await click(world, JUNHO, "report.share")
    asked = text_of(world.modal(JUNHO))
    assert "매출 *30,000원* · 배송비 2,500원" in asked
    assert f"<#{store.channel_id}>" in asked
    assert await reports(world, "posted_report") == []
    submit_label = world.modal(JUNHO).submit
    assert submit_label is not None
    assert submit_label["text"] == "채널에 올리기"
    await submit(world, JUNHO, {})
    assert "리포트를 올렸습니다" in text_of(world.modal(JUNHO))
    (posted,) = await reports(world, "posted_report")
    assert posted.channel == store.channel_id
    assert f"<@{JUNHO}> 님이 올렸습니다" in words(posted)
    assert "매출 *30,000원* · 배송비 2,500원" in words(posted)
    assert other.name not in words(posted)
    assert chart_of(posted)["title"].startswith("매출")
    await click(world, JUNHO, "report.back")
    await click(world, JUNHO, "report.share")
    await submit(world, JUNHO, {})
    assert len(await reports(world, "posted_report")) == 2, "a second wish is a second message"
    async with world.db.read() as session:
        rows = list(await session.scalars(select(Audit).where(col(Audit.action) == "report.post")))
    assert {(row.user_id, row.store_id) for row in rows} == {(JUNHO, store.id)}


def workbook(world: World, user: str) -> Any:
    """The last file in a person's direct messages."""
    return load_workbook(io.BytesIO(files_of(world, user)[-1].content))


async def test_the_workbook_has_typed_days_and_orders_and_no_formula(world: World, store: Store) -> None:
    await world.command(JUNHO, "report")
    await look_up(world, JUNHO, span="week")
    await click(world, JUNHO, "report.export_xlsx")
    book = workbook(world, JUNHO)
    days, orders = book["일별"], book["주문"]
    numbers = ["새 주문", "발주확인", "발송", "취소", "반품", "교환", "문의", "매출", "배송비"]
    assert [cell.value for cell in days[1]] == ["날짜", "스토어", *numbers]
    rows = [[cell.value for cell in row] for row in days.iter_rows(min_row=2)]
    assert len(rows) == 7
    assert rows[-1] == [datetime(2026, 3, 10), store.name, 2, 0, 0, 1, 0, 0, 0, 30_000, 2_500]
    assert rows[-2][-2:] == [7_000, 2_500]
    assert days["A2"].is_date
    found = [[cell.value for cell in row] for row in orders.iter_rows(min_row=2)]
    assert [(row[1], row[3], row[5]) for row in found] == [
        ("9100300003", "=1+1", 7_000),
        ("9100300002", "귤 5kg", 20_000),
        ("9100300001", "귤 5kg", 30_000),
    ]
    assert orders["D2"].data_type == "s"
    assert orders["C2"].value == datetime(2026, 3, 9, 12)
    assert "취소됨" in [row[7] for row in found]
    async with world.db.read() as session:
        assert await session.scalar(select(col(Audit.action)).where(col(Audit.action) == "report.export"))


async def test_the_workbook_of_a_reader_has_no_amounts(world: World, store: Store) -> None:
    await world.command(SEOYEON, "report")
    await look_up(world, SEOYEON, span="week")
    await click(world, SEOYEON, "report.export_xlsx")
    book = workbook(world, SEOYEON)
    assert {row[-1].value for row in book["일별"].iter_rows(min_row=2)} == {None}
    assert {row[5].value for row in book["주문"].iter_rows(min_row=2)} == {None}
    assert len(list(book["주문"].iter_rows(min_row=2))) == 3


async def test_a_slack_without_charts_gets_the_message_without_the_block(world: World, store: Store) -> None:
    await world.command(JUNHO, "report")
    await click(world, JUNHO, "report.share")
    await submit(world, JUNHO, {})
    await click(world, JUNHO, "report.back")
    await click(world, JUNHO, "report.share")
    world.slack.faults.refuse("chat.postMessage", "invalid_blocks", about=store.channel_id)
    await submit(world, JUNHO, {})
    drawn, plain = await reports(world, "posted_report")
    assert words(plain) == words(drawn)
    assert plain.text == drawn.text
    types = [block["type"] for block in drawn.blocks]
    assert [block["type"] for block in plain.blocks] == [one for one in types if one != "data_visualization"]
    assert "data_visualization" in types
    numbers = [point["value"] for series in chart_of(drawn)["chart"]["series"] for point in series["data"]]
    assert all(f"{number:,}" in words(plain) for number in numbers)


async def test_a_day_of_another_year_is_shown_with_it(world: World, store: Store) -> None:
    world.clock.set(datetime(2027, 1, 1, 0, 30, tzinfo=at(0).tzinfo))
    await store_rows(world, order(store, 20, datetime(2026, 12, 31, 23, 59, tzinfo=at(0).tzinfo), 1_000))
    await world.command(JUNHO, "report")
    assert "새 주문 *0건*" in text_of(world.modal(JUNHO))
    await look_up(world, JUNHO, span="yesterday")
    assert "2026년 12월 31일(목)" in text_of(world.modal(JUNHO))
    assert "매출 *1,000원*" in text_of(world.modal(JUNHO))
    await look_up(world, JUNHO, span="last_month")
    assert "2026년 12월 1일(화)~2026년 12월 31일(목)" in text_of(world.modal(JUNHO))


async def test_amounts_come_into_the_channel_only_where_the_store_lets_them(world: World, store: Store) -> None:
    await world.command(MINJI, f"stores {store.name}")
    text = text_of(world.modal(MINJI))
    assert "*리포트에 매출 표시*\\n사용 안 함" in text or "*리포트에 매출 표시*\n사용 안 함" in text
    world.clock.set(at(8, day=11))
    await tick(world)
    world.clock.set(at(9, day=11))
    (hidden,) = await tick(world)
    assert "원" not in words(hidden)
    assert chart_of(hidden)["title"].startswith("새 주문")
    await click(world, MINJI, "report.setting")
    await submit(world, MINJI, {"report_revenue": "on"})
    assert "사용" in text_of(world.modal(MINJI))
    told = [message.text for message in world.posts(store.channel_id) if "리포트에 매출 표시" in message.text]
    assert len(told) == 1
    world.clock.set(at(9, day=12))
    shown = words((await tick(world))[-1])
    assert "매출 *0원*" in shown
    async with world.db.read() as session:
        assert (await session.get_one(Store, (store.team_id, store.id))).report_revenue is True


async def test_a_partial_cancel_lowers_the_revenue_of_the_day_of_payment_and_not_the_orders(world: World) -> None:
    made = await world.add_store(worker_ids=[JUNHO])
    placed, asked = await cancelled(world, made, deals=1, qty=1)
    row = await world.order(made, placed.order_no)
    before, days = row.amount, Period(korean_day(row.paid_at), korean_day(row.paid_at))
    service = world.bot.services[ReportService]
    found = (await service.figures(made.team_id, [made.id], days))[made.id].figures
    assert (found.sales.orders, found.sales.revenue, found.cancelled) == (1, before, 0)
    complete_claim(world.tmon, asked.claim_no)
    await collect(world)
    found = (await service.figures(made.team_id, [made.id], days))[made.id].figures
    option = placed.deals[0].options[0]
    assert found.sales.orders == 1
    assert found.sales.revenue == before - option.price
    assert found.sales.delivery_fees == row.delivery_fee
