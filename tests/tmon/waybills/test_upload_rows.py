"""Cells of an uploaded list of waybills: days."""

from datetime import date

import pytest

from tmon.spreadsheets.cells import Cell, CellKind, CellProblem, day_of


@pytest.mark.parametrize(
    "cell",
    [
        Cell("2026-11-27", value="2026-11-27"),
        Cell("2026.11.27.", value="2026.11.27."),
        Cell("2026/11/27", value="2026/11/27"),
        Cell("2026년 11월 27일", value="2026년 11월 27일"),
        Cell("20261127", CellKind.NUMBER, "20261127"),
        Cell(None, CellKind.DATE, "46353"),
        Cell(None, CellKind.DATE, "46353.75"),
        Cell(None, CellKind.DATE, "2026-11-27T00:00:00"),
    ],
)
def test_a_day_is_read_however_it_is_written(cell: Cell) -> None:
    assert day_of(cell, "wrong") == date(2026, 11, 27)


@pytest.mark.parametrize("text", ["11/27", "27-Nov", "2026-13-01", "2026-02-30", "46353", "내일", "26-11-27"])
def test_what_is_no_day_with_its_year_is_refused(text: str) -> None:
    with pytest.raises(CellProblem):
        day_of(Cell(text, value=text), "wrong")


def test_an_empty_cell_is_no_day() -> None:
    assert day_of(None, "wrong") is None
