"""What TMON and Slack say of a new store, and who hears of it."""

from datetime import timedelta

import pytest

from bot.playground.slack.demo import CS, MINJI, OLD, ORDERS
from tests.flows.stores.registering import CONTACT, LIVING, api, click, private, set_up, stores, submit, text_of
from tests.flows.world import World
from tmon.models.orders import OrderState
from tmon.models.stores import Credentials, PendingReason, Store, StoreState
from tmon.sealing import Place, Sealer
from tmon.stores.service import StoreService


async def test_a_store_that_waits_for_its_key_is_approved_after_the_edit(world: World) -> None:
    store = await world.add_store(state=StoreState.PENDING, pending_reason=PendingReason.KEY_REFUSED, channel_ok=False)
    sealer = Sealer(world.settings.fernet_keys())
    async with world.db.write() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
        row.credentials = sealer.seal(Credentials(api_key="wrong-key"), Place.of(store, "credentials"))
        row.memo = sealer.seal("김포 창고", Place.of(store, "memo"))
    await world.command(MINJI, "setup 한빛리빙")
    form = world.modal(MINJI)
    values = {
        block["block_id"]: block["element"].get("initial_value") for block in form.blocks if block["type"] == "input"
    }
    assert (values["seller_id"], values["memo"], values["api_key"]) == (LIVING.partner_id, "김포 창고", None)
    assert "wrong-key" not in text_of(form) + form.private_metadata
    assert "받아들이지 않았습니다" in (await submit(world, MINJI, {})).errors["api_key"]
    await submit(world, MINJI, {"api_key": LIVING.token})
    contact = {
        block["block_id"]: block["element"].get("initial_value")
        for block in world.modal(MINJI).blocks
        if block["type"] == "input"
    }
    assert contact["contact_mobile"] == "010-1234-5678"
    await submit(world, MINJI, {})
    await submit(world, MINJI, {})
    assert "승인 완료" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED
    greetings = [message for message in world.posts(ORDERS) if "연결했습니다" in message.text]
    assert len(greetings) == 1


async def test_tmon_down_then_back(world: World) -> None:
    world.tmon.faults.mode = "html_503"
    view = await set_up(world)
    assert "티몬에 연결할 수 없어" in text_of(view)
    await world.slack.close(MINJI, view.id)
    world.tmon.faults.mode = None
    world.clock.advance(timedelta(minutes=10))
    await world.bot.services[StoreService].recheck_due()
    await world.settle()
    (store,) = await stores(world)
    assert store.state is StoreState.APPROVED
    assert any("승인되었습니다" in text for text in private(world, MINJI))


async def test_the_person_closes_the_window_while_tmon_is_slow(world: World) -> None:
    world.tmon.faults.slow_seconds = 0.8
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    view = world.modal(MINJI)
    assert (await world.slack.submit(MINJI, view.id, {"channel": ORDERS})).ok
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, view.id)
    await world.settle()
    assert world.slack.open_modal(MINJI) == []
    assert any("승인 완료" in text for text in private(world, MINJI))


@pytest.mark.parametrize(("channel", "says"), [(CS, "/invite"), (OLD, "보관되어 있습니다")])
async def test_a_channel_that_cannot_be_reached_does_not_stop_the_saving(world: World, channel: str, says: str) -> None:
    view = await set_up(world, channel=channel)
    assert says in text_of(view)
    assert "승인 완료" in text_of(view)
    (store,) = await stores(world)
    assert not store.channel_ok
    if channel == CS:
        world.slack.channels[CS].bot_is_member = True
        world.slack.channels[CS].members.add(world.slack.bot_user_id)
        await click(world, MINJI, "stores.recheck")
        assert "알림 채널 <#C0CSTEAM03>에 올립니다" in text_of(world.modal(MINJI))
        (store,) = await stores(world)
        assert store.channel_ok
        assert "한빛리빙" in text_of([message.blocks for message in world.posts(CS)])
        await world.settle()
        place = next(c for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
        (told,) = (m for m in world.posts(place.id) if "승인 완료" in m.text)
        assert "알림 채널 <#C0CSTEAM03>에 올립니다" in str(told.blocks)
        assert "stores.recheck" not in str(told.blocks)


async def test_automatic_confirmation_of_a_new_store_asks_in_the_result_about_what_waits(world: World) -> None:
    world.tmon.new_order(LIVING.partner_id, ordered_at=world.clock() - timedelta(hours=1))
    view = await set_up(world, settings={"confirm_mode": "auto"})
    waiting = [order for order in await world.orders() if order.state is OrderState.NEW]
    assert waiting
    assert f"*{len(waiting)}건*" in text_of(view)
    await world.bot.services[StoreService].offer_auto()
    await world.settle()
    place = next(c for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
    (offer,) = (m for m in world.posts(place.id) if "시작할까요" in m.text)
    assert f"*{len(waiting)}건*" in offer.text
    await click(world, MINJI, "stores.start_auto#all")
    assert "자동 발주확인을 시작했습니다" in text_of(world.modal(MINJI))
    (store,) = await stores(world)
    assert store.auto_from is not None
    offer = next(m for m in world.posts(place.id) if m.ts == offer.ts)
    assert "하고 있습니다" in offer.text
    (told,) = (m for m in world.posts(place.id) if "승인 완료" in m.text)
    assert "시작할까요" not in str(told.blocks)
    assert all(order.first_seen_at >= store.auto_from for order in waiting)


async def test_automatic_confirmation_of_a_new_store_begins_at_once_where_nothing_waits(world: World) -> None:
    view = await set_up(world, settings={"confirm_mode": "auto"})
    assert "자동 발주확인을 시작했습니다" in text_of(view)
    (store,) = await stores(world)
    assert store.auto_from is not None
