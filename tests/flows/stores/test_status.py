"""`/tmon status`."""

from datetime import timedelta

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from tests.flows.stores.listing import LIVING, change
from tests.flows.stores.registering import click, text_of
from tests.flows.world import World
from tmon.models.collection import ORDERS, SyncState
from tmon.models.inquiries import Inquiry, Source
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, PendingReason, StoreState


async def test_status_says_what_is_wrong_and_what_waits(world: World) -> None:
    good = await world.add_store()
    bad = await world.add_store(partner=1, name="하위마켓", name_key="하위마켓")
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    waiting = [order for order in await world.orders() if order.state is OrderState.NEW]
    count = len([order for order in waiting if order.store_id == good.id])
    await change(
        world,
        bad,
        state=StoreState.PENDING,
        pending_reason=PendingReason.KEY_REFUSED,
        pending_message="<인증> 실패 & 오류",
        channel_ok=False,
    )
    await world.command(JUNHO, "상태")
    shown = text_of(world.modal(JUNHO))
    assert shown.index("하위마켓") < shown.index("한빛리빙")
    for said in ("2곳 중 1곳", "❌ 인증 실패", "받아들이지 않았습니다", "&lt;인증&gt; 실패 &amp; 오류", "/invite"):
        assert said in shown
    assert f"대기 *{count}건*" in shown
    assert "주문 수집: 방금 · 5분마다" in shown
    world.clock.advance(timedelta(minutes=4))
    await world.command(JUNHO, "상태")
    assert "주문 수집: 4분 전 · 5분마다" in text_of(world.modal(JUNHO))

    await change(world, bad, state=StoreState.KEY_REJECTED, confirm_mode=ConfirmMode.AUTO)
    await change(world, good, order_on=False)
    await world.command(JUNHO, "status")
    shown = text_of(world.modal(JUNHO))
    for said in ("인증 실패", "주문 API를 사용하지 않아", "아직 시작 전"):
        assert said in shown
    await change(world, good, order_on=True)
    async with world.db.write() as session:
        row = await session.get_one(SyncState, (good.team_id, good.id, ORDERS))
        row.failures, row.failing_since = 4, world.clock()
    await world.command(DANIEL, "status")
    assert "No orders have been collected since today 10:04 (4 failures in a row)." in text_of(world.modal(DANIEL))


async def test_each_row_leads_to_what_waits_there_and_to_what_mends_it(world: World) -> None:
    store = await world.add_store(registered_by=MINJI, worker_ids=[JUNHO])
    bad = await world.add_store(partner=1, sync_on=False, registered_by=MINJI)
    world.tmon.new_order(store.seller_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    async with world.db.write() as session:
        session.add(
            Inquiry(
                team_id=store.team_id,
                store_id=store.id,
                source=Source.QUESTION,
                number=1,
                asked_at=world.clock(),
                listed_from=world.clock().date(),
                first_seen_at=world.clock(),
            )
        )
    await world.command(MINJI, "status")
    status = world.modal(MINJI)
    assert "답변을 기다리는 문의 *1건* (오늘 10:00부터)" in text_of(status)
    named = [
        (e["text"]["text"], e.get("style"))
        for block in status.blocks
        for e in block.get("elements", ())
        if "value" in e
    ]
    assert named[:5] == [
        (f"{word} 지연 0건", None) for word in ("발주확인", "발송", "취소 처리", "반품 처리", "교환 처리")
    ]
    assert named[5:] == [("고치기", "primary"), ("주문 목록", None), ("문의", None)]
    await click(world, MINJI, f"settings.open#{bad.id}")
    assert [view.callback_id for view in world.slack.open_modal(MINJI)] == ["stores.status", "settings.store"]
    await world.slack.close(MINJI, world.modal(MINJI).id)
    await click(world, MINJI, f"command.run#cs_{store.id}")
    assert world.modal(MINJI).callback_id == "inquiry.list_view"
    await world.command(JUNHO, "status")
    assert "고치기" not in text_of(world.modal(JUNHO))
    await world.command(JUNHO, "status 한빛")
    assert "소담마켓" not in text_of(world.modal(JUNHO))
    await click(world, JUNHO, f"command.run#orders_{store.id}")
    assert world.modal(JUNHO).callback_id == "order.list_view"
