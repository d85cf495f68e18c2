"""Workbooks for people: XLSX files, with a password where they hold personal data.

Both take the processor for a while (a password some tenths of a second, whatever the size of the file): call them in a thread.
"""

import io
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from msoffcrypto.format.ooxml import OOXMLFile
from xlsxwriter import Workbook

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


def workbook(
    name: str,
    columns: Sequence[SheetColumn],
    rows: Iterable[Sequence[str]],
    *,
    choices_name: str = "",
) -> bytes:
    """Return an XLSX with one sheet of text, whose header stays on top.

    Every cell is text, as it will be when somebody types in it: no leading zero and no digit gets lost, nothing is calculated.
    `choices_name`: name of the sheet with the values to choose from, which needs one because Excel takes only short lists.
    """
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False})
    text = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True})
    # With this mark Excel also leaves it a text once somebody has edited the cell.
    quoted = book.add_format({"num_format": "@", "valign": "top", "text_wrap": True, "quote_prefix": True})
    head = book.add_format({"num_format": "@", "bold": True, "bg_color": "#E8EEF4", "bottom": 1})
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width, text)
        sheet.write_string(0, number, column.title, head)
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, cell in enumerate(row):
            if cell:
                sheet.write_string(last, number, cell[:MAX_TEXT], quoted if cell.startswith(FORMULA) else text)
    if last:
        sheet.autofilter(0, 0, last, len(columns) - 1)
    chosen = [(number, column) for number, column in enumerate(columns) if column.choices]
    if chosen and last:
        listed = book.add_worksheet(choices_name)
        for place, (number, column) in enumerate(chosen):
            listed.set_column(place, place, column.width)
            for line, choice in enumerate(column.choices):
                listed.write_string(line, place, choice, text)
            letter = chr(ord("A") + place)
            sheet.data_validation(
                1,
                number,
                last,
                number,
                {
                    "validate": "list",
                    "source": f"='{choices_name}'!${letter}$1:${letter}${len(column.choices)}",
                    "error_type": "warning",
                    "error_title": column.title,
                    "error_message": column.hint,
                },
            )
    book.close()
    return file.getvalue()


def protected(content: bytes, password: str) -> bytes:
    """Return an XLSX that opens only with `password`: AES-256 as Excel itself does it (MS-OFFCRYPTO, agile encryption)."""
    file = io.BytesIO()
    OOXMLFile(io.BytesIO(content)).encrypt(password, file)
    return file.getvalue()


def new_password() -> str:
    """Return a password of 79 bits that can be typed from a screen."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)
