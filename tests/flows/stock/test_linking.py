"""Options are linked to SKUs by a menu with search, or by a file that is filled in."""

import csv
import io
import time
from collections.abc import Sequence

import pytest
from sqlalchemy import select
from sqlmodel import col

from bot.playground.slack.demo import JUNHO, MINJI
from bot.playground.slack.envelopes import suggestion
from bot.playground.slack.model import NotVisible, View
from handlers.stock.ids import StockAction, StockView
from tests.flows.stock.lists import apply, press
from tests.flows.stock.selling import options
from tests.flows.stock.shop import Shop, change
from tests.flows.stores.registering import submit, text_of
from tests.flows.world import until
from tests.tmon.spreadsheets.files import workbook
from tmon.errors import AppError
from tmon.models.stock import OptionLink, Sku
from tmon.stock.link_import import HEADER, LinkRow
from tmon.stock.service import CHOICES, StockService
from tmon.stock.sku_import import SkuRow


async def add_skus(shop: Shop, *codes: str, stock: int = 7) -> None:
    """The seller's own SKUs, with codes that no option has."""
    rows = [SkuRow(1, code, stock=stock, name=f"상품 {code}") for code in codes]
    await shop.world.bot.services[StockService].apply(shop.person, shop.store.id, rows, source="file")


async def links(shop: Shop) -> dict[int, str]:
    """The codes that options sell, by option number."""
    async with shop.world.db.read() as session:
        rows = await session.execute(
            select(col(OptionLink.option_no), col(Sku.code)).join(Sku, col(Sku.id) == col(OptionLink.sku_id))
        )
        return {row.option_no: row.code for row in rows}


async def _unmapped(shop: Shop) -> None:
    await shop.world.command(MINJI, "stock")
    await press(shop, StockAction.UNMAPPED)


async def _upload(shop: Shop, data: bytes, name: str = "연결.csv") -> View:
    await _unmapped(shop)
    await press(shop, StockAction.LINK_UPLOAD)
    file = shop.world.slack.upload(MINJI, shop.world.modal(MINJI).id, "file", name, data)
    await submit(shop.world, MINJI, {"file": [file.id]})
    await until(lambda: "읽고 있습니다" not in text_of(shop.world.modal(MINJI)), 15)
    return shop.world.modal(MINJI)


async def test_a_menu_of_the_skus(read_shop: Shop) -> None:
    await add_skus(read_shop, "수건-흰색", "수건-검정")
    await _unmapped(read_shop)
    await press(read_shop, StockAction.MAP)
    element = read_shop.world.modal(MINJI).blocks[1]["element"]
    assert element["type"] == "static_select"
    assert [one["text"]["text"] for one in element["options"]] == [
        "수건-검정 상품 수건-검정 · 7개",
        "수건-흰색 상품 수건-흰색 · 7개",
    ]
    assert (await submit(read_shop.world, MINJI, {"code": "수건-흰색"})).errors == {}
    assert list((await links(read_shop)).values()) == ["수건-흰색"]


async def test_without_skus_there_is_nothing_to_choose(read_shop: Shop) -> None:
    await _unmapped(read_shop)
    await press(read_shop, StockAction.MAP)
    assert "먼저 등록해 주세요" in text_of(read_shop.world.modal(MINJI))


async def test_more_skus_than_a_menu_holds_are_searched(read_shop: Shop) -> None:
    slack = read_shop.world.slack
    await add_skus(read_shop, *(f"A-{n:04}" for n in range(CHOICES + 50)), "수건-흰색")
    await _unmapped(read_shop)
    await press(read_shop, StockAction.MAP)
    view = read_shop.world.modal(MINJI)
    block = view.blocks[1]
    assert block["element"]["type"] == "external_select"

    async def found(typed: str) -> list[str]:
        return [one["value"] for one in await slack.suggest(MINJI, view.id, block["block_id"], typed)]

    assert len(await found("")) == CHOICES
    assert await found("흰") == ["수건-흰색"]
    assert (await found("a-01"))[:2] == ["A-0100", "A-0101"]
    assert await found("100%_") == []
    with pytest.raises(NotVisible):
        await slack.submit(MINJI, view.id, {block["block_id"]: "A-0149-never-offered"})
    assert (await submit(read_shop.world, MINJI, {block["block_id"]: "수건-흰색"})).errors == {}
    assert list((await links(read_shop)).values()) == ["수건-흰색"]


async def test_options_of_a_menu_are_for_those_who_work_there(read_shop: Shop) -> None:
    await add_skus(read_shop, *(f"A-{n:04}" for n in range(CHOICES + 50)))
    await _unmapped(read_shop)
    await press(read_shop, StockAction.MAP)
    view = read_shop.world.modal(MINJI)
    slack, block_id = read_shop.world.slack, view.blocks[1]["block_id"]
    for user, found in ((MINJI, CHOICES), (JUNHO, 0)):
        payload = suggestion(slack, slack.people[user], view, block_id, StockAction.FIND_SKU, "A")
        assert len(((await slack.sockets.send("interactive", payload)).ack or {})["options"]) == found
    payload = suggestion(slack, slack.people[MINJI], view, "code~st_elsewhere", StockAction.FIND_SKU, "A")
    assert (await slack.sockets.send("interactive", payload)).ack == {"options": []}


async def test_a_file_is_sent_filled_in_and_links(read_shop: Shop) -> None:
    world = read_shop.world
    await add_skus(read_shop, "00123", "수건-검정", stock=0)
    await _unmapped(read_shop)
    await press(read_shop, StockAction.LINK_FILE)
    sent = next(file for file in world.slack.files.values() if "연결" in file.name)
    rows = list(csv.reader(io.StringIO(sent.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == HEADER
    towels = options(read_shop.towels)
    assert [row[2] for row in rows[1:]] == [str(option.option_no) for option in towels if option.vendor_option_no]
    rows[1][6], rows[2][6] = '="00123"', "수건-검정"
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    towels[0].stock = 310
    shown = text_of(await _upload(read_shop, text.getvalue().encode("utf-8-sig")))
    assert "새로 연결되는 옵션 2개" in shown
    assert "310 → 0 품절" in shown
    assert await links(read_shop) == {}
    assert "✅ 연결한 옵션 2개" in text_of(await apply(read_shop))
    assert await links(read_shop) == {towels[0].option_no: "00123", towels[1].option_no: "수건-검정"}
    again = text_of(await _upload(read_shop, text.getvalue().encode("utf-8-sig")))
    assert "그대로인 옵션 2개" in again


async def test_a_file_with_a_wrong_row_links_nothing(read_shop: Shop) -> None:
    await add_skus(read_shop, "00123", "A-1")
    deal, option = read_shop.towels.deal_no, read_shop.towel.option_no
    head = ["딜번호", "옵션번호", "SKU코드"]
    rows: list[Sequence[object]] = [
        *(head, [deal, option, "A-1"], [deal, 12345, "A-1"], [deal, options(read_shop.towels)[1].option_no, 123]),
        *([deal, option, "A-1"], [deal, options(read_shop.towels)[2].option_no, "없음"], ["x", option, "A-1"]),
    ]
    shown = text_of(await _upload(read_shop, workbook(rows), "연결.xlsx"))
    for words in (
        *("아무것도 바꾸지 않았습니다", "3행: '12345'", "4행: SKU코드 '123'", "'00123'이 있습니다", "5행: 옵션"),
        *("6행: SKU코드 '없음'", "7행: 'x'", "(A열)"),
    ):
        assert words in shown
    assert await links(read_shop) == {}
    assert "찾은 열: a, b" in text_of(await _upload(read_shop, b"a,b\n1,2\n"))
    empty = workbook([head, [deal, option, None]])
    assert "연결할 것이 없습니다" in text_of(await _upload(read_shop, empty, "연결.xlsx"))


async def test_links_wait_for_what_cannot_be_compared(read_shop: Shop) -> None:
    await add_skus(read_shop, "A-1")
    await change(read_shop, product_on=False)
    data = f"딜번호,옵션번호,SKU코드\n{read_shop.towels.deal_no},{read_shop.towel.option_no},A-1\n".encode()
    shown = await _upload(read_shop, data)
    assert shown.callback_id == StockView.LINK_PREVIEW
    assert "비교할 수 없습니다" in text_of(shown)
    assert (await submit(read_shop.world, MINJI, {})).errors.keys() == {"unseen"}
    await apply(read_shop, unseen=["yes"])
    assert list((await links(read_shop)).values()) == ["A-1"]


async def test_thousands_of_unknown_codes_are_told_soon(read_shop: Shop) -> None:
    await add_skus(read_shop, *(f"0{n:05}x" for n in range(4_000)))
    deal, option = read_shop.towels.deal_no, read_shop.towel.option_no
    rows = [LinkRow(n, deal, option, "12x" if n == 7 else f"none-{n}") for n in range(4_000)]
    began = time.perf_counter()
    store = read_shop.store
    problems = await read_shop.world.bot.services[StockService].check_links(store.team_id, store.id, rows)
    assert time.perf_counter() - began < 2
    assert [problem.key for problem in problems[6:9]] == ["stock.no_such_code", "stock.row_zeros", "stock.no_such_code"]
    assert len(problems) == len(rows)


async def test_links_of_which_one_can_no_longer_be_made_are_all_left_out(read_shop: Shop) -> None:
    await add_skus(read_shop, "A-1")
    first, second = options(read_shop.towels)[:2]
    deal_no = read_shop.towels.deal_no
    rows = [LinkRow(2, deal_no, first.option_no, "A-1"), LinkRow(3, deal_no, second.option_no, "A-2")]
    with pytest.raises(AppError, match=r"stock\.links_changed"):
        await read_shop.world.bot.services[StockService].apply_links(read_shop.person, read_shop.store.id, rows)
    assert await links(read_shop) == {}
