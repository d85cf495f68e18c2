"""Templates that are there already."""

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import submit, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import (
    LIST_CALLS,
    fill_policy,
    made,
    new_store,
    opened,
    press,
    register,
    settle_later,
    templates,
    type_in,
)
from tests.flows.world import World
from tmon.models.templates import DeliveryTemplate, WriteState


@pytest.mark.parametrize("known_here", [True, False])
async def test_an_identical_template_is_offered_instead(world: World, known_here: bool) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.list")
    await press(world, "templates.copy")
    if not known_here:  # somebody made it in the partner centre
        async with world.db.write() as session:
            for row in await session.scalars(select(DeliveryTemplate)):
                await session.delete(row)
    await type_in(world, {"name": "같은 것"})
    if not known_here:
        await register(world)
    assert "이미 있어 새로 만들지 않았습니다" in text_of(world.modal(MINJI))
    assert world.tmon.calls_of("templates.create") == []
    await press(world, "templates.back")
    assert "같은 것" in text_of(world.modal(MINJI)), "what was typed is still there"


@pytest.mark.parametrize("there", [True, False])
async def test_without_a_list_a_person_decides(world: World, there: bool) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = LIST_CALLS
    await opened(world)
    await press(world, "templates.import")
    assert "목록을 제공하지 않습니다" in text_of(world.modal(MINJI))
    await press(world, "templates.new")
    assert "확인하지 못합니다" in text_of(world.modal(MINJI))
    await fill_policy(world)
    assert "확인하지 못합니다" in text_of(world.modal(MINJI))
    world.tmon.faults.mode = "hang_after_write" if there else "hang"
    world.tmon.faults.only, world.tmon.faults.times = {"templates.create"}, 1
    await register(world)
    assert "파트너센터에서 확인한 뒤" in text_of(world.modal(MINJI))
    asked = len(world.tmon.calls_of("templates.list"))
    await settle_later(world)
    assert len(world.tmon.calls_of("templates.list")) == asked  # TMON said it once
    (row,) = await templates(world)
    assert row.state is WriteState.UNKNOWN
    await press(world, "templates.overview")
    await press(world, "templates.new")
    acted = await fill_policy(world)
    assert "두 번 만들어지지 않도록" in next(iter(acted.errors.values()))
    await world.command(MINJI, "templates")
    if there:
        no = max(world.tmon.templates)
        await press(world, "templates.is_there")
        assert "숫자로" in (await submit(world, MINJI, {"no": "육백"})).errors["no"]
        await submit(world, MINJI, {"no": str(no)})
        (row,) = await templates(world)
        assert (row.state, row.no) == (WriteState.DONE, no)
    else:
        await press(world, "templates.not_there")
        await press(world, "templates.new")
        await fill_policy(world)
        await register(world)
    assert len(made(world)) == 1


async def test_without_a_list_templates_are_added_by_number(world: World) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = LIST_CALLS
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "612345", "name": "우리 템플릿"})
    assert "우리 템플릿" in text_of(world.modal(MINJI))
    await press(world, "templates.list")
    assert "조건을 알려 주지 않는" in text_of(world.modal(MINJI))
    assert [name for name in buttons(world.modal(MINJI)) if "copy" in name] == []
    world.tmon.faults.not_offered = {"templates.list"}  # it tells single ones
    await press(world, "templates.overview")
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "612345"})
    (row,) = await templates(world)
    assert row.policy is not None
    await press(world, "templates.add")
    await submit(world, MINJI, {"no": "999"})
    assert "존재하지 않는 배송템플릿" in text_of(world.modal(MINJI))
