"""The columns of the sheet, by which its tabs are known."""

from collections.abc import Mapping

from tmon.api.deal_limits import DETAIL_LENGTH
from tmon.listings.fields import NUMBER, OPTION_NUMBER, F, O, Tab, columns_of
from tmon.spreadsheets.cells import Layout
from tmon.spreadsheets.texts import header_words

TAB_NAMES: Mapping[Tab, str] = {Tab.DEALS: "상품", Tab.OPTIONS: "옵션"}
GUIDE_NAME = "안내"
CHOICES_NAME = "목록"
BOTH = "both"
"""A list with the columns of both tabs: one row per option."""
EXAMPLE = "예시"
"""How the first cell of a row begins that is skipped."""
LONGEST = DETAIL_LENGTH + 100_000
"""Characters that are read of a cell: one that is too long is refused, not cut."""

_DEAL_FIELDS: Mapping[str, str] = {
    NUMBER: "판매자 상품번호",
    F.MANAGED: "관리명",
    F.TITLE: "상품명",
    F.PROMO: "홍보문구",
    F.CATEGORY: "카테고리",
    F.TYPE: "상품유형",
    F.TEMPLATE: "배송 템플릿",
    F.CARRIER: "택배사",
    F.IMAGES: "대표이미지",
    F.DETAIL: "상세설명",
    F.ORIGIN: "원산지",
    F.ORIGIN_DETAIL: "원산지 상세",
    F.KC: "KC 인증",
    F.KC_NUMBERS: "KC 번호",
    F.NOTICE: "고시 품목",
    F.NOTICE_TEXT: "고시 내용",
    F.SECTIONS: "옵션 구분",
    F.MOST: "최대 구매 수량",
    F.ADULT: "성인 전용",
    F.KEYWORDS: "검색어",
    F.BRAND: "브랜드",
    F.START: "판매 시작",
    F.END: "판매 종료",
}
_OPTION_FIELDS: Mapping[str, str] = {
    NUMBER: "판매자 상품번호",
    OPTION_NUMBER: "판매자 옵션번호",
    O.SECTIONS: "옵션",
    O.PRICE: "판매가",
    O.STOCK: "재고",
    O.DISPLAY: "진열",
    O.SKU: "SKU코드",
}


def _titles(fields: Mapping[str, str]) -> dict[str, str]:
    titles = {}
    for name, title in fields.items():
        columns = (name,) if name in (NUMBER, OPTION_NUMBER) else columns_of(_field(name))
        for number, column in enumerate(columns, 1):
            titles[column] = title if len(columns) == 1 else f"{title} {number}"
    return titles


def _field(name: str) -> F | O:
    return F(name) if name in set(F) else O(name)


TITLES: Mapping[Tab, Mapping[str, str]] = {Tab.DEALS: _titles(_DEAL_FIELDS), Tab.OPTIONS: _titles(_OPTION_FIELDS)}
"""Titles of the columns in their order, by name. Fixed: people keep files and macros that know the columns by their titles."""
PROBLEM_TITLES = ("행", "결과", "사유")
"""Titles of the columns that a file of rows with problems has in addition. They are not read."""


def column(tab: Tab, name: str) -> str:
    """Return how a column is called in a table: names of both tabs may be equal."""
    return f"{tab}.{name}"


def _words(tab: Tab, *, without: str = "") -> dict[str, frozenset[str]]:
    return {column(tab, name): frozenset(header_words(title)) for name, title in TITLES[tab].items() if name != without}


_NUMBER = column(Tab.DEALS, NUMBER)
_OTHERS = tuple(column(Tab.DEALS, name) for name in TITLES[Tab.DEALS] if name != NUMBER)


def _layout(words: Mapping[str, frozenset[str]], required: tuple[str, ...], one_of: tuple[str, ...] = ()) -> Layout:
    return Layout(
        words=words,
        required=required,
        one_of=one_of,
        no_header="listing_sheet.no_header",
        longest=LONGEST,
        keep_lines=True,
    )


LAYOUTS: Mapping[str, Layout] = {
    Tab.DEALS: _layout(_words(Tab.DEALS), (_NUMBER,), _OTHERS),
    Tab.OPTIONS: _layout(_words(Tab.OPTIONS), (column(Tab.OPTIONS, NUMBER), column(Tab.OPTIONS, OPTION_NUMBER))),
    BOTH: _layout(
        {**_words(Tab.DEALS), **_words(Tab.OPTIONS, without=NUMBER)},
        (_NUMBER, column(Tab.OPTIONS, OPTION_NUMBER)),
        _OTHERS,
    ),
}
"""What `SpreadsheetReader.read_tabs` reads a file by."""
