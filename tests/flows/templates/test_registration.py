"""Delivery templates on their way to TMON, and each of its answers."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.stores.registering import private, text_of
from tests.flows.templates.steps import (
    fill_policy,
    made,
    new_store,
    press,
    previewed,
    register,
    settle_later,
    templates,
    type_in,
)
from tests.flows.world import World, until
from tmon.models.stores import Store
from tmon.models.templates import WriteState


def fail_once(world: World, mode: Any) -> None:
    """The next registration of a template goes wrong at TMON."""
    faults = world.tmon.faults
    faults.mode, faults.only, faults.times = mode, {"templates.create"}, 1


async def test_two_people_register_the_same_at_once(world: World) -> None:
    await new_store(world)
    people = (MINJI, JUNHO)  # MINJI may as an admin
    async with world.db.write() as session:
        (await session.scalars(select(Store))).one().registered_by = JUNHO
    for user in people:
        await previewed(world, user)
    await asyncio.gather(*(register(world, user) for user in people))
    assert len(world.tmon.calls_of("templates.create")) == 1
    assert len(made(world)) == 1


@pytest.mark.parametrize("mode", ["hang_after_write", "empty", "truncated"])
async def test_an_answer_that_is_lost_or_has_no_number_is_looked_up_in_tmons_list(world: World, mode: Any) -> None:
    await new_store(world)
    await previewed(world)
    fail_once(world, mode)
    await register(world)
    assert "등록했습니다" in text_of(world.modal(MINJI))
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


async def test_tmon_goes_silent_after_the_write_and_is_asked_later(world: World) -> None:
    await new_store(world)
    await previewed(world)
    world.tmon.faults.mode, world.tmon.faults.only = "hang_after_write", {"templates.create"}
    pressed = asyncio.create_task(register(world))
    await until(lambda: world.tmon.calls_of("templates.create"))
    world.tmon.faults.mode, world.tmon.faults.only = "down", None
    await pressed
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    # meanwhile the same policy is refused
    await press(world, "templates.overview")
    await press(world, "templates.new")
    acted = await fill_policy(world)
    assert "두 번 만들어지지 않도록" in next(iter(acted.errors.values()))
    await settle_later(world)
    assert "확인하고 있습니다" in private(world, MINJI)[-1]
    world.tmon.faults.clear()
    await settle_later(world, timedelta(seconds=30))
    assert "등록했습니다" in private(world, MINJI)[-1]
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


async def test_a_template_that_did_not_arrive_can_be_registered_again_once_that_is_sure(world: World) -> None:
    await new_store(world)
    await previewed(world)
    fail_once(world, "hang")
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world, timedelta(seconds=30))
    assert {row.state for row in await templates(world) if row.no is None} == {WriteState.UNKNOWN}
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    await world.command(MINJI, "templates")
    await press(world, "templates.new")
    await fill_policy(world)
    await register(world)
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 2)


async def test_a_template_that_cannot_be_read_may_be_the_one_that_was_sent(world: World) -> None:
    await new_store(world)
    await previewed(world)
    faults = world.tmon.faults
    faults.rewrites["templates.list"] = lambda page: (
        page | {"items": [one | {"deliveryFee": None} for one in page["items"]]}
    )
    fail_once(world, "hang_after_write")
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world)
    assert {row.state for row in await templates(world) if row.no is None} == {WriteState.UNKNOWN}
    faults.rewrites.clear()
    await settle_later(world)
    assert any("등록했습니다" in said for said in private(world, MINJI)[-2:])  # beside what can be read again
    assert (len(made(world)), len(world.tmon.calls_of("templates.create"))) == (1, 1)


async def test_nothing_is_sent_when_the_list_cannot_be_read(world: World) -> None:
    await new_store(world)
    await previewed(world)
    world.tmon.faults.mode, world.tmon.faults.only = "html_503", {"templates.list"}
    await register(world)
    assert "보낸 것은 없습니다" in text_of(world.modal(MINJI))
    assert world.tmon.calls_of("templates.create") == []
    assert await templates(world) == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("error_500_json", "요청을 처리하는 중 오류"),
        ("throttled", "보내지 못했습니다"),
    ],
)
async def test_tmon_refuses_a_template(world: World, mode: Any, words: str) -> None:
    await new_store(world)
    await previewed(world)
    fail_once(world, mode)
    await register(world)
    shown = text_of(world.modal(MINJI))
    assert "등록하지 못했습니다" in shown
    assert words in shown
    await press(world, "templates.copy")  # 다시 입력
    await type_in(world, {})
    await register(world)
    assert len(made(world)) == 1


@pytest.mark.parametrize(
    "sentence", ["ResourceAccessException: I/O error", "PersistenceException", "502 Bad Gateway from upstream"]
)
async def test_trouble_inside_tmon_is_a_doubt_and_not_a_refusal(world: World, sentence: str) -> None:
    await new_store(world)
    await previewed(world)
    fail_once(world, "error_500_json")
    world.tmon.faults.error_text = sentence
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    assert [row.state for row in await templates(world) if row.no is None] == [WriteState.UNKNOWN]


@pytest.mark.parametrize("mode", ["error_500", "html_502", "html_503", "down"])
async def test_a_gateway_in_between_tells_nothing_about_a_template(world: World, mode: Any) -> None:
    await new_store(world)
    await previewed(world)
    fail_once(world, mode)
    await register(world)
    assert "확인하고 있습니다" in text_of(world.modal(MINJI))
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
    assert len(world.tmon.calls_of("templates.create")) == 1


async def test_a_dead_token_is_renewed_and_one_template_is_made(world: World) -> None:
    await new_store(world)
    await previewed(world)
    world.tmon.faults.expire_tokens()
    await register(world)
    assert len(made(world)) == 1
