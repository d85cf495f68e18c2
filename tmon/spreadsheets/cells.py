"""Cells, tables, and the values that a feature takes from them: as the sheet shows them, or refused."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from tmon.numbers import whole_number

MAX_ROWS = 10_000
"""Maximum number of rows below the header."""
MAX_COLUMNS = 100
MAX_TEXT = 4000
"""Maximum length of a cell's text, unless a layout says otherwise; the rest is cut off."""


class CellKind(StrEnum):
    """What a cell holds."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"
    FORMULA = "formula"
    """A formula whose result is not in the file."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not empty. `text` is what the sheet shows; None if that cannot be told from the file."""

    text: str | None
    kind: CellKind = CellKind.TEXT
    value: str = ""
    """What the file holds: for the answer to a person, and where a text is to be taken to the letter."""


@dataclass(frozen=True, slots=True)
class CellProblem(Exception):
    """Why a cell cannot be taken: `key` is the text key, `values` fill its placeholders."""

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A problem of a row: `key` is the text key, `values` fill its placeholders; `column` is a letter, if it is one cell."""

    line: int
    key: str
    values: Mapping[str, Any]
    column: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row below the header: its number in the sheet, and its cells by field. Empty cells are missing."""

    line: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True)
class TextRule:
    """How the texts of cells are taken."""

    longest: int = MAX_TEXT
    keep_lines: bool = False
    """Line breaks stay; otherwise they are blanks."""


@dataclass(frozen=True)
class Layout:
    """The columns of a list: for each field the words that name it in a header, without blanks and in small letters."""

    words: Mapping[str, frozenset[str]]
    required: tuple[str, ...]
    """Fields without which a row is no header."""
    no_header: str
    """Text key of the error for a list without such a row; it gets `found`, the texts of the first row."""
    one_of: tuple[str, ...] = ()
    """Fields of which at least one must be there."""
    positional: tuple[str, ...] = ()
    """Fields of pasted rows without a header, in order."""
    longest: int = MAX_TEXT
    """Maximum length of a cell's text."""
    keep_lines: bool = False
    """Whether cells keep their line breaks."""


@dataclass(frozen=True)
class Column:
    """A column that was read."""

    letter: str
    title: str


@dataclass(frozen=True)
class Table:
    """The rows of a list, and where they were found."""

    columns: Mapping[str, Column]
    rows: Sequence[Row]
    problems: Sequence[RowProblem] = ()
    """What is wrong with rows whatever their values mean: cells without a header, hidden and merged cells."""
    sheet: str = ""
    """Name of the sheet; empty for CSV and pasted rows."""
    header_line: int = 0
    """Number of the header's row; 0: there is none."""
    unread: Sequence[str] = ()
    """Titles of columns that mean nothing to us."""
    commas: bool = False
    """Cells are separated by commas, so a number with a comma may have become two cells."""


_NUMBER_TURNED = re.compile(r"\d([.,]\d+)?[eE][+-]?\d+")
_DATE_TURNED = re.compile(
    r"\d{1,2}월 \d{1,2}일|(?:\d{1,2}-)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:-\d{2})?", re.IGNORECASE
)
"""How CSV holds what Excel has made a date of: 3-1 becomes `03월 01일` or `01-Mar`, MAR1 becomes `01-Mar`."""
_ERRORS = re.compile(
    r"#(?:N/?A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!|GETTING_DATA|FIELD!|BLOCKED!|#+)", re.IGNORECASE
)


_DAY = re.compile(
    r"(\d{4})\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})\s?[일.]?(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII
)
_PLAIN_DAY = re.compile(r"(20\d{2})(\d{2})(\d{2})", re.ASCII)
_SERIAL = re.compile(r"[3-9]\d{4}(?:\.\d{1,12})?", re.ASCII)
"""A date as Excel counts it: days since its first one, here of the years 1982 to 2173."""
_FIRST_DAY = date(1899, 12, 30)
_ISO_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.0+)?Z?)?", re.ASCII)


def is_error(text: str) -> bool:
    """Whether a text is one of Excel's errors, or the signs for a number that is wider than its column."""
    return _ERRORS.fullmatch(text) is not None


def code_of(cell: Cell | None) -> str:
    """Return a cell as a code or number that names something; empty if there is none. Raises CellProblem."""
    text = text_of(cell)
    if cell is None or not text:
        return ""
    if _NUMBER_TURNED.fullmatch(text):
        raise CellProblem("sheets.cell_scientific", {"value": shown(text)})
    if _DATE_TURNED.fullmatch(text) and not text.isalpha():
        raise CellProblem("sheets.cell_date", {"value": shown(text)})
    if text[0] in "'=":
        raise CellProblem("sheets.cell_mark", {"value": shown(text)})
    if cell.kind is CellKind.NUMBER and "," in text:
        raise CellProblem("sheets.cell_format", {"value": shown(cell.value)})
    return text


def text_of(cell: Cell | None) -> str:
    """Return a cell's text; empty if there is none. Raises CellProblem for what is no text."""
    if cell is None:
        return ""
    _refuse(cell)
    if cell.text is None:
        raise CellProblem("sheets.cell_format", {"value": shown(cell.value)})
    return cell.text


def moment_of(cell: Cell) -> datetime | date | None:
    """Return what a cell of kind DATE holds, to the second: a day if it has no time. None if it cannot be told."""
    if found := _ISO_MOMENT.fullmatch(cell.value):
        with suppress(ValueError):
            moment = datetime.fromisoformat(f"{found[1]}T{found[2] or '00:00'}")
            return moment if found[2] else moment.date()
    elif _SERIAL.fullmatch(cell.value):
        days, _, fraction = cell.value.partition(".")
        day = _FIRST_DAY + timedelta(days=int(days))
        seconds = round(float(f"0.{fraction}") * 86_400) if fraction else 0
        return datetime(day.year, day.month, day.day) + timedelta(seconds=seconds) if seconds else day  # noqa: DTZ001
    return None


def quantity_of(cell: Cell | None, most: int, wrong: str) -> int | None:
    """Return a cell's whole number from 0 to `most`; None if there is none. Raises CellProblem, with `wrong` for others."""
    if cell is None:
        return None
    _refuse(cell)
    if cell.text is None:
        raise CellProblem("sheets.cell_format", {"value": shown(cell.value)})
    # The format of accounts shows nought as a dash.
    number = 0 if cell.kind is CellKind.NUMBER and cell.text == "-" else whole_number(cell.text)
    if number is None and cell.kind is CellKind.NUMBER and cell.value.isdigit() and cell.text.isdigit():
        number = int(cell.value)  # `012` by the format of the cell
    if number is None or number > most:
        raise CellProblem(wrong, {"value": shown(cell.text), "most": most})
    return number


def day_of(cell: Cell | None, wrong: str) -> date | None:
    """Return the day in a cell: a date, or text such as `2026-11-27`, `2026.11.27`, `2026년 11월 27일` and `20261127`.

    None if there is none. Raises CellProblem, with `wrong` for what is no day with its year.
    """
    if cell is None:
        return None
    if cell.kind is CellKind.DATE:
        text = cell.value
    else:
        _refuse(cell)
        text = cell.text or cell.value
    if (found := _DAY.fullmatch(text)) or (found := _PLAIN_DAY.fullmatch(text)):
        with suppress(ValueError):
            return date(*map(int, found.groups()))
    elif cell.kind is CellKind.DATE and _SERIAL.fullmatch(text):
        return _FIRST_DAY + timedelta(days=int(text.partition(".")[0]))
    raise CellProblem(wrong, {"value": shown(cell.text or cell.value)})


def _refuse(cell: Cell) -> None:
    if cell.kind not in (CellKind.TEXT, CellKind.NUMBER):
        raise CellProblem(_KINDS[cell.kind], {"value": shown(cell.value)})


_KINDS = {
    CellKind.DATE: "sheets.cell_date",
    CellKind.BOOLEAN: "sheets.cell_boolean",
    CellKind.ERROR: "sheets.cell_error",
    CellKind.FORMULA: "sheets.cell_formula",
}


def shown(text: str) -> str:
    """Return the beginning of a text for the answer to a person."""
    text = " ".join(text.split())
    return text if len(text) <= 20 else text[:19] + "…"


def letter(column: int) -> str:
    """Return the letters of a column counted from 0: A, B, … Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
