"""Forms under way: resumed, turned back, begun anew."""

from sqlalchemy import select

from bot.playground.slack.demo import MINJI, ORDERS
from tests.flows.stores.registering import CONTACT, LIVING, api, click, labels, set_up, stores, submit, text_of
from tests.flows.world import World
from tmon.models.stores import Draft
from tmon.permissions import Person as Somebody
from tmon.stores.service import StoreService


async def test_a_draft_is_resumed_where_it_was_left(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await submit(world, MINJI, CONTACT)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    async with world.db.read() as session:
        (draft,) = await session.scalars(select(Draft))
    assert LIVING.token not in draft.content
    await world.command(MINJI, "setup")
    assert "한빛리빙" in text_of(world.modal(MINJI))
    await click(world, MINJI, "setup.resume#new")
    assert labels(world.modal(MINJI))[:2] == ["알림 채널", "연동설정"]
    await click(world, MINJI, "setup.back")
    await click(world, MINJI, "setup.back")
    form = world.modal(MINJI)
    assert LIVING.token not in text_of(form) + form.private_metadata
    await submit(world, MINJI, {})  # the key stays what was typed
    await submit(world, MINJI, {})
    await submit(world, MINJI, {"channel": ORDERS})
    assert "승인 완료" in text_of(world.modal(MINJI))


async def test_turning_back_keeps_what_was_typed(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    typed_so_far = {"contact_name": "박담당", "contact_mobile": "010"}
    await world.slack.click(MINJI, view_id=world.modal(MINJI).id, action_id="setup.back", values=typed_so_far)
    await world.settle()
    await submit(world, MINJI, {})
    again = world.modal(MINJI)
    typed = {
        block["block_id"]: block["element"].get("initial_value") for block in again.blocks if block["type"] == "input"
    }
    assert (typed["contact_name"], typed["contact_mobile"]) == ("박담당", "010")


async def test_a_new_form_does_not_inherit_the_key_of_an_old_draft(world: World) -> None:
    await world.command(MINJI, "setup")
    await submit(world, MINJI, api())
    await world.command(MINJI, "setup")
    await click(world, MINJI, "setup.new")
    acted = await submit(world, MINJI, {**api(), "api_key": ""})
    assert set(acted.errors) == {"api_key"}


async def test_the_draft_of_a_removed_store(world: World) -> None:
    await set_up(world)
    (store,) = await stores(world)
    await world.command(MINJI, "setup 한빛리빙")
    await world.bot.services[StoreService].remove(Somebody(world.slack.team_id, MINJI), store.id)
    acted = await submit(world, MINJI, {})
    assert "찾을 수 없습니다" in acted.errors["seller_id"]
