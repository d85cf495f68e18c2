"""The overview of templates, and who sees it."""

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.stores.registering import private, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import new_store, press
from tests.flows.world import World


# --- the address book ---
async def test_the_delivery_side_is_locked_until_the_addresses_are_imported(world: World) -> None:
    await new_store(world)
    await world.command(MINJI, "템플릿")
    view = world.modal(MINJI)
    assert "🔒" in text_of(view)
    assert "templates.new" not in buttons(view)
    await press(world, "templates.import_addresses#unlock")
    view = world.modal(MINJI)
    assert "주소 2개를 가져왔습니다" in text_of(view)
    assert "🔒" not in text_of(view)
    assert "templates.new" in buttons(view)
    await press(world, "templates.addresses")
    shown = text_of(world.modal(MINJI))
    assert "출고담당" in shown
    assert "출고지" in shown
    assert "기본 주소" in shown


async def test_only_those_who_manage_the_store_see_it(world: World) -> None:
    await new_store(world)
    await world.command(JUNHO, "templates")
    assert world.slack.open_modal(JUNHO) == []
    assert f"<@{MINJI}>" in private(world, JUNHO)[-1]
