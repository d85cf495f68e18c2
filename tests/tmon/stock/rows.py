"""How the tests read a list."""

import io
from collections.abc import Sequence

from openpyxl import Workbook  # type: ignore[import-untyped]

from tmon.stock.sku_import import SkuRow, read_rows
from tmon.stock.spreadsheets import read_file


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
