"""Rows of an uploaded list of waybills (송장 파일): read, and checked cell by cell. Pure functions."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import BaseModel
from pydantic import Field as Part

from tmon.api import Parcel
from tmon.codes.tables import OWN, OWN_DELIVERY, find_carrier
from tmon.errors import AppError
from tmon.spreadsheets.cells import Cell, CellProblem, Layout, Row, RowProblem, Table, code_of, day_of, shown, text_of
from tmon.waybills.results import Result
from tmon.waybills.sheet import TITLES

MAX_ROWS = 2000
"""Filled rows of one list."""
MAX_NUMBER = 40
_LATEST = 366
"""Days that an own delivery may lie ahead: a year off is a slip."""

FIELDS = ("order_no", "delivery_no", "deal_no", "title", "options", "quantity", "carrier", "number", "scheduled_on")
"""Fields of a row, by the columns of the form."""
LAYOUT = Layout(
    words={
        "order_no": frozenset({"주문번호", "orderno", "ordernumber", "tmonorderno"}),
        "delivery_no": frozenset({"배송번호", "deliveryno", "deliverynumber"}),
        "deal_no": frozenset({"딜번호", "dealno", "dealnumber", "tmondealno"}),
        "carrier": frozenset({"택배사", "택배사명", "택배사코드", "배송업체", "carrier", "deliverycorp"}),
        "number": frozenset({"송장번호", "운송장번호", "운송장", "송장", "waybill", "trackingnumber", "invoiceno"}),
        "scheduled_on": frozenset({"배송예정일", "배송예정일자", "scheduledon", "deliveryscheduleddate"}),
    },
    required=("order_no", "delivery_no", "deal_no", "carrier"),
    one_of=("number", "scheduled_on"),
    no_header="bulk.no_header",
)
"""The columns that are read. What stands in others is neither looked at nor kept."""
_FILLED = ("carrier", "number", "scheduled_on")
_DIGITS = re.compile(r"[0-9]{1,19}")
_WAYBILL = re.compile(r"[0-9-]+")
_BLANKS = re.compile(r"\s")
_MOST = 2**63


class RowKind(StrEnum):
    """What becomes of a row. Stored; only added to."""

    READY = "ready"
    """등록할 행"""
    ALREADY = "already"
    """이미 등록됨"""
    HELD = "held"
    """취소 요청으로 제외"""
    WRONG = "wrong"
    """오류"""


class UploadRow(BaseModel):
    """A filled row of a list: what was read, what is wrong with it, and in the end what became of it."""

    line: int
    """Number of the row in the sheet."""
    kind: RowKind = RowKind.READY
    cells: dict[str, str] = Part(default_factory=dict, repr=False)
    """What the columns of the form show, by field."""
    field: str = ""
    """The cell in which something is wrong; empty: the row as a whole."""
    column: str = ""
    """Letter of the column, where that is none of ours."""
    note: str = ""
    """Text key of what is wrong."""
    values: dict[str, Any] = Part(default_factory=dict, repr=False)
    detail: str | None = Part(default=None, repr=False)
    """TMON's own sentence."""
    store_id: str = ""
    order_no: int = 0
    delivery_no: str = ""
    deal_no: int = 0
    carrier: str = ""
    """As it stands in the cell; once the row is checked, the code."""
    number: str | None = None
    more_numbers: tuple[str, ...] = ()
    """Of one that was typed into a form: a row of a list has one number."""
    scheduled_on: date | None = None
    result: Result | None = None
    """None: it was not sent."""

    @property
    def place(self) -> tuple[str, int, str, int]:
        """What is to be shipped: store, order, delivery, deal."""
        return self.store_id, self.order_no, self.delivery_no, self.deal_no

    @property
    def parcel(self) -> Parcel:
        """The parcel of a checked row."""
        if self.carrier == OWN_DELIVERY:
            return Parcel(carrier=self.carrier, scheduled_on=self.scheduled_on)
        return Parcel(carrier=self.carrier, number=self.number, more_numbers=self.more_numbers)

    def refused(self, kind: RowKind, note: str, field: str = "", **values: Any) -> "UploadRow":
        """Return the row with what is wrong with it; `field`: the cell in which, if it is one."""
        return self.model_copy(update={"kind": kind, "note": note, "values": values, "field": field})


class UploadContent(BaseModel):
    """An uploaded list of waybills."""

    rows: list[UploadRow] = Part(default_factory=list)
    blank: int = 0
    """Rows of the form in which nothing was filled in."""
    unread: int = 0
    """Columns that were not read, beside those of the form."""
    columns: dict[str, str] = Part(default_factory=dict)
    """Letters of those that were, by field."""

    def letter(self, row: UploadRow) -> str:
        """Return the letter of the column in which something is wrong with a row; empty: the row as a whole."""
        return self.columns.get(row.field, row.column)

    def count(self, kind: RowKind) -> int:
        """How many rows are of a kind."""
        return sum(row.kind is kind for row in self.rows)

    def results(self, result: Result) -> int:
        """How many rows ended so."""
        return sum(row.result is result for row in self.rows)

    @property
    def problems(self) -> list[UploadRow]:
        """Rows of which a person should know more: those that are not to be sent, and those that did not succeed."""
        return [row for row in self.rows if row.note and row.result is not Result.SUCCESS]


def read_rows(table: Table, today: date) -> UploadContent:
    """Return the filled rows of a list, each read, or with what is wrong with it. Raises AppError if there are too many."""
    problems = {problem.line: problem for problem in table.problems}
    letters = {name: column.letter for name, column in table.columns.items()}
    content = UploadContent(unread=sum(title not in TITLES for title in table.unread), columns=letters)
    for row in table.rows:
        if not any(name in row.cells for name in _FILLED):
            content.blank += 1
            continue
        read = UploadRow(line=row.line, cells=_shown(row))
        problem = problems.get(row.line)
        content.rows.append(_refused(read, problem) if problem is not None else _read(read, row, today))
        if len(content.rows) > MAX_ROWS:
            raise AppError("bulk.too_many", most=MAX_ROWS)
    return content


def refuse_twice(rows: list[UploadRow]) -> None:
    """Let each delivery and deal be sent by one row: equal rows by the first, and none where they differ."""
    places: dict[tuple[str, int, str, int], list[int]] = {}
    for index, row in enumerate(rows):
        if row.kind is RowKind.READY:
            places.setdefault(row.place, []).append(index)
    for same in places.values():
        first = rows[same[0]]
        differ = any(rows[index].parcel != first.parcel for index in same)
        for index in same if differ else same[1:]:
            other = next(rows[one].line for one in same if one != index)
            note = "bulk.row_conflict" if differ else "bulk.row_twice"
            rows[index] = rows[index].refused(RowKind.WRONG, note, other=other)


def problem_cells(row: UploadRow) -> list[str]:
    """Return the cells of a row in the order of the form, as they were."""
    return [row.cells.get(name, "") for name in FIELDS]


def _read(row: UploadRow, found: Row, today: date) -> UploadRow:
    field = "order_no"
    try:
        values: dict[str, Any] = {
            "order_no": _number(found.cells.get("order_no"), "bulk.row_order", "bulk.row_order_missing")
        }
        field = "delivery_no"
        values["delivery_no"] = code_of(found.cells.get("delivery_no"))
        if not values["delivery_no"]:
            raise CellProblem("bulk.row_no_delivery_no")
        field = "deal_no"
        values["deal_no"] = _number(found.cells.get("deal_no"), "bulk.row_deal", "bulk.row_deal_missing")
        field = "carrier"
        values["carrier"] = text_of(found.cells.get("carrier"))
        if not values["carrier"]:
            raise CellProblem("bulk.row_no_carrier")
        field = "number"
        values["number"] = _waybill(found.cells.get("number"))
        field = "scheduled_on"
        if find_carrier((OWN,), values["carrier"]) == OWN_DELIVERY:  # a carrier needs no day, whatever stands there
            values["scheduled_on"] = _day(found.cells.get("scheduled_on"), today)
    except CellProblem as problem:
        return row.refused(RowKind.WRONG, problem.key, field, **problem.values)
    return row.model_copy(update=values)


def check_parcel(row: UploadRow) -> UploadRow:
    """Return a row whose carrier is known with what is missing for it: a number, or the day of an own delivery."""
    if row.carrier != OWN_DELIVERY:
        return row if row.number else row.refused(RowKind.WRONG, "bulk.row_no_number", "number")
    if row.number:
        return row.refused(RowKind.WRONG, "bulk.row_own_number", "number")
    return row if row.scheduled_on else row.refused(RowKind.WRONG, "bulk.row_no_day", "scheduled_on")


def _number(cell: Cell | None, wrong: str, missing: str) -> int:
    text = code_of(cell)
    if not text:
        raise CellProblem(missing)
    if not _DIGITS.fullmatch(text) or int(text) >= _MOST:
        raise CellProblem(wrong, {"value": shown(text)})
    return int(text)


def _waybill(cell: Cell | None) -> str | None:
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", code_of(cell)))
    if not text:
        return None
    if len(text) > MAX_NUMBER:
        raise CellProblem("bulk.row_number_long", {"most": MAX_NUMBER})
    if not _WAYBILL.fullmatch(text) or not text.strip("-"):
        raise CellProblem("bulk.row_number", {"value": shown(text)})
    return text


def _day(cell: Cell | None, today: date) -> date | None:
    day = day_of(cell, "bulk.row_day")
    if day is not None and not 0 <= (day - today).days <= _LATEST:
        raise CellProblem("bulk.row_day_past" if day < today else "bulk.row_day_far", {"day": day.isoformat()})
    return day


def _shown(row: Row) -> dict[str, str]:
    """Return what the cells show, by field: for the file with the problems."""
    return {name: (cell.text or cell.value)[:200] for name, cell in row.cells.items()}


def _refused(row: UploadRow, problem: RowProblem) -> UploadRow:
    values: Mapping[str, Any] = problem.values
    return row.model_copy(
        update={"kind": RowKind.WRONG, "note": problem.key, "values": dict(values), "column": problem.column}
    )
