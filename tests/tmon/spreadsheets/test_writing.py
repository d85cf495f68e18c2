"""Workbooks for people: text stays text, choices are offered, and a password protects what it should."""

import io
import zipfile

import msoffcrypto
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msoffcrypto.exceptions import InvalidKeyError
from openpyxl import load_workbook  # type: ignore[import-untyped]

from tmon.spreadsheets.writing import SheetColumn, TextSheet, new_password, protected, workbook, workbook_of

COLUMNS = (
    SheetColumn("주문번호"),
    SheetColumn("택배사", choices=("CJ대한통운", "한진택배"), hint="목록에서 고릅니다."),
)


def opened(content: bytes, password: str) -> bytes:
    """What is within a protected file. Raises InvalidKeyError."""
    plain = io.BytesIO()
    file = msoffcrypto.OfficeFile(io.BytesIO(content))
    file.load_key(password=password, verify_password=True)
    file.decrypt(plain, verify_integrity=True)
    return plain.getvalue()


@pytest.mark.parametrize(
    "text", ["=1+1", "+82", "-3", "@SUM(A1)", "\t=1", "00123", "600100200300", "6.00E+11", "http://a.kr", "1"]
)
def test_whatever_a_cell_holds_is_text(text: str) -> None:
    sheet = load_workbook(io.BytesIO(workbook("주문", COLUMNS, [[text, ""]])))["주문"]
    assert (sheet["A2"].value, sheet["A2"].data_type, sheet["A2"].number_format) == (text, "s", "@")
    assert sheet["A2"].quotePrefix == text.startswith(("=", "+", "-", "@", "\t"))


@given(st.lists(st.text(max_size=200), min_size=1, max_size=3))
def test_any_text_makes_a_workbook_that_opens(texts: list[str]) -> None:
    assert load_workbook(io.BytesIO(workbook("주문", COLUMNS, [[text, text] for text in texts])))["주문"].max_row <= 4


def test_a_column_with_choices_offers_them() -> None:
    book = load_workbook(io.BytesIO(workbook("양식", COLUMNS, [["1", ""], ["2", ""]], choices_name="택배사 목록")))
    (rule,) = book["양식"].data_validations.dataValidation
    assert (str(rule.sqref), rule.type, rule.formula1) == ("B2:B3", "list", "'택배사 목록'!$A$1:$A$2")
    assert [cell.value for cell in book["택배사 목록"]["A"]] == ["CJ대한통운", "한진택배"]


def test_a_sheet_without_rows_has_its_header() -> None:
    sheet = load_workbook(io.BytesIO(workbook("양식", COLUMNS, [], choices_name="택배사 목록")))["양식"]
    assert [cell.value for cell in sheet[1]] == ["주문번호", "택배사"]


def test_a_protected_file_opens_with_its_password_only() -> None:
    plain, password = workbook("주문", COLUMNS, [["9100200301", "김연아"]]), new_password()
    file = protected(plain, password)
    assert not zipfile.is_zipfile(io.BytesIO(file))
    assert "김연아".encode() not in file
    assert "김연아".encode("utf-16-le") not in file
    assert opened(file, password) == plain
    with pytest.raises(InvalidKeyError):
        opened(file, password.upper())


def test_it_is_encrypted_with_aes_256() -> None:
    file = msoffcrypto.OfficeFile(io.BytesIO(protected(workbook("주문", COLUMNS, []), "x")))
    assert (file.type, file.info["passwordKeyBits"], file.info["passwordHashAlgorithm"]) == ("agile", 256, "SHA512")


def test_no_password_is_like_another_and_none_has_letters_that_look_alike() -> None:
    passwords = {new_password() for _ in range(200)}
    assert len(passwords) == 200
    assert not {"i", "l", "o", "0", "1"}.intersection("".join(passwords))


def test_a_workbook_to_be_filled_in_has_notes_numbers_and_a_hidden_list() -> None:
    columns = (
        SheetColumn("번호", note="필수. 등록한 뒤에는 바꿀 수 없습니다."),
        SheetColumn("색", choices=("검정", "흰색")),
        SheetColumn("수량", least=1, hint="숫자만 적습니다."),
    )
    sheets = [
        TextSheet("상품", columns, [["00012", "=1+1", 3]], room=100, filtered=False),
        TextSheet("안내", columns[:1]),
    ]
    book = load_workbook(io.BytesIO(workbook_of(sheets, choices_name="목록", hide_choices=True)))
    assert [(sheet.title, sheet.sheet_state) for sheet in book] == [
        ("상품", "visible"),
        ("안내", "visible"),
        ("목록", "hidden"),
    ]
    sheet = book["상품"]
    assert sheet["A1"].comment.text.startswith("필수")
    assert [(cell.value, cell.data_type) for cell in sheet[2]] == [("00012", "s"), ("=1+1", "s"), (3, "n")]
    rules = {str(rule.sqref): rule.type for rule in sheet.data_validations.dataValidation}
    assert rules == {"B2:B101": "list", "C2:C101": "whole"}
    assert sheet.auto_filter.ref is None


def test_half_a_pair_of_surrogates_does_not_cost_the_file() -> None:
    assert load_workbook(io.BytesIO(workbook("주문", COLUMNS, [["\ud83d", ""]])))["주문"]["A2"].value == "?"
