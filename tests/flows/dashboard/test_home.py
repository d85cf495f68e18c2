"""What waits and what is wrong, on the home tab."""

from datetime import timedelta
from typing import Any

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.home.tab import opened
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.models.inquiries import Inquiry, Source
from tmon.models.products import Deal, SalePeriodExtension, SalePeriodSchedule
from tmon.models.stock import OptionLink
from tmon.models.stores import PendingReason, StoreState
from tmon.stock.collector import STOCK


async def test_what_waits_and_what_is_wrong(world: World) -> None:
    good = await world.add_store()
    await world.add_store(
        partner=1, state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, pending_message="<인증> 실패"
    )
    order = world.tmon.new_order(good.seller_id, deals=1, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    shown = text_of(await opened(world, JUNHO))
    for said in (
        "2곳 중 1곳",
        "대기 *1건*",
        f"`{order.order_no}`",
        "오늘 10:00 · 다음 오늘 10:05",
        "&lt;인증&gt; 실패",
    ):
        assert said in shown
    assert shown.index("소담마켓") < shown.rindex("한빛리빙")
    assert "*내일 18:00까지*" in shown


async def test_what_else_waits_stands_on_it_with_its_clock(world: World) -> None:
    store = await world.add_store(stock_on=True, extend_days=30)
    now = world.clock()
    place: dict[str, Any] = {"team_id": store.team_id, "store_id": store.id}
    async with world.db.write() as session:
        for number in (1, 2):
            session.add(OptionLink(**place, deal_no=1, option_no=number, sku_id="sk_1", mismatch=number, watch_at=now))
        session.add(
            Inquiry(
                **place,
                source=Source.QUESTION,
                number=1,
                asked_at=now - timedelta(hours=20),
                listed_from=now.date(),
                first_seen_at=now,
            )
        )
        session.add(Deal(**place, deal_no=1, title="수건", known_since=now))
        session.add(SalePeriodSchedule(**place, due_at=now + timedelta(hours=17)))
        session.add(
            SalePeriodExtension(
                **place,
                day=now.date(),
                deal_no=1,
                old_end=now,
                target=now + timedelta(days=30),
                due_at=now + timedelta(hours=17),
            )
        )
    await world.collect(STOCK)
    shown = text_of(await opened(world, MINJI))
    assert "답변을 기다리는 문의 *1건* · 한빛리빙 (어제 14:00부터)" in shown
    assert "재고 불일치 *2건* · 한빛리빙 (오늘 10:00부터)" in shown
    assert "판매기간 연장 예정 *1건* · 한빛리빙 (내일 03:00, 그 전에 제외할 수 있습니다)" in shown
    assert "재고 동기화: 오늘 10:00 · 다음 오늘 10:10" in shown
    assert "판매기간 연장: 아직 없음 · 다음 내일 03:00" in shown
    assert shown.index("재고 불일치") < shown.index("판매기간 연장 예정")


async def test_a_clock_is_told_as_one(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id)
    world.tmon.move_to(order.order_no, "D2")
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    shown = text_of(await opened(world, MINJI))
    due = (await world.order(store, order.order_no)).ship_by
    assert f"발송 대기 *1건* · {store.name} · {world.bot.guard.texts('ko').until(due)}" in shown
    world.clock.advance(timedelta(days=8))
    assert "까지 (지남)" in text_of(await opened(world, MINJI))
