"""Whole numbers as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.numbers import PIECES, WON, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("0", 0), ("12", 12), ("1,000", 1000), ("1,000,000", 1_000_000), ("１２", 12), ("１，０００", 1000)),
        *(("100개", 100), (" 12 개 ", 12), ("12EA", 12), ("10.0", 10), ("1,000.00", 1000), ("\u200b7\u00a0", 7)),
        *(("1,5", None), ("1,00", None), ("10,00", None), ("1,0000", None), (",000", None), ("1,,000", None)),
        *(("1.000", None), ("1.5", None), ("000", None), ("-1", None), ("+1", None), ("", None), ("1e3", None)),
        *(
            ("12박스", None),
            ("12원", None),
            ("①", None),
            ("10²", None),
            ("1½", None),
            ("100개", 100),
            ("一", None),
            ("1 2", None),
            ("9" * 100, None),
        ),
    ],
)
def test_quantities(text: str, number: int | None) -> None:
    assert whole_number(text, PIECES) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("1,000,000원", 1_000_000), ("₩3,000", 3000), ("￦3,000", 3000), ("3000 원", 3000), ("3개", None)],
)
def test_amounts(text: str, number: int | None) -> None:
    assert whole_number(text, WON) == number


@given(st.integers(0, 10**15 - 1))
def test_what_we_write_is_read_again(number: int) -> None:
    assert whole_number(f"{number:,}") == whole_number(str(number)) == whole_number(f"{number:,}개") == number
