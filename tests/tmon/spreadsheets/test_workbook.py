"""XLSX as Excel and other programs write it: taken as the sheet shows it, or refused with its place."""

import datetime
import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook  # type: ignore[import-untyped]

from tests.tmon.spreadsheets.files import HEADER, outcome, raw, workbook
from tmon.spreadsheets.files import read_bytes
from tmon.stock.sku_import import LAYOUT

HEAD: list[object] = ["SKU코드", "재고"]


def cell(row: int, value: object, *, column: str = "B", form: str = "General") -> bytes:
    """A list of one row, A-1 with 5, in which one cell is this."""

    def change(book: Any, sheet: Any) -> None:
        sheet[f"{column}{row}"] = value
        sheet[f"{column}{row}"].number_format = form

    return workbook([HEAD, ["A-1", 5]], change)


@pytest.mark.parametrize(
    ("value", "form", "stock"),
    [
        (30, "General", 30),
        (30.0, "0.0", 30),
        (29.999999999999996, "General", 30),
        (1234, "#,##0", 1234),
        (1234, '#,##0"개"', 1234),
        (12, "000", 12),
        (0, '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-', 0),
        (1500, '_-* #,##0_-;\\-* #,##0_-;_-* "-"_-;_-@_-', 1500),
        (7, "[Red]0", 7),
        (7, "@", 7),
        ("30", "@", 30),
        ("1,000", "@", 1000),
        ("  30 \u00a0", "General", 30),
    ],
)
def test_a_stock_is_what_the_cell_shows(value: object, form: str, stock: int) -> None:
    assert outcome("sku.xlsx", cell(2, value, form=form)) == [("A-1", stock)]


@pytest.mark.parametrize(
    ("value", "form", "key"),
    [
        (0.5, "0%", "cell_format"),
        (1, "0%", "cell_format"),
        (5000, "#,##0,", "cell_format"),
        (29.6, "0", "cell_format"),
        (30, ";;;", "cell_format"),
        (30, "0.00E+00", "cell_format"),
        (30, '0"박스"', "row_stock"),
        (3.5, "General", "row_stock"),
        (-5, "General", "row_stock"),
        (-5, "#,##0;[Red]#,##0", "row_stock"),
        (10**9, "General", "row_stock"),
        (datetime.date(2026, 1, 2), "m/d", "cell_date"),
        (datetime.time(1, 30), "[h]:mm", "cell_date"),
        (True, "General", "cell_boolean"),
        ("=1+1", "General", "cell_formula"),
        ("#N/A", "General", "cell_error"),
        ("1,5", "General", "row_stock"),
    ],
)
def test_a_stock_that_is_not_taken(value: object, form: str, key: str) -> None:
    assert outcome("sku.xlsx", cell(2, value, form=form)) == [(2, "B", key)]


@pytest.mark.parametrize(
    ("value", "form", "code"),
    [
        ("00123", "@", "00123"),
        (123, "00000", "00123"),
        (123, '"A-"0000', "A-0123"),
        (12345678, "0000-0000", "1234-5678"),
        (8801234567890, "General", "8801234567890"),
        (12.5, "General", "12.5"),
        (77, "General", "77"),
        ("_x0041_-1", "General", "A-1"),
    ],
)
def test_a_code_is_what_the_cell_shows(value: object, form: str, code: str) -> None:
    assert outcome("sku.xlsx", cell(2, value, column="A", form=form)) == [(code, 5)]


@pytest.mark.parametrize(
    ("value", "form", "key"),
    [
        (1234, "#,##0", "cell_format"),
        (1234567890123456789, "General", "cell_format"),
        (8801234567890, "0.00E+00", "cell_format"),
        (datetime.datetime(2026, 3, 4), "mm-dd", "cell_date"),
        (False, "General", "cell_boolean"),
        ("#REF!", "General", "cell_error"),
        ("=B9", "General", "cell_formula"),
        ("'00123", "General", "cell_mark"),
        ("합계", "General", "row_sum"),
    ],
)
def test_a_code_that_is_not_taken(value: object, form: str, key: str) -> None:
    assert outcome("sku.xlsx", cell(2, value, column="A", form=form)) == [(2, "A", key)]


def test_formulas_count_by_their_results_unless_excel_has_yet_to_calculate_them() -> None:
    row = '<row r="2"><c r="A2" t="str"><f>"A"&amp;1</f><v>A1</v></c><c r="B2"><f>1+4</f><v>5</v></c></row>'
    assert outcome("sku.xlsx", raw(HEADER + row)) == [("A1", 5)]
    told = [(2, "A", "cell_formula")]
    assert outcome("sku.xlsx", raw(HEADER + row, book='<calcPr fullCalcOnLoad="1"/>')) == told
    assert outcome("sku.xlsx", raw(HEADER + row.replace("<v>A1</v>", ""))) == told
    assert outcome("sku.xlsx", raw(HEADER + row.replace("<v>A1</v>", "<v></v>").replace("<v>5</v>", "<v></v>"))) == [
        (2, "A", "row_no_code")
    ]


def test_cells_without_a_header_hidden_rows_and_merged_cells_are_named() -> None:
    rows: list[list[object]] = [HEAD, ["A-1", 1], ["A-2", 2, 3], ["A-3", 3], ["A-4", 4], [None, None]]

    def change(book: Any, sheet: Any) -> None:
        sheet.row_dimensions[4].hidden = True
        sheet.merge_cells("B5:B6")

    assert outcome("sku.xlsx", workbook(rows, change)) == [
        (3, "C", "cell_without_header"),
        (4, "", "row_hidden"),
        (5, "B", "row_merged"),
    ]


def test_a_hidden_column_of_the_list_is_not_read_in_secret() -> None:
    def change(book: Any, sheet: Any) -> None:
        sheet.column_dimensions["B"].hidden = True

    assert outcome("sku.xlsx", workbook([HEAD, ["A-1", 5]], change)) == "sheets.column_hidden"
    assert outcome("sku.xlsx", workbook([["SKU코드", "비고", "재고"], ["A-1", "x", 5]], change)) == [("A-1", 5)]


def test_the_sheet_with_the_list_is_found_and_named() -> None:
    def guide_first(book: Any, sheet: Any) -> None:
        book.create_sheet("쓰는 법", 0)["A1"] = "1. 열 이름을 적습니다."
        sheet.title = "재고 11월"

    found = read_bytes("sku.xlsx", workbook([["창고 재고"], [], HEAD, ["A-1", 5]], guide_first), LAYOUT)
    assert (found.sheet, found.header_line, [row.line for row in found.rows]) == ("재고 11월", 3, [4])
    assert [(column.letter, column.title) for column in found.columns.values()] == [("A", "SKU코드"), ("B", "재고")]


@pytest.mark.parametrize(
    ("state", "told"), [("visible", "sheets.several_sheets"), ("hidden", [("A-1", 5)]), ("veryHidden", [("A-1", 5)])]
)
def test_two_lists_are_refused_unless_one_is_hidden(state: str, told: object) -> None:
    def second(book: Any, sheet: Any) -> None:
        other = book.create_sheet("지난달")
        other.append(HEAD)
        other.append(["A-1", 99])
        other.sheet_state = state

    assert outcome("sku.xlsx", workbook([HEAD, ["A-1", 5]], second)) == told


@pytest.mark.parametrize(
    ("position", "told"),
    [
        ("XFD1048576", "sheets.wide"),
        ("xfd1048576", "sheets.wide"),
        (" XFD 1048576 ", "sheets.wide"),
        ("$XFD$1048576", "sheets.wide"),
        ("B2", [("A-1", 5)]),
        (" b2 ", [("A-1", 5)]),
        ("", [("A-1", 5)]),
        ("?", "sheets.broken"),
        ("A2", "sheets.broken"),
    ],
)
def test_positions_of_cells_in_any_spelling(position: str, told: object) -> None:
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>A-1</t></is></c><c r="{position}"><v>5</v></c></row>'
    assert outcome("sku.xlsx", raw(HEADER + row)) == told


def test_a_sheet_in_another_folder_and_a_part_named_otherwise() -> None:
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>A-1</t></is></c><c r="XFD1048576"><v>5</v></c></row>'
    assert outcome("sku.xlsx", raw(HEADER + row, path="elsewhere/Data.xml")) == "sheets.wide"
    good = row.replace("XFD1048576", "B2")
    assert outcome("sku.xlsx", raw(HEADER + good, path="elsewhere/Data.xml")) == [("A-1", 5)]


def test_a_first_row_of_16384_cells() -> None:
    wide = "".join('<c t="inlineStr"><is><t>x</t></is></c>' for _ in range(16_384))
    assert outcome("sku.xlsx", raw(f'<row r="1">{wide}</row>')) == "sheets.wide"


def test_a_million_empty_rows_are_passed_over() -> None:
    row = '<row r="2"><c r="A2" t="inlineStr"><is><t>A-1</t></is></c><c r="B2"><v>5</v></c></row>'
    empty = "".join(f'<row r="{n}"><c r="A{n}" s="0"/></row>' for n in range(3, 100_000))
    assert outcome("sku.xlsx", raw(HEADER + row + empty)) == [("A-1", 5)]


def bomb() -> bytes:
    """Two hundred kilobytes that become two hundred megabytes."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(200):
            sheet.write(b"0" * 1024 * 1024)
    return packed.getvalue()


def lying() -> bytes:
    """A workbook whose directory names a size that is not true."""
    data = bytearray(workbook([HEAD, ["A-1", 1]]))
    entry = data.rindex(b"xl/worksheets/sheet1.xml") - 46
    data[entry + 24 : entry + 28] = (1).to_bytes(4, "little")
    return bytes(data)


def zipped(*names: str) -> bytes:
    """An archive with these entries."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


def old_office(stream: str) -> bytes:
    """A file of the old office format with a stream of this name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream.encode("utf-16-le")


@pytest.mark.parametrize(
    ("name", "data", "key"),
    [
        ("sku.xlsx", bomb(), "sheets.bomb"),
        ("sku.xlsx", lying(), "sheets.broken"),
        ("sku.xlsx", zipped(*(f"{n}" for n in range(1001))), "sheets.bomb"),
        ("sku.xlsx", b"PK\x03\x04 and nothing else", "sheets.broken"),
        ("sku.xlsx", workbook([HEAD, ["A-1", 1]])[:-100], "sheets.broken"),
        ("sku.xlsx", zipped("xl/workbook.bin"), "sheets.xlsb"),
        ("sku.xlsb", zipped("xl/workbook.bin"), "sheets.xlsb"),
        ("sku.numbers", zipped("Index/Document.iwa"), "sheets.numbers"),
        ("sku.docx", zipped("word/document.xml"), "sheets.kind"),
        ("sku.zip", zipped("sku.csv"), "sheets.kind"),
        ("sku.xls", old_office("Workbook"), "sheets.xls"),
        ("sku.xlsx", old_office("Workbook"), "sheets.xls"),
        ("sku.xlsx", old_office("EncryptedPackage"), "sheets.password"),
        ("sku.pdf", b"%PDF-1.7", "sheets.kind"),
        ("sku.csv", b"%PDF-1.7", "sheets.kind"),
        ("sku.xlsx", raw('<!DOCTYPE x [<!ENTITY a "b">]>'), "sheets.broken"),
        ("sku.xlsx", raw("", before="<sheetData>"), "sheets.broken"),
        ("sku.xlsx", workbook([]), "sheets.empty"),
    ],
)
def test_files_that_are_refused(name: str, data: bytes, key: str) -> None:
    assert outcome(name, data) == key


def test_a_workbook_with_macros_is_read_like_any_other() -> None:
    assert outcome("sku.xlsm", workbook([HEAD, ["A-1", 5]])) == [("A-1", 5)]


def test_the_year_1904_changes_no_number() -> None:
    def change(book: Any, sheet: Any) -> None:
        book.epoch = datetime.datetime(1904, 1, 1)

    assert outcome("sku.xlsx", workbook([HEAD, ["A-1", 5]], change)) == [("A-1", 5)]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        *(("5", [("A-1", 5)]), ("5.0", [("A-1", 5)]), ("1E+3", [("A-1", 1000)]), ("1_000", [(2, "B", "cell_error")])),
        *(("nan", [(2, "B", "cell_error")]), ("1e999", [(2, "B", "cell_error")]), ("５", [(2, "B", "cell_error")])),
    ],
)
def test_numbers_as_they_stand_in_the_file(number: str, told: object) -> None:
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>A-1</t></is></c><c r="B2"><v>{number}</v></c></row>'
    assert outcome("sku.xlsx", raw(HEADER + row)) == told


@pytest.mark.parametrize("index", ["-1", "0", "x"])
def test_a_shared_text_that_is_not_there(index: str) -> None:
    row = f'<row r="2"><c r="A2" t="s"><v>{index}</v></c><c r="B2"><v>5</v></c></row>'
    assert outcome("sku.xlsx", raw(HEADER + row)) == "sheets.broken"


def test_shared_texts_with_several_formats_and_readings() -> None:
    book = Workbook()
    assert book.active is not None
    shared = "<sst><si><r><t>A-</t></r><r><t>1</t></r><rPh><t>에이</t></rPh></si></sst>"
    row = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2"><v>5</v></c></row>'
    relations = (
        '<Relationships><Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
        '<Relationship Id="r2" Type="x/sharedStrings" Target="texts.xml"/></Relationships>'
    )
    data = raw(HEADER + row, parts={"xl/texts.xml": shared, "xl/_rels/workbook.xml.rels": relations})
    assert outcome("sku.xlsx", data) == [("A-1", 5)]
