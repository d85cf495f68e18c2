"""Sheets of products as sellers fill them in, and what is known of the store that they are uploaded to."""

import io
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]

from tmon.api import ProductType
from tmon.clock import KST
from tmon.codes.tables import Carrier
from tmon.listings.checks import CategoryFacts, TemplateFacts
from tmon.listings.documents import Judged, SheetContent, Standing, StoreFacts
from tmon.listings.fields import NUMBER, OPTION_NUMBER, F, O, Tab, part
from tmon.listings.identity import number_key
from tmon.listings.judging import judge
from tmon.listings.sheet.cells import SheetFacts
from tmon.listings.sheet.layouts import LAYOUTS, TAB_NAMES, TITLES
from tmon.listings.sheet.reading import read_sheet
from tmon.spreadsheets.files import read_tabs

STORE = "st_abcdefghjkmn"
NOW = datetime(2026, 11, 2, 9, tzinfo=KST)
FACTS = SheetFacts(
    store_id=STORE,
    categories=[
        CategoryFacts(51010101, "패션 > 여성의류 > 티셔츠", 51000000),
        CategoryFacts(51020101, "패션 > 남성의류 > 티셔츠", 51000000),
        CategoryFacts(57010101, "가전 > 조명 > 스탠드", 57000000),
    ],
    templates=[
        TemplateFacts(612345, "기본 배송", ProductType.DP07),
        TemplateFacts(612346, "주문제작 배송", ProductType.DP05),
        TemplateFacts(612347, "두 번", ProductType.DP07),
        TemplateFacts(612348, "두 번", ProductType.DP07),
    ],
    carriers=[Carrier("10001", "CJ대한통운"), Carrier("10002", "한진택배")],
    today=NOW.date(),
)
STORE_FACTS = StoreFacts(
    store_id=STORE,
    has_policy=True,
    policy_whom="store",
    product_on=True,
    stock_on=True,
    skus={"SKU-1": 7},
    option_owner={},
    tops={one.no: one.top for one in FACTS.categories},
    template_types={one.no: one.kind for one in FACTS.templates},
    now=NOW,
)
DEAL: Mapping[str, object] = {
    F.MANAGED: "데일리 티셔츠 2026FW",
    F.TITLE: "가상브랜드 데일리 티셔츠",
    F.PROMO: "가을 신상 모음",
    F.CATEGORY: "패션 > 여성의류 > 티셔츠 (51010101)",
    F.TYPE: "일반상품",
    F.TEMPLATE: "기본 배송 (612345)",
    F.CARRIER: "CJ대한통운",
    part(F.IMAGES, 1): "https://img.example.com/1.jpg",
    F.DETAIL: "<div>\n  티셔츠\n</div>\n",
    F.KC: "해당 없음",
    F.NOTICE: "의류",
    F.NOTICE_TEXT: "제품 소재: 면 100%\n색상: 검정",
    part(F.SECTIONS, 1): "색상",
    part(F.SECTIONS, 2): "사이즈",
}
"""What has to be filled in, and two option groups."""
OPTION: Mapping[str, object] = {part(O.SECTIONS, 1): "검정", part(O.SECTIONS, 2): "L", O.PRICE: 15_900, O.STOCK: 5}

Cells = Mapping[str, object]
Found = set[tuple[Tab, int, str, str]]
"""Tab, row, letter of the column, and what is wrong there."""


def deal(number: object, **over: object) -> dict[str, object]:
    """A row of a product; `over` by the names of columns, None leaves a cell empty."""
    return {NUMBER: number, **DEAL, **over}


def option(number: object, option_number: object, **over: object) -> dict[str, object]:
    """A row of an option."""
    return {NUMBER: number, OPTION_NUMBER: option_number, **OPTION, **over}


def book(deals: Iterable[Cells], options: Iterable[Cells], change: Callable[[Any], None] | None = None) -> bytes:
    """An XLSX with both tabs; `change` gets the workbook."""
    made = Workbook()
    made.remove(made.active)
    for tab, rows in ((Tab.DEALS, deals), (Tab.OPTIONS, options)):
        sheet = made.create_sheet(TAB_NAMES[tab])
        sheet.append(list(TITLES[tab].values()))
        for row in rows:
            sheet.append([row.get(name) for name in TITLES[tab]])
    if change is not None:
        change(made)
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def read(data: bytes, name: str = "products.xlsx", facts: SheetFacts = FACTS) -> SheetContent:
    """What stands in a file."""
    return read_sheet(read_tabs(name, data, LAYOUTS), facts)


def judged(
    content: SheetContent, standings: Mapping[str, Standing] | None = None, store: StoreFacts = STORE_FACTS
) -> list[Judged]:
    """The judgement of each product; `standings` by number, others are not known."""
    known = {number_key(number): standing for number, standing in (standings or {}).items()}
    return [judge(one, known.get(number_key(one.number), Standing()), store) for one in content.deals]


def found(content: SheetContent, results: Iterable[Judged]) -> Found:
    """Every problem at its cell."""
    return {
        (problem.tab, problem.line, content.columns[problem.tab].get(problem.field, ""), problem.note.partition(".")[2])
        for one in results
        for problem in one.deal.problems
    }
