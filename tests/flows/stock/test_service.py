"""What people do with options."""

from sqlalchemy import select

from bot.playground.slack.demo import MINJI
from handlers.stock.ids import StockAction
from tests.flows.stock.lists import add, press
from tests.flows.stock.shop import Shop
from tests.flows.stores.registering import submit, text_of
from tmon.models.stock import OptionLink
from tmon.stock.service import StockService


async def test_an_option_is_mapped_by_hand(read_shop: Shop) -> None:
    await read_shop.world.command(MINJI, "stock")
    assert (await add(read_shop, code="수건-흰색", stock="30")).errors == {}
    assert (await add(read_shop, code="수건-검정", stock="30")).errors == {}
    await press(read_shop, StockAction.UNMAPPED)
    assert "연결된 SKU가 없습니다" in text_of(read_shop.world.modal(MINJI))
    await press(read_shop, StockAction.MAP)
    stock = read_shop.world.bot.services[StockService]
    gone = next(
        sku for sku in (await stock.choices(read_shop.store.team_id, read_shop.store.id))[0] if "검정" in sku.code
    )
    await stock.remove(read_shop.person, read_shop.store.id, gone.id)  # meanwhile, by somebody else
    assert "수건-검정" in (await submit(read_shop.world, MINJI, {"code": "수건-검정"})).errors["code"]
    assert (await submit(read_shop.world, MINJI, {"code": "수건-흰색"})).errors == {}
    async with read_shop.world.db.read() as session:
        (link,) = await session.scalars(select(OptionLink))
    assert link.by_hand
    await read_shop.world.settle()
    shown = text_of(read_shop.world.modal(MINJI))
    assert "SKU 수건-흰색에 연결됨" in shown, "it keeps its place in the list"
    assert shown.index("수건-흰색에 연결됨") < shown.index("연결된 SKU가 없습니다")
