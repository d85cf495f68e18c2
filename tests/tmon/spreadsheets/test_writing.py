"""Workbooks for people: text stays text, choices are offered, and a password protects what it should."""

import io
import zipfile

import msoffcrypto
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msoffcrypto.exceptions import InvalidKeyError
from openpyxl import load_workbook  # type: ignore[import-untyped]

from tmon.spreadsheets.writing import SheetColumn, new_password, protected, workbook

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
