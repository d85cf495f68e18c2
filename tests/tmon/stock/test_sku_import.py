"""Rows of a list of SKUs, and what is wrong with them."""

import pytest

from tests.tmon.spreadsheets.files import workbook
from tests.tmon.stock.rows import rows_of
from tmon.errors import AppError
from tmon.spreadsheets.cells import RowProblem
from tmon.spreadsheets.delimited import read_pasted
from tmon.stock.sku_import import LAYOUT, SkuRow, check_codes, read_rows


def pasted(text: str) -> tuple[list[SkuRow], list[RowProblem]]:
    """The rows that were pasted."""
    return read_rows(read_pasted(text, LAYOUT))


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_separators_of_pasted_rows(separator: str) -> None:
    assert pasted(separator.join(["A-1", "30", "2", "5", "수건"])) == (
        [SkuRow(1, "A-1", stock=30, safety=2, low_at=5, name="수건")],
        [],
    )


def test_a_workbook() -> None:
    data = workbook(
        [["SKU 코드", "재고", "안전재고", "부족알림", "상품명"], ["0012", 30, 2, None, "수건"], [77, 5.0, "", 3, ""]]
    )
    assert rows_of("sku.xlsx", data) == [
        SkuRow(2, "0012", stock=30, safety=2, name="수건"),
        SkuRow(3, "77", stock=5, low_at=3),
    ]


def test_excel_has_dropped_the_zeros() -> None:
    rows = rows_of("sku.xlsx", workbook([["SKU코드", "재고"], [12, 30], [13, 1]]))
    assert check_codes(rows, {"0012", "A-1"}) == [RowProblem(2, "stock.row_zeros", {"code": "12", "meant": "0012"})]
    assert check_codes(rows, {"0012", "12", "13"}) == []


@pytest.mark.parametrize(
    ("cell", "selling"),
    [("판매중", True), ("판매 중지", False), (" On sale ", True), ("stopped", False), ("", None), (None, None)],
)
def test_the_sale_status(cell: str | None, selling: bool | None) -> None:
    rows = rows_of("sku.xlsx", workbook([["SKU코드", "판매 상태"], ["A-1", cell]]))
    assert rows == [SkuRow(2, "A-1", selling=selling)]
    # without a header it comes last
    assert pasted(f"A-1\t1\t\t\t수건\t{cell or ''}") == ([SkuRow(1, "A-1", stock=1, name="수건", selling=selling)], [])


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("\t30", "stock.row_no_code"),
        ("8.80123E+12\t30", "sheets.cell_scientific"),
        (f"{'A' * 51}\t30", "stock.row_code_long"),
        ("A\x071\t30", "stock.row_code_odd"),
        ("A-1\t-1", "stock.row_stock"),
        ("A-1\t3.5", "stock.row_stock"),
        ("A-1\t서른", "stock.row_stock"),
        ("A-1\t99999999999", "stock.row_stock"),
        (f"A-1\t{'x' * 100_000}", "stock.row_stock"),
        ("A-1\t1\t-", "stock.row_safety"),
        ("A-1\t1\t\t-", "stock.row_low_at"),
        (f"A-1\t1\t\t\t{'가' * 101}", "stock.row_name_long"),
        ("A-1\t1\t\t\t\t품절", "stock.row_selling"),
        ("A-1\t1\t\t\t\tTRUE", "stock.row_selling"),
        (f"A-1\t1\t\t\t\t{'x' * 100_000}", "stock.row_selling"),
        ("A-1\t1\t\t\t\t\t7", "sheets.cell_without_header"),
        ("#N/A\t1", "sheets.cell_error"),
    ],
)
def test_what_is_wrong_with_a_row(row: str, key: str) -> None:
    rows, problems = pasted(f"B-1\t1\n{row}")
    assert [problem.key for problem in problems] == [key]
    assert [problem.line for problem in problems] == [2]
    assert [row.code for row in rows] == ["B-1"]


def test_a_code_twice() -> None:
    _, problems = pasted("A-1\t1\nA-1\t2")
    assert problems == [RowProblem(2, "stock.row_twice", {"code": "A-1", "first": 1})]


def test_empty_rows_and_cells_are_passed_over() -> None:
    rows, problems = pasted("\n \t \nSKU코드\t재고\t비고\nA-1\t\t?\n\t\nA-2\t1,000")
    assert problems == []
    assert rows == [SkuRow(4, "A-1"), SkuRow(6, "A-2", stock=1000)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  \n", "sheets.empty"),
        ("재고\t상품명\n1\t수건", "stock.no_header"),
        ("상품\t남은 것\nA-1\t3", "stock.no_header"),
        ("a\tb", "stock.no_header"),
    ],
)
def test_a_list_that_is_none(text: str, key: str) -> None:
    with pytest.raises(AppError, match=key.replace(".", r"\.")):
        pasted(text)
