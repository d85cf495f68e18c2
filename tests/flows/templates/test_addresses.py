"""The address book and its form."""

import pytest
from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import submit, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import ADDRESS, addresses, new_store, opened, press, templates, type_in
from tests.flows.world import World
from tmon.models.stores import Store
from tmon.models.templates import PartnerAddress


@pytest.mark.parametrize(
    ("phone", "sentence"),
    [
        ("080-123-4567", "080으로 시작하는"),
        ("1544-0000", "02-1544-0000"),
        ("12-34", "하이픈"),
    ],
)
async def test_phone_rules_are_told_at_the_field(world: World, phone: str, sentence: str) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    acted = await type_in(world, {**ADDRESS, "manager_phone": phone})
    assert sentence in acted.errors["manager_phone~new"]
    assert world.tmon.calls_of("addresses.create") == []


async def test_an_edit_says_how_many_templates_it_touches(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.import")
    count = len(await templates(world))
    assert count
    await press(world, "templates.addresses")
    await press(world, "templates.edit_address")
    assert f"*{count}개*" in text_of(world.modal(MINJI))
    await type_in(world, {"manager_name": "새담당"})
    (no,) = [int(call.path.rsplit("/", 1)[1]) for call in world.tmon.calls_of("addresses.update")]
    assert world.tmon.addresses[no].manager_name == "새담당"
    await press(world, "templates.addresses")
    assert "새담당" in text_of(world.modal(MINJI))


@pytest.mark.parametrize("known_here", [True, False])
async def test_a_taken_name_leads_to_the_address_that_has_it(world: World, known_here: bool) -> None:
    await new_store(world)
    await opened(world)
    taken = next(iter(world.tmon.addresses.values()))
    if not known_here:
        async with world.db.write() as session:
            store_id = (await session.scalars(select(Store))).one().id
            row = await session.get_one(PartnerAddress, (world.slack.team_id, store_id, taken.no))
            await session.delete(row)
    await press(world, "templates.new_address")
    await type_in(world, {**ADDRESS, "name": taken.name})
    shown = text_of(world.modal(MINJI))
    assert "이미 있습니다" in shown
    assert taken.manager_name in shown
    assert len(world.tmon.calls_of("addresses.create")) == (not known_here)
    assert taken.no in {row.no for row in await addresses(world)}
    await press(world, "templates.retry_address")
    acted = await type_in(world, {"name": "또 다른 창고"})
    assert acted.errors == {}
    assert "또 다른 창고" in {one.name for one in world.tmon.addresses.values()}


async def test_tmon_does_not_list_addresses(world: World) -> None:
    await new_store(world)
    world.tmon.faults.not_offered = {"addresses.list"}
    await opened(world)
    view = world.modal(MINJI)
    assert "🔒" in text_of(view)
    assert "templates.import_named_address" in buttons(view)
    world.tmon.faults.not_offered = set()  # by name it answers
    await press(world, "templates.import_named_address")
    await submit(world, MINJI, {"name": "없는 창고"})
    assert "이름의 주소가 없습니다" in text_of(world.modal(MINJI))
    await press(world, "templates.import_named_address")
    await submit(world, MINJI, {"name": next(iter(world.tmon.addresses.values())).name})
    assert "🔒" not in text_of(world.modal(MINJI))
