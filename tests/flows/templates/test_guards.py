"""Templates where something stands in the way: a switch, another person, a stale view, a forged id, TMON's known sentences."""

import json
from typing import Any

import pytest

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.model import InteractionResult
from tests.flows.stores.registering import click, private, submit, text_of
from tests.flows.switches import turn
from tests.flows.templates.forms import SWITCHES, Step, open_address, open_edit
from tests.flows.templates.steps import (
    ADDRESS,
    LIST_CALLS,
    addresses,
    changes,
    fill_policy,
    new_store,
    opened,
    press,
    register,
    settle_later,
    templates,
    type_in,
)
from tests.flows.world import World
from tmon.models.stores import ApiGroup, Store
from tmon.permissions import Person
from tmon.stores.service import StoreService


async def open_policy(world: World) -> None:
    await press(world, "templates.new")


async def open_preview(world: World) -> None:
    await open_policy(world)
    await fill_policy(world)


async def open_number(world: World) -> None:
    world.tmon.faults.not_offered = LIST_CALLS
    await press(world, "templates.import")
    await press(world, "templates.add")


async def send_edit(world: World) -> InteractionResult:
    return await type_in(world, {"manager_name": "새담당"})


async def send_address(world: World) -> InteractionResult:
    return await type_in(world, ADDRESS)


async def send_number(world: World) -> InteractionResult:
    return await submit(world, MINJI, {"no": "612345"})


@SWITCHES
@pytest.mark.parametrize(
    ("begin", "send", "call"),
    [
        (open_address, send_address, "addresses.create"),
        (open_edit, send_edit, "addresses.update"),
        (open_policy, fill_policy, None),
        (open_preview, register, "templates.create"),
        (open_number, send_number, "templates.get"),
    ],
)
async def test_forms_that_were_open_when_it_was_turned_off(
    world: World, begin: Step, send: Step, call: str | None, group: ApiGroup | None
) -> None:
    store = await new_store(world)
    await opened(world)
    await begin(world)
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    acted = await send(world)
    assert list(world.tmon.calls) == []
    assert ("연동이 중지" if group is None else "상품 API가 '사용 안 함'") in str(acted.errors)
    await turn(world, store, group, on=True)
    assert (await send(world)).errors == {}
    assert call is None or len(world.tmon.calls_of(call)) == 1


@SWITCHES
@pytest.mark.parametrize("what", ["addresses", "templates"])
async def test_a_doubt_waits_with_a_note_and_is_asked_about_afterwards(
    world: World, what: str, group: ApiGroup | None
) -> None:
    store = await new_store(world)
    await opened(world)
    faults = world.tmon.faults
    if what == "addresses":
        await open_address(world)
    else:
        await open_preview(world)
    faults.mode, faults.only, faults.times = "hang", {f"{what}.create"}, 1
    await (send_address(world) if what == "addresses" else register(world))
    await turn(world, store, group, on=False)
    world.tmon.calls.clear()
    await settle_later(world)
    await settle_later(world)
    assert list(world.tmon.calls) == []
    direct = next(c.id for c in world.slack.channels.values() if c.is_im and c.user == MINJI)
    assert "연동설정이나 상품 API가 꺼져 있어" in text_of(world.slack.messages(direct, MINJI)[-1])
    edits = len(world.slack.calls_of("chat.update"))
    await settle_later(world)
    assert len(world.slack.calls_of("chat.update")) == edits, "told once"
    await turn(world, store, group, on=True)
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert "연동설정이나 상품 API가 꺼져" not in text_of(world.slack.messages(direct, MINJI)[-1])


async def test_a_refused_press_offers_to_turn_it_on(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await turn(world, store, ApiGroup.PRODUCT, on=False)
    await press(world, "templates.new")
    await press(world, "switches.turn_on")
    assert "켰습니다" in await world.notice(MINJI)
    assert (await world.bot.services[StoreService].get(store.team_id, store.id)).product_on
    await press(world, "templates.new")
    assert world.modal(MINJI).callback_id == "templates.policy_form"


@pytest.mark.parametrize("begin", [open_address, open_edit, open_preview])
async def test_the_store_was_removed_while_a_form_was_open(world: World, begin: Step) -> None:
    store = await new_store(world)
    await opened(world)
    await begin(world)
    await world.bot.services[StoreService].remove(Person(world.slack.team_id, MINJI), store.id)
    world.tmon.calls.clear()
    sends: dict[Step, Step] = {open_address: send_address, open_edit: send_edit, open_preview: register}
    acted = await sends[begin](world)
    assert "삭제" in str(acted.errors) + "".join(private(world, MINJI)[-1:])
    assert list(world.tmon.calls) == []
    assert await templates(world) == []


# --- ids that are not ours ---
@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("templates.edit_address", {"store": "{mine}", "no": "{their_address}"}),
        ("templates.retry_address", {"store": "{mine}", "change": "{their_change}"}),
        ("templates.copy", {"store": "{mine}", "template": "{their_template}"}),
        ("templates.is_there", {"store": "{mine}", "template": "{their_template}"}),
        ("templates.not_there", {"store": "{mine}", "template": "{their_template}"}),
        ("templates.addresses", {"store": "{theirs}"}),
        ("templates.overview", {"store": "st_nowhere"}),
    ],
)
async def test_ids_of_another_store_open_nothing(world: World, action: str, value: dict[str, Any]) -> None:
    """Somebody who manages one store sends the ids of another one."""
    theirs = await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.new_address")
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "throttled", {"addresses.create"}, 1
    await type_in(world, ADDRESS)
    mine = await world.add_store(partner=1, registered_by=JUNHO)
    ids = {
        "mine": mine.id,
        "theirs": theirs.id,
        "their_address": (await addresses(world))[0].no,
        "their_template": (await templates(world))[0].id,
        "their_change": (await changes(world))[0].id,
    }
    await world.command(JUNHO, f"templates {mine.name}")
    view = world.modal(JUNHO)
    seen = text_of(view)
    forged = json.dumps({name: ids.get(str(given).strip("{}"), given) for name, given in value.items()})
    button = {
        "type": "button",
        "action_id": f"{action}#forged",
        "value": forged,
        "text": {"type": "plain_text", "text": "!"},
    }
    view.blocks.append({"type": "actions", "block_id": "forged", "elements": [button]})
    await click(world, JUNHO, f"{action}#forged")
    view.blocks.pop()
    assert "출고담당" not in await world.notice(JUNHO)
    assert text_of(world.modal(JUNHO)) == seen
    assert private(world, JUNHO) == []


async def test_one_who_lost_the_right_saves_nothing(world: World) -> None:
    store = await new_store(world)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).registered_by = JUNHO
    await opened(world, JUNHO)
    await press(world, "templates.new_address", JUNHO)
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).registered_by = MINJI
    acted = await type_in(world, ADDRESS, JUNHO)
    assert f"<@{MINJI}>" in str(acted.errors)
    assert world.tmon.calls_of("addresses.create") == []
