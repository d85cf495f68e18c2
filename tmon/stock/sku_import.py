"""Parsing of SKU lists: column headers, and problems of rows. A list with any problem is not imported."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tmon.errors import AppError
from tmon.spreadsheets.cells import (
    Cell,
    CellProblem,
    Column,
    Layout,
    Row,
    RowProblem,
    Table,
    code_of,
    quantity_of,
    shown,
    text_of,
)
from tmon.spreadsheets.texts import text_cell

MAX_CODE = 50
MAX_NAME = 100
MAX_UNITS = 9_999_999

LAYOUT = Layout(
    words={
        "code": frozenset(
            {
                *(
                    "sku",
                    "sku코드",
                    "sku번호",
                    "skucode",
                    "skuno",
                    "skuid",
                    "code",
                    "코드",
                    "상품코드",
                    "품목코드",
                    "옵션코드",
                ),
                *(
                    "판매자옵션코드",
                    "판매자옵션번호",
                    "옵션관리코드",
                    "판매자관리코드",
                    "자체상품코드",
                    "vendordealoptionno",
                ),
            }
        ),
        "name": frozenset({"name", "상품명", "품명", "품목명", "이름", "sku명", "skuname"}),
        "stock": frozenset(
            {"stock", "quantity", "qty", "재고", "재고수량", "수량", "현재고", "현재재고", "재고량", "실재고"}
        ),
        "safety": frozenset({"safety", "safetystock", "안전재고", "안전재고수량"}),
        "low_at": frozenset({"low", "lowstock", "부족알림", "재고부족알림", "부족알림수량", "알림수량"}),
        "selling": frozenset({"selling", "salestatus", "salesstatus", "판매상태", "판매여부"}),
    },
    required=("code",),
    one_of=("stock", "safety", "low_at", "selling", "name"),
    no_header="stock.no_header",
    positional=("code", "stock", "safety", "low_at", "name", "selling"),
)
"""The columns of a list of SKUs."""
SELLING = {"판매중": True, "판매중지": False, "onsale": True, "stopped": False}
"""Accepted values of the sale status, without whitespace."""
_NUMBERS = {"stock": "stock.row_stock", "safety": "stock.row_safety", "low_at": "stock.row_low_at"}
"""Columns with a whole number, and the text key of the error for another value."""
_THREE_DIGITS = re.compile(r"[0-9]{3}")
_SUM = re.compile(
    r"(?:총?합계|총계|소계|누계|계|합|(?:grand|sub)?total|sum)(?:수량|재고|금액)?[0-9,]{0,12}(?:건|개|종|행|원)?"
    r"|총[0-9,]{1,12}(?:건|개|종|행|품목|sku)"
)
"""What stands where a code is expected in the row of a sum, without blanks and what is in brackets."""
_NOTE = re.compile(r"[※▶▷☞→←★☆•◆■]|\*\s|이하\s?여백|(?:이상|끝)[.\s]{0,3}$|\S{1,30}(?:\s\S{0,30}[가-힣]\S{0,30}){2}")
"""The beginning of a note, which has no values beside it: a sign, or a sentence."""


_EXAMPLE = "예시"
"""Beginning of codes in rows of the sample, which are skipped."""
_SAMPLE = "SKU코드,재고,안전재고,부족알림,상품명,판매상태\r\n예시-001,30,2,5,호텔수건 화이트,판매중\r\n예시-002,0,0,0,발매트,판매중지\r\n"


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

    def differs(self, stock: int, safety: int, low_at: int, name: str, *, selling: bool) -> bool:
        """Whether the row changes any of these values of its SKU."""
        pairs = ((self.stock, stock), (self.safety, safety), (self.low_at, low_at), (self.selling, selling))
        return any(given is not None and given != stored for given, stored in pairs) or self.name not in ("", name)


def read_rows(table: Table) -> tuple[list[SkuRow], list[RowProblem]]:
    """Return the rows of a list, and its problems, in order. Raises AppError if pasted rows have no header and are none."""
    rows: list[SkuRow] = []
    problems = {problem.line: problem for problem in table.problems}
    lines: dict[str, int] = {}
    for row in table.rows:
        if row.line in problems or not row.cells:
            continue
        if not table.header_line and not rows and _is_header(row):
            titles = [shown(cell.text or cell.value) for cell in row.cells.values()]
            raise AppError("stock.no_header", found=", ".join(titles))
        found = _row(row, table.columns, commas=table.commas, titled=table.header_line > 0)
        if isinstance(found, SkuRow) and found.code.startswith(_EXAMPLE):
            continue
        if isinstance(found, SkuRow) and found.code in lines:
            found = RowProblem(row.line, "stock.row_twice", {"code": found.code, "first": lines[found.code]})
        if isinstance(found, RowProblem):
            problems[row.line] = found
        else:
            lines[found.code] = row.line
            rows.append(found)
    return rows, [problems[line] for line in sorted(problems)]


def sample_file() -> bytes:
    """Return a list to fill in, as Excel opens it right: CSV in UTF-8 with a mark."""
    return _SAMPLE.encode("utf-8-sig")


def typed_row(values: Mapping[str, str]) -> SkuRow | RowProblem:
    """Return the row that was typed into a form, or what is wrong; the problem's column is the name of the field."""
    cells = {name: cell for name, value in values.items() if (cell := text_cell(value)) is not None}
    return _row(Row(1, cells), {name: Column(name, "") for name in values}, commas=False, titled=True)


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


def _is_header(row: Row) -> bool:
    """Whether the first of pasted rows is a header that we do not know: there is no digit in it, and a word for the stock."""
    texts = [cell.text or cell.value for cell in row.cells.values()]
    return "stock" in row.cells and not any(character.isdigit() for text in texts for character in text)


def _row(row: Row, columns: Mapping[str, Column], *, commas: bool, titled: bool) -> SkuRow | RowProblem:
    field = "code"
    try:
        code = code_of(row.cells.get("code"))
        _check_code(code)
        _check_note(code, row, titled=titled)
        field = "name"
        name = text_of(row.cells.get("name"))
        if len(name) > MAX_NAME:
            raise CellProblem("stock.row_name_long", {"code": code, "most": MAX_NAME})
        numbers: dict[str, int | None] = {}
        for field, wrong in _NUMBERS.items():
            numbers[field] = _number(row.cells.get(field), code, wrong)
        field = "stock"
        if commas and _THREE_DIGITS.fullmatch(name) and 0 < (numbers["stock"] or 0) < 1000:
            raise CellProblem("stock.row_split", {"code": code, "value": f"{numbers['stock']},{name}"})
        behind = text_of(row.cells.get("safety"))
        if commas and not titled and _THREE_DIGITS.fullmatch(behind) and 0 < (numbers["stock"] or 0) < 1000:
            raise CellProblem("stock.row_split", {"code": code, "value": f"{numbers['stock']},{behind}"})
        field = "selling"
        status = text_of(row.cells.get("selling"))
        selling = SELLING.get(re.sub(r"\s", "", status).casefold())
        if status and selling is None:
            raise CellProblem("stock.row_selling", {"code": code, "value": shown(status)})
    except CellProblem as problem:
        letter = columns[field].letter if field in columns else ""
        return RowProblem(row.line, problem.key, problem.values, letter)
    return SkuRow(row.line, code, name=name, selling=selling, **numbers)


def _check_note(code: str, row: Row, *, titled: bool) -> None:
    """Refuse what is only text: a note below the list, or a pasted line whose cells are not separated."""
    if not titled and re.search("[;|]", code):  # another separator than the one that was taken
        raise CellProblem("stock.row_alone", {"code": shown(code)})
    if row.cells.keys() != {"code"}:
        return
    if _NOTE.match(code):
        raise CellProblem("stock.row_note", {"code": shown(code)})
    if not titled:
        raise CellProblem("stock.row_alone", {"code": shown(code)})


def _check_code(code: str) -> None:
    if not code:
        raise CellProblem("stock.row_no_code")
    if _SUM.fullmatch(re.sub(r"\([^()]*\)|\[[^\[\]]*\]|[\s:：=]", "", code[:100]).casefold()):
        raise CellProblem("stock.row_sum", {"code": code})
    if len(code) > MAX_CODE:
        raise CellProblem("stock.row_code_long", {"most": MAX_CODE})
    if not code.isprintable():
        raise CellProblem("stock.row_code_odd")


def _number(cell: Cell | None, code: str, wrong: str) -> int | None:
    try:
        return quantity_of(cell, MAX_UNITS, wrong)
    except CellProblem as problem:
        raise CellProblem(
            problem.key, {**problem.values, "code": code} if problem.key == wrong else problem.values
        ) from None
