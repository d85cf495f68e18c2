"""Texts of options as TMON takes them (docs/tmon-api.md, ch. 8.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tmon.api.deal_limits import FORBIDDEN_IN_OPTION_TEXTS, option_text


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("네이비 / L", "네이비 / L"),
        ("  네이비\t\n L ", "네이비 L"),
        ('#1 <특가> "네이비" | L ^\\', "1 특가 네이비 L"),
        ("A#B", "AB"),
        ("#^|", ""),
    ],
)
def test_option_text(typed: str, sent: str) -> None:
    assert option_text(typed) == sent


@given(st.text())
def test_option_text_is_stable(typed: str) -> None:
    sent = option_text(typed)
    assert option_text(sent) == sent
    assert not set(sent) & set(FORBIDDEN_IN_OPTION_TEXTS)
