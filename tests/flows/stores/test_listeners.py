"""`/tmon guide`."""

from sqlalchemy import select

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.stores.listing import action, change, choose
from tests.flows.stores.registering import click, private, stores, submit, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.world import World
from tmon.models.audit import Audit


async def test_no_store_yet(world: World) -> None:
    for word in ("stores", "status", "sync", "sync on"):
        await world.command(JUNHO, word)
        assert "/tmon setup" in private(world, JUNHO)[-1]


async def test_pause_and_resume(world: World) -> None:
    await world.add_store()
    await world.command(MINJI, "stores")
    await choose(world, MINJI, "연동 중지")
    assert "처리를 기다리는 주문은 없습니다" in text_of(world.modal(MINJI))
    assert (await stores(world))[0].active
    await submit(world, MINJI, {})
    assert len(world.slack.open_modal(MINJI)) == 1
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
    await choose(world, JUNHO, "연동 중지")
    assert f"<@{MINJI}>" in await world.notice(JUNHO)
    await world.command(JUNHO, "sync off")
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]
    (still,) = await stores(world)
    assert (still.id, still.removed_at, still.sync_on) == (store.id, None, True)


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
