"""`/tmon status`."""

from datetime import timedelta

from bot.playground.slack.demo import DANIEL, JUNHO
from tests.flows.stores.listing import LIVING, change
from tests.flows.stores.registering import text_of
from tests.flows.world import World
from tmon.models.collection import ORDERS, SyncState
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
    for said in ("2곳 중 1곳", "승인 대기", "받아들이지 않았습니다", "&lt;인증&gt; 실패 &amp; 오류", "/invite"):
        assert said in shown
    assert f"대기 *{count}건*" in shown
    assert "오늘 10:00 · 다음" in shown

    await change(world, bad, state=StoreState.KEY_REJECTED, confirm_mode=ConfirmMode.AUTO)
    await change(world, good, order_on=False)
    await world.command(JUNHO, "status")
    shown = text_of(world.modal(JUNHO))
    for said in ("인증 실패", "주문 API를 사용하지 않아", "아직 시작하지 않았습니다"):
        assert said in shown
    await change(world, good, order_on=True)
    async with world.db.write() as session:
        row = await session.get_one(SyncState, (good.team_id, good.id, ORDERS))
        row.failures, row.failing_since = 4, world.clock()
    await world.command(DANIEL, "status")
    assert "No orders have been collected since today 10:00 (4 failures in a row)." in text_of(world.modal(DANIEL))
