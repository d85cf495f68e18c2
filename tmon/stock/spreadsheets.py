"""Reading of CSV and XLSX files. Blocking: call it in a thread."""

import csv
import io
import re
import zipfile
import zlib

from python_calamine import CalamineError, CalamineWorkbook

from tmon.errors import AppError
from tmon.stock.sku_import import MAX_ROWS, Cell

MAX_BYTES = 10 * 1024 * 1024
"""Maximum size of an uploaded file."""
_MAX_UNPACKED = 100 * 1024 * 1024
"""Maximum size of an unpacked workbook; 10,000 rows take about 3 MB."""
_MAX_COLUMN = 100
_MAX_LINE = MAX_ROWS * 2
_CELL = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")


def read_file(name: str, data: bytes) -> list[list[Cell]]:
    """Return the cells of the first sheet. Raises AppError if it is neither CSV nor XLSX, corrupt, or too large."""
    if len(data) > MAX_BYTES:
        raise AppError("stock.file_large", most=MAX_BYTES // 1024 // 1024)
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0") or not name.lower().endswith((".csv", ".txt", ".tsv")):
        raise AppError("stock.file_kind")
    return read_text(_decode(data))


def read_text(text: str) -> list[list[Cell]]:
    """Return the cells of pasted rows or CSV text, separated by tab, comma or semicolon, as used in the first line."""
    if "\0" in text:
        raise AppError("stock.file_broken")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max("\t,;", key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:  # a cell of more than 128 KiB: an unclosed quotation mark
        raise AppError("stock.file_broken") from None


def _decode(data: bytes) -> str:
    """Decode CSV as saved by Excel: UTF-8 with a byte order mark, cp949 (Korean Windows), or UTF-16 ("Unicode text")."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp949"]
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AppError("stock.file_encoding")


def _workbook(data: bytes) -> list[list[Cell]]:
    _check_archive(data)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError):
        raise AppError("stock.file_broken") from None
    return [[_cell(value) for value in row] for row in rows]


def _cell(value: object) -> Cell:
    return value if isinstance(value, str | int | float) else str(value)


def _check_archive(data: bytes) -> None:
    """Reject files that would need far more memory than their size: zip bombs, or a lone cell at the far end of a sheet.

    Every entry is unpacked once: `zipfile` stops at the declared size and compares the checksum, so a file that declares
    less than it contains is rejected as corrupt.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > 1000 or sum(entry.file_size for entry in entries) > _MAX_UNPACKED:
                raise AppError("stock.file_bomb")
            for entry in entries:
                content = archive.read(entry)
                if entry.filename.startswith("xl/worksheets/"):
                    _check_cells(content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise AppError("stock.file_broken") from None


def _check_cells(sheet: bytes) -> None:
    """Check the cell positions, because a sheet is loaded as one rectangle up to its last cell, even if mostly empty."""
    if b"\0" in sheet[:200]:  # UTF-16, which no spreadsheet program writes: the pattern would not match
        raise AppError("stock.file_broken")
    for cell in _CELL.finditer(sheet):
        column = 0
        for letter in cell[1]:
            column = column * 26 + letter - 64
        if column > _MAX_COLUMN or int(cell[2]) > _MAX_LINE:
            raise AppError("stock.file_wide", most=MAX_ROWS)
