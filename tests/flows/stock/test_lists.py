"""`/tmon stock` through real sockets: lists, forms, pasted rows and files."""

from datetime import timedelta

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from handlers.stock.ids import StockAction
from tests.flows.stock.lists import apply, press, upload
from tests.flows.stock.shop import Shop
from tests.flows.stores.registering import submit, text_of
from tests.tmon.spreadsheets.files import workbook
from tmon.spreadsheets.cells import MAX_ROWS


async def test_ten_thousand_skus(read_shop: Shop) -> None:
    rows: list[list[object]] = [
        ["SKU코드", "재고", "상품명"],
        *([f"A-{n:05}", n, f"상품 {n}"] for n in range(MAX_ROWS)),
    ]
    assert "10,000개" in text_of(await upload(read_shop, "sku.xlsx", workbook(rows)))
    assert "10,000개" in text_of(await apply(read_shop))
    await read_shop.world.command(MINJI, "stock")
    view = read_shop.world.modal(MINJI)
    assert "A-00007" in text_of(view)
    await press(read_shop, StockAction.PAGE)
    assert "A-00008" in text_of(read_shop.world.modal(MINJI))
    await submit(read_shop.world, MINJI, {"search": "상품 4321"})
    assert "A-04321" in text_of(read_shop.world.modal(MINJI))


async def test_who_may_only_look(read_shop: Shop) -> None:
    await read_shop.world.command(JUNHO, "stock")
    await press(read_shop, StockAction.ADD, JUNHO)
    assert f"<@{MINJI}>" in await read_shop.world.notice(JUNHO)


async def test_in_english_and_with_the_switch_off(read_shop: Shop) -> None:
    async with read_shop.world.db.write() as session:
        store = await session.get_one(type(read_shop.store), (read_shop.store.team_id, read_shop.store.id))
        store.stock_on = False
    await read_shop.world.command(DANIEL, "stock")
    shown = text_of(read_shop.world.modal(DANIEL))
    assert "neither read nor changed" in shown
    assert StockAction.SYNC not in shown
    read_shop.world.clock.advance(timedelta(minutes=1))
