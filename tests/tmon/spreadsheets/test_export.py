"""Exports: typed cells, Korean as it is, nothing that Excel calculates, memory that does not grow with the rows."""

import os
import tempfile
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from tmon.spreadsheets import export
from tmon.spreadsheets.export import Cell, ExportColumn, ExportSheet, exported

COLUMNS = [
    ExportColumn("구분"),
    ExportColumn("매출"),
    ExportColumn("지급률", number_format="0.00"),
    ExportColumn("지급예정일"),
    ExportColumn("결제 시각", 18),
]


async def rows_of(*rows: Sequence[Cell]) -> AsyncIterator[Sequence[Cell]]:
    for row in rows:
        yield row


async def many(count: int) -> AsyncIterator[Sequence[Cell]]:
    for number in range(count):
        yield (f"딜 {number}", number, Decimal("87.5"), date(2026, 11, 26), datetime(2026, 11, 26, tzinfo=UTC))


async def test_cells_keep_their_types_and_korean_stays_korean() -> None:
    row = (
        "국내산 감귤 5kg",
        1_234_567,
        Decimal("87.25"),
        date(2026, 12, 31),
        datetime(2026, 12, 31, 15, 30, tzinfo=UTC),
    )
    async with exported(ExportSheet("정산 내역", COLUMNS, rows_of(row, (None, 0, "", None, None)))) as path:
        sheet = openpyxl.load_workbook(path)["정산 내역"]
        assert [cell.value for cell in sheet[1]] == ["구분", "매출", "지급률", "지급예정일", "결제 시각"]
        assert [cell.value for cell in sheet[2]] == [
            "국내산 감귤 5kg",
            1_234_567,
            87.25,
            datetime(2026, 12, 31),
            datetime(2027, 1, 1, 0, 30),
        ]
        assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "d", "d"]
        assert [cell.number_format for cell in sheet[2]][1:] == ["#,##0", "0.00", "yyyy-mm-dd", "yyyy-mm-dd hh:mm"]
        assert [cell.value for cell in sheet[3]] == [None, 0, None, None, None]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == "A1:E3"
    assert not path.exists()


@pytest.mark.parametrize("text", ["=1+1", "+82", "-5", "@SUM(A1)", '=HYPERLINK("http://x.example")', "\t=1", "00123"])
async def test_no_text_is_ever_a_formula_or_a_number(text: str) -> None:
    async with exported(ExportSheet("시트", [ExportColumn("값")], rows_of((text,)))) as path:
        cell = openpyxl.load_workbook(path).worksheets[0]["A2"]
        assert (cell.value, cell.data_type) == (text, "s")
        assert cell.quotePrefix is (text != "00123")
        with zipfile.ZipFile(path) as book:
            assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")


async def test_one_value_that_excel_cannot_keep_does_not_cost_the_file() -> None:
    values: list[Cell] = ["\ud800 뒤", "가\x00나\x0b다", 9_100_200_301_123_456_789, Decimal("NaN"), "긴" * 40_000, "끝"]
    async with exported(ExportSheet("시트", [ExportColumn("값")], rows_of(*((value,) for value in values)))) as path:
        found = [row[0].value for row in openpyxl.load_workbook(path).worksheets[0].iter_rows(min_row=2)]
    assert found[0] == "? 뒤"
    assert found[2:4] == ["9100200301123456789", "NaN"]
    assert len(found[4]) == 32_767
    assert found[5] == "끝"


async def test_names_of_sheets_are_such_that_excel_takes_them() -> None:
    names = ["'정산' [2026/11]: 판매?*\\", "가" * 50]
    async with exported(*(ExportSheet(name, [ExportColumn("값")], rows_of((1,))) for name in names)) as path:
        assert openpyxl.load_workbook(path).sheetnames == ["정산 2026 11 판매", "가" * 31]


async def test_what_does_not_fit_on_a_sheet_goes_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MAX_ROWS", 700)
    async with exported(ExportSheet("내역", COLUMNS, many(1500))) as path:
        book = openpyxl.load_workbook(path, read_only=True)
        assert book.sheetnames == ["내역", "내역 2", "내역 3"]
        assert [sheet.max_row for sheet in book.worksheets] == [701, 701, 101]
        assert book["내역 3"]["A2"].value == "딜 1400"


async def test_memory_does_not_grow_with_the_rows() -> None:
    async def peak(count: int) -> int:
        tracemalloc.start()
        async with exported(ExportSheet("내역", COLUMNS, many(count))) as path:
            assert path.stat().st_size > count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    small = await peak(1_000)
    assert await peak(8_000) < small + 1_500_000


async def test_a_failure_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    async def broken() -> AsyncIterator[Sequence[Cell]]:
        yield (1,)
        assert os.listdir(tmp_path)
        raise LookupError

    with pytest.raises(LookupError):
        async with exported(ExportSheet("시트", [ExportColumn("값")], broken())):
            pass
    assert not os.listdir(tmp_path)
