"""Closed days and collection hours in the settings of a store, and what they do to the clocks of orders."""

from collections.abc import Mapping
from datetime import time, timedelta

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import View
from bot.playground.tmon import buyer_claims
from tests.flows.cards import card_of, shows
from tests.flows.stores.editing import LIVING, audits, look
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.world import World, at
from tmon.models.claims import Claim, ClaimKind
from tmon.models.stores import Store


async def close(world: World, day: str, note: str = "", user: str = MINJI) -> Mapping[str, str]:
    """Closes a day in the settings view in front of `user`; returns the errors."""
    await click(world, user, "calendar.close_day")
    errors = (await submit(world, user, {"day": day, "note": note})).errors
    if errors:
        await world.slack.close(user, world.modal(user).id)
    return errors


async def test_a_closed_day_moves_open_and_new_orders_and_its_deletion_moves_them_back(world: World) -> None:
    store = await world.add_store(registered_by=MINJI)
    order = world.tmon.new_order(LIVING.partner_id)
    done = world.tmon.new_order(LIVING.partner_id)
    await world.collect()
    world.tmon.move_to(done.order_no, "D2")
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    usual = (await world.order(store, order.order_no)).confirm_by
    assert usual == at(18, day=11)
    assert "휴무일" not in shows(await card_of(world, store.id, order))
    before = (await world.order(store, done.order_no)).confirm_by

    view = await look(world)
    assert "정한 휴무일이 없습니다" in text_of(view)
    assert await close(world, "2026-03-11", "  창고   이사 ") == {}
    shown = text_of(world.modal(MINJI))
    assert "3월 11일(수) · 창고 이사" in shown
    moved = await world.order(store, order.order_no)
    assert (moved.confirm_by, moved.ship_by) == (at(18, day=12), at(23, 59, day=13) + timedelta(seconds=59))
    assert "3월 12일(목) 18:00까지" in shows(await card_of(world, store.id, order))
    assert "휴무일 때문에 늦춰졌습니다" in shows(await card_of(world, store.id, order))
    assert (await world.order(store, done.order_no)).confirm_by == before

    # a new order counts it as well; never past the statutory period
    assert await close(world, "2026-03-12") == {}
    assert await close(world, "2026-03-13") == {}
    new = world.tmon.new_order(LIVING.partner_id)
    world.clock.advance(timedelta(minutes=6))
    await world.collect()
    for number in (order.order_no, new.order_no):
        row = await world.order(store, number)
        assert row.confirm_by == row.ship_by == at(23, 59, day=13) + timedelta(seconds=59)
    assert "법정 발송 기한까지만" in shows(await card_of(world, store.id, new))

    for day in ("11", "12", "13"):
        await click(world, MINJI, f"calendar.open_day#2026-03-{day}")
    assert "정한 휴무일이 없습니다" in text_of(world.modal(MINJI))
    assert (await world.order(store, order.order_no)).confirm_by == usual
    assert "휴무일" not in shows(await card_of(world, store.id, order))
    actions = [one.action for one in await audits(world) if one.action.endswith("_day")]
    assert actions == ["store.close_day"] * 3 + ["store.open_day"] * 3


async def test_claims_do_not_know_closed_days(world: World) -> None:
    store = await world.add_store(registered_by=MINJI)
    order = world.tmon.new_order(LIVING.partner_id)
    await world.collect()
    world.tmon.move_to(order.order_no, "D2")
    claim = buyer_claims(world.tmon, "C", order.order_no)
    assert claim is not None
    world.clock.advance(timedelta(minutes=6))
    await world.collect("claims")
    await look(world)
    assert await close(world, "2026-03-11") == {}
    async with world.db.read() as session:
        row = await session.get_one(Claim, (store.team_id, store.id, ClaimKind.CANCEL, claim.claim_no))
    assert row.deadline == at(23, day=11)


async def test_only_days_to_come_are_closed_and_each_once(world: World) -> None:
    await world.add_store(registered_by=MINJI)
    await look(world)
    assert "오늘이나 그 뒤의" in (await close(world, "2026-03-09"))["day"]
    assert "1년" in (await close(world, "2027-03-12"))["day"]
    assert await close(world, "2026-03-10") == {}
    assert "이미 휴무일" in (await close(world, "2026-03-10"))["day"]
    # what is past is not listed, and a press on an old view does no harm
    world.clock.set(at(0, 1, day=11))
    await click(world, MINJI, "calendar.open_day#2026-03-10")
    assert "정한 휴무일이 없습니다" in text_of(await look(world))


async def test_people_who_do_not_manage_see_the_calendar_and_cannot_change_it(world: World) -> None:
    await world.add_store(registered_by=MINJI, hours_days=[0, 4], hours_skip_holidays=True)
    await world.command(JUNHO, "stores 한빛")
    view: View = world.modal(JUNHO)
    assert "월, 금 · 공휴일 제외" in text_of(view)
    assert "calendar." not in text_of(view)


async def test_the_hours_are_saved_and_shown(world: World) -> None:
    store = await world.add_store(registered_by=MINJI)
    view = await look(world)
    assert "하루 종일, 매일" in text_of(view)
    await click(world, MINJI, "calendar.hours")
    values = {"days": ["0", "1", "2", "3", "4"], "begin": "09:00", "end": "", "skip_holidays": "on"}
    assert "모두 고르거나" in (await submit(world, MINJI, values)).errors["end"]
    assert "같습니다" in (await submit(world, MINJI, values | {"end": "09:00"})).errors["end"]
    assert (await submit(world, MINJI, values | {"end": "18:00"})).errors == {}
    assert "월, 화, 수, 목, 금 · 09:00~18:00 · 공휴일 제외" in text_of(world.modal(MINJI))
    async with world.db.read() as session:
        row = await session.get_one(Store, (store.team_id, store.id))
    assert (row.hours_days, row.hours_from, row.hours_to) == ([0, 1, 2, 3, 4], time(9), time(18))
    assert row.hours_skip_holidays
    await click(world, MINJI, "calendar.hours")
    everything = {"days": [str(day) for day in range(7)], "begin": "", "end": "", "skip_holidays": "off"}
    assert (await submit(world, MINJI, everything)).errors == {}
    assert "하루 종일, 매일" in text_of(world.modal(MINJI))
