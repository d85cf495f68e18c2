"""What people do about an incident, from its message and in the list."""

import pytest

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import InteractionResult, Message
from handlers.incidents.ids import IncidentAction, IncidentView
from tests.flows.cards import direct
from tests.flows.incidents.messages import add_store, fail_runs, heard, in_channel, incident, press
from tests.flows.world import World
from tmon.stores.service import StoreService


async def choose(world: World, user: str, message: Message, text: str) -> None:
    """Chooses an entry of the menu of a message, and lets happen what follows."""
    menu = next(e for b in message.blocks if b["type"] == "actions" for e in b["elements"] if e["type"] == "overflow")
    value = next(option["value"] for option in menu["options"] if option["text"]["text"] == text)
    acted = await world.slack.click(
        user, channel=message.channel, ts=message.ts, action_id=menu["action_id"], value=value
    )
    assert acted.ok
    await world.settle()


async def confirm(world: World, user: str, values: dict[str, str] | None = None) -> InteractionResult:
    """Sends the view in front of somebody."""
    acted = await world.slack.submit(user, world.modal(user).id, values or {})
    await world.settle()
    return acted


async def test_pausing_ends_it_without_a_notice(world: World) -> None:
    store = await add_store(world)
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    await choose(world, SEOYEON, shown, "연동 중지")
    assert "워크스페이스 관리자만" in heard(world, SEOYEON)
    await choose(world, MINJI, shown, "연동 중지")
    assert "발주확인도 할 수 없습니다" in str(world.modal(MINJI).blocks), "what it costs"
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).sync_on
    assert (await confirm(world, MINJI)).ok
    assert not (await world.bot.services[StoreService].get(store.team_id, store.id)).sync_on
    after, changed = in_channel(world)
    assert "연동이 중지되어" in str(after.blocks)
    assert "연동설정: 사용 → 사용 안 함" in changed.text
    assert len(world.mail.messages) == 1


async def test_what_mends_a_refused_key_is_first_and_opens_one_field(world: World) -> None:
    store = await add_store(world)
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    [first, *_] = next(block for block in shown.blocks if block["type"] == "actions")["elements"]
    assert (first["text"]["text"], first["style"]) == ("설정 수정", "primary")
    assert str(shown.blocks).count("primary") == 1
    await press(world, MINJI, shown, first["action_id"])
    assert [block["block_id"].partition("~")[0] for block in world.modal(MINJI).blocks if block["type"] == "input"] == [
        "api_key"
    ]


async def test_taking_it_over_turns_into_handing_it_on(world: World) -> None:
    store = await add_store(world, worker_ids=[JUNHO])
    world.tmon.revoke_key(store.seller_id)
    await fail_runs(world, 1)
    [shown] = in_channel(world)
    assert "담당하기" in str(shown.blocks)
    await press(world, MINJI, shown, IncidentAction.TAKE)
    [shown] = in_channel(world)
    assert ("담당하기" in str(shown.blocks), "담당 바꾸기" in str(shown.blocks)) == (False, True)
    assert f"<@{MINJI}>" in str(shown.blocks), "who has it"
    await press(world, MINJI, shown, IncidentAction.REASSIGN)
    assert "담당자나 관리하는 사람" in (await confirm(world, MINJI, {"assignee": SEOYEON})).errors["assignee"]
    assert "정식 멤버" in (await confirm(world, MINJI, {"assignee": HANEUL})).errors["assignee"]
    before = len(direct(world, JUNHO))
    assert (await confirm(world, MINJI, {"assignee": JUNHO})).errors == {}
    assert (await incident(world)).assignee == JUNHO
    assert any("담당으로 지정했습니다" in text for text in direct(world, JUNHO)[before:])
    assert f"<@{JUNHO}>" in str(in_channel(world)[0].blocks)


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
    await choose(world, SEOYEON, shown, "담당자 휴대폰 보기")
    assert "관리하는 사람만" in heard(world, SEOYEON)
    assert (await incident(world)).assignee is None
    await press(world, JUNHO, shown, IncidentAction.TAKE)
    assert (await incident(world)).assignee == JUNHO

    await choose(world, MINJI, shown, "담당자 휴대폰 보기")
    assert "010-9876-5432" not in str(world.modal(MINJI).blocks)
    await confirm(world, MINJI)
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
