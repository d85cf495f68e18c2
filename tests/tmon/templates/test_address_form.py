"""The rules of an address's fields (docs/tmon-api.md, ch. 6.1)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.playground.tmon.routes.addresses import _PHONE
from tmon.errors import AppError
from tmon.stores.fields import InvalidFields
from tmon.templates.address_form import ADDRESS_MAX, OPTIONAL, AddressForm, check_address, manager_phone

GOOD = {
    "name": "김포 창고",
    "kind": "D",
    "zip_code": "10045",
    "street_address": "경기도 김포시 가상로 77",
    "address": "경기도 김포시 가상동 34-5",
    "address_detail": "2층",
    "manager_name": "한출고",
    "manager_phone": "031-998-7654",
    "default": "no",
}


def errors(**over: str) -> dict[str, str]:
    """The text key of the error at each field."""
    try:
        check_address({**GOOD, **over})
    except InvalidFields as refused:
        return {field: error.key for field, error in refused.errors.items()}
    return {}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("02-1544-0000", "02-1544-0000"),
        ("02-123-4567", "02-123-4567"),
        ("0212345678", "02-1234-5678"),
        ("010 1234 5678", "010-1234-5678"),
        ("010.1234.5678", "010-1234-5678"),
        ("(031) 998-7654", "031-998-7654"),
        ("031–998–7654", "031-998-7654"),
        ("+82 10-1234-5678", "010-1234-5678"),
        ("+82 (0)2 1234 5678", "02-1234-5678"),
        ("0505-123-4567", "0505-123-4567"),
        ("0505-1234-5678", "0505-1234-5678"),
        ("０２-１２３４-５６７８", "02-1234-5678"),
    ],
)
def test_phones_that_tmon_takes(typed: str, kept: str) -> None:
    assert manager_phone("manager_phone", typed) == kept


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("", "templates.field_required"),
        ("080-123-4567", "templates.field_phone_080"),
        ("0801234567", "templates.field_phone_080"),
        ("+82 80 123 4567", "templates.field_phone_080"),
        ("1544-0000", "templates.field_phone_area"),
        ("15440000", "templates.field_phone_area"),
        ("123-4567", "templates.field_phone"),
        ("02-12-4567", "templates.field_phone"),
        ("전화 주세요", "templates.field_phone"),
        ("02-1234-56789", "templates.field_phone"),
        ("+1 212 555 0100", "templates.field_phone"),
    ],
)
def test_phones_that_tmon_refuses(typed: str, key: str) -> None:
    with pytest.raises(AppError) as refused:
        manager_phone("manager_phone", typed)
    assert refused.value.key == key


@given(st.text(max_size=20) | st.from_regex(r"[0-9 .()+-]{6,18}", fullmatch=True))
def test_what_passes_is_what_tmon_takes(typed: str) -> None:
    try:
        kept = manager_phone("manager_phone", typed)
    except AppError:
        return
    assert _PHONE.fullmatch(kept)
    assert not kept.startswith("080")
    assert manager_phone("manager_phone", kept) == kept


def test_a_good_address() -> None:
    address = check_address({**GOOD, "name": "  김포   창고 ", "default": "yes"})
    assert (address.name, address.type, address.default) == ("김포 창고", "D", True)
    assert AddressForm.of(address).model_dump() == {**GOOD, "default": "yes"}


@pytest.mark.parametrize("field", [field for field in GOOD if field not in ("default", *OPTIONAL)])
def test_everything_that_tmon_requires_is_required(field: str) -> None:
    assert errors(**{field: " "}) == {field: "templates.field_required"}


def test_the_road_name_may_be_left_out() -> None:
    assert check_address({**GOOD, "street_address": " "}).street_address is None


@pytest.mark.parametrize("field", [field for field in ADDRESS_MAX if field not in {"zip_code", "manager_phone"}])
def test_nothing_is_too_long(field: str) -> None:
    assert errors(**{field: "가" * (ADDRESS_MAX[field] + 1)}) == {field: "templates.field_too_long"}


@pytest.mark.parametrize("zip_code", ["1234", "123456", "12-345", "abcde"])
def test_the_postcode_has_five_digits(zip_code: str) -> None:
    assert errors(zip_code=zip_code) == {"zip_code": "templates.field_zip_code"}


def test_contacts_are_not_in_reprs() -> None:
    for shown in (repr(check_address(GOOD)), repr(AddressForm(**GOOD))):
        assert not re.search(r"한출고|998|가상", shown)
