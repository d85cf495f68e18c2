"""Addresses on their way to TMON, and each of its answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.playground.slack.demo import MINJI, SEOYEON
from tests.flows.stores.registering import labels, private, submit, text_of
from tests.flows.templates.forms import Step, open_address, open_edit
from tests.flows.templates.steps import (
    ADDRESS,
    addresses,
    audited,
    changes,
    new_store,
    opened,
    press,
    settle_later,
    type_in,
)
from tests.flows.world import World
from tmon.models.stores import Store
from tmon.models.templates import WriteState


async def test_an_address_is_registered_at_tmon_at_once(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    assert labels(world.modal(MINJI)) == [
        *("템플릿 제목", "주소지 타입", "우편번호", "도로명주소", "지번주소", "상세주소"),
        *("담당자 이름", "담당자 전화번호", "기본 주소"),
    ]
    await type_in(world, {**ADDRESS, "default": ["yes"]})  # type: ignore[dict-item]
    assert "저장했습니다" in text_of(world.modal(MINJI))
    (at_tmon,) = [one for one in world.tmon.addresses.values() if one.name == ADDRESS["name"]]
    assert (at_tmon.kind, at_tmon.manager_phone, at_tmon.default) == ("D", "031-998-7654", True)
    kept = {row.no: row for row in await addresses(world)}
    assert [no for no, row in kept.items() if row.is_default] == [at_tmon.no]
    assert "한출고" not in kept[at_tmon.no].content
    assert [(one.state, one.content) for one in await changes(world)] == [(WriteState.DONE, None)]
    assert {"address.import", "address.register"} <= {*await audited(world)}


async def test_tmon_refuses_an_edit_and_the_local_copy_stays(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.addresses")
    before = {row.no: row.content for row in await addresses(world)}
    await press(world, "templates.edit_address")
    await type_in(world, {"kind": "R"})  # TMON does not let the type of an address in use change
    shown = text_of(world.modal(MINJI))
    assert "저장하지 못했습니다" in shown
    assert "타입은 변경할 수 없습니다" in shown
    assert {row.no: row.content for row in await addresses(world)} == before
    await press(world, "templates.retry_address")
    assert labels(world.modal(MINJI))[0] == "템플릿 제목"


@pytest.mark.parametrize("edited", [False, True])
async def test_an_address_whose_answer_is_lost_is_looked_up_by_its_name(world: World, edited: bool) -> None:
    await new_store(world)
    await opened(world)
    if edited:
        await press(world, "templates.addresses")
        await press(world, "templates.edit_address")
    else:
        await press(world, "templates.new_address")
    call = "addresses.update" if edited else "addresses.create"
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang_after_write", {call}, 1
    await type_in(world, ADDRESS)
    assert "저장했습니다" in text_of(world.modal(MINJI))
    assert len(world.tmon.calls_of(call)) == 1
    assert "김포 제2창고" in {row.name for row in await addresses(world)}


async def test_an_address_that_did_not_arrive_is_told_once_that_is_sure(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {"addresses.create"}, 1
    await type_in(world, ADDRESS)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world, timedelta(seconds=30))
    assert [one.state for one in await changes(world)] == [WriteState.UNKNOWN]
    assert "확인하고 있습니다" in private(world, MINJI)[-1]
    await settle_later(world)
    assert [one.state for one in await changes(world)] == [WriteState.FAILED]
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert len(world.tmon.calls_of("addresses.create")) == 1


@pytest.mark.parametrize(
    ("mode", "sentence", "state", "words"),
    [
        ("error_500_json", "요청을 처리하는 중 오류", WriteState.FAILED, "요청을 처리하는 중 오류"),
        ("error_500_json", "CannotCreateTransactionException", WriteState.UNKNOWN, "확인하고 있습니다"),
        ("throttled", "", WriteState.FAILED, "보내지 못했습니다"),
        ("html_502", "", WriteState.UNKNOWN, "확인하고 있습니다"),
        ("down", "", WriteState.UNKNOWN, "확인하고 있습니다"),
    ],
)
async def test_what_tmon_answers_to_an_address(
    world: World, mode: Any, sentence: str, state: WriteState, words: str
) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times, faults.error_text = mode, {"addresses.create"}, 1, sentence
    await type_in(world, ADDRESS)
    assert words in text_of(world.modal(MINJI))
    assert [one.state for one in await changes(world)] == [state]
    assert len(await addresses(world)) == 2  # the local copy follows what TMON accepted, nothing else
    assert len(world.tmon.calls_of("addresses.create")) == 1


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
