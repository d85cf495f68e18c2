"""Forms of more options than one page takes: what was typed on a page is kept while another one is looked at."""

import pytest
from sqlalchemy import delete

from bot.playground.slack.demo import MINJI
from bot.playground.slack.model import View
from handlers.listings.ids import ListingView
from handlers.products.ids import ProductAction, ProductView
from tests.flows.listings.uploading import goods_shop, listed, options, product, send, shown, upload
from tests.flows.products.deals import press
from tests.flows.products.managed import accept, act, fill_in, open_page, option_no
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.models.listings import ListedOption, ListedProduct

NAMES = [f"N{number:02}" for number in range(25)]


def inputs(view: View) -> dict[str, str | None]:
    """What stands in the prices of a page, by block."""
    return {
        block["block_id"]: block["element"].get("initial_value")
        for block in view.blocks
        if block["type"] == "input" and block["block_id"].startswith("price_")
    }


async def turn(world: World, suffix: str, **values: str) -> View:
    """Another page."""
    await world.slack.click(
        MINJI, view_id=world.modal(MINJI).id, action_id=f"{ProductAction.PRICE_PAGE}#{suffix}", values=values
    )
    await world.settle()
    return world.modal(MINJI)


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_prices_of_two_pages_are_previewed_together(world: World) -> None:
    store = await goods_shop(world)
    await upload(world, sheets.book([await product(world, store, "A-1")], options("A-1", *NAMES)))
    await send(world)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    deal = listed(world, store, "A-1")
    await open_page(world, deal)
    first = await act(world, ProductAction.PRICE)
    assert len(inputs(first)) == 20
    block, other = f"price_{option_no(deal, 'N00')}~0", f"price_{option_no(deal, 'N01')}~0"
    second = await turn(world, "after", **{block: "17000", other: "만원"})
    assert len(inputs(second)) == 5
    later = f"price_{option_no(deal, 'N24')}~1"
    back = await turn(world, "before", **{later: "18000"})
    assert [text for text in inputs(back).values() if text] == ["17000", "만원"]
    await turn(world, "after")
    assert (await fill_in(world, {})).ok
    preview = world.modal(MINJI)
    assert preview.callback_id == ListingView.PREVIEW
    assert "오류 *1*" in shown(preview)
    assert "원 단위 숫자를 적어 주세요: 만원" in shown(preview)
    await world.slack.close(MINJI, preview.id)
    await open_page(world, deal)
    await act(world, ProductAction.PRICE)
    await turn(world, "after", **{block: "17000"})
    await fill_in(world, {later: "18000"})
    await accept(world)
    changed = {one.price for one in deal.options.values()}
    assert changed == {15_900, 17_000, 18_000}


@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)  # it is about what is shown
async def test_a_deal_of_two_pages_is_managed_with_the_last_one(world: World) -> None:
    store = await goods_shop(world)
    await upload(world, sheets.book([await product(world, store, "A-1")], options("A-1", *NAMES)))
    await send(world)
    await world.slack.close(MINJI, world.modal(MINJI).id)
    deal = listed(world, store, "A-1")
    async with world.db.write() as session:  # as if it had been made elsewhere
        for table in (ListedOption, ListedProduct):
            await session.execute(delete(table))
    await open_page(world, deal)
    form = await act(world, ProductAction.TAKE_OVER)
    assert '"A-1-N00"' in shown(form)
    assert (await fill_in(world, {})).ok
    assert world.modal(MINJI).callback_id == ProductView.TAKE_OVER
    await open_page(world, deal)
    assert "관리하지 않음" in shown(world.modal(MINJI)), "its numbers are not all mapped"
    await press(world, ProductAction.TAKE_OVER)
    await fill_in(world, {})
    await fill_in(world, {})
    assert "이제 이 봇에서 관리합니다" in shown(world.modal(MINJI))
