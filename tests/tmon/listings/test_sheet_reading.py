"""Sheets as people make them: read as they are meant, with rows and cells named as they stand in the file."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tmon.listings.sheets import FACTS, STORE_FACTS, book, deal, found, judged, option, read
from tmon.clock import KST
from tmon.database import utc
from tmon.errors import AppError
from tmon.listings.checks import MAX_DEALS, MAX_OPTIONS_PER_FILE
from tmon.listings.documents import Kind, SheetContent
from tmon.listings.fields import KEPT_DETAIL, NUMBER, OPTION_NUMBER, F, O, Tab, part
from tmon.listings.sheet.layouts import BOTH, LAYOUTS, TITLES
from tmon.listings.sheet.reading import read_sheet
from tmon.models.listings import detail_hash
from tmon.spreadsheets.cells import Cell, CellKind, Column, Row, RowProblem, Table, letter
from tmon.spreadsheets.reader import SpreadsheetReader

DEAL_NAMES = list(TITLES[Tab.DEALS])
OPTION_NAMES = [name for name in TITLES[Tab.OPTIONS] if name != NUMBER]


def csv_of(rows: Sequence[tuple[dict[str, object], dict[str, object]]]) -> bytes:
    """A CSV with the columns of both tabs: cells of a product and of an option in each row."""
    text = io.StringIO()
    writer = csv.writer(text)
    titles = [TITLES[Tab.DEALS][name] for name in DEAL_NAMES] + [TITLES[Tab.OPTIONS][name] for name in OPTION_NAMES]
    writer.writerow(titles)
    for product, one in rows:
        writer.writerow([product.get(name) for name in DEAL_NAMES] + [one.get(name) for name in OPTION_NAMES])
    return text.getvalue().encode("utf-8-sig")


def values(content: SheetContent) -> dict[F, Any]:
    (one,) = content.deals
    assert one.problems == []
    return one.values


def test_a_filled_sheet_is_a_new_product_with_its_options() -> None:
    data = book([deal("A-1")], [option("A-1", "A-1-L"), option("A-1", "A-1-M", **{part(O.SECTIONS, 2): "M"})])
    content = read(data)
    (one,) = judged(content)
    assert (one.kind, [each.number for each in one.deal.options]) == (Kind.NEW, ["A-1-L", "A-1-M"])
    assert one.deal.values[F.CATEGORY] == 51010101
    assert one.deal.values[F.NOTICE_TEXT] == (("제품 소재", "면 100%"), ("색상", "검정"))
    assert one.deal.values[F.DETAIL] == "<div>\n  티셔츠\n</div>\n"
    assert content.columns[Tab.OPTIONS][O.PRICE] == "F"


def test_a_csv_has_one_row_per_option_and_the_first_says_what_the_product_is() -> None:
    product = deal("A-1")
    data = csv_of(
        [
            (product, option("", "A-1-L")),
            ({NUMBER: "A-1"}, option("", "A-1-M", **{part(O.SECTIONS, 2): "M"})),
            (product, option("", "A-1-S", **{part(O.SECTIONS, 2): "S"})),
        ]
    )
    content = read(data, "products.csv")
    (one,) = judged(content)
    assert (one.kind, content.one_list, [each.line for each in one.deal.options]) == (Kind.NEW, True, [2, 3, 4])


def test_a_further_row_of_a_csv_that_says_something_else_of_the_product_is_wrong_at_that_cell() -> None:
    data = csv_of([(deal("A-1"), option("", "A-1-L")), (deal("a-1", **{F.TITLE: "다른 이름"}), option("", "A-1-M"))])
    content = read(data, "products.csv")
    assert {(line, letter, key) for _, line, letter, key in found(content, judged(content))} == {
        (3, "A", "number_case"),
        (3, "C", "row_differs"),
        (3, "AF", "option_same_text"),
    }


def test_a_number_that_excel_has_turned_is_said_once_for_a_row_of_a_csv() -> None:
    content = read(csv_of([(deal("1E+05"), option("", "A-1-L"))]), "products.csv")
    assert [key for *_, key in found(content, judged(content))] == ["cell_scientific"]


def test_examples_are_skipped_and_counted_and_nothing_but_examples_is_said() -> None:
    content = read(book([deal("예시 옷"), deal("A-1")], [option("예시 옷", "T-1"), option("A-1", "A-1-L")]))
    assert ([one.number for one in content.deals], content.examples) == (["A-1"], 2)
    with pytest.raises(AppError, match=r"listing_sheet\.nothing"):
        read(book([deal("예시 옷")], [option("예시 옷", "T-1")]))


def test_a_tab_of_options_alone_is_a_list_of_prices() -> None:
    def change(made: Any) -> None:
        made.remove(made["상품"])

    content = read(book([], [{NUMBER: "A-1", OPTION_NUMBER: "A-1-L", O.PRICE: 12_000}], change))
    (one,) = content.deals
    assert (one.tab, one.line, one.options[0].price, one.options[0].sections) == (Tab.OPTIONS, 2, 12_000, None)


def test_tabs_that_people_add_and_hidden_ones_are_not_read() -> None:
    def change(made: Any) -> None:
        made.create_sheet("메모").append(["판매자 상품번호", "메모만"])
        hidden = made.create_sheet("옛날")
        hidden.append(["판매자 상품번호", "상품명"])
        hidden.append(["B-1", "지난 상품"])
        hidden.sheet_state = "hidden"

    content = read(book([deal("A-1")], [option("A-1", "A-1-L")], change))
    assert [one.number for one in content.deals] == ["A-1"]


def test_two_tabs_of_products_are_refused() -> None:
    def change(made: Any) -> None:
        second = made.create_sheet("상품 2")
        second.append(["판매자 상품번호", "상품명"])
        second.append(["B-1", "다른 상품"])

    with pytest.raises(AppError, match=r"sheets\.several_sheets"):
        read(book([deal("A-1")], [option("A-1", "A-1-L")], change))


def test_a_tab_with_the_columns_of_both_goes_with_empty_ones_only() -> None:
    def change(made: Any) -> None:
        tab = made["상품"]
        for place, (name, value) in enumerate(option("A-1", "A-1-L").items(), tab.max_column):
            if name != NUMBER:
                tab.cell(1, place + 1).value = TITLES[Tab.OPTIONS][name]
                tab.cell(2, place + 1).value = value

    content = read(book([deal("A-1")], [], change))
    assert ([one.kind for one in judged(content)], content.one_list) == ([Kind.NEW], True)
    with pytest.raises(AppError, match=r"sheets\.several_sheets"):
        read(book([deal("A-1")], [option("A-1", "A-1-L")], change))


def test_a_file_without_our_columns_says_which_it_has() -> None:
    with pytest.raises(AppError, match=r"listing_sheet\.no_header") as caught:
        read("상품코드,이름\nA-1,티셔츠\n".encode(), "products.csv")
    assert caught.value.values == {"found": "상품코드, 이름"}


@pytest.mark.parametrize(
    ("deals", "options"), [(MAX_DEALS + 1, 0), (1, MAX_OPTIONS_PER_FILE + 1)], ids=["products", "options"]
)
def test_a_list_that_is_too_long_is_refused(deals: int, options: int) -> None:
    data = book(
        [{NUMBER: f"A-{n}", F.TITLE: "티셔츠"} for n in range(deals)],
        [{NUMBER: "A-0", OPTION_NUMBER: f"A-0-{n}"} for n in range(options)],
    )
    with pytest.raises(AppError, match=r"listing_sheet\.too_many"):
        read(data)


@pytest.mark.parametrize(
    ("cell", "start"),
    [
        ("2026-12-01", datetime(2026, 12, 1, tzinfo=KST)),
        ("2026-12-01 09:00", datetime(2026, 12, 1, 9, tzinfo=KST)),
        (datetime(2026, 12, 1), datetime(2026, 12, 1, tzinfo=KST)),
        (datetime(2026, 12, 1, 9, 30), datetime(2026, 12, 1, 9, 30, tzinfo=KST)),
        (datetime(2026, 12, 1, 23, 59, 59), datetime(2026, 12, 1, 23, 59, tzinfo=KST)),
    ],
)
def test_a_moment_is_a_text_or_a_cell_with_a_date(cell: object, start: datetime) -> None:
    assert values(read(book([deal("A-1", **{F.START: cell})], [])))[F.START] == utc(start)


def test_the_end_of_a_sale_is_the_end_of_its_day() -> None:
    read_values = values(read(book([deal("A-1", **{F.END: datetime(2026, 12, 31)})], [])))
    assert read_values[F.END] == utc(datetime(2026, 12, 31, 23, 59, 59, tzinfo=KST))


@pytest.mark.parametrize("number", ["00012", "=1+1", "@A", "1-2"])
def test_a_number_stays_the_text_that_it_is(number: str) -> None:
    def change(made: Any) -> None:
        made["상품"]["A2"].data_type = "s"

    content = read(book([deal(number)], [], change))
    expected = number if number in ("00012", "@A", "1-2") else ""
    assert content.deals[0].number == expected


def test_numbers_may_have_the_formats_of_amounts() -> None:
    def change(made: Any) -> None:
        made["옵션"]["F2"].number_format = '"₩"#,##0'
        made["옵션"]["G2"].number_format = '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-'

    (one,) = read(book([deal("A-1")], [option("A-1", "A-1-L", **{O.STOCK: 0})], change)).deals
    assert (one.options[0].price, one.options[0].stock) == (15_900, 0)


def test_an_empty_cell_is_not_filled_in() -> None:
    content = read(book([{NUMBER: "A-1", F.TITLE: "  ", F.KEYWORDS: " , ", F.BRAND: "올리브"}], []))
    assert values(content) == {F.BRAND: "올리브"}


async def test_a_long_detail_is_read_to_the_letter_in_the_child_process() -> None:
    detail = "<div>\n\t<b>가나다</b>  라\n</div>\n" * 1_100  # more than 30,000 characters
    reader = SpreadsheetReader()
    for name, data in (
        ("products.xlsx", book([deal("A-1", **{F.DETAIL: detail})], [option("A-1", "A-1-L")])),
        ("products.csv", csv_of([(deal("A-1", **{F.DETAIL: detail.replace("\n", "\r\n")}), option("", "A-1-L"))])),
        ("long.csv", csv_of([(deal("A-1", **{F.DETAIL: detail * 10}), option("", "A-1-L"))])),
    ):
        content = read_sheet(await reader.read_tabs(name, data, LAYOUTS), FACTS)
        expected = detail * 10 if name == "long.csv" else detail
        assert detail_hash(values(content)[F.DETAIL]) == detail_hash(expected)


async def test_a_detail_that_is_too_long_is_refused_and_not_cut() -> None:
    data = csv_of([(deal("A-1", **{F.DETAIL: "가" * 500_001}), option("", "A-1-L"))])
    content = read_sheet(await SpreadsheetReader().read_tabs("products.csv", data, LAYOUTS), FACTS)
    assert [(one.field, one.note, one.values) for one in content.deals[0].problems] == [
        (F.DETAIL, "listing_sheet.detail_long", {"n": 500_001})
    ]


def test_the_mark_of_a_long_detail_changes_nothing_and_is_told_from_a_text() -> None:
    assert values(read(book([deal("A-1", **{F.DETAIL: "(길어서 생략 - 그대로 둠)"})], [])))[F.DETAIL] == KEPT_DETAIL


def test_a_content_is_the_same_after_it_was_kept() -> None:
    content = read(book([deal("A-1", **{F.END: "2026-12-31"}), deal("A-2")], [option("A-1", "A-1-L")]))
    kept = SheetContent.model_validate_json(content.model_dump_json())
    assert judged(kept, store=STORE_FACTS) == judged(content)


_TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["", "A-1", "a-1", "예시 1", "사용", "직접입력", "제출", "가: 나", "57010101", "2026-12-01", "1E+5", "#7", "."]
    ),
    st.integers(-5, 10**9).map(str),
)
_CELLS = st.builds(
    lambda text, kind: Cell(text if kind in (CellKind.TEXT, CellKind.NUMBER) else None, kind, text),
    _TEXTS,
    st.sampled_from([CellKind.TEXT, CellKind.TEXT, CellKind.NUMBER, *CellKind]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a row has many cells
@given(st.sampled_from([Tab.DEALS, Tab.OPTIONS, BOTH]), st.data())
def test_whatever_stands_in_the_cells_is_read_and_judged(layout: str, data: st.DataObject) -> None:
    names = list(LAYOUTS[layout].words)
    cells = st.dictionaries(st.sampled_from(names), _CELLS.filter(lambda cell: bool(cell.text or cell.value)))
    rows = [Row(line, drawn) for line, drawn in enumerate(data.draw(st.lists(cells, max_size=6)), 2)]
    columns = {name: Column(letter(place), name) for place, name in enumerate(names)}
    problem = RowProblem(3, "sheets.row_merged", {}, "C")
    try:
        content = read_sheet({layout: Table(columns, rows, [problem])}, FACTS)
    except AppError:  # no rows, or nothing but examples
        return
    results = judged(SheetContent.model_validate_json(content.model_dump_json()))
    for one in results:
        assert (one.kind is Kind.WRONG) == bool(one.deal.problems)
    known = {(tab, name) for tab, letters in content.columns.items() for name in letters}
    assert {(one.tab, one.field) for each in results for one in each.deal.problems} - known <= {
        (tab, "") for tab in Tab
    }
    lines = [row.line for row in rows if row.cells]
    assert {one.line for each in results for one in each.deal.problems} <= {*lines}
