"""상품 목록 받기, uploaded again as it is: nothing changes, and nothing is sent."""

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import load_workbook  # type: ignore[import-untyped]

from bot.playground.slack.demo import MINJI
from handlers.listing_files.ids import ListingFileAction
from handlers.listings.ids import ListingAction
from tests.flows.listings.uploading import (
    ADD,
    UPDATE,
    close_all,
    goods_shop,
    listed,
    options,
    press,
    prices,
    product,
    send,
    shown,
    upload,
    writes,
)
from tests.flows.products.deals import add
from tests.flows.waybills.shipping import files_of
from tests.flows.world import World
from tests.tmon.listings import sheets
from tmon.listings.fields import KEPT_DETAIL, F, O, Tab, part
from tmon.listings.sheet.layouts import TITLES
from tmon.models.stores import Store

LINES = "<div>\n  첫 줄\n\n  둘째 줄\t끝\n</div>"
NOTICE = "제품 소재: 면 100%: 유기농\n색상: 검정\n치수: 상세 참조"


async def shop_with_goods(world: World) -> Store:
    """A store with three products that were registered here, in all the ways that there are, and one that was not."""
    store = await goods_shop(world)
    deals = [
        await product(world, store, "A-1", **{F.DETAIL: LINES, F.NOTICE_TEXT: NOTICE, F.KEYWORDS: "반팔, 면"}),
        await product(world, store, "00012", **{F.DETAIL: "가" * 40_000, F.BRAND: "올리브", F.MOST: 5}),
        await product(
            world,
            store,
            "나-1_2",
            **{part(F.SECTIONS, 1): None, part(F.SECTIONS, 2): None, F.START: "2027-01-01", F.END: "2027-02-01 09:00"},
        ),
    ]
    plain = sheets.option("나-1_2", "나-1_2-0", **{part(O.SECTIONS, 1): None, part(O.SECTIONS, 2): None})
    odd = options("A-1", "M", 'L "크게"', **{O.SKU: "SKU-1"})
    odd[1]["option_number"] = "A-1-L"
    await upload(world, as_csv(deals, [*odd, *options("00012"), plain]), name="상품.csv")
    result = await send(world)
    assert "등록 완료 *3*" in shown(result), shown(result)
    await close_all(world)
    await world.command(MINJI, "products")
    elsewhere = next(deal for deal in world.tmon.deals.values() if deal.vendor_deal_no is None)
    await add(world, elsewhere.deal_no)
    await close_all(world)
    world.tmon.calls.clear()
    return store


def as_csv(deals: list[dict[str, object]], rows: list[dict[str, object]]) -> bytes:
    """One list with the columns of both tabs: the only way to a detail that is longer than a cell of Excel."""
    deal_titles, option_titles = TITLES[Tab.DEALS], TITLES[Tab.OPTIONS]
    written = io.StringIO()
    out = csv.writer(written)
    own = {name: title for name, title in option_titles.items() if name != "number"}
    out.writerow([*deal_titles.values(), *own.values()])
    for one in deals:
        mine = [row for row in rows if row["number"] == one["number"]]
        for place, row in enumerate(mine):
            first = [one.get(name) or "" for name in deal_titles] if not place else [one["number"]]
            cells = [*first, *[""] * (len(deal_titles) - len(first))]
            out.writerow([*cells, *("" if row.get(name) is None else row[name] for name in own)])
    return written.getvalue().encode("utf-8-sig")


async def export(world: World) -> bytes:
    """상품 목록 받기."""
    await world.command(MINJI, "products")
    await press(world, ListingFileAction.EXPORT)
    await close_all(world)
    return files_of(world, MINJI)[-1].content


def saved_again(content: bytes) -> bytes:
    """A file as a spreadsheet program saves it."""
    book = load_workbook(io.BytesIO(content))
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def one_csv(content: bytes) -> bytes:
    """Both tabs of a file as one list, saved as CSV."""
    book = load_workbook(io.BytesIO(content))
    rows: dict[str, list[dict[str, Any]]] = {}
    for tab in ("상품", "옵션"):
        header, *lines = [[_typed(cell.value) for cell in row] for row in book[tab].rows]
        rows[tab] = [dict(zip(header, line, strict=True)) for line in lines]
    titles = [*rows["상품"][0], *(title for title in rows["옵션"][0] if title != "판매자 상품번호")]
    written = io.StringIO()
    out = csv.DictWriter(written, titles)
    out.writeheader()
    for deal in rows["상품"]:
        first = dict(deal)
        for option in rows["옵션"]:
            if option["판매자 상품번호"] == deal["판매자 상품번호"]:
                out.writerow({**first, **option})
                first = {}
    return written.getvalue().encode("utf-8-sig")


def _typed(value: Any) -> str:
    return "" if value is None else value.strftime("%Y-%m-%d %H:%M") if hasattr(value, "strftime") else str(value)


@pytest.mark.parametrize(
    ("change", "name"),
    [(bytes, "상품.xlsx"), (saved_again, "상품.xlsx"), (one_csv, "상품.csv")],
    ids=["as it is", "saved again", "csv"],
)
async def test_an_export_that_is_uploaded_again_changes_nothing(
    world: World, change: Callable[[bytes], bytes], name: str
) -> None:
    await shop_with_goods(world)
    content = await export(world)
    assert KEPT_DETAIL in str([cell.value for row in load_workbook(io.BytesIO(content))["상품"].rows for cell in row])
    preview = await upload(world, change(content), name=name)
    assert "새로 등록 *0* · 변경 *0* · 변경 없음 *4* · 오류 *0*" in shown(preview), shown(preview)
    assert preview.submit is None
    assert writes(world) == []


async def test_what_is_changed_in_an_export_is_all_that_is_sent(world: World) -> None:
    store = await shop_with_goods(world)
    before = {number: listed(world, store, number).document for number in ("A-1", "00012", "나-1_2")}
    book = load_workbook(io.BytesIO(await export(world)))
    sheet = book["옵션"]
    header = [cell.value for cell in sheet[1]]
    row = next(row for row in sheet.rows if row[header.index("판매자 옵션번호")].value == "A-1-M")
    row[header.index("판매가")].value = 17_900
    sheet.append(
        [
            {
                "판매자 상품번호": "00012",
                "판매자 옵션번호": "00012-XL",
                "옵션 1": "검정",
                "옵션 2": "XL",
                "판매가": 9_900,
                "재고": 3,
            }.get(title)
            for title in header
        ]
    )
    written = io.BytesIO()
    book.save(written)
    preview = await upload(world, written.getvalue())
    assert "변경 *2* · 변경 없음 *2*" in shown(preview), shown(preview)
    assert "판매가(A-1-M) 15,900원 → 17,900원" in shown(preview)
    result = await send(world)
    assert "변경 완료 *2*" in shown(result), shown(result)
    assert sorted(writes(world)) == sorted([UPDATE, ADD])
    assert prices(listed(world, store, "A-1"))["M"] == 17_900
    assert prices(listed(world, store, "00012"))["XL"] == 9_900
    assert {number: listed(world, store, number).document for number in before} == before
    assert ListingAction.UPLOAD in shown(result)
