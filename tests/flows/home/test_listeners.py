"""The home tab through real sockets: opened, kept up to date, paged, and leading to the flows."""

from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI, ORDERS
from bot.playground.tmon.demo import DEMO_PARTNERS
from tests.flows.home.tab import opened, press, tab
from tests.flows.stores.registering import CONTACT, api, private, stores, submit, text_of
from tests.flows.world import World
from tmon.models.inquiries import Inquiry, Source
from tmon.models.products import Deal, SalePeriodExtension, SalePeriodSchedule
from tmon.models.stock import OptionLink
from tmon.models.stores import PendingReason, StoreState
from tmon.stock.collector import STOCK
from tmon.stores.service import StoreService

LIVING, MARKET = DEMO_PARTNERS


async def test_an_empty_workspace_is_led_to_setup(world: World) -> None:
    view = await opened(world, JUNHO)
    assert "연결해 보세요" in text_of(view)
    await press(world, JUNHO, "setup.new")
    assert "판매자 ID" in text_of(world.modal(JUNHO))
    await world.slack.close(JUNHO, world.modal(JUNHO).id)
    await press(world, JUNHO, "guide.open")
    assert len(world.slack.open_modal(JUNHO)) == 1


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


async def test_it_follows_what_its_person_does_anywhere(world: World) -> None:
    store = await world.add_store()
    order = world.tmon.new_order(store.seller_id, deals=1)
    await world.collect()
    assert "대기 *1건*" in text_of(await opened(world, MINJI))
    card = next(m for m in world.posts("주문") if f"`{order.order_no}`" in str(m.blocks))
    confirm = next(
        e["action_id"]
        for block in card.blocks
        if block["type"] == "actions"
        for e in block["elements"]
        if e["action_id"].startswith("order.confirm")
    )
    await world.slack.click(MINJI, channel=card.channel, ts=card.ts, action_id=confirm)
    await world.settle()
    assert "발주확인 대기 없음" in text_of(tab(world, MINJI))
    await world.command(MINJI, "sync off")
    assert "연동 중지됨" in text_of(tab(world, MINJI))
    assert world.slack.home(JUNHO) is None  # who never looked gets none


async def test_open_incidents_stand_on_it(world: World) -> None:
    await world.add_store()
    world.tmon.faults.reject_partners.add(LIVING.partner_id)
    await world.collect()
    view = await opened(world, JUNHO)
    assert "진행 중인 장애" in text_of(view)
    assert "부터 주문을 수집하지 못했습니다" in text_of(view)
    await press(world, JUNHO, "home.go#incidents")
    assert len(world.slack.open_modal(JUNHO)) == 1
    world.tmon.faults.reject_partners.clear()
    world.clock.advance(timedelta(hours=1, minutes=1))
    await world.bot.services[StoreService].recheck_due()
    await world.collect()
    await press(world, JUNHO, "home.refresh")
    assert "진행 중인 장애" not in text_of(tab(world, JUNHO))


@pytest.mark.parametrize("word", ["orders", "cs", "stores", "incidents", "setup", "guide"])
async def test_every_way_on_opens_its_flow(world: World, word: str) -> None:
    await world.add_store()
    await opened(world, MINJI)
    await press(world, MINJI, f"home.go#{word}")
    assert len(world.slack.open_modal(MINJI)) == 1


@pytest.mark.parametrize("word", ["cs", "products", "stock", "templates"])
async def test_every_way_on_from_a_store_opens_its_flow(world: World, word: str) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    view = await opened(world, MINJI)
    row = [block for block in view.blocks if f"home.go#{word}" in str(block)][-1]
    await world.slack.click(MINJI, view_id=view.id, action_id=f"home.go#{word}", block_id=row["block_id"])
    await world.settle()
    assert len(world.slack.open_modal(MINJI)) == 1


async def test_a_store_opens_for_those_who_manage_it_and_for_those_who_look(world: World) -> None:
    store = await world.add_store()
    for user, edits in ((MINJI, True), (JUNHO, False)):
        await opened(world, user)
        await press(world, user, f"settings.open#{store.id}")
        shown = text_of(world.modal(user))
        assert "한빛리빙" in shown
        assert ("settings.edit" in shown) is edits


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


async def test_guests_read_why_it_is_empty(world: World) -> None:
    await world.add_store()
    guest = world.person("정하늘").id
    view = await opened(world, guest)
    assert "게스트" in text_of(view)
    assert "한빛리빙" not in text_of(view)
    assert private(world, guest) == []


async def test_it_speaks_the_language_of_its_reader(world: World) -> None:
    await world.add_store()
    assert "TMON today" in text_of(await opened(world, DANIEL))


async def test_a_look_at_the_messages_draws_nothing(world: World) -> None:
    await world.slack.open_home(MINJI, "messages")
    await world.settle()
    assert world.slack.home(MINJI) is None


async def test_a_store_registered_from_the_tab_stands_on_it(world: World) -> None:
    await opened(world, MINJI)
    await press(world, MINJI, "setup.new")
    for answers in (api(), CONTACT, {"channel": ORDERS}):
        await submit(world, MINJI, answers)
    assert [store.state for store in await stores(world)] == [StoreState.APPROVED]
    assert "한빛리빙" in text_of(tab(world, MINJI))
    assert world.posts(ORDERS)
