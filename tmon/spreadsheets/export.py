"""Large workbooks of numbers and days: typed cells, written row by row, so that memory does not grow with the rows.

Rows are taken from their source a few hundred at a time, and written in a thread: others get their turn in between. The
file stands in a folder of its own, which is deleted when the caller is done. It must not hold personal data: it has no
password, and a killed process leaves it behind.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tmon.clock import KST
from tmon.spreadsheets.writing import FORMULA, MAX_TEXT

Cell = str | int | Decimal | date | datetime | None
"""A value of a cell; None and the empty text leave it empty. Numbers of things (orders, deals) are text: nobody adds them up."""

_AT_A_TIME = 500
MAX_ROWS = 1_048_575
"""Rows that Excel keeps below the header of a sheet; further ones go to a sheet of their own."""
_EXACT = 10**15
"""From here on Excel does not keep every digit of a number."""
_MAX_NAME = 31
_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


@dataclass(frozen=True)
class ExportColumn:
    """A column: its title, its width in characters, and how Excel shows its numbers (the usual way if empty)."""

    title: str
    width: int = 14
    number_format: str = ""


@dataclass(frozen=True)
class ExportSheet:
    """One sheet: its name, its columns, and its rows in order. Every row has one value per column."""

    name: str
    columns: Sequence[ExportColumn]
    rows: AsyncIterable[Sequence[Cell]]


@asynccontextmanager
async def exported(*sheets: ExportSheet) -> AsyncIterator[Path]:
    """Write an XLSX with `sheets` and give its path; the file is deleted at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="tmon-export-") as folder:
        path = Path(folder) / "export.xlsx"
        book = _Book(path, folder)
        for sheet in sheets:
            await asyncio.to_thread(book.begin, sheet)
            batch: list[Sequence[Cell]] = []
            async for row in sheet.rows:
                batch.append(row)
                if len(batch) == _AT_A_TIME:
                    await asyncio.to_thread(book.write, batch)
                    batch = []
            await asyncio.to_thread(book.write, batch)
            book.end()
        await asyncio.to_thread(book.close)
        yield path


class _Book:
    """An XLSX that is written in order: sheet by sheet, row by row."""

    def __init__(self, path: Path, folder: str) -> None:
        self._book = Workbook(
            path, {"constant_memory": True, "tmpdir": folder, "strings_to_numbers": False, "strings_to_formulas": False}
        )
        self._formats: dict[tuple[str, bool], Format] = {}
        self._head = self._book.add_format({"num_format": "@", "bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        self._sheet: Worksheet
        self._columns: Sequence[ExportColumn] = ()
        self._name, self._part, self._row = "", 1, 0

    def begin(self, sheet: ExportSheet) -> None:
        """Begin a sheet, with its header."""
        self._columns, self._name, self._part = sheet.columns, sheet.name, 1
        self._open()

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write the next rows."""
        for row in rows:
            if self._row == MAX_ROWS:
                self.end()
                self._part += 1
                self._open()
            self._row += 1
            for number, (column, value) in enumerate(zip(self._columns, row, strict=True)):
                self._put(number, column, value)

    def end(self) -> None:
        """End the sheet: it can be filtered by every column."""
        if self._row:
            self._sheet.autofilter(0, 0, self._row, len(self._columns) - 1)

    def close(self) -> None:
        """Write the file."""
        self._book.close()

    def _open(self) -> None:
        ending = "" if self._part == 1 else f" {self._part}"
        name = " ".join(self._name.translate(_NOT_IN_NAMES).split())
        self._sheet = self._book.add_worksheet(name[: _MAX_NAME - len(ending)] + ending)
        self._sheet.freeze_panes(1, 0)
        self._row = 0
        for number, column in enumerate(self._columns):
            self._sheet.set_column(number, number, column.width)
            self._sheet.write_string(0, number, column.title, self._head)

    def _put(self, number: int, column: ExportColumn, value: Cell) -> None:
        if value is None or value == "":
            return
        if isinstance(value, datetime):
            local = value.astimezone(KST).replace(tzinfo=None)
            self._sheet.write_datetime(self._row, number, local, self._format("yyyy-mm-dd hh:mm"))
        elif isinstance(value, date):
            self._sheet.write_datetime(self._row, number, value, self._format("yyyy-mm-dd"))
        elif isinstance(value, Decimal) and value.is_finite():
            self._sheet.write_number(self._row, number, value, self._format(column.number_format or "#,##0.##"))
        elif isinstance(value, int) and abs(value) < _EXACT:
            self._sheet.write_number(self._row, number, value, self._format(column.number_format or "#,##0"))
        else:
            # A half of a pair of surrogates cannot be written: one bad text must not cost the file.
            text = str(value).encode("utf-8", "replace").decode()[:MAX_TEXT]
            self._sheet.write_string(self._row, number, text, self._format("@", quoted=text.startswith(FORMULA)))

    def _format(self, number_format: str, *, quoted: bool = False) -> Format:
        """Return a format of cells. `quoted`: Excel leaves it a text also once somebody has edited the cell."""
        key = (number_format, quoted)
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"num_format": number_format, "valign": "top", "quote_prefix": quoted}
            )
        return self._formats[key]
