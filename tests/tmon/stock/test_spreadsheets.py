"""SKU lists as people have them: encodings, what Excel does to codes, empty and huge cells, bombs, ten thousand rows."""

import io
import time
import zipfile
from collections.abc import Sequence

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from tmon.errors import AppError
from tmon.stock.sku_import import MAX_ROWS, RowProblem, SkuRow, check_codes, read_rows
from tmon.stock.spreadsheets import MAX_BYTES, read_file, read_text

KOREAN = "SKU코드,상품명,재고\r\n0012,호텔수건 화이트,30\r\nA-1,발매트,5\r\n"
READ = [SkuRow(2, "0012", stock=30, name="호텔수건 화이트"), SkuRow(3, "A-1", stock=5, name="발매트")]


def workbook(rows: Sequence[Sequence[object]]) -> bytes:
    """An XLSX with these cells."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def rows_of(name: str, data: bytes) -> list[SkuRow]:
    """The rows of a file without a fault."""
    rows, problems = read_rows(read_file(name, data))
    assert problems == []
    return rows


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert rows_of("sku.csv", KOREAN.encode(encoding)) == READ


def test_neither_encoding() -> None:
    with pytest.raises(AppError, match=r"stock\.file_encoding"):
        read_file("sku.csv", b"SKU,\xff\xff\xfe\x81")


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
def test_separators_of_pasted_rows(separator: str) -> None:
    rows, _ = read_rows(read_text(separator.join(["A-1", "30", "2", "5", "수건"])))
    assert rows == [SkuRow(1, "A-1", stock=30, safety=2, low_at=5, name="수건")]


def test_a_workbook() -> None:
    data = workbook(
        [["SKU 코드", "재고", "안전재고", "부족알림", "상품명"], ["0012", 30, 2, None, "수건"], [77, 5.0, "", 3, ""]]
    )
    assert rows_of("sku.xlsx", data) == [
        SkuRow(2, "0012", stock=30, safety=2, name="수건"),
        SkuRow(3, "77", stock=5, low_at=3),
    ]


@pytest.mark.parametrize(
    ("cell", "selling"),
    [("판매중", True), ("판매 중지", False), (" On sale ", True), ("stopped", False), ("", None), (None, None)],
)
def test_the_sale_status(cell: str | None, selling: bool | None) -> None:
    rows = rows_of("sku.xlsx", workbook([["SKU코드", "판매 상태"], ["A-1", cell]]))
    assert rows == [SkuRow(2, "A-1", selling=selling)]
    rows, problems = read_rows([["A-1", "1", "", "", "수건", cell]])  # without a header it comes last
    assert (rows, problems) == ([SkuRow(1, "A-1", stock=1, name="수건", selling=selling)], [])


def test_excel_has_dropped_the_zeros() -> None:
    rows = rows_of("sku.xlsx", workbook([["SKU코드", "재고"], [12, 30], [13, 1]]))
    assert check_codes(rows, {"0012", "A-1"}) == [RowProblem(2, "stock.row_zeros", {"code": "12", "meant": "0012"})]
    assert check_codes(rows, {"0012", "12", "13"}) == []


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


def bomb() -> bytes:
    """A kilobyte that becomes a gigabyte."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(200):
            sheet.write(b"0" * 1024 * 1024)
    return packed.getvalue()


def lying() -> bytes:
    """A workbook whose directory names a size that is not true."""
    data = bytearray(workbook([["A-1", 1]]))
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = (1).to_bytes(4, "little")
    return bytes(data)


def far_cell() -> bytes:
    """Two cells, and a rectangle of 17 billion between them."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "A-1"
    sheet["XFD1048576"] = 1
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("sku.xlsx", bomb(), "file_bomb"),
        ("sku.xlsx", lying(), "file_broken"),
        ("sku.xlsx", far_cell(), "file_wide"),
        ("sku.xlsx", b"PK\x03\x04 and nothing else", "file_broken"),
        ("sku.xlsx", workbook([["A-1", 1]])[:-100], "file_broken"),
        ("sku.xls", b"\xd0\xcf\x11\xe0old Excel", "file_kind"),
        ("sku.pdf", b"%PDF-1.7", "file_kind"),
        ("sku.csv", b"a,\0b", "file_broken"),
        ("sku.csv", b'"' + b"x" * 200_000, "file_broken"),
        ("sku.csv", b"x" * (MAX_BYTES + 1), "file_large"),
    ],
)
def test_files_that_are_refused(name: str, data: bytes, key: str) -> None:
    with pytest.raises(AppError, match=rf"stock\.{key}"):
        read_file(name, data)


def test_ten_thousand_rows_within_ten_seconds() -> None:
    data = workbook([["SKU코드", "재고", "상품명"], *([f"A-{n:05}", n, f"상품 {n}"] for n in range(MAX_ROWS))])
    began = time.perf_counter()
    assert len(rows_of("sku.xlsx", data)) == MAX_ROWS
    assert time.perf_counter() - began < 10
