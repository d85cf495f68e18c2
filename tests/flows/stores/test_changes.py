"""Changes of a store: saved, told, and made by one person at a time."""

import asyncio
from datetime import timedelta

from bot.playground.slack.demo import CS, DANIEL, JUNHO, MINJI, ORDERS, SEOYEON
from handlers.form_values import block_id_of
from tests.flows.stores.editing import LIVING, audits, edit, look, the_store, told
from tests.flows.stores.registering import click, submit, text_of
from tests.flows.world import World
from tmon.models.stores import PendingReason, StoreState
from tmon.permissions import Person as Somebody
from tmon.stores.service import StoreService


async def test_api_details_are_saved_asked_about_and_told_by_name_only(world: World) -> None:
    await world.add_store(
        credentials=None,
        state=StoreState.PENDING,
        pending_reason=PendingReason.KEY_REFUSED,
        category="생활·주방",
    )
    await look(world)
    acted = await edit(world, 1, {"api_key": LIVING.token, "memo": "김포 창고"})
    assert acted.errors == {}
    assert "승인 완료" in text_of(world.modal(MINJI))
    await world.slack.close(MINJI, world.modal(MINJI).id)
    assert "승인 완료" in text_of(world.modal(MINJI))  # the store's view beneath
    assert (await the_store(world)).state is StoreState.APPROVED
    (said,) = told(world)
    assert f"<@{MINJI}>" in said
    assert "API 인증 Key, 메모" in said
    record = (await audits(world))[-1]
    assert (record.action, record.details["fields"]) == ("store.edit", ["api_key", "memo"])
    for secret in (LIVING.token, "김포 창고"):
        assert secret not in said + str(record.details)


async def test_nothing_changed_is_nothing_told(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 3, {})
    assert world.modal(MINJI).callback_id == "settings.store"
    assert (told(world), await audits(world)) == ([], [])


async def test_another_channel_is_greeted_and_the_old_one_is_told(world: World) -> None:
    await world.add_store()
    await look(world)
    await edit(world, 3, {"channel": CS, "workers": [JUNHO, SEOYEON]})
    assert f"<@{JUNHO}>, <@{SEOYEON}>" in text_of(world.modal(MINJI))
    await submit(world, MINJI, {})
    assert "/invite" in text_of(world.modal(MINJI))
    (said,) = told(world)
    assert f"알림 채널: <#{ORDERS}> → <#{CS}>" in said
    assert f"<@{JUNHO}>" in said


async def test_two_people_edit_one_part(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#3")
    world.clock.advance(timedelta(seconds=1))
    store = await the_store(world)
    admin = Somebody(store.team_id, DANIEL, is_admin=True)
    await world.bot.services[StoreService].settings.turn(admin, store.id, None, on=False)
    await submit(world, MINJI, {"cs": "off"})
    view = world.modal(MINJI)
    assert "다른 사람이" in text_of(view)
    kept = await the_store(world)
    assert (kept.sync_on, kept.cs_on) == (False, True)
    await submit(world, MINJI, {str(block_id_of(vars(view), "cs")): "off"})
    assert world.modal(MINJI).callback_id == "settings.effects"
    await submit(world, MINJI, {})
    kept = await the_store(world)
    assert (kept.sync_on, kept.cs_on) == (False, False)


async def test_two_people_save_at_once_and_one_of_them_begins_anew(world: World) -> None:
    await world.add_store()
    users = (MINJI, DANIEL)
    world.slack.people[DANIEL].is_admin = True
    for user, group in zip(users, ("cs", "product"), strict=True):
        await look(world, user)
        await edit(world, 3, {group: "off"}, user)
        assert world.modal(user).callback_id == "settings.effects"
    world.clock.advance(timedelta(seconds=1))
    await asyncio.gather(*(world.slack.submit(user, world.modal(user).id, {}) for user in users))
    await world.settle()
    kept = await the_store(world)
    assert sorted([kept.cs_on, kept.product_on]) == [False, True]
    assert len(told(world)) == 1
    assert sorted(world.modal(user).callback_id for user in users) == ["settings.settings", "settings.store"]


async def test_the_store_is_removed_while_its_form_is_open(world: World) -> None:
    store = await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#2")
    await world.bot.services[StoreService].remove(Somebody(store.team_id, MINJI, is_admin=True), store.id)
    acted = await submit(world, MINJI, {"contact_mobile": "010 9876 5432"})
    assert "삭제" in str(acted.errors)
    assert (await the_store(world)).contact is None
