"""CSV as Excel, other programs and people write it: taken as the sheet shows it, or refused with its place."""

import unicodedata

import pytest

from tests.tmon.spreadsheets.files import outcome, read
from tmon.errors import AppError
from tmon.spreadsheets.delimited import read_pasted
from tmon.stock.sku_import import LAYOUT, read_rows

KOREAN = "SKU코드,상품명,재고\r\n0012,호텔수건 화이트,30\r\nA-1,발매트,5\r\n"
READ = [("0012", 30), ("A-1", 5)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16", "utf-16-le", "utf-16-be", "euc-kr"])
def test_encodings(encoding: str) -> None:
    assert outcome("sku.csv", KOREAN.encode(encoding)) == READ


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff\ufeff" + KOREAN,
        "sep=,\r\n" + KOREAN,
        '"sep=;"\r\n' + KOREAN.replace(",", ";"),
        KOREAN.replace(",", "\t"),
        KOREAN.replace(",", ";"),
        KOREAN.replace(",", "|"),
        unicodedata.normalize("NFD", KOREAN),
        KOREAN.replace("SKU코드", "\u200bSKU\u00a0코드\u200e").replace("재고", "재고 (개)"),
        KOREAN.replace("SKU코드", "ＳＫＵ코드").replace("30", "３０"),
        KOREAN.replace("0012", "\u00a00012\u200b ").replace("A-1", "A\u00ad-1"),
        KOREAN.replace("0012", '="0012"').replace("A-1", '"=""A-1"""'),
        KOREAN.replace("30", "30개").replace(",5", ",5.0"),
        "재고 목록\r\n2026년 11월\r\n\r\n" + KOREAN,
        KOREAN.replace("\r\n", ",,,\r\n") + ",,,\r\n\r\n",
        KOREAN.replace("\r\n", "\r"),
        KOREAN.replace("호텔수건 화이트", '"호텔수건, 화이트\n5장"'),
    ],
)
def test_the_same_list_in_other_spellings(text: str) -> None:
    assert outcome("sku.csv", text.encode()) == READ


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("A-1,1,000", [(2, "C", "cell_without_header")]),
        ('A-1,"1,000"', [("A-1", 1000)]),
        ('A-1,"1,5"', [(2, "B", "row_stock")]),
        ('A-1,"1,00"', [(2, "B", "row_stock")]),
        ('A-1,"1,000.5"', [(2, "B", "row_stock")]),
        ("A-1,1.000", [(2, "B", "row_stock")]),
        ("A-1,000", [(2, "B", "row_stock")]),
        ("A-1,-5", [(2, "B", "row_stock")]),
        ("A-1,10.0", [("A-1", 10)]),
        ("A-1,1e3", [(2, "B", "row_stock")]),
        ("A-1,50%", [(2, "B", "row_stock")]),
        ("A-1,1/2", [(2, "B", "row_stock")]),
        ("A-1,품절", [(2, "B", "row_stock")]),
        ("A-1,#N/A", [(2, "B", "cell_error")]),
        ("#REF!,5", [(2, "A", "cell_error")]),
        ("A-1,########", [(2, "B", "cell_error")]),
        ("A-1,=SUM(B3:B9)", [(2, "B", "cell_formula")]),
        ("=A9,5", [(2, "A", "cell_formula")]),
        ("'00123,5", [(2, "A", "cell_mark")]),
        ("8.80123E+12,5", [(2, "A", "cell_scientific")]),
        ("8.80123e-12,5", [(2, "A", "cell_scientific")]),
        ("합계,5", [(2, "A", "row_sum")]),
        ("총 합계 :,5", [(2, "A", "row_sum")]),
        (",5", [(2, "A", "row_no_code")]),
        ("A-1,5\nA-1,6", [(3, "", "row_twice")]),
        ("A\x07-1,5", [(2, "A", "row_code_odd")]),
        (f"{'A' * 51},5", [(2, "A", "row_code_long")]),
        ("A-1,5\n총 합계 (2건),5", [(3, "A", "row_sum")]),
        ("A-1,5\n총 1건,", [(3, "A", "row_sum")]),
        ("A-1,5\n합계: 5개,5", [(3, "A", "row_sum")]),
        ("A-1,5\nSub Total,5", [(3, "A", "row_sum")]),
        ("A-1,5\n합계수건,5", [("A-1", 5), ("합계수건", 5)]),
        ("A-1,5\n※ 재고는 11/26 기준입니다,", [(3, "A", "row_note")]),
        ("A-1,5\n이하 여백", [(3, "A", "row_note")]),
        ("A-1,5\n- 끝 -", [("A-1", 5), ("- 끝 -", None)]),
        ("A-1,5\n문의는 김 대리에게 해 주세요", [(3, "A", "row_note")]),
        ("RED LARGE 2,\nA-1,5", [("RED LARGE 2", None), ("A-1", 5)]),
        ("03월 01일,5", [(2, "A", "cell_date")]),
        ("01-Mar,5", [(2, "A", "cell_date")]),
        ("Mar-26,5", [(2, "A", "cell_date")]),
        ("3-1,5\nMAR-A,6", [("3-1", 5), ("MAR-A", 6)]),
        ("A-1,5\r\n\x1a", [("A-1", 5)]),
        ("A-1,(5)", [(2, "B", "row_stock")]),
        ("A-1,△5", [(2, "B", "row_stock")]),
        ("A-1,5~10", [(2, "B", "row_stock")]),
        ("A-1,무제한", [(2, "B", "row_stock")]),
        ("A-1,-", [(2, "B", "row_stock")]),
        ("A-1,5(예약 2)", [(2, "B", "row_stock")]),
        ("A-1,½", [(2, "B", "row_stock")]),
        ('A-1,"5\n6"', [(2, "B", "row_stock")]),
        ('A"1,5', [('A"1', 5)]),
        ("“A”,“5”", [(2, "B", "row_stock")]),
        ("'A-1','5'", [(2, "A", "cell_mark")]),
        ("A-1,5\rB-1,6\nC-1,7", [("A-1", 5), ("B-1", 6), ("C-1", 7)]),
    ],
)
def test_rows_below_a_header(rows: str, told: object) -> None:
    assert outcome("sku.csv", f"SKU코드,재고\n{rows}\n".encode()) == told


def test_a_number_that_may_have_been_split_at_its_comma_is_not_guessed() -> None:
    assert outcome("sku.csv", "SKU코드,재고,상품명\nA-1,1,500\n".encode()) == [(2, "B", "row_split")]
    assert outcome("sku.csv", "SKU코드;재고;상품명\nA-1;1;500\n".encode()) == [("A-1", 1)]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "sheets.empty"),
        (b"\n" * 100, "sheets.empty"),
        ("SKU코드,재고\n".encode(), "sheets.empty"),
        (b"a,b\n1,2\n", "stock.no_header"),
        ("상품명,재고\n수건,5\n".encode(), "stock.no_header"),
        ("SKU코드\nA-1\n".encode(), "stock.no_header"),
        ("이 파일을 쓰는 법\n1. 열 이름을 적습니다.\n".encode(), "stock.no_header"),
        ("SKU코드,상품코드,재고\nA-1,B-1,5\n".encode(), "sheets.column_twice"),
        ("SKU코드,재고,현재고\nA-1,1,5\n".encode(), "sheets.column_twice"),
        (b"<!DOCTYPE html><html><body>Sign in to Slack</body></html>", "sheets.html"),
        (b"\n <html>\n<table><tr><td>SKU</td></tr></table>", "sheets.html"),
        (b'<?xml version="1.0"?><Workbook/>', "sheets.xml"),
        ('\ufeff<?xml version="1.0"?><Workbook/>'.encode(), "sheets.xml"),
        ('<?xml version="1.0"?><Workbook/>'.encode("utf-16"), "sheets.xml"),
        (b"SKU,\xff\xff\xfe\x81", "sheets.encoding"),
        (b"a,\0b", "sheets.broken"),
        (b'SKU,stock\nA-1,"5\nA-2,6\n', "sheets.quote"),
        (b'"' + b"x" * 200_000, "sheets.quote"),
        (b"SKU,stock\n" + b"".join(b"A%d,1\n" % n for n in range(10_001)), "sheets.too_many_rows"),
        (b"SKU,stock" + b",x" * 200 + b"\nA-1,1\n", "sheets.wide"),
    ],
)
def test_what_is_no_list(data: bytes, key: str) -> None:
    assert outcome("sku.csv", data) == key


def test_the_answer_names_the_columns_that_were_found() -> None:
    with pytest.raises(AppError) as refused:
        read("sku.csv", b"a,b\n1,2\n")
    assert refused.value.values == {"found": "a, b"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A-1,30", ["A-1"]),
        ("A-1\t1,000", ["A-1"]),
        ("A-1 30", ["row_alone"]),
        ("A-1: 30", ["row_alone"]),
        ("A-1 -> 30", ["row_alone"]),
        ("A-1\n30", ["row_alone", "row_alone"]),
        ("A-1;1,5", ["row_alone"]),
        ("안녕하세요 재고 좀 올려 주세요", ["row_note"]),
        ("SKU코드 재고\nA-1 30", ["row_alone", "row_alone"]),
        ("A-1,2,500", ["row_split"]),
        ("A-1,2,500,3", ["row_split"]),
        ("A-1\t2\t500", ["A-1"]),
        ("A-1,30,5", ["A-1"]),
    ],
)
def test_pasted_lines_without_a_header_are_taken_or_refused(text: str, told: list[str]) -> None:
    rows, problems = read_rows(read_pasted(text, LAYOUT))
    assert [row.code for row in rows] + [problem.key.removeprefix("stock.") for problem in problems] == told
