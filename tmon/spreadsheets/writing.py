"""Workbooks for people: XLSX files, with a password where they hold personal data.

Both take the processor for a while (a password some tenths of a second, whatever the size of the file): call them in a thread.
"""

import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msoffcrypto.format.ooxml import OOXMLFile
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from tmon.spreadsheets.cells import letter

MAX_TEXT = 32_767
"""Characters that Excel keeps of a cell."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Beginnings of a text that would be calculated if it were typed."""
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody mistakes for one another."""
_GROUPS, _GROUP = 4, 4


@dataclass(frozen=True)
class SheetColumn:
    """A column of a sheet: its title, its width in characters, and the only values that a cell may get, if there are such."""

    title: str
    width: int = 14
    choices: Sequence[str] = ()
    hint: str = ""
    """What Excel says when another value is typed."""
    note: str = ""
    """A note on the title's cell."""
    least: int | None = None
    """The column is for whole numbers from this on; None: for texts."""


@dataclass(frozen=True)
class TextSheet:
    """A sheet to be filled in or read by people. Rows may be shorter than the columns are many."""

    name: str
    columns: Sequence[SheetColumn]
    rows: Iterable[Sequence[str | int]] = ()
    room: int = 0
    """Rows below the header that are prepared for typing, at least."""
    filtered: bool = True
    """Whether it can be filtered by each column."""


def workbook(
    name: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[str]],
    *,
    choices_name: str = "",
) -> bytes:
    """Return an XLSX with one sheet of text, whose header stays on top. `choices_name`: as of `workbook_of`."""
    return workbook_of([TextSheet(name, columns, rows)], choices_name=choices_name)


def workbook_of(sheets: Sequence[TextSheet], *, choices_name: str = "", hide_choices: bool = False) -> bytes:
    """Return an XLSX whose headers stay on top.

    Cells are text, also those that somebody types, but for columns of numbers: no leading zero and no digit gets lost, and
    nothing is calculated. `choices_name`: name of the sheet with the values to choose from, which needs one because Excel
    takes only short lists.
    """
    file = io.BytesIO()
    book = _Book(file, choices_name, hidden=hide_choices)
    for sheet in sheets:
        book.add(sheet)
    book.close()
    return file.getvalue()


class _Book:
    def __init__(self, file: io.BytesIO, choices_name: str, *, hidden: bool) -> None:
        book = Workbook(file, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
        usual = {"num_format": "@", "valign": "top", "text_wrap": True}
        self._book = book
        self._text = book.add_format(usual)
        # With this mark Excel also leaves it a text once somebody has edited the cell.
        self._quoted = book.add_format({**usual, "quote_prefix": True})
        self._number = book.add_format({"num_format": "#,##0", "valign": "top"})
        self._head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#E8EEF4", "bottom": 1})
        self._choices_name, self._hidden = choices_name, hidden
        self._chosen: list[SheetColumn] = []
        """Columns with values to choose from, in the order of those."""

    def add(self, one: TextSheet) -> None:
        sheet = self._book.add_worksheet(one.name)
        sheet.freeze_panes(1, 0)
        for number, column in enumerate(one.columns):
            sheet.set_column(number, number, column.width, self._text if column.least is None else self._number)
            sheet.write_string(0, number, column.title, self._head)
            if column.note:
                sheet.write_comment(0, number, column.note, {"x_scale": 2, "y_scale": 1 + len(column.note) / 80})
        last = 0
        for last, row in enumerate(one.rows, start=1):
            for number, cell in enumerate(row):
                self._write(sheet, last, number, cell)
        if last and one.filtered:
            sheet.autofilter(0, 0, last, len(one.columns) - 1)
        if ready := max(last, one.room):
            for number, column in enumerate(one.columns):
                if rule := self._rule(column):
                    messages = {"error_title": column.title[:32], "error_message": column.hint[:255]}
                    sheet.data_validation(1, number, ready, number, {**rule, "error_type": "warning", **messages})

    def close(self) -> None:
        if self._chosen:
            listed = self._book.add_worksheet(self._choices_name)
            for place, column in enumerate(self._chosen):
                listed.set_column(place, place, column.width)
                for line, choice in enumerate(column.choices):
                    listed.write_string(line, place, choice, self._text)
            if self._hidden:
                listed.hide()
        self._book.close()

    def _write(self, sheet: Worksheet, line: int, number: int, cell: str | int) -> None:
        if isinstance(cell, int):
            sheet.write_number(line, number, cell, self._number)
        elif cell:
            text = cell.encode("utf-8", "replace").decode()[:MAX_TEXT]
            sheet.write_string(line, number, text, self._quoted if text.startswith(FORMULA) else self._text)

    def _rule(self, column: SheetColumn) -> dict[str, object] | None:
        if column.least is not None:
            return {"validate": "integer", "criteria": ">=", "value": column.least}
        if not column.choices:
            return None
        place = letter(len(self._chosen))
        source = f"='{self._choices_name}'!${place}$1:${place}${len(column.choices)}"
        self._chosen.append(column)
        return {"validate": "list", "source": source}


def protected(content: bytes, password: str) -> bytes:
    """Return an XLSX that opens only with `password`: AES-256 as Excel itself does it (MS-OFFCRYPTO, agile encryption)."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, file)
    return file.getvalue()


def new_password() -> str:
    """Return a password of 79 bits that can be typed from a screen."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
