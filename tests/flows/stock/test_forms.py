"""SKUs typed, pasted and uploaded."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import MINJI
from handlers.stock.ids import StockAction, StockView
from tests.flows.stock.lists import add, apply, press, upload
from tests.flows.stock.shop import Shop
from tests.flows.stores.registering import submit, text_of
from tests.tmon.spreadsheets.files import workbook
from tmon.models.audit import Audit
from tmon.models.stock import OptionLink, Sku
from tmon.stock.service import StockService
from tmon.stock.sku_import import SkuRow, sample_file


async def skus(read_shop: Shop) -> dict[str, int]:
    """Stock by code."""
    async with read_shop.world.db.read() as session:
        return {sku.code: sku.stock for sku in await session.scalars(select(Sku).order_by(col(Sku.code)))}


async def test_one_sku_from_nothing_to_its_end(read_shop: Shop) -> None:
    world = read_shop.world
    await world.command(MINJI, "stock")
    assert "아직 등록한 SKU가 없습니다" in text_of(world.modal(MINJI))
    key = read_shop.towel.vendor_option_no or ""
    assert (await add(read_shop, code=key, stock="서른")).errors.keys() == {"stock"}
    assert (await submit(world, MINJI, {"code": key, "stock": "30", "safety": "2"})).errors == {}
    assert await skus(read_shop) == {key: 30}
    shown = text_of(world.modal(MINJI))
    assert world.modal(MINJI).callback_id == StockView.LIST
    assert "재고 30개" in shown
    assert "안전재고 2개" in shown
    assert "호텔수건" in shown
    await press(read_shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"name": "수건", "safety": "0"})).errors == {}
    assert await skus(read_shop) == {key: 30}
    assert "수건" in text_of(world.modal(MINJI))
    await press(read_shop, StockAction.SYNC)
    assert read_shop.towel.stock == 30
    assert "재고를 맞췄습니다" in text_of(world.modal(MINJI))
    await press(read_shop, StockAction.EDIT)
    await press(read_shop, StockAction.REMOVE)
    assert await skus(read_shop) == {}
    async with world.db.read() as session:
        done = [row.action for row in await session.scalars(select(Audit).order_by(col(Audit.at)))]
        assert sorted(done) == ["sku.count", "sku.count", "sku.remove"]
        assert (await session.scalars(select(OptionLink))).all() == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        *(("stock", "#N/A"), ("safety", "#REF!"), ("low_at", "-1"), ("name", "#VALUE!")),
        *(("code", "#N/A"), ("code", "8.8E+12"), ("code", "합계"), ("code", "")),
    ],
)
async def test_what_is_wrong_stands_below_its_field(read_shop: Shop, field: str, typed: str) -> None:
    await read_shop.world.command(MINJI, "stock")
    refused = await add(read_shop, **{"code": "A-1", "stock": "3", field: typed})
    assert refused.errors.keys() == {field}
    assert await skus(read_shop) == {}


async def test_pasted_rows_count_together_or_not_at_all(read_shop: Shop) -> None:
    world = read_shop.world
    await world.command(MINJI, "stock")
    await press(read_shop, StockAction.PASTE)
    refused = await submit(world, MINJI, {"rows": "SKU코드\t재고\nA-1\t30\nA-2\t-5\nA-1\t7"})
    assert "3행" in refused.errors["rows"]
    assert "4행" in refused.errors["rows"]
    assert await skus(read_shop) == {}
    assert (await submit(world, MINJI, {"rows": "A-1\t30\nA-2\t5"})).errors == {}
    assert await skus(read_shop) == {}
    assert "새 SKU 2개" in text_of(world.modal(MINJI))
    assert (await submit(world, MINJI, {})).errors == {}
    assert await skus(read_shop) == {"A-1": 30, "A-2": 5}
    assert "새 SKU 2개" in text_of(world.modal(MINJI))


async def test_an_old_form_brings_nothing_back(read_shop: Shop) -> None:
    """While one names a SKU, another stops its sale: it is not on sale again because the form was drawn before."""
    world = read_shop.world
    await world.command(MINJI, "stock")
    assert (await add(read_shop, code="A-1", stock="3", safety="1")).errors == {}
    await press(read_shop, StockAction.EDIT)
    row = SkuRow(1, "A-1", safety=2, selling=False)
    await world.bot.services[StockService].apply(read_shop.person, read_shop.store.id, [row], source="form")
    assert (await submit(world, MINJI, {"name": "수건"})).errors == {}
    async with world.db.read() as session:
        sku = await session.scalar(select(Sku))
    assert sku is not None
    assert (sku.name, sku.safety, sku.selling) == ("수건", 2, False)


async def test_the_sale_status_is_typed_pasted_and_uploaded(read_shop: Shop) -> None:
    world = read_shop.world

    async def selling() -> dict[str, bool]:
        async with world.db.read() as session:
            return {sku.code: sku.selling for sku in await session.scalars(select(Sku).order_by(col(Sku.code)))}

    await world.command(MINJI, "stock")
    assert (await add(read_shop, code="A-1", stock="3", selling="stopped")).errors == {}
    assert await selling() == {"A-1": False}
    assert "⏹️ 판매중지" in text_of(world.modal(MINJI))
    await press(read_shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"name": "수건"})).errors == {}  # the radio button stands where it stood
    assert await selling() == {"A-1": False}
    await press(read_shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"selling": "onsale"})).errors == {}
    assert await selling() == {"A-1": True}
    await press(read_shop, StockAction.PASTE)
    refused = await submit(world, MINJI, {"rows": "SKU코드\t판매상태\nA-1\t판매중지\nA-2\t품절"})
    assert "3행: 'A-2' 판매상태 '품절'" in refused.errors["rows"]
    assert (await submit(world, MINJI, {"rows": "SKU코드\t판매상태\nA-1\t판매중지\nA-2\t"})).errors == {}
    assert (await submit(world, MINJI, {})).errors == {}
    assert await selling() == {"A-1": False, "A-2": True}
    file = workbook([["SKU코드", "재고", "판매상태"], ["A-1", 4, None], ["A-2", 5, "판매중지"], ["A-3", 6, "판매중"]])
    await upload(read_shop, "sku.xlsx", file)
    await apply(read_shop)
    assert await selling() == {"A-1": False, "A-2": False, "A-3": True}
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action) == "sku.count").order_by(col(Audit.at)))
        told = [(row.details["stopped"], row.details["sold_again"]) for row in rows]
    assert sorted(told) == [(0, 0), (0, 1), (1, 0), (1, 0), (1, 0)]


async def test_a_file_is_read_and_its_faults_are_told(read_shop: Shop) -> None:
    key = read_shop.towel.vendor_option_no or ""
    good = f"SKU코드,재고,상품명\n{key},30,호텔수건\nA-2,5,발매트\n".encode("cp949")
    assert "새 SKU 2개" in text_of(await upload(read_shop, "sku.csv", good))
    assert await skus(read_shop) == {}
    assert "새 SKU 2개" in text_of(await apply(read_shop))
    assert await skus(read_shop) == {key: 30, "A-2": 5}
    assert "연결된 옵션 1개" in text_of(read_shop.world.modal(MINJI))
    bad = text_of(await upload(read_shop, "sku.xlsx", workbook([["SKU코드", "재고"], ["A-2", 9], ["A-3", "많음"]])))
    assert "3행" in bad
    assert "아무것도 바꾸지 않았습니다" in bad
    assert "CSV 또는 XLSX" in text_of(await upload(read_shop, "sku.xlsx", b"<html>"))
    assert "반영할 SKU가 없습니다" in text_of(await upload(read_shop, "sku.csv", sample_file()))
    assert await skus(read_shop) == {key: 30, "A-2": 5}
