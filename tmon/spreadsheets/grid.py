"""A sheet as it stands, and the list in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tmon.errors import AppError
from tmon.spreadsheets.cells import (
    MAX_COLUMNS,
    MAX_ROWS,
    Cell,
    CellKind,
    Column,
    Layout,
    Row,
    RowProblem,
    Table,
    TextRule,
    letter,
    shown,
)
from tmon.spreadsheets.texts import header_words

_MAX_CELLS = 400_000
_MAX_CHARACTERS = 20 * 1024 * 1024
"""One text may stand in many cells of a workbook, and takes its place in the answer each time."""
_LOOKED_AT = 30
"""Rows at the top of a sheet in which a header may stand."""
_SHOWN_TITLES = 8


@dataclass
class Grid:
    """The cells of a sheet that are not empty, by row (from 1) and column (from 0)."""

    name: str = ""
    rows: dict[int, dict[int, Cell]] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """First row and column, last row and column."""
    too_wide: str = ""
    """A cell that stands too far to the right for a list."""
    too_long: bool = False
    count: int = 0
    length: int = 0
    """Characters of all texts."""

    def put(self, line: int, column: int, cell: Cell) -> bool:
        """Keep a cell. False if the sheet has become larger than any list, and nothing more need be read.

        Raises AppError if its texts are longer than those of any list.
        """
        if column >= MAX_COLUMNS:
            self.too_wide = self.too_wide or f"{letter(column)}{line}"
            self.rows.setdefault(line, {})
            return True
        self.rows.setdefault(line, {})[column] = cell
        self.count += 1
        self.length += len(cell.text or "")
        if self.length > _MAX_CHARACTERS:
            raise AppError("sheets.bomb")
        self.too_long = len(self.rows) > MAX_ROWS + _LOOKED_AT
        if self.count > _MAX_CELLS:
            self.too_wide = self.too_wide or f"{letter(column)}{line}"
        return not self.too_long and self.count <= _MAX_CELLS


@dataclass(frozen=True)
class _Header:
    line: int
    fields: Mapping[int, str]
    """Field by column."""
    titles: Mapping[int, str]


def text_rule(layouts: Mapping[str, Layout]) -> TextRule:
    """Return how texts are taken in a file of which it is not known yet which of the layouts it has."""
    return TextRule(
        max(layout.longest for layout in layouts.values()), any(layout.keep_lines for layout in layouts.values())
    )


def table_of(grids: Sequence[Grid], layout: Layout) -> Table:
    """Return the list in one of these sheets. Raises AppError if there is none, or more than one."""
    return tables_of(grids, {"": layout})[""]


def tables_of(grids: Sequence[Grid], layouts: Mapping[str, Layout]) -> dict[str, Table]:
    """Return the lists in these sheets, each by the name of the layout of which it has most columns. Others are left out.

    Raises AppError if there is none, if none has a row, or if there are two of one layout.
    """
    found: dict[str, list[tuple[Grid, _Header]]] = {}
    for grid in grids:
        headers = [(name, header) for name, layout in layouts.items() if (header := _header(grid, layout)) is not None]
        if headers:
            name, header = max(headers, key=lambda one: len(one[1].fields))
            found.setdefault(name, []).append((grid, header))
    if twice := next((same for same in found.values() if len(same) > 1), None):
        raise AppError("sheets.several_sheets", sheets=", ".join(f"'{shown(grid.name)}'" for grid, _ in twice[:5]))
    if not found:
        if wide := next((grid.too_wide for grid in grids if grid.too_wide), None):
            raise AppError("sheets.wide", cell=wide, most=MAX_ROWS)
        raise _no_header(grids, next(iter(layouts.values())))
    tables = {name: _table(*same[0]) for name, same in found.items()}
    if not any(table.rows for table in tables.values()):
        raise AppError("sheets.empty")
    return tables


def _table(grid: Grid, header: _Header) -> Table:
    if grid.too_wide:
        raise AppError("sheets.wide", cell=grid.too_wide, most=MAX_ROWS)
    columns = _columns(grid, header)
    rows, problems = _rows(grid, header)
    unread = [title for column, title in sorted(header.titles.items()) if column not in header.fields]
    return Table(columns, rows, problems, grid.name, header.line, [shown(title) for title in unread])


def positional(grid: Grid, layout: Layout) -> Table:
    """Return the rows of a grid without a header."""
    fields = dict(enumerate(layout.positional))
    rows, problems = _rows(grid, _Header(0, fields, fields))
    if not rows:
        raise AppError("sheets.empty")
    return Table({name: Column(letter(column), "") for column, name in fields.items()}, rows, problems)


def has_header_word(grid: Grid, layout: Layout) -> bool:
    """Whether the first row names any column of the layout."""
    return bool(_fields(grid.rows[min(grid.rows)], layout))


def header_score(grid: Grid, layout: Layout) -> int:
    """How many columns of the layout a header in this grid names; 0 if there is none."""
    header = _header(grid, layout)
    return 0 if header is None else len(header.fields)


def _header(grid: Grid, layout: Layout) -> _Header | None:
    for line in sorted(grid.rows)[:_LOOKED_AT]:
        cells = grid.rows[line]
        fields = _fields(cells, layout)
        names = set(fields.values())
        if names.issuperset(layout.required) and (not layout.one_of or names.intersection(layout.one_of)):
            titles = {column: cell.text or cell.value for column, cell in cells.items()}
            return _Header(line, fields, titles)
    return None


def _fields(cells: Mapping[int, Cell], layout: Layout) -> dict[int, str]:
    found = {}
    for column, cell in cells.items():
        if cell.kind is CellKind.TEXT and cell.text and len(cell.text) <= 100:
            for words in header_words(cell.text):
                name = next((name for name, known in layout.words.items() if words in known), None)
                if name is not None:
                    found[column] = name
                    break
    return found


def _no_header(grids: Sequence[Grid], layout: Layout) -> AppError:
    if not grids:
        return AppError("sheets.empty")
    first = grids[0].rows[min(grids[0].rows)]
    titles = [shown(cell.text or cell.value) for _, cell in sorted(first.items())]
    found = ", ".join(titles[:_SHOWN_TITLES]) + (" …" if len(titles) > _SHOWN_TITLES else "")
    return AppError(layout.no_header, found=found or "–")


def _columns(grid: Grid, header: _Header) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for column, name in sorted(header.fields.items()):
        here = Column(letter(column), shown(header.titles[column]))
        if name in columns:
            raise AppError(
                "sheets.column_twice",
                first=f"{columns[name].letter} {columns[name].title}",
                second=f"{here.letter} {here.title}",
            )
        if column in grid.hidden_columns:
            raise AppError("sheets.column_hidden", column=here.letter, title=here.title)
        columns[name] = here
    return columns


def _rows(grid: Grid, header: _Header) -> tuple[list[Row], list[RowProblem]]:
    rows: list[Row] = []
    problems: list[RowProblem] = []
    merged = _merged_lines(grid, header)
    for line in sorted(grid.rows):
        cells = grid.rows[line]
        if line <= header.line:
            continue
        if len(rows) >= MAX_ROWS:
            raise AppError("sheets.too_many_rows", most=MAX_ROWS)
        rows.append(
            Row(line, {header.fields[column]: cell for column, cell in cells.items() if column in header.fields})
        )
        problem = _problem(line, cells, grid, header, merged)
        if problem is not None:
            problems.append(problem)
    return rows, problems


def _problem(
    line: int, cells: Mapping[int, Cell], grid: Grid, header: _Header, merged: Mapping[int, int]
) -> RowProblem | None:
    if line in grid.hidden_rows:
        return RowProblem(line, "sheets.row_hidden", {})
    if line in merged:
        return RowProblem(line, "sheets.row_merged", {}, letter(merged[line]))
    for column, cell in sorted(cells.items()):
        if column not in header.titles:
            values: dict[str, Any] = {"value": shown(cell.text or cell.value)}
            return RowProblem(line, "sheets.cell_without_header", values, letter(column))
    return None


def _merged_lines(grid: Grid, header: _Header) -> dict[int, int]:
    """Return, by row, a column of the list that is merged with other cells there."""
    found: dict[int, int] = {}
    for first, left, last, right in grid.merged:
        touched = next((column for column in sorted(header.fields) if left <= column <= right), None)
        if touched is None:
            continue
        for line in range(max(first, header.line + 1), min(last, first + MAX_ROWS) + 1):
            found.setdefault(line, touched)
    return found
