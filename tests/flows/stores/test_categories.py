"""대표카테고리: the top level of TMON's categories, the fixed list while TMON has not told them."""

from typing import Any

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import View
from bot.playground.tmon.category_tree import TOP_CATEGORIES
from tests.flows.stores.editing import edit, look, the_store
from tests.flows.stores.registering import CONTACT, api, click, submit
from tests.flows.world import World
from tmon.stores.categories import TOP_LEVEL

TOPS = [top.name for top in TOP_CATEGORIES]


def element(view: View) -> Any:
    return next(block["element"] for block in view.blocks if block.get("block_id") == "category")


def choices(view: View) -> list[str]:
    return [option["value"] for option in element(view)["options"]]


async def test_a_new_store_is_offered_the_fixed_list_until_tmon_was_asked(world: World) -> None:
    await world.command(MINJI, "setup")
    assert choices(world.modal(MINJI)) == list(TOP_LEVEL)
    await world.add_store(partner=1)
    await world.run_job("read categories")
    world.tmon.faults.mode = "hang"  # the form opens without asking TMON
    await world.command(MINJI, "setup")
    if world.modal(MINJI).callback_id == "setup.choices":
        await click(world, MINJI, "setup.new")
    assert choices(world.modal(MINJI)) == TOPS


async def test_what_was_chosen_while_the_list_was_another_is_taken_and_stays(world: World) -> None:
    await world.command(MINJI, "setup")
    await world.add_store(partner=1)
    await world.run_job("read categories")
    assert (await submit(world, MINJI, api(category="도서·문구"))).errors == {}
    await click(world, MINJI, "setup.back")
    assert choices(world.modal(MINJI)) == [*TOPS, "도서·문구"]
    assert element(world.modal(MINJI))["initial_option"]["value"] == "도서·문구"
    assert (await submit(world, MINJI, {})).errors == {}
    assert (await submit(world, MINJI, CONTACT)).errors == {}


async def test_a_category_that_only_tmon_has_is_stored_and_shown(world: World) -> None:
    store = await world.add_store(category="식품·건강")
    world.tmon.faults.rewrites["categories"] = lambda tree: [
        {"no": 60000000, "name": "우주·항공 " + "가" * 100, "selectable": True, "subcategories": {}},
        {"no": 61000000, "name": "우주·항공", "selectable": True, "subcategories": {}},
        *tree,
    ]
    await world.run_job("read categories")
    await look(world)
    await click(world, MINJI, "settings.edit#1")
    assert choices(world.modal(MINJI)) == ["우주·항공", *TOPS], "one that cannot be stored is not offered"
    assert (await submit(world, MINJI, {"category": "우주·항공"})).errors == {}
    assert (await the_store(world)).category == "우주·항공"
    world.tmon.faults.rewrites.clear()
    await look(world)
    assert (await edit(world, 1, {"store_name": "새 이름"})).errors == {}
    assert (await the_store(world)).category == "우주·항공"
    assert store.category == "식품·건강"
