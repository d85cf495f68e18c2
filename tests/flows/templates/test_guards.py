"""Templates where something stands in the way: a switch, another person, a stale view, a forged id, TMON's known sentences."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI, SEOYEON
from bot.playground.slack.model import InteractionResult
from tests.flows.stores.test_setup import click, private, submit, text_of
from tests.flows.switches import prove, turn
from tests.flows.templates.test_delivery import (
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
from tmon.models.audit import Audit
from tmon.models.outbox import OutboxMessage
from tmon.models.stores import ApiGroup, Store
from tmon.models.templates import PartnerAddress, WriteState
from tmon.permissions import Person
from tmon.stores.service import StoreService

SWITCHES = pytest.mark.parametrize("group", [ApiGroup.PRODUCT, None], ids=["product", "master"])
Step = Callable[[World], Awaitable[Any]]


async def import_addresses(world: World) -> None:
    await world.command(MINJI, "templates")
    await press(world, "templates.import_addresses")


async def import_templates(world: World) -> None:
    await world.command(MINJI, "templates")
    await press(world, "templates.import")


# --- the switch ---
@SWITCHES
@pytest.mark.parametrize(
    ("act", "calls"), [(import_addresses, {"addresses.list"}), (import_templates, {"templates.list"})]
)
async def test_imports_in_both_positions(world: World, act: Step, calls: set[str], group: ApiGroup | None) -> None:
    store = await new_store(world)
    await opened(world)
    await prove(world, store, group, lambda: act(world), calls=calls)


async def open_address(world: World) -> None:
    await press(world, "templates.new_address")


async def open_edit(world: World) -> None:
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")


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


# --- others at the same time ---
async def test_two_people_register_one_address_at_once(world: World) -> None:
    await new_store(world)
    world.slack.people[SEOYEON].is_admin = True
    for user in (MINJI, SEOYEON):
        await opened(world, user)
        await press(world, "templates.new_address", user)
    world.tmon.faults.slow_seconds, world.tmon.faults.only = 0.2, {"addresses.create"}
    await asyncio.gather(*(type_in(world, ADDRESS, user) for user in (MINJI, SEOYEON)))
    assert len(world.tmon.calls_of("addresses.create")) == 1
    assert [one.name for one in world.tmon.addresses.values()].count(ADDRESS["name"]) == 1
    shown = [text_of(world.modal(user)) for user in (MINJI, SEOYEON)]
    assert sum("저장했습니다" in text for text in shown) == 1
    assert sum("이미 있습니다" in text or "지금 저장하거나" in text for text in shown) == 1


async def test_who_edits_what_somebody_else_saved_meanwhile_overwrites_nothing(world: World) -> None:
    await new_store(world)
    world.slack.people[SEOYEON].is_admin = True
    for user in (MINJI, SEOYEON):
        await opened(world, user)
        await press(world, "templates.addresses", user)
        await press(world, "templates.edit_address", user)
    world.clock.advance(timedelta(seconds=1))
    await type_in(world, {"manager_name": "먼저담당"}, SEOYEON)
    acted = await type_in(world, {"address_detail": "별관"})
    assert "목록에서 다시 열어" in str(acted.errors)
    (call,) = world.tmon.calls_of("addresses.update")
    at_tmon = world.tmon.addresses[int(call.path.rsplit("/", 1)[1])]
    assert (at_tmon.manager_name, at_tmon.detail == "별관") == ("먼저담당", False)


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


# --- whose data is seen, and where it stands ---
async def test_looks_at_contacts_are_audited_and_their_data_stands_nowhere_else(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = "error_500_json", {"addresses.create"}, 1
    faults.error_text = f"담당자 연락처가 올바르지 않습니다. ({ADDRESS['manager_phone']})"
    await type_in(world, ADDRESS)
    assert "올바르지 않습니다" in text_of(world.modal(MINJI))
    assert ADDRESS["manager_phone"] not in text_of(world.modal(MINJI))
    await press(world, "templates.retry_address")
    faults.mode, faults.only, faults.times = "hang", {"addresses.create"}, 1
    await type_in(world, {})
    await settle_later(world)
    async with world.db.read() as session:
        looks = [row for row in await session.scalars(select(Audit)) if row.action == "address.see"]
        kept = [
            *await session.scalars(select(Audit)),
            *await session.scalars(select(OutboxMessage)),
            *await changes(world),
        ]
        kept += list(await session.scalars(select(PartnerAddress)))
    assert [(row.user_id, row.subject) for row in looks] == [(MINJI, None)]
    messages = [m for c in world.slack.channels for m in world.slack.messages(c, MINJI)]
    everything = str([row.model_dump() for row in kept]) + str(messages)
    for personal in (ADDRESS["manager_name"], ADDRESS["manager_phone"], ADDRESS["street_address"], "출고담당"):
        assert personal not in everything
    assert all(personal not in world.modal(MINJI).private_metadata for personal in ADDRESS.values())
    await world.command(MINJI, "templates")
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action) == "address.see"))
        assert len(rows.all()) == 3


# --- sentences of TMON's that are known (docs/tmon-api.md, ch. 13.2) ---
TROUBLE = ("ResourceAccessException: I/O error", "CannotCreateTransactionException", "PersistenceException")


@pytest.mark.parametrize("sentence", [*TROUBLE, "502 Bad Gateway from upstream"])
@pytest.mark.parametrize("edited", [False, True])
async def test_trouble_inside_tmon_leaves_an_address_in_doubt(world: World, sentence: str, edited: bool) -> None:
    await new_store(world)
    await opened(world)
    await (open_edit(world) if edited else open_address(world))
    faults = world.tmon.faults
    call = "addresses.update" if edited else "addresses.create"
    faults.mode, faults.only, faults.times, faults.error_text = "error_500_json", {call}, 1, sentence
    await type_in(world, ADDRESS)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world)
    assert [one.state for one in await changes(world)] == [WriteState.FAILED]
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert len(world.tmon.calls_of(call)) == 1


@pytest.mark.parametrize("mode", ["html_502", "html_503"])
@pytest.mark.parametrize("action", ["templates.import_addresses", "templates.import"])
async def test_a_gateway_in_between_while_importing(world: World, mode: Any, action: str) -> None:
    await new_store(world)
    await opened(world)
    world.tmon.faults.mode = mode
    await press(world, action)
    assert "티몬이 응답하지 않습니다" in text_of(world.modal(MINJI))
    assert len(await addresses(world)) == 2


@pytest.mark.parametrize("begin", [open_address, open_edit])
async def test_a_dead_token_is_renewed_and_an_address_is_written_once(world: World, begin: Step) -> None:
    await new_store(world)
    await opened(world)
    await begin(world)
    world.tmon.faults.expire_tokens()
    await type_in(world, ADDRESS)
    assert "저장했습니다" in text_of(world.modal(MINJI))
    assert [one.name for one in world.tmon.addresses.values()].count(ADDRESS["name"]) == 1


async def test_a_key_refused_while_an_address_is_looked_up_by_name_is_laid_to_the_store(world: World) -> None:
    store = await new_store(world)
    world.tmon.faults.not_offered = {"addresses.list"}
    await opened(world)
    world.tmon.faults.not_offered = set()
    await press(world, "templates.import_named_address")
    world.tmon.revoke_key(store.seller_id)
    await submit(world, MINJI, {"name": "김포 창고"})
    async with world.db.read() as session:
        assert (await session.get_one(Store, (store.team_id, store.id))).state == "key_rejected"


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
