"""Sellers' numbers: compared without case, given to TMON with the store before them, and refused if they cannot be a key."""

import pytest

from tests.tmon.listings.goods import STORE
from tmon.api.deal_limits import KEY_LENGTH
from tmon.listings.identity import check_number, check_taken_number, longest_number, number_key, wire_key
from tmon.spreadsheets.cells import CellProblem


@pytest.mark.parametrize("typed", ["a-1", "A-1", " A-1 ", "Ａ-1"])
def test_one_number_whatever_its_case_and_width(typed: str) -> None:
    assert number_key(typed) == "a-1"


def test_the_key_has_the_store_and_the_number_as_typed() -> None:
    assert wire_key(STORE, " 티셔츠.A_1 ") == f"{STORE}-티셔츠.A_1"


@pytest.mark.parametrize("typed", ["A-1", "00012", "티셔츠.검정_L", "ㄱ", "x" * 34, "1.2"])
def test_numbers_that_may_be_keys(typed: str) -> None:
    assert check_number(STORE, typed) == typed
    assert len(wire_key(STORE, typed)) <= KEY_LENGTH


def test_a_decomposed_hangul_is_one_syllable() -> None:
    assert check_number(STORE, "\u1100\u1161") == "가"


@pytest.mark.parametrize("typed", ["a b", "a/b", "#12", "a?b", "..", ".", "", "Ａ", "a\u200bb", "é", "商品"])
def test_signs_that_cannot_stand_in_a_path_or_look_like_others(typed: str) -> None:
    with pytest.raises(CellProblem) as refused:
        check_number(STORE, typed)
    assert refused.value.key == "listing_sheet.number_signs"


def test_a_number_is_as_long_as_the_store_leaves_room_for() -> None:
    assert longest_number(STORE) == 34
    with pytest.raises(CellProblem) as refused:
        check_number(STORE, "x" * 35)
    assert refused.value == CellProblem("listing_sheet.number_long", {"most": 34, "n": 35})


@pytest.mark.parametrize("typed", ["SKU/1 (구)", "x" * 50, "7700112233"])
def test_a_number_that_is_taken_over_is_not_a_key_and_may_be_longer(typed: str) -> None:
    assert check_taken_number(f" {typed} ") == typed


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "number_signs"),
        ("#12", "number_signs"),
        ("a\tb", "number_signs"),
        ("x" * 51, "number_long"),
        ("ﷺ" * 10, "number_long"),
    ],
)
def test_numbers_that_are_not_taken_over(typed: str, key: str) -> None:
    with pytest.raises(CellProblem) as refused:
        check_taken_number(typed)
    assert refused.value.key == f"listing_sheet.{key}"
