"""SKU lists as people have them: encodings, what Excel does to codes, empty and huge cells, bombs, ten thousand rows."""

import io
import time
import zipfile

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from tests.tmon.stock.rows import rows_of, workbook
from tmon.errors import AppError
from tmon.stock.sku_import import MAX_ROWS, RowProblem, SkuRow, check_codes
from tmon.stock.spreadsheets import MAX_BYTES, read_file

KOREAN = "SKU코드,상품명,재고\r\n0012,호텔수건 화이트,30\r\nA-1,발매트,5\r\n"
READ = [SkuRow(2, "0012", stock=30, name="호텔수건 화이트"), SkuRow(3, "A-1", stock=5, name="발매트")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_encodings(encoding: str) -> None:
    assert rows_of("sku.csv", KOREAN.encode(encoding)) == READ


def test_neither_encoding() -> None:
    with pytest.raises(AppError, match=r"stock\.file_encoding"):
        read_file("sku.csv", b"SKU,\xff\xff\xfe\x81")


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
