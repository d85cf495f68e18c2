"""Reading of CSV, and of rows copied from a sheet."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice

from tmon.errors import AppError
from tmon.spreadsheets.cells import Cell, CellKind, Layout, Table, TextRule
from tmon.spreadsheets.grid import Grid, has_header_word, header_score, positional, table_of, tables_of, text_rule
from tmon.spreadsheets.texts import text_cell

_SEPARATORS = "\t,;|"
_NAMED_SEPARATOR = re.compile(r'\s{0,9}"?sep=(.)"?\s{0,9}', re.IGNORECASE)
_AS_TEXT = re.compile(r'="([^"]*)"')
_FORMULA = re.compile(r"=\s*[^\s=]")
_TRIED_LINES = 60
_TRIED_LENGTH = 64 * 1024
_FEWEST_UNITS = 8


def read_csv(data: bytes, layouts: Mapping[str, Layout]) -> dict[str, Table]:
    """Return the list in a CSV file, by the name of the layout that it fits best. Raises AppError."""
    # Old programs end a text with Ctrl-Z.
    text = _decode(data).lstrip("\ufeff").rstrip("\x1a\r\n")
    beginning = text[:2000].lstrip().casefold()
    if beginning.startswith("<?xml"):
        raise AppError("sheets.xml")
    if beginning.startswith(("<!doctype html", "<html", "<head", "<script", "<meta", "<table")):
        raise AppError("sheets.html")
    if "\0" in text:
        raise AppError("sheets.broken")
    if "\ufffd" in text:
        raise AppError("sheets.encoding")
    rule = text_rule(layouts)
    separator, text = _separator(text, list(layouts.values()), rule)
    grid = _grid(text, separator, rule)
    tables = tables_of([grid] if grid.rows else [], layouts)
    return {name: replace(table, commas=separator == ",") for name, table in tables.items()}


def read_pasted(text: str, layout: Layout) -> Table:
    """Return pasted rows: with a header, or with the columns in the order of the layout. Raises AppError."""
    rule = text_rule({"": layout})
    separator, text = _separator(text.lstrip("\ufeff"), [layout], rule)
    grid = _grid(text, separator, rule)
    if not grid.rows or header_score(grid, layout) or has_header_word(grid, layout):
        table = table_of([grid] if grid.rows else [], layout)
    else:
        table = positional(grid, layout)
    return replace(table, commas=separator == ",")


def _decode(data: bytes) -> str:
    """Decode CSV as saved by Excel: UTF-8, cp949 (Korean Windows), or UTF-16 ("Unicode text"), with or without a mark."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    elif b"\0" in data[:_TRIED_LENGTH]:
        encodings = (_utf_16(data),)
    else:
        encodings = ("utf-8", "cp949")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise AppError("sheets.encoding")


def _utf_16(data: bytes) -> str:
    """Return the byte order of UTF-16 without a mark, by its letters of ASCII. Raises AppError if it is something else."""
    units = min(len(data), _TRIED_LENGTH) // 2
    high = data[1 : 2 * units : 2].count(0), data[: 2 * units : 2].count(0)
    if units < _FEWEST_UNITS or max(high) < units // 4:
        raise AppError("sheets.broken")
    return "utf-16-le" if high[0] > high[1] else "utf-16-be"


def _separator(text: str, layouts: Sequence[Layout], rule: TextRule) -> tuple[str, str]:
    """Return the separator and the text below a line that names it.

    It is the one that a header can be read with; without a header, the one that is most frequent in the first line.
    """
    first, _, rest = text.partition("\n")
    if named := _NAMED_SEPARATOR.fullmatch(first.rstrip("\r")):
        return named[1], rest
    start = "\n".join(
        islice((line for line in text[:_TRIED_LENGTH].splitlines() if line.strip(" \t,;|")), _TRIED_LINES)
    )
    tried = {separator: _grid(start, separator, rule, strict=False) for separator in _SEPARATORS}
    scores = {separator: max(header_score(grid, layout) for layout in layouts) for separator, grid in tried.items()}
    best = max(_SEPARATORS, key=lambda separator: scores[separator])
    if scores[best]:
        return best, text
    line = (start or text[:_TRIED_LENGTH].lstrip("\r\n")).partition("\n")[0]
    return max(_SEPARATORS, key=line.count), text


def _grid(text: str, separator: str, rule: TextRule, *, strict: bool = True) -> Grid:
    """Return the cells of a text; rows count as in Excel, where a row may have several lines."""
    grid = Grid()
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)
    line = 0
    try:
        for line, row in enumerate(reader, start=1):
            for column, value in enumerate(row):
                cell = _cell(value, rule)
                if cell is not None and not grid.put(line, column, cell):
                    return grid
    except csv.Error:  # an unclosed quotation mark, or a cell that is longer than any, which is one, too
        if strict:
            raise AppError("sheets.quote", line=line + 1) from None
    return grid


def _cell(value: str, rule: TextRule) -> Cell | None:
    """Return the cell of a value as Excel shows it; None if it is empty."""
    if found := _AS_TEXT.fullmatch(value.strip()):
        value = found[1]
    elif _FORMULA.match(value.strip()):
        return Cell(None, CellKind.FORMULA, value.strip())
    return text_cell(value, rule)
