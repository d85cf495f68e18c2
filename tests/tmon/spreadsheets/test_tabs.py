"""Files with several lists: each is found by its columns, with its lines."""

import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from tmon.errors import AppError
from tmon.spreadsheets.cells import Cell, CellKind, Layout, moment_of
from tmon.spreadsheets.files import read_tabs
from tmon.spreadsheets.reader import SpreadsheetReader

GOODS = Layout(
    words={"no": frozenset({"번호"}), "name": frozenset({"이름"}), "text": frozenset({"설명"})},
    required=("no",),
    one_of=("name", "text"),
    no_header="bulk.no_header",
    longest=200_000,
    keep_lines=True,
)
SIZES = Layout(
    words={"no": frozenset({"번호"}), "size": frozenset({"크기"})}, required=("no", "size"), no_header="bulk.no_header"
)
BOTH = Layout(
    words={**GOODS.words, **SIZES.words},
    required=("no", "size"),
    one_of=("name", "text"),
    no_header="bulk.no_header",
    keep_lines=True,
)
LAYOUTS = {"goods": GOODS, "sizes": SIZES, "both": BOTH}
Rows = Sequence[Sequence[object]]


def book(tabs: Mapping[str, Rows], hidden: Sequence[str] = ()) -> bytes:
    made: Any = Workbook()
    made.remove(made.active)
    for name, rows in tabs.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if name in hidden:
            sheet.sheet_state = "hidden"
    saved = io.BytesIO()
    made.save(saved)
    return saved.getvalue()


def found(data: bytes, name: str = "a.xlsx") -> dict[str, list[list[str | None]]]:
    tables = read_tabs(name, data, LAYOUTS)
    return {key: [[cell.text for cell in row.cells.values()] for row in table.rows] for key, table in tables.items()}


HEAD, SIZE_HEAD = ["번호", "이름"], ["번호", "크기"]


def test_each_tab_is_the_list_whose_columns_it_has() -> None:
    data = book({"a": [SIZE_HEAD, ["1", "L"]], "b": [HEAD, ["1", "수건"]], "c": [["안내"], ["번호를 적습니다"]]})
    assert found(data) == {"sizes": [["1", "L"]], "goods": [["1", "수건"]]}


def test_a_tab_with_the_columns_of_both_is_neither_of_them() -> None:
    assert found(book({"a": [["번호", "이름", "크기"], ["1", "수건", "L"]]})) == {"both": [["1", "수건", "L"]]}
    assert found("번호;이름;크기\n1;수건;L\n".encode(), "a.csv") == {"both": [["1", "수건", "L"]]}
    assert found("번호,크기\n1,L\n".encode(), "a.csv") == {"sizes": [["1", "L"]]}


def test_a_hidden_tab_is_not_read_and_an_empty_one_is_no_fault() -> None:
    data = book({"a": [HEAD, ["1", "수건"]], "b": [HEAD, ["2", "비밀"]], "c": [SIZE_HEAD]}, hidden=["b"])
    assert found(data) == {"goods": [["1", "수건"]], "sizes": []}


@pytest.mark.parametrize(
    ("tabs", "key"),
    [
        ({"a": [HEAD, ["1", "수건"]], "b": [HEAD, ["2", "양말"]]}, "sheets.several_sheets"),
        ({"a": [HEAD], "b": [SIZE_HEAD]}, "sheets.empty"),
        ({"a": [["이름"], ["수건"]]}, "bulk.no_header"),
    ],
)
def test_what_is_no_list_or_two_of_a_kind_is_refused(tabs: dict[str, Rows], key: str) -> None:
    with pytest.raises(AppError) as caught:
        found(book(tabs))
    assert caught.value.key == key


def test_lines_are_kept_and_what_the_file_holds_to_the_letter() -> None:
    text = " 첫째\t줄 \n\u200b둘째 줄\n\n"
    (row,) = read_tabs("a.xlsx", book({"a": [["번호", "설명"], ["1", text]]}), {"goods": GOODS})["goods"].rows
    assert row.cells["text"] == Cell("첫째 줄 \n둘째 줄", value=text)
    (row,) = read_tabs("a.csv", '번호,설명\n1,"가\r\n나\r다"\n'.encode(), {"goods": GOODS})["goods"].rows
    assert row.cells["text"].value == "가\n나\n다"


def test_a_list_without_lines_has_blanks_for_them() -> None:
    (row,) = read_tabs("a.xlsx", book({"a": [SIZE_HEAD, ["1", "가\n나"]]}), {"sizes": SIZES})["sizes"].rows
    assert row.cells["size"] == Cell("가 나", value="가 나")


async def test_the_child_process_reads_several_lists_and_long_cells() -> None:
    text = "가\n" * 90_000  # longer than the usual limit of a field of CSV
    reader = SpreadsheetReader()
    tables = await reader.read_tabs("a.csv", f'번호,설명\n1,"{text}"\n2,끝\n'.encode(), LAYOUTS)
    first, second = tables["goods"].rows
    assert (first.cells["text"].value, second.cells["text"]) == (text, Cell("끝", value="끝"))
    data = book({"a": [HEAD, ["1", "수건"]], "b": [SIZE_HEAD, ["1", "L"]]})
    tables = await reader.read_tabs("a.xlsx", data, LAYOUTS)
    assert {key: table.sheet for key, table in tables.items()} == {"goods": "a", "sizes": "b"}


def test_every_hidden_row_is_told_however_many_there_are() -> None:
    made: Any = Workbook()
    made.active.append(SIZE_HEAD)
    for number in range(500):
        made.active.append([str(number), "L"])
        made.active.row_dimensions[number + 2].hidden = True
    saved = io.BytesIO()
    made.save(saved)
    assert len(read_tabs("a.xlsx", saved.getvalue(), {"sizes": SIZES})["sizes"].problems) == 500


async def test_a_long_text_that_stands_in_many_cells_is_refused() -> None:
    """The file is small, as it holds the text once."""
    data = book({"a": [["번호", "이름", "설명"], *([str(n), "가" * 30_000, "가" * 30_000] for n in range(1_000))]})
    with pytest.raises(AppError, match=r"sheets\.bomb"):
        await SpreadsheetReader().read_tabs("a.xlsx", data, LAYOUTS)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("46357", date(2026, 12, 1)),
        ("46357.375", datetime(2026, 12, 1, 9)),
        ("46357.99998842592", datetime(2026, 12, 1, 23, 59, 59)),
        ("46357.9999999999", datetime(2026, 12, 2)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2026-12-01T09:30:00", datetime(2026, 12, 1, 9, 30)),
        ("2026-13-01", None),
        ("0.5", None),
        ("1E+99", None),
    ],
)
def test_a_cell_with_a_date_is_a_day_or_a_moment(value: str, moment: object) -> None:
    assert moment_of(Cell(None, CellKind.DATE, value)) == moment
