"""From the bytes of a CSV or XLSX file to its cells, whoever made it. Blocking: call it in a thread."""

import csv
import io
import re
import zipfile
import zlib

from python_calamine import CalamineError, CalamineWorkbook

from tmon.errors import AppError
from tmon.stock.sku_import import MAX_ROWS, Cell

MAX_BYTES = 10 * 1024 * 1024
"""The largest file that a person may send."""
_UNPACKED = 100 * 1024 * 1024
"""The largest workbook once it is unpacked; 10,000 rows take about 3 MB."""
_MAX_COLUMN = 100
_MAX_LINE = MAX_ROWS * 2
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})([0-9]{1,7})["']""")


def read_file(name: str, data: bytes) -> list[list[Cell]]:
    """The cells of the first sheet. Raises AppError for what is neither CSV nor XLSX, broken, or too large."""
    if len(data) > MAX_BYTES:
        raise AppError("stock.file_large", most=MAX_BYTES // 1024 // 1024)
    if data.startswith(b"PK"):
        return _workbook(data)
    if data.startswith(b"\xd0\xcf\x11\xe0") or not name.lower().endswith((".csv", ".txt", ".tsv")):
        raise AppError("stock.file_kind")
    return read_text(_decode(data))


def read_text(text: str) -> list[list[Cell]]:
    """The cells of pasted rows, or of a CSV file: separated by tabs, commas or semicolons, as the first line has it."""
    if "\0" in text:
        raise AppError("stock.file_broken")
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max("\t,;", key=first.count)
    try:
        return [list(row) for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)]
    except csv.Error:  # a cell of more than 128 KiB: a quotation mark that never ends
        raise AppError("stock.file_broken") from None


def _decode(data: bytes) -> str:
    """Excel saves CSV as UTF-8 with a mark, as cp949 (Korean Windows), or as UTF-16 ("Unicode text")."""
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
    """Refuses what would take far more memory than its size says: a zip bomb, or a lone cell at the far end of a sheet.

    Every entry is unpacked once: `zipfile` stops at the size that it names and compares the checksum, so a file that
    names less than it holds is refused as broken.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > 1000 or sum(entry.file_size for entry in entries) > _UNPACKED:
                raise AppError("stock.file_bomb")
            for entry in entries:
                content = archive.read(entry)
                if entry.filename.startswith("xl/worksheets/"):
                    _check_places(content)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        raise AppError("stock.file_broken") from None


def _check_places(sheet: bytes) -> None:
    """Rows are kept as one rectangle up to the last cell, however empty it is."""
    if b"\0" in sheet[:200]:  # UTF-16, which no spreadsheet program writes: the places could not be seen
        raise AppError("stock.file_broken")
    for place in _PLACE.finditer(sheet):
        column = 0
        for letter in place[1]:
            column = column * 26 + letter - 64
        if column > _MAX_COLUMN or int(place[2]) > _MAX_LINE:
            raise AppError("stock.file_wide", most=MAX_ROWS)
