"""What a change will do, shown before it is saved."""

from datetime import timedelta

from bot.playground.slack.demo import DANIEL, MINJI
from tests.flows.stores.editing import audits, edit, look, the_store, told
from tests.flows.stores.registering import click, labels, submit, text_of
from tests.flows.world import World
from tmon.models.stores import ConfirmMode


async def test_what_turning_the_order_api_off_does_is_shown_before_it_is_saved(world: World) -> None:
    store = await world.add_store()
    world.tmon.new_orders(store.seller_id, 3)
    await world.collect()
    await look(world)
    assert (await edit(world, 3, {"order": "off"})).errors == {}
    view = world.modal(MINJI)
    assert view.callback_id == "settings.effects"
    assert "주문 수집을 멈추고" in text_of(view)
    assert "발주확인 대기 3건" in text_of(view)
    assert (await the_store(world)).order_on  # nothing was saved yet
    await click(world, MINJI, "settings.back")
    assert labels(world.modal(MINJI))[:2] == ["알림 채널", "연동설정"]
    await submit(world, MINJI, {})  # as typed before
    await submit(world, MINJI, {})
    assert not (await the_store(world)).order_on
    assert "사용 안 함: 주문 API" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert "주문 API: 사용 → 사용 안 함" in said
    assert (await audits(world))[-1].details["values"] == {"order": [True, False]}
    world.tmon.calls.clear()
    world.clock.advance(timedelta(hours=1))
    await world.collect()
    assert not world.tmon.calls


async def test_orders_that_come_while_the_consequences_are_read_are_asked_about(world: World) -> None:
    store = await world.add_store()
    await world.collect()
    await look(world)
    await edit(world, 3, {"confirm_mode": "auto"})
    world.tmon.new_order(store.seller_id, deals=1)
    world.clock.advance(timedelta(minutes=31))
    await world.collect()
    await submit(world, MINJI, {})
    assert "주문 1건은 어떻게" in text_of(world.modal(MINJI))
    assert (await the_store(world)).confirm_mode is ConfirmMode.MANUAL
    await submit(world, MINJI, {"take_waiting": "no"})
    assert (await the_store(world)).confirm_mode is ConfirmMode.AUTO


async def test_the_consequences_in_english(world: World) -> None:
    await world.add_store(registered_by=DANIEL)
    await look(world, DANIEL)
    await edit(world, 3, {"sync": "off", "extend_days": "7"}, DANIEL)
    assert "What saving will do" in text_of(world.modal(DANIEL))
    assert "7 days" in text_of(world.modal(DANIEL))
