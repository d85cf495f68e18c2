"""문제 행: the rows of a sheet that were not sent or were refused, as a file that can be corrected and uploaded again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from tmon.listings.documents import Judged, Kind, Problem, SheetContent, SheetOption
from tmon.listings.fields import KEPT_DETAIL, NUMBER, OPTION_NUMBER, F, Tab
from tmon.listings.identity import number_key
from tmon.listings.sheet.layouts import PROBLEM_TITLES, TAB_NAMES, TITLES
from tmon.models.listings import CELL_LENGTH
from tmon.spreadsheets.writing import SheetColumn, TextSheet, workbook_of

_WIDTHS = (8, 12, 60)


@dataclass(frozen=True)
class ProblemWords:
    """The words of the file, in the person's language."""

    wrong: str
    """오류"""
    failed: str
    """실패"""
    elsewhere: str
    """What a row says that has no reason of its own."""
    sentence: Callable[[Problem], str]
    """The sentence of what is wrong with a cell, with the cell."""


def problem_file(content: SheetContent, failed: Mapping[str, str], words: ProblemWords) -> bytes:
    """Return the products with problems as their rows were, each row with what is wrong with it. Call it in a thread.

    `failed`: why products were refused when they were sent, by `number_key`.
    """
    shown = [one for one in content.judged if one.kind is Kind.WRONG or number_key(one.deal.number) in failed]
    sheets = [
        TextSheet(
            TAB_NAMES[tab],
            [
                *(SheetColumn(title) for title in TITLES[tab].values()),
                *(SheetColumn(title, width) for title, width in zip(PROBLEM_TITLES, _WIDTHS, strict=True)),
            ],
            [row for one in shown for row in _rows(tab, one, failed, words)],
        )
        for tab in Tab
    ]
    return workbook_of(sheets)


def _rows(tab: Tab, one: Judged, failed: Mapping[str, str], words: ProblemWords) -> Iterator[list[str]]:
    deal, is_wrong = one.deal, one.kind is Kind.WRONG
    options = sorted([*deal.options, *deal.unnamed], key=lambda option: option.line)
    lines = {(deal.tab, deal.line), *((Tab.OPTIONS, option.line) for option in options)}
    reasons: dict[tuple[Tab, int], list[str]] = {}
    for problem in deal.problems if is_wrong else ():
        place = (problem.tab, problem.line)
        reasons.setdefault(place if place in lines else (deal.tab, deal.line), []).append(words.sentence(problem))
    if not is_wrong:
        reasons[deal.tab, deal.line] = [failed[number_key(deal.number)]]
    outcome = words.wrong if is_wrong else words.failed
    if tab is deal.tab and (tab is Tab.DEALS or not options):
        yield _row(tab, _deal_cells(one), deal.line, outcome, reasons.get((tab, deal.line), [words.elsewhere]))
    for option in options if tab is Tab.OPTIONS else ():
        why = reasons.get((tab, option.line), [words.elsewhere])
        yield _row(tab, _option_cells(one, option), option.line, outcome, why)


def _row(tab: Tab, cells: Mapping[str, str], line: int, outcome: str, reasons: Iterable[str]) -> list[str]:
    why = "\n".join(dict.fromkeys(reasons))
    return [*(cells.get(name, "") for name in TITLES[tab]), str(line), outcome, why]


def _deal_cells(one: Judged) -> dict[str, str]:
    cells = dict(one.deal.cells)
    if F.DETAIL not in cells and isinstance(detail := one.deal.values.get(F.DETAIL), str):
        cells[F.DETAIL] = detail
    if len(cells.get(F.DETAIL, "")) > CELL_LENGTH:  # a cell would keep the first part, which must not be sent
        cells[F.DETAIL] = KEPT_DETAIL
    return {NUMBER: one.deal.number, **cells}


def _option_cells(one: Judged, option: SheetOption) -> dict[str, str]:
    return {OPTION_NUMBER: option.number, **option.cells, NUMBER: option.cells.get(NUMBER, one.deal.number)}
