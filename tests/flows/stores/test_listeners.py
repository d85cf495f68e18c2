"""`/tmon stores`, `status`, `sync`, `guide`, `help` through real sockets."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.slack.demo import ORDERS as CHANNEL
from bot.playground.tmon.demo import DEMO_PARTNERS
from handlers.features import FEATURES, complete, subcommands
from tests.flows.stores.test_setup import buttons, click, private, stores, submit, text_of
from tests.flows.world import World
from tmon.models.audit import Audit
from tmon.models.collection import ORDERS, SyncState
from tmon.models.orders import OrderState
from tmon.models.stores import ConfirmMode, PendingReason, Store, StoreState

LIVING, MARKET = DEMO_PARTNERS


async def action(world: World, user: str, action_id: str, position: int = 0) -> None:
    """Presses the button of the entry at `position` in the modal in front of `user`."""
    view = world.modal(user)
    rows = [block for block in view.blocks if any(e.get("action_id") == action_id for e in block.get("elements", []))]
    await world.slack.click(user, view_id=view.id, action_id=action_id, block_id=rows[position]["block_id"])
    await world.settle()


async def change(world: World, store: Store, **values: Any) -> None:
    """Sets columns of a store."""
    async with world.db.write() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
        for name, value in values.items():
            setattr(row, name, value)


async def test_no_store_yet(world: World) -> None:
    for word in ("stores", "status", "sync", "sync on"):
        await world.command(JUNHO, word)
        assert "/tmon setup" in private(world, JUNHO)[-1]


async def test_pause_and_resume(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await action(world, MINJI, "stores.pause")
    assert "연동 중지됨" in text_of(world.modal(MINJI))
    world.tmon.calls.clear()
    await world.collect()
    assert not world.tmon.calls
    await action(world, MINJI, "stores.resume")
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.active
    async with world.db.read() as session:
        done = {row.action for row in await session.scalars(select(Audit))}
    assert done == {"store.pause", "store.resume"}


async def test_who_does_not_manage_sees_and_cannot_press(world: World) -> None:
    store = await world.add_store()
    await world.command(JUNHO, "stores")
    assert "한빛리빙" in text_of(world.modal(JUNHO))
    assert buttons(world.modal(JUNHO)) == []
    await change(world, store, registered_by=JUNHO)
    await world.command(JUNHO, "stores")
    await change(world, store, registered_by=MINJI)  # the list is still open
    await action(world, JUNHO, "stores.remove")
    assert f"<@{MINJI}>" in await world.notice(JUNHO)
    await world.command(JUNHO, "sync off")
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]
    (still,) = await stores(world)
    assert (still.id, still.removed_at, still.sync_on) == (store.id, None, True)


async def test_removal_without_open_orders(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await action(world, MINJI, "stores.remove")
    (store,) = await stores(world)
    assert (store.credentials, store.contact) == (None, None)
    assert "/tmon setup" in text_of(world.modal(MINJI))


async def test_removal_with_open_orders_asks_for_the_name(world: World) -> None:
    await world.add_store()
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    waiting = len([order for order in await world.orders() if order.state is OrderState.NEW])
    card = next(message for message in world.posts(CHANNEL) if message.blocks)
    await world.command(MINJI, "stores")
    await action(world, MINJI, "stores.remove")
    assert f"*{waiting}건*" in text_of(world.modal(MINJI))
    acted = await submit(world, MINJI, {"typed_name": "한빛"})
    assert "한빛리빙" in acted.errors["typed_name"]
    await submit(world, MINJI, {"typed_name": "한빛리빙"})
    (store,) = await stores(world)
    assert store.removed_at is not None
    assert all(order.buyer is None for order in await world.orders())
    (card,) = [message for message in world.posts(CHANNEL) if message.ts == card.ts]
    assert "order.confirm" not in text_of(card)


async def test_pausing_instead_of_removing(world: World) -> None:
    await world.add_store()
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    await world.collect()
    await world.command(MINJI, "stores")
    await action(world, MINJI, "stores.remove")
    await click(world, MINJI, "stores.pause")
    (store,) = await stores(world)
    assert (store.removed_at, store.sync_on) == (None, False)
    assert "연동 중지됨" in text_of(world.modal(MINJI))


async def test_forty_stores_by_page(world: World) -> None:
    for number in range(40):
        await world.add_store(name=f"가게 {number:02}", name_key=f"가게 {number:02}", seller_id=f"seller{number}")
    await world.command(MINJI, "stores")
    assert "가게 00" in text_of(world.modal(MINJI))
    for _ in range(3):
        await click(world, MINJI, "stores.page#after")
    assert "가게 39" in text_of(world.modal(MINJI))
    await click(world, MINJI, "stores.page#before")
    assert "가게 29" in text_of(world.modal(MINJI))
    await world.command(MINJI, "status")
    await click(world, MINJI, "stores.status_page#after")
    assert "가게 19" in text_of(world.modal(MINJI))
    await world.command(MINJI, "setup")
    assert "가게 39" in text_of(world.modal(MINJI))


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
    assert "No orders could be collected since today 10:00. (4 times in a row)" in text_of(world.modal(DANIEL))


@pytest.mark.parametrize(
    ("text", "on"), [("sync off", False), ("연동 끄기 한빛리빙", False), ("sync ON 한빛리빙", True)]
)
async def test_sync_turns_the_switch(world: World, text: str, on: bool) -> None:
    await world.add_store(sync_on=not on)
    await world.command(MINJI, text)
    (store,) = await stores(world)
    assert store.sync_on is on
    assert "한빛리빙" in private(world, MINJI)[-1]


async def test_a_store_has_to_be_named_when_there_are_several(world: World) -> None:
    await world.add_store()
    await world.add_store(partner=1)
    await world.command(MINJI, "sync off")
    assert "소담마켓" in private(world, MINJI)[-1]
    assert all(store.sync_on for store in await stores(world))
    await world.command(MINJI, "sync off 없는가게")
    assert "없는가게" in private(world, MINJI)[-1]
    await world.command(MINJI, "sync")
    assert "한빛리빙" in text_of(world.modal(MINJI))


async def test_help_lists_what_works_and_near_words(world: World) -> None:
    def help_of(user: str) -> str:
        return text_of([m.blocks for m in world.slack.messages(CHANNEL, user) if m.ephemeral_for == user][-1])

    words = subcommands(complete(FEATURES))
    await world.command(JUNHO, "")
    assert all(f"`/tmon {word.korean[0]}`" in help_of(JUNHO) for word in words)
    await world.command(JUNHO, "stattus")
    assert "`/tmon status`" in help_of(JUNHO)
    await world.command(JUNHO, "<!channel>`x")
    assert "<!channel>" not in help_of(JUNHO)
    await world.command(DANIEL, "help")
    assert "`/tmon setup`" in help_of(DANIEL)


@pytest.mark.parametrize("user", [MINJI, DANIEL])
async def test_the_guide(world: World, user: str) -> None:
    await world.command(user, "guide")
    for topic in ("documents", "key", "register", "join"):
        await click(world, user, f"guide.topic#{topic}")
        assert len(world.slack.open_modal(user)) == 1
