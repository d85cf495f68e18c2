"""People who are chosen in the forms, and people who ask for a right."""

from typing import Any

import pytest

from bot.playground.slack.demo import DANIEL, HANEUL, JUNHO, MINJI, ORDERS, OUTSIDER, SEOYEON
from tests.flows.cards import direct, press, told
from tests.flows.outbox.messages import shown
from tests.flows.stores.editing import edit, look, the_store
from tests.flows.stores.registering import CONTACT, api, click, submit
from tests.flows.world import World


def one_who_left(world: World) -> str:
    world.slack.people[DANIEL].deleted = True
    return DANIEL


STRANGE: dict[str, Any] = {
    "a guest": lambda world: HANEUL,
    "somebody of another workspace": lambda world: OUTSIDER,
    "the bot": lambda world: world.slack.bot_user_id,
    "somebody who left": one_who_left,
    "nobody": lambda world: "U0NOBODY00",
}


@pytest.mark.parametrize("strange", STRANGE)
async def test_only_full_members_confirm_orders(world: World, strange: str) -> None:
    await world.add_store()
    await look(world)
    acted = await edit(world, 3, {"workers": [JUNHO, STRANGE[strange](world)]})
    assert "정식 멤버를 선택해 주세요" in acted.errors["workers"]
    assert (await the_store(world)).worker_ids == []


@pytest.mark.parametrize("strange", STRANGE)
async def test_only_full_members_are_contacts(world: World, strange: str) -> None:
    await world.add_store()
    await look(world)
    acted = await edit(world, 2, {**CONTACT, "contact_user": STRANGE[strange](world), "contact_mobile": "1234"})
    assert acted.errors.keys() == {"contact_user", "contact_mobile"}, "everything at once, each at its field"
    assert (await the_store(world)).contact_user_id is None


async def test_a_setup_refuses_them_too(world: World) -> None:
    await world.command(MINJI, "setup")
    assert (await submit(world, MINJI, api())).errors == {}
    acted = await submit(world, MINJI, {**CONTACT, "contact_user": HANEUL})
    assert "정하늘" in acted.errors["contact_user"]
    assert (await submit(world, MINJI, {**CONTACT, "contact_user": SEOYEON})).errors == {}
    acted = await submit(world, MINJI, {"channel": ORDERS, "workers": [OUTSIDER]})
    assert acted.errors.keys() == {"workers"}


async def test_a_slack_that_does_not_say_who_they_are_keeps_the_form(world: World) -> None:
    await world.add_store()
    await look(world)
    await click(world, MINJI, "settings.edit#3")
    world.slack.faults.refuse("users.info", "internal_error", times=10, about=JUNHO)
    acted = await submit(world, MINJI, {"workers": [JUNHO]})
    assert "확인하지 못했습니다" in acted.errors["workers"]
    world.slack.faults.clear()
    assert (await submit(world, MINJI, {"workers": [JUNHO]})).errors == {}


async def test_those_newly_chosen_are_told(world: World) -> None:
    await world.add_store(worker_ids=[SEOYEON])
    await look(world)
    await edit(world, 3, {"workers": [SEOYEON, JUNHO, MINJI]})
    await submit(world, MINJI, {})
    assert set((await the_store(world)).worker_ids) == {SEOYEON, JUNHO, MINJI}
    assert sum("한빛리빙 발주확인 담당자가 되었습니다" in text for text in direct(world, JUNHO)) == 1
    assert direct(world, SEOYEON) == [], "who was chosen before"
    assert direct(world, MINJI) == [], "whoever chose"


async def test_somebody_without_the_right_asks_the_registrant_for_it(world: World) -> None:
    _, _, card = await shown(world, worker_ids=[JUNHO])
    await press(world, SEOYEON, card)
    refusal = [m for m in world.slack.messages(ORDERS, SEOYEON) if m.ephemeral_for == SEOYEON][-1]
    assert f"<@{JUNHO}>" in refusal.text
    for _ in range(3):
        await world.slack.click(SEOYEON, channel=ORDERS, ts=refusal.ts, action_id="rights.ask")
        await world.settle()
    [asked] = direct(world, MINJI)
    assert f"<@{SEOYEON}>" in asked
    assert "발주확인 권한을 요청했습니다" in asked
    assert f"<@{MINJI}> 님에게 권한을 요청했습니다" in told(world, SEOYEON, ORDERS)[-1]


async def test_the_registrant_who_is_asked_has_the_settings_at_hand(world: World) -> None:
    await world.add_store()
    await world.command(SEOYEON, "sync 끄기")
    refusal = [m for m in world.slack.messages(ORDERS, SEOYEON) if m.ephemeral_for == SEOYEON][-1]
    await world.slack.click(SEOYEON, channel=ORDERS, ts=refusal.ts, action_id="rights.ask")
    await world.settle()
    place = next(c for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
    asked = world.slack.messages(place.id, MINJI)[-1]
    await world.slack.click(MINJI, channel=place.id, ts=asked.ts, action_id="settings.open")
    await world.settle()
    assert "한빛리빙" in str(world.modal(MINJI).blocks)
