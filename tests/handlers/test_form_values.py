"""What a person typed, by field name, and where an error about a field goes."""

from datetime import date, time
from typing import Any

import pytest

from handlers.form_values import block_id_of, read_form, typed_date, typed_time


def view(**elements: dict[str, Any]) -> dict[str, Any]:
    """A submitted view with one element per block."""
    return {"state": {"values": {name: {"value": element} for name, element in elements.items()}}}


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ({"value": "귤"}, "귤"),
        ({"value": None}, ""),
        ({"selected_option": {"value": "auto"}}, "auto"),
        ({"selected_option": None}, ""),
        ({"selected_options": [{"value": "a"}, {"value": "b"}]}, ["a", "b"]),
        ({"selected_options": None}, []),
        ({"selected_users": ["U1"]}, ["U1"]),
        ({"selected_users": None}, []),
        ({"selected_conversation": "C1"}, "C1"),
        ({"selected_date": None}, ""),
        ({"type": "something new"}, ""),
    ],
)
def test_each_kind_of_element_is_read(element: dict[str, Any], value: Any) -> None:
    assert read_form(view(field=element)) == {"field": value}


def test_the_version_of_a_block_is_no_part_of_its_name() -> None:
    form = {"state": {"values": {"name~3": {"value": {"value": "귤"}}}}}
    assert read_form(form) == {"name": "귤"}
    assert read_form({}) == {}


@pytest.mark.parametrize(
    ("field", "block"), [("name", "name~3"), ("stock", "stock"), ("else", "name~3"), (None, "name~3")]
)
def test_an_error_goes_to_its_field_or_to_the_first(field: str | None, block: str) -> None:
    blocks = [
        {"type": "section"},
        {"type": "input", "block_id": "name~3"},
        {"type": "input", "block_id": "stock"},
    ]
    assert block_id_of({"blocks": blocks}, field) == block
    assert block_id_of({"blocks": blocks[:1]}, field) is None


def test_days_and_times_are_read_and_what_is_none_of_them_is_no_value() -> None:
    assert typed_date("2026-02-28") == date(2026, 2, 28)
    assert typed_time("09:30") == time(9, 30)
    for nothing in ("", None, "2026-02-30", "24:01"):
        assert typed_date(nothing) is None
        assert typed_time(nothing) is None
