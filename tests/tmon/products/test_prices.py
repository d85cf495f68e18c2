"""Prices that change by a percentage."""

from decimal import Decimal

import pytest

from tmon.products.prices import changed_by, percentage


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("-10", "-10"),
        ("+5.5", "5.5"),
        ("12%", "12"),
        (" −３ ％ ", "-3"),
        ("- 3", "-3"),
        ("1000", "1000"),
        ("-99", "-99"),
        ("0", "0"),
        ("-100", None),
        ("-99.5", None),
        ("1000.01", None),
        ("5.555", None),
        ("5,5", None),
        ("열", None),
        ("", None),
        ("--5", None),
        ("9" * 30, None),
    ],
)
def test_a_percentage_is_read_as_people_write_it_or_not_at_all(text: str, said: str | None) -> None:
    assert percentage(text) == (None if said is None else Decimal(said))


@pytest.mark.parametrize(
    ("price", "percent", "new"),
    [
        (15_900, "-10", 14_310),
        (15_900, "5.5", 16_775),  # 16774.5
        (333, "-50", 167),  # 166.5
        (1, "-99", 1),
        (1, "-50", 1),
        (10, "0", 10),
        (9_999_999_999, "1000", 109_999_999_989),
    ],
)
def test_prices_are_rounded_half_up_to_the_won_and_never_nothing(price: int, percent: str, new: int) -> None:
    assert changed_by(price, Decimal(percent)) == new
