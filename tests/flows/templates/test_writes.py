"""What every write to a seller's templates shares."""

from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from tests.flows.stores.registering import private, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import (
    ADDRESS,
    LIVING,
    new_store,
    opened,
    press,
    previewed,
    register,
    settle_later,
    type_in,
)
from tests.flows.world import World
from tmon.models.stores import Store


async def set_product(world: World, store: Store, *, on: bool) -> None:
    async with world.db.write() as session:
        (await session.get_one(Store, (store.team_id, store.id))).product_on = on


async def test_a_rejected_key_is_told_and_laid_to_the_store(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    world.tmon.revoke_key(LIVING.partner_id)
    await type_in(world, ADDRESS)
    assert "Key를 받아들이지" in text_of(world.modal(MINJI))
    async with world.db.read() as session:
        assert (await session.scalars(select(Store))).one().state == "key_rejected"


# --- the switch ---
async def test_while_the_switch_is_off_no_call_leaves(world: World) -> None:
    store = await new_store(world)
    await opened(world)
    await set_product(world, store, on=False)
    calls = len(world.tmon.calls)
    await world.command(MINJI, "templates")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    await press(world, "templates.import_addresses")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    await press(world, "templates.import")
    assert "switches.turn_on" in "".join(buttons(world.modal(MINJI)))
    for refused in ("new_address", "new"):
        await press(world, f"templates.{refused}")
        assert "switches.turn_on" in await world.notice(MINJI)
    assert len(world.tmon.calls) == calls
    await set_product(world, store, on=True)
    await press(world, "templates.import")
    assert len(world.tmon.calls) > calls


async def test_doubts_wait_while_the_switch_is_off(world: World) -> None:
    store = await new_store(world)
    await previewed(world)
    world.tmon.faults.mode, world.tmon.faults.only, world.tmon.faults.times = "hang", {"templates.create"}, 1
    await register(world)
    await set_product(world, store, on=False)
    calls = len(world.tmon.calls)
    await settle_later(world)
    assert len(world.tmon.calls) == calls
    await set_product(world, store, on=True)
    await settle_later(world)
    assert "반영되지 않았습니다" in private(world, MINJI)[-1]
