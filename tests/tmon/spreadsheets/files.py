"""Files as sellers have them, and as nobody should: workbooks from rows or from bare XML."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]

from tmon.errors import AppError
from tmon.spreadsheets.cells import RowProblem
from tmon.spreadsheets.files import read_bytes
from tmon.stock.sku_import import LAYOUT, SkuRow, read_rows

_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>SKU코드</t></is></c><c r="B1" t="inlineStr"><is><t>재고</t></is></c></row>'


def workbook(rows: Sequence[Sequence[object]], change: Callable[[Any, Any], None] | None = None) -> bytes:
    """An XLSX with these cells; `change` gets the workbook and its sheet."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(book, sheet)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def raw(
    data: str,
    *,
    before: str = "",
    after: str = "",
    book: str = "",
    path: str = "xl/worksheets/sheet1.xml",
    parts: Mapping[str, str] | None = None,
) -> bytes:
    """An XLSX of which the sheet's XML is given: `data` stands in sheetData, `book` in the workbook."""
    entries = {
        "_rels/.rels": f'<Relationships><Relationship Id="r1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook {_NS} xmlns:r="{_REL}"><sheets><sheet name="재고" sheetId="1" r:id="r1"/></sheets>{book}</workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships><Relationship Id="r1" Type="{_REL}/worksheet" Target="/{path}"/></Relationships>',
        path: f"<worksheet {_NS}>{before}<sheetData>{data}</sheetData>{after}</worksheet>",
        **(parts or {}),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


def read(name: str, data: bytes) -> tuple[list[SkuRow], list[RowProblem]]:
    """The SKUs of a file, and what is wrong with it."""
    return read_rows(read_bytes(name, data, LAYOUT))


def outcome(name: str, data: bytes) -> object:
    """Codes and stock of a file; for a bad one line, column and reason of each problem; or why it is refused."""
    try:
        rows, problems = read(name, data)
    except AppError as error:
        return error.key
    if problems:
        return [(problem.line, problem.column, problem.key.partition(".")[2]) for problem in problems]
    return [(row.code, row.stock) for row in rows]
