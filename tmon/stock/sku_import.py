"""Parsing of SKU lists: column headers, and problems of rows. A list with any problem is not imported."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tmon.errors import AppError

MAX_ROWS = 10_000
MAX_CODE = 50
MAX_NAME = 100
MAX_UNITS = 9_999_999

_HEADERS = {
    "code": {
        "sku",
        "sku코드",
        "skucode",
        "code",
        "코드",
        "상품코드",
        "옵션코드",
        "판매자옵션코드",
        "vendordealoptionno",
    },
    "name": {"name", "상품명", "이름", "sku명", "skuname"},
    "stock": {"stock", "quantity", "qty", "재고", "재고수량", "수량"},
    "safety": {"safety", "safetystock", "안전재고"},
    "low_at": {"low", "lowstock", "부족알림", "재고부족알림", "부족알림수량", "알림수량"},
    "selling": {"selling", "salestatus", "salesstatus", "판매상태"},
}
SELLING = {"판매중": True, "판매중지": False, "onsale": True, "stopped": False}
"""Accepted values of the sale status, without whitespace."""
_NUMBERS = {"stock": "stock.row_stock", "safety": "stock.row_safety", "low_at": "stock.row_low_at"}
"""Columns with a whole number, and the text key of the error for another value."""
COLUMNS = ("code", "stock", "safety", "low_at", "name", "selling")
"""Columns of a list without a header."""


@dataclass(frozen=True)
class SkuRow:
    """One valid row; None leaves the stored value unchanged."""

    line: int
    code: str
    stock: int | None = None
    safety: int | None = None
    low_at: int | None = None
    selling: bool | None = None
    name: str = ""


@dataclass(frozen=True)
class RowProblem:
    """A problem of a row: `key` is the text key, `values` fill its placeholders."""

    line: int
    key: str
    values: dict[str, Any]


Cell = str | float | int | bool | None


def read_rows(cells: Iterable[Sequence[Cell]]) -> tuple[list[SkuRow], list[RowProblem]]:
    """Return the rows of a table, and its problems, in order.

    Empty rows are skipped. Raises AppError if there are no rows, too many, or the header has no code column.
    """
    columns: list[str | None] | None = None
    rows: list[SkuRow] = []
    problems: list[RowProblem] = []
    lines: dict[str, int] = {}
    for line, row in enumerate(cells, start=1):
        if not any(_text(cell) for cell in row):
            continue
        if columns is None:
            columns = _header(row)
            if columns is not None:
                if "code" not in columns:
                    raise AppError("stock.no_code_column")
                continue
            columns = list(COLUMNS)
        if len(rows) + len(problems) >= MAX_ROWS:
            raise AppError("stock.too_many_rows", most=MAX_ROWS)
        found = _row(line, dict(zip(columns, row, strict=False)))
        if isinstance(found, SkuRow) and found.code in lines:
            found = RowProblem(line, "stock.row_twice", {"code": found.code, "first": lines[found.code]})
        if isinstance(found, RowProblem):
            problems.append(found)
        else:
            lines[found.code] = line
            rows.append(found)
    if not rows and not problems:
        raise AppError("stock.no_rows")
    return rows, problems


def check_codes(rows: Sequence[SkuRow], known: set[str]) -> list[RowProblem]:
    """Return problems of rows whose code is known only with leading zeros, which Excel drops from numbers."""
    stripped: dict[str, set[str]] = {}
    for code in known:
        if code.startswith("0"):
            stripped.setdefault(code.lstrip("0"), set()).add(code)
    return [
        RowProblem(row.line, "stock.row_zeros", {"code": row.code, "meant": ", ".join(sorted(stripped[row.code]))})
        for row in rows
        if row.code not in known and row.code in stripped
    ]


def _header(row: Sequence[Cell]) -> list[str | None] | None:
    names = [re.sub(r"[\s_()\-]", "", _text(cell)).casefold() for cell in row]
    meanings = [next((field for field, words in _HEADERS.items() if name in words), None) for name in names]
    return meanings if any(meanings) else None


def _row(line: int, cells: dict[str | None, Cell]) -> SkuRow | RowProblem:
    code = _text(cells.get("code"))
    if not code:
        return RowProblem(line, "stock.row_no_code", {})
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", code):
        return RowProblem(line, "stock.row_scientific", {"code": code})
    if len(code) > MAX_CODE:
        return RowProblem(line, "stock.row_code_long", {"most": MAX_CODE})
    if not code.isprintable():
        return RowProblem(line, "stock.row_code_odd", {})
    name = _text(cells.get("name"))
    if len(name) > MAX_NAME:
        return RowProblem(line, "stock.row_name_long", {"code": code, "most": MAX_NAME})
    numbers: dict[str, int | None] = {}
    for field, wrong in _NUMBERS.items():
        text = _text(cells.get(field))
        if not text:
            numbers[field] = None
            continue
        plain = text.replace(",", "")
        if not re.fullmatch(r"\d{1,8}", plain, re.ASCII) or int(plain) > MAX_UNITS:
            return RowProblem(line, wrong, {"code": code, "value": _shown(text), "most": MAX_UNITS})
        numbers[field] = int(plain)
    status = _text(cells.get("selling"))
    selling = SELLING.get(re.sub(r"\s", "", status).casefold())
    if status and selling is None:
        return RowProblem(line, "stock.row_selling", {"code": code, "value": _shown(status)})
    return SkuRow(line, code, name=name, selling=selling, **numbers)


def _shown(text: str) -> str:
    return text if len(text) <= 20 else text[:19] + "…"


def _text(cell: Cell) -> str:
    """Return the text of a cell; integers without the `.0` that a workbook stores."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
