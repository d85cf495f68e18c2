"""Rows of a list of SKUs, and what is wrong with them."""

import pytest

from tests.tmon.stock.rows import rows_of, workbook
from tmon.errors import AppError
from tmon.stock.sku_import import MAX_ROWS, RowProblem, SkuRow, read_rows
from tmon.stock.spreadsheets import read_text


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_separators_of_pasted_rows(separator: str) -> None:
    rows, _ = read_rows(read_text(separator.join(["A-1", "30", "2", "5", "수건"])))
    assert rows == [SkuRow(1, "A-1", stock=30, safety=2, low_at=5, name="수건")]


@pytest.mark.parametrize(
    ("cell", "selling"),
    [("판매중", True), ("판매 중지", False), (" On sale ", True), ("stopped", False), ("", None), (None, None)],
)
def test_the_sale_status(cell: str | None, selling: bool | None) -> None:
    rows = rows_of("sku.xlsx", workbook([["SKU코드", "판매 상태"], ["A-1", cell]]))
    assert rows == [SkuRow(2, "A-1", selling=selling)]
    rows, problems = read_rows([["A-1", "1", "", "", "수건", cell]])  # without a header it comes last
    assert (rows, problems) == ([SkuRow(1, "A-1", stock=1, name="수건", selling=selling)], [])


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (["", "30"], "stock.row_no_code"),
        (["8.80123E+12", "30"], "stock.row_scientific"),
        (["A" * 51, "30"], "stock.row_code_long"),
        (["A\x071", "30"], "stock.row_code_odd"),
        (["A-1", "-1"], "stock.row_stock"),
        (["A-1", "3.5"], "stock.row_stock"),
        (["A-1", "서른"], "stock.row_stock"),
        (["A-1", "99999999999"], "stock.row_stock"),
        (["A-1", "x" * 100_000], "stock.row_stock"),
        (["A-1", "1", "-"], "stock.row_safety"),
        (["A-1", "1", "", "-"], "stock.row_low_at"),
        (["A-1", "1", "", "", "가" * 101], "stock.row_name_long"),
        (["A-1", "1", "", "", "", "품절"], "stock.row_selling"),
        (["A-1", "1", "", "", "", "TRUE"], "stock.row_selling"),
        (["A-1", "1", "", "", "", "x" * 100_000], "stock.row_selling"),
    ],
)
def test_what_is_wrong_with_a_row(row: list[str], key: str) -> None:
    rows, problems = read_rows([["B-1", "1"], row])
    assert [problem.key for problem in problems] == [key]
    assert [problem.line for problem in problems] == [2]
    assert [row.code for row in rows] == ["B-1"]


def test_a_code_twice() -> None:
    _, problems = read_rows([["A-1", "1"], ["A-1", "2"]])
    assert problems == [RowProblem(2, "stock.row_twice", {"code": "A-1", "first": 1})]


def test_empty_rows_and_cells_are_passed_over() -> None:
    rows, problems = read_rows([[], ["", " "], ["SKU코드", "재고", "비고"], ["A-1", "", "?"], [None], ["A-2", "1,000"]])
    assert problems == []
    assert rows == [SkuRow(4, "A-1"), SkuRow(6, "A-2", stock=1000)]


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ([[""]], "no_rows"),
        ([["재고", "상품명"], ["1", "수건"]], "no_code_column"),
        ([[f"A{n}"] for n in range(MAX_ROWS + 1)], "too_many_rows"),
    ],
)
def test_a_list_that_is_none(cells: list[list[str]], key: str) -> None:
    with pytest.raises(AppError, match=rf"stock\.{key}"):
        read_rows(cells)
