"""The overview of templates, and who sees it."""

import pytest

from bot.playground.slack.demo import JUNHO, MINJI
from tests.flows.products.deals import known
from tests.flows.stores.registering import private, text_of
from tests.flows.stores.test_setup import buttons
from tests.flows.templates.steps import ADDRESS, fill_policy, new_store, opened, press, type_in
from tests.flows.world import World
from tmon.products.catalog import CatalogService


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


@pytest.mark.parametrize(
    "steps",
    [
        ("templates.new_address",),
        ("templates.addresses", "templates.edit_address"),
        ("templates.new",),
        ("templates.import", "templates.list", "templates.copy"),
    ],
)
async def test_a_form_lies_above_what_it_was_opened_from(world: World, steps: tuple[str, ...]) -> None:
    await new_store(world)
    await opened(world)
    for step in steps:
        await press(world, step)
    under, form = world.slack.open_modal(MINJI)
    assert form.submit is not None
    await world.slack.close(MINJI, form.id)
    assert world.modal(MINJI).id == under.id


async def test_the_overview_below_a_form_shows_what_was_saved(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new_address")
    assert (await type_in(world, ADDRESS)).errors == {}
    under, result = world.slack.open_modal(MINJI)
    assert "저장했습니다" in text_of(result)
    assert "주소 3개" in text_of(under)


async def test_the_default_addresses_are_filled_in(world: World) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    chosen = {
        block["block_id"].partition("~")[0]: block["element"].get("initial_option", {}).get("value")
        for block in world.modal(MINJI).blocks
        if block["type"] == "input"
    }
    assert chosen["ship_from"]
    assert chosen["return_to"]


@pytest.mark.parametrize(("free_from", "warned"), [("3000", True), ("2,900", True), ("3,001", False), ("50000", False)])
async def test_a_threshold_that_does_not_exceed_the_fee_is_warned_about(
    world: World, free_from: str, warned: bool
) -> None:
    await new_store(world)
    await opened(world)
    await press(world, "templates.new")
    assert (await fill_policy(world, free_from=free_from)).errors == {}
    assert ("배송비보다 커야" in text_of(world.modal(MINJI))) is warned


async def test_the_list_names_the_products_that_use_a_template(world: World) -> None:
    store = await new_store(world)
    world.tmon.new_order(store.seller_id, deals=2)
    await world.collect()
    await world.bot.services[CatalogService].read_due()
    used = {deal.template_no: deal for deal in await known(world) if deal.template_no is not None}
    assert used
    await opened(world)
    await press(world, "templates.import")
    await press(world, "templates.list")
    sections = {
        no: block["text"]["text"]
        for block in world.modal(MINJI).blocks
        if block["type"] == "section"
        for no in used
        if f"번호 {no}" in block["text"]["text"]
    }
    for no, deal in used.items():
        assert "이 템플릿을 쓰는 상품" in sections[no]
        assert deal.title[:10] in sections[no]
    assert text_of(world.modal(MINJI)).count("이 템플릿을 쓰는 상품") == len(used)
