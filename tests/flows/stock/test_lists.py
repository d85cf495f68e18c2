"""`/tmon stock` through real sockets: lists, forms, pasted rows and files."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import DANIEL, JUNHO, MINJI
from bot.playground.slack.model import View
from bot.playground.tmon.seed_shop import open_shop
from handlers.stock.ids import StockAction, StockView
from tests.flows.stock.test_collector import LIVING, Shop
from tests.flows.stores.test_setup import click, submit, text_of
from tests.flows.world import World, until
from tests.tmon.stock.rows import workbook
from tmon.models.audit import Audit
from tmon.models.stock import OptionLink, Sku
from tmon.stock.service import StockService
from tmon.stock.sku_import import MAX_ROWS, SkuRow


@pytest.fixture
async def shop(world: World) -> Shop:
    """A store whose stock is synchronised, with a deal that was read."""
    open_shop(world.tmon, LIVING)
    shop = Shop(world, await world.add_store(stock_on=True))
    await shop.know(shop.towels)
    await shop.sync()
    return shop


async def skus(shop: Shop) -> dict[str, int]:
    """Stock by code."""
    async with shop.world.db.read() as session:
        return {sku.code: sku.stock for sku in await session.scalars(select(Sku).order_by(col(Sku.code)))}


async def press(shop: Shop, action: str, user: str = MINJI) -> None:
    """Presses the first button whose action begins so."""
    view = shop.world.modal(user)
    elements = [e for b in view.blocks for e in [*b.get("elements", []), b.get("accessory") or {}]]
    found = next(e["action_id"] for e in elements if str(e.get("action_id", "")).partition("#")[0] == action)
    await click(shop.world, user, found)


async def add(shop: Shop, **values: str) -> Any:
    """SKU 추가."""
    await press(shop, StockAction.ADD)
    return await submit(shop.world, MINJI, values)


async def upload(shop: Shop, name: str, content: bytes) -> View:
    """파일 올리기, and what is said of it."""
    world = shop.world
    await world.command(MINJI, "재고")
    await press(shop, StockAction.UPLOAD)
    file = world.slack.upload(MINJI, world.modal(MINJI).id, "file", name, content)
    await submit(world, MINJI, {"file": [file.id]})
    await until(lambda: "읽고 있습니다" not in text_of(world.modal(MINJI)), 15)
    return world.modal(MINJI)


async def test_one_sku_from_nothing_to_its_end(shop: Shop) -> None:
    world = shop.world
    await world.command(MINJI, "stock")
    assert "아직 등록한 SKU가 없습니다" in text_of(world.modal(MINJI))
    key = shop.towel.vendor_option_no or ""
    assert (await add(shop, code=key, stock="서른")).errors.keys() == {"stock"}
    assert (await submit(world, MINJI, {"code": key, "stock": "30", "safety": "2"})).errors == {}
    assert await skus(shop) == {key: 30}
    shown = text_of(world.modal(MINJI))
    assert world.modal(MINJI).callback_id == StockView.LIST
    assert "재고 30개" in shown
    assert "안전재고 2개" in shown
    assert "호텔수건" in shown
    await press(shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"name": "수건", "safety": "0"})).errors == {}
    assert await skus(shop) == {key: 30}
    assert "수건" in text_of(world.modal(MINJI))
    await press(shop, StockAction.SYNC)
    assert shop.towel.stock == 30
    assert "재고를 맞췄습니다" in text_of(world.modal(MINJI))
    await press(shop, StockAction.EDIT)
    await press(shop, StockAction.REMOVE)
    assert await skus(shop) == {}
    async with world.db.read() as session:
        done = [row.action for row in await session.scalars(select(Audit).order_by(col(Audit.at)))]
        assert sorted(done) == ["sku.count", "sku.count", "sku.remove"]
        assert (await session.scalars(select(OptionLink))).all() == []


async def test_an_option_is_mapped_by_hand(shop: Shop) -> None:
    await shop.world.command(MINJI, "stock")
    assert (await add(shop, code="수건-흰색", stock="30")).errors == {}
    await press(shop, StockAction.UNMAPPED)
    assert "연결된 SKU가 없습니다" in text_of(shop.world.modal(MINJI))
    await press(shop, StockAction.MAP)
    assert "수건-검정" in (await submit(shop.world, MINJI, {"code": "수건-검정"})).errors["code"]
    assert (await submit(shop.world, MINJI, {"code": "수건-흰색"})).errors == {}
    async with shop.world.db.read() as session:
        (link,) = await session.scalars(select(OptionLink))
    assert link.by_hand


async def test_pasted_rows_count_together_or_not_at_all(shop: Shop) -> None:
    world = shop.world
    await world.command(MINJI, "stock")
    await press(shop, StockAction.PASTE)
    refused = await submit(world, MINJI, {"rows": "SKU코드\t재고\nA-1\t30\nA-2\t-5\nA-1\t7"})
    assert "3행" in refused.errors["rows"]
    assert "4행" in refused.errors["rows"]
    assert await skus(shop) == {}
    assert (await submit(world, MINJI, {"rows": "A-1\t30\nA-2\t5"})).errors == {}
    assert await skus(shop) == {"A-1": 30, "A-2": 5}
    assert "새 SKU 2개" in text_of(world.modal(MINJI))


async def test_an_old_form_brings_nothing_back(shop: Shop) -> None:
    """While one names a SKU, another stops its sale: it is not on sale again because the form was drawn before."""
    world = shop.world
    await world.command(MINJI, "stock")
    assert (await add(shop, code="A-1", stock="3", safety="1")).errors == {}
    await press(shop, StockAction.EDIT)
    row = SkuRow(1, "A-1", safety=2, selling=False)
    await world.bot.services[StockService].apply(shop.person, shop.store.id, [row], source="form")
    assert (await submit(world, MINJI, {"name": "수건"})).errors == {}
    async with world.db.read() as session:
        sku = await session.scalar(select(Sku))
    assert sku is not None
    assert (sku.name, sku.safety, sku.selling) == ("수건", 2, False)


async def test_the_sale_status_is_typed_pasted_and_uploaded(shop: Shop) -> None:
    world = shop.world

    async def selling() -> dict[str, bool]:
        async with world.db.read() as session:
            return {sku.code: sku.selling for sku in await session.scalars(select(Sku).order_by(col(Sku.code)))}

    await world.command(MINJI, "stock")
    assert (await add(shop, code="A-1", stock="3", selling="stopped")).errors == {}
    assert await selling() == {"A-1": False}
    assert "⏹️ 판매중지" in text_of(world.modal(MINJI))
    await press(shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"name": "수건"})).errors == {}  # the radio button stands where it stood
    assert await selling() == {"A-1": False}
    await press(shop, StockAction.EDIT)
    assert (await submit(world, MINJI, {"selling": "onsale"})).errors == {}
    assert await selling() == {"A-1": True}
    await press(shop, StockAction.PASTE)
    refused = await submit(world, MINJI, {"rows": "SKU코드\t판매상태\nA-1\t판매중지\nA-2\t품절"})
    assert "3행: 'A-2' 판매상태 '품절'" in refused.errors["rows"]
    assert (await submit(world, MINJI, {"rows": "SKU코드\t판매상태\nA-1\t판매중지\nA-2\t"})).errors == {}
    assert await selling() == {"A-1": False, "A-2": True}
    file = workbook([["SKU코드", "재고", "판매상태"], ["A-1", 4, None], ["A-2", 5, "판매중지"], ["A-3", 6, "판매중"]])
    await upload(shop, "sku.xlsx", file)
    assert await selling() == {"A-1": False, "A-2": False, "A-3": True}
    async with world.db.read() as session:
        rows = await session.scalars(select(Audit).where(col(Audit.action) == "sku.count").order_by(col(Audit.at)))
        told = [(row.details["stopped"], row.details["sold_again"]) for row in rows]
    assert sorted(told) == [(0, 0), (0, 1), (1, 0), (1, 0), (1, 0)]


async def test_a_file_is_read_and_its_faults_are_told(shop: Shop) -> None:
    key = shop.towel.vendor_option_no or ""
    good = f"SKU코드,재고,상품명\n{key},30,호텔수건\nA-2,5,발매트\n".encode("cp949")
    assert "새 SKU 2개" in text_of(await upload(shop, "sku.csv", good))
    assert await skus(shop) == {key: 30, "A-2": 5}
    assert "연결된 옵션 1개" in text_of(shop.world.modal(MINJI))
    bad = text_of(await upload(shop, "sku.xlsx", workbook([["SKU코드", "재고"], ["A-2", 9], ["A-3", "많음"]])))
    assert "3행" in bad
    assert "아무것도 바꾸지 않았습니다" in bad
    assert "CSV 또는 XLSX" in text_of(await upload(shop, "sku.xlsx", b"<html>"))
    assert await skus(shop) == {key: 30, "A-2": 5}


async def test_ten_thousand_skus(shop: Shop) -> None:
    rows: list[list[object]] = [
        ["SKU코드", "재고", "상품명"],
        *([f"A-{n:05}", n, f"상품 {n}"] for n in range(MAX_ROWS)),
    ]
    assert "10,000개" in text_of(await upload(shop, "sku.xlsx", workbook(rows)))
    await shop.world.command(MINJI, "stock")
    view = shop.world.modal(MINJI)
    assert "A-00007" in text_of(view)
    await press(shop, StockAction.PAGE)
    assert "A-00008" in text_of(shop.world.modal(MINJI))
    await submit(shop.world, MINJI, {"search": "상품 4321"})
    assert "A-04321" in text_of(shop.world.modal(MINJI))


async def test_who_may_only_look(shop: Shop) -> None:
    await shop.world.command(JUNHO, "stock")
    await press(shop, StockAction.ADD, JUNHO)
    assert f"<@{MINJI}>" in await shop.world.notice(JUNHO)


async def test_in_english_and_with_the_switch_off(shop: Shop) -> None:
    async with shop.world.db.write() as session:
        store = await session.get_one(type(shop.store), (shop.store.team_id, shop.store.id))
        store.stock_on = False
    await shop.world.command(DANIEL, "stock")
    shown = text_of(shop.world.modal(DANIEL))
    assert "neither read nor changed" in shown
    assert StockAction.SYNC not in shown
    shop.world.clock.advance(timedelta(minutes=1))
