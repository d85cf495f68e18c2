"""What people do about an incident, from its message and in the list."""

import pytest

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from handlers.incidents.ids import IncidentAction, IncidentView
from handlers.stores.ids import SetupAction
from tests.flows.incidents.messages import add_store, fail_runs, heard, in_channel, incident, press
from tests.flows.world import World
from tmon.stores.service import StoreService


async def test_pausing_ends_it_without_a_notice(world: World) -> None:
    store = await add_store(world)
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    await press(world, SEOYEON, shown, IncidentAction.PAUSE)
    assert "워크스페이스 관리자만" in heard(world, SEOYEON)
    await press(world, MINJI, shown, IncidentAction.PAUSE)
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).sync_on
    after, changed = in_channel(world)
    assert "연동이 중지되어" in str(after.blocks)
    assert "연동설정: 사용 → 사용 안 함" in changed.text
    assert len(world.mail.messages) == 1


async def test_the_settings_button_opens_the_stores_form(world: World) -> None:
    store = await add_store(world)
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    await press(world, MINJI, in_channel(world)[0], SetupAction.EDIT)
    assert store.seller_id in str(world.modal(MINJI).blocks)


async def test_who_may_do_what(world: World) -> None:
    store = await add_store(world, worker_ids=[JUNHO])
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    for action in (IncidentAction.TAKE, IncidentAction.RETRY):
        await press(world, SEOYEON, shown, action)
        assert f"<@{JUNHO}>" in heard(world, SEOYEON)
    await press(world, HANEUL, shown, IncidentAction.TAKE)
    assert "게스트" in heard(world, HANEUL)
    await press(world, SEOYEON, shown, IncidentAction.MOBILE)
    assert "관리하는 사람만" in heard(world, SEOYEON)
    assert (await incident(world)).assignee is None
    await press(world, JUNHO, shown, IncidentAction.TAKE)
    assert (await incident(world)).assignee == JUNHO

    await press(world, MINJI, shown, IncidentAction.MOBILE)
    assert "010-9876-5432" in str(world.modal(MINJI).blocks)
    assert "010-9876-5432" not in str([m.blocks for m in in_channel(world)])


@pytest.mark.parametrize(
    ("user", "empty", "title"), [(MINJI, "장애가 없습니다", "장애"), (DANIEL, "No incident", "Incidents")]
)
async def test_the_list(world: World, user: str, empty: str, title: str) -> None:
    await world.command(user, "incidents")
    assert empty in str(world.modal(user).blocks)
    store = await add_store(world)
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    await world.command(user, "장애")
    view = world.modal(user)
    assert (view.callback_id, view.title) == (IncidentView.LIST, {"type": "plain_text", "text": title, "emoji": True})
    assert store.name in str(view.blocks)
