"""An uploaded sheet of products: read cell by cell, with everything that is wrong with a cell at that cell. Pure functions."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tmon.errors import AppError
from tmon.listings.checks import MAX_DEALS, MAX_OPTIONS_PER_FILE, option_value
from tmon.listings.documents import Problem, SheetContent, SheetDeal, SheetOption
from tmon.listings.fields import NUMBER, OPTION_NUMBER, F, O, Tab, columns_of
from tmon.listings.identity import number_key, tidied
from tmon.listings.sheet.cells import OPTION_RULES, SEVERAL, Rules, SheetFacts, cell_text, kept_text, shown_text
from tmon.listings.sheet.layouts import BOTH, EXAMPLE, PROBLEM_TITLES, TITLES, column
from tmon.spreadsheets.cells import Cell, CellProblem, RowProblem, Table, code_of, shown

_LONGEST_NUMBER = 100
_SHORT = 200
"""Characters of a detail that are kept twice: as its value and as its cell."""


def read_sheet(tables: Mapping[str, Table], facts: SheetFacts) -> SheetContent:
    """Return the products of a sheet. `tables`: by the names of `LAYOUTS`. Raises AppError for what concerns the whole file."""
    filled = {name: table for name, table in tables.items() if table.rows}
    if BOTH in filled and len(filled) > 1:
        raise AppError("sheets.several_sheets", sheets=", ".join(f"'{shown(one.sheet)}'" for one in filled.values()))
    return _Reader(Rules(facts)).read(filled)


@dataclass
class _Line:
    """A row of one tab: its cells by the names of the tab's columns."""

    tab: Tab
    line: int
    cells: dict[str, Cell]
    problem: RowProblem | None = None
    deal: SheetDeal | None = None
    """The product of an option whose row is its product's, too."""


@dataclass
class _Seen:
    """Where each number stood first."""

    lines: dict[str, tuple[int, str]] = field(default_factory=dict)

    def twice(self, number: str, line: int) -> tuple[int, str] | None:
        """Return line and text of an equal number before; else note this one."""
        before = self.lines.setdefault(number_key(number), (line, number))
        return None if before[0] == line else before


class _Reader:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._content = SheetContent()
        self._deals: dict[str, SheetDeal] = {}
        """By `number_key`: those that options may belong to."""

    def read(self, tables: Mapping[str, Table]) -> SheetContent:
        content = self._content
        for name, table in tables.items():
            self._note_columns(name, table)
        if BOTH in tables:
            content.one_list = True
            self._read_both(list(self._lines(tables[BOTH], Tab.DEALS)))
        else:
            if Tab.DEALS in tables:
                self._read_deals(list(self._lines(tables[Tab.DEALS], Tab.DEALS)))
            if Tab.OPTIONS in tables:
                self._read_options(list(self._lines(tables[Tab.OPTIONS], Tab.OPTIONS)))
        if not content.deals:
            raise AppError("listing_sheet.nothing")
        if len(content.deals) > MAX_DEALS:
            raise AppError("listing_sheet.too_many", deals=MAX_DEALS, options=MAX_OPTIONS_PER_FILE)
        return content

    # --- rows ---

    def _note_columns(self, name: str, table: Table) -> None:
        for tab in Tab:
            own = {
                key: table.columns[column(tab, key)].letter for key in TITLES[tab] if column(tab, key) in table.columns
            }
            if name == BOTH and tab is Tab.OPTIONS:
                own = {NUMBER: table.columns[column(Tab.DEALS, NUMBER)].letter, **own}
            if own:
                self._content.columns[tab] = own
        self._content.unread += sum(title not in PROBLEM_TITLES for title in table.unread)

    def _lines(self, table: Table, tab: Tab) -> Iterator[_Line]:
        """Yield the rows that are filled in and no examples. Their cells are still called as in the table."""
        problems = {problem.line: problem for problem in table.problems}
        first = next(iter(table.columns))
        for row in table.rows:
            if not row.cells:
                continue
            if any(_begins_like_example(row.cells.get(name)) for name in (first, column(tab, NUMBER))):
                self._content.examples += 1
                continue
            yield _Line(tab, row.line, dict(row.cells), problems.get(row.line))

    def _read_deals(self, lines: Iterable[_Line]) -> None:
        seen = _Seen()
        for line in lines:
            self._add_deal(_of_tab(line, Tab.DEALS), seen)

    def _read_options(self, lines: list[_Line]) -> None:
        self._add_options([_of_tab(line, Tab.OPTIONS) for line in lines])

    def _read_both(self, lines: list[_Line]) -> None:
        """Read rows with the columns of both: the first row of a product says what it is."""
        seen = _Seen()
        first: dict[str, _Line] = {}
        options = []
        for line in lines:
            deal, option = _of_tab(line, Tab.DEALS), _of_tab(line, Tab.OPTIONS)
            number = deal.cells.get(NUMBER)
            key = "" if number is None else number_key(shown_text(number))
            if key in first and key in self._deals:
                option.deal = self._deals[key]
                self._check_repeated(deal, first[key], option.deal)
            else:
                first[key] = deal
                option.deal = self._add_deal(deal, seen)
            if option.cells:
                option.problem = None  # said of the product
                options.append(option)
        self._add_options(options)

    def _check_repeated(self, line: _Line, first: _Line, deal: SheetDeal) -> None:
        """Check a further row of a product: what it says of the product is nothing, or what the first row says."""
        if line.problem is not None:
            deal.problems.append(self._row_problem(line.tab, line.problem))
        typed = shown_text(line.cells[NUMBER])
        if tidied(typed) != deal.number:
            values = {"other": first.line, "value": deal.number}
            deal.problems.append(_problem(line, NUMBER, "listing_sheet.number_case", values))
        for name, cell in line.cells.items():
            before = first.cells.get(name)
            if name != NUMBER and (before is None or shown_text(cell) != shown_text(before)):
                deal.problems.append(_problem(line, name, "listing_sheet.row_differs", {"other": first.line}))

    # --- products ---

    def _add_deal(self, line: _Line, seen: _Seen) -> SheetDeal:
        deal = SheetDeal(tab=line.tab, line=line.line, number="", cells={})
        if line.problem is not None:
            deal.problems.append(self._row_problem(line.tab, line.problem))
        deal.number = self._number(line, NUMBER, "listing_sheet.number_missing", deal)
        for name in F:
            self._read_field(line, name, deal)
        deal.cells = {
            name: kept_text(cell)
            for name, cell in line.cells.items()
            if not (name == F.DETAIL and len(cell.value) > _SHORT and F.DETAIL in deal.values)
        }
        self._content.deals.append(deal)
        if not deal.number:
            return deal
        before = seen.twice(deal.number, line.line)
        if before is None:
            self._deals[number_key(deal.number)] = deal
            return deal
        first = self._deals[number_key(deal.number)]
        note = "listing_sheet.row_twice" if before[1] == deal.number else "listing_sheet.number_case"
        deal.problems.append(_problem(line, NUMBER, note, {"other": before[0], "value": before[1]}))
        _add_once(
            first,
            Problem(
                tab=first.tab,
                line=first.line,
                field=NUMBER,
                note=note,
                values={"other": line.line, "value": deal.number},
            ),
        )
        return deal

    def _read_field(self, line: _Line, name: F, deal: SheetDeal) -> None:
        if name in SEVERAL:
            self._read_several(line, name, deal)
            return
        cell = line.cells.get(name)
        if cell is None:
            return
        try:
            value = self._rules.value(name, cell_text(cell, name))
        except CellProblem as problem:
            deal.problems.append(_problem(line, name, problem.key, problem.values))
            return
        if value not in ("", ()):
            deal.values[name] = value

    def _read_several(self, line: _Line, name: F, deal: SheetDeal) -> None:
        columns = columns_of(name)
        texts, problems = self._texts(line, columns, lambda cell: cell_text(cell, name))
        values, wrong = SEVERAL[name](texts)
        problems |= {columns[number - 1]: problem for number, problem in wrong.items()}
        deal.problems += [_problem(line, key, one.key, one.values) for key, one in sorted(problems.items())]
        if values and not problems:
            deal.values[name] = values

    @staticmethod
    def _texts(
        line: _Line, columns: Iterable[str], read: Callable[[Cell], str]
    ) -> tuple[list[str | None], dict[str, CellProblem]]:
        """Return the texts of several cells: empty where there is none, None where something is wrong with it."""
        texts: list[str | None] = []
        problems = {}
        for name in columns:
            cell = line.cells.get(name)
            try:
                texts.append("" if cell is None else read(cell))
            except CellProblem as problem:
                problems[name] = problem
                texts.append(None)
        return texts, problems

    # --- options ---

    def _add_options(self, lines: list[_Line]) -> None:
        if len(lines) > MAX_OPTIONS_PER_FILE:
            raise AppError("listing_sheet.too_many", deals=MAX_DEALS, options=MAX_OPTIONS_PER_FILE)
        seen = _Seen()
        owners: dict[str, tuple[SheetDeal, SheetOption]] = {}
        for line in lines:
            deal = self._deal_of(line)
            if line.problem is not None:
                deal.problems.append(self._row_problem(line.tab, line.problem))
            number = self._number(line, OPTION_NUMBER, "listing_sheet.option_number_missing", deal)
            option = self._read_option(line, number, deal)
            if not number:
                deal.unnamed.append(option)
                continue
            twice = seen.twice(number, line.line)
            if twice is None:
                deal.options.append(option)
                owners[number_key(number)] = deal, option
                continue
            deal.unnamed.append(option)
            deal.problems.append(_problem(line, OPTION_NUMBER, "listing_sheet.option_twice", {"other": twice[0]}))
            other, first = owners[number_key(number)]
            values = {"other": line.line}
            _add_once(
                other,
                Problem(
                    tab=Tab.OPTIONS,
                    line=first.line,
                    field=OPTION_NUMBER,
                    note="listing_sheet.option_twice",
                    values=values,
                ),
            )

    def _deal_of(self, line: _Line) -> SheetDeal:
        """Return the product of an option's row; one without a row of its own begins here."""
        if line.deal is not None:
            return line.deal
        cell = line.cells.get(NUMBER)
        alone = SheetDeal(tab=Tab.OPTIONS, line=line.line, number="")
        alone.number = number = self._number(line, NUMBER, "listing_sheet.number_missing", alone)
        if number and (known := self._deals.get(number_key(number))) is not None:
            return known
        if cell is not None:
            alone.cells[NUMBER] = shown_text(cell)
        self._content.deals.append(alone)
        if number:
            self._deals[number_key(number)] = alone
        return alone

    def _read_option(self, line: _Line, number: str, deal: SheetDeal) -> SheetOption:
        option = SheetOption(line=line.line, number=number)
        option.cells = {name: kept_text(cell) for name, cell in line.cells.items()}
        columns = columns_of(O.SECTIONS)
        texts, problems = self._texts(line, columns, lambda cell: option_value(cell_text(cell, O.SECTIONS)))
        deal.problems += [_problem(line, name, one.key, one.values) for name, one in problems.items()]
        if not problems and any(texts):
            filled = max(place for place, text in enumerate(texts, 1) if text)
            option.sections = tuple(text or "" for text in texts[:filled])
        values: dict[str, Any] = {}
        for name, rule in OPTION_RULES.items():
            cell = line.cells.get(name)
            if cell is None:
                continue
            try:
                values[name] = rule(cell_text(cell, name))
            except CellProblem as problem:
                deal.problems.append(_problem(line, name, problem.key, problem.values))
        return option.model_copy(update=values)

    # --- cells ---

    @staticmethod
    def _number(line: _Line, name: str, missing: str, deal: SheetDeal) -> str:
        """Return the number in a cell; empty, with a problem of the product, if there is none."""
        cell = line.cells.get(name)
        try:
            number = tidied(code_of(cell))[:_LONGEST_NUMBER]
            if not number:
                raise CellProblem(missing)
        except CellProblem as problem:
            deal.problems.append(_problem(line, name, problem.key, problem.values))
            return ""
        return number

    def _row_problem(self, tab: Tab, problem: RowProblem) -> Problem:
        """Return what is wrong with a row as a whole, or with a cell in a column that is none of ours, named by its letter."""
        letters = self._content.columns.setdefault(tab, {})
        name = next((key for key, letter in letters.items() if letter == problem.column), problem.column)
        if problem.column:
            letters[name] = problem.column
        return Problem(tab=tab, line=problem.line, field=name, note=problem.key, values=dict(problem.values))


def _of_tab(line: _Line, tab: Tab) -> _Line:
    """Return a row with the cells of one tab, by the names of its columns."""
    start = column(tab, "")
    cells = {name.removeprefix(start): cell for name, cell in line.cells.items() if name.startswith(start)}
    return _Line(tab, line.line, cells, line.problem)


def _begins_like_example(cell: Cell | None) -> bool:
    return cell is not None and (cell.text or "").startswith(EXAMPLE)


def _problem(line: _Line, name: str, note: str, values: Mapping[str, Any]) -> Problem:
    return Problem(tab=line.tab, line=line.line, field=name, note=note, values=dict(values))


def _add_once(deal: SheetDeal, problem: Problem) -> None:
    """Add a problem, unless the same is said of that row already."""
    if not any((one.tab, one.line, one.note) == (problem.tab, problem.line, problem.note) for one in deal.problems):
        deal.problems.append(problem)
