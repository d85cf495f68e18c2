"""The form of an address: its fields, and the rules that TMON has for them (docs/tmon-api.md, ch. 6.1)."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, Self

from pydantic import BaseModel
from pydantic import Field as Part

from tmon.api import AddressType, NewAddress
from tmon.errors import AppError
from tmon.stores.fields import InvalidFields, trim

ADDRESS_MAX = {
    "name": 50,
    "zip_code": 5,
    "address": 200,
    "street_address": 200,
    "address_detail": 100,
    "manager_name": 30,
    "manager_phone": 20,
}
"""Longest accepted text of each field, in characters."""
OPTIONAL = ("street_address",)
"""Fields that TMON does not require (docs/tmon-api.md, ch. 6.1)."""

_ZIP_CODE = re.compile(r"\d{5}", re.ASCII)
_SEPARATORS = re.compile(r"[\s.()\-\u2010-\u2015\u2212]+")
_HYPHENATED = re.compile(r"0\d{1,3}-\d{3,4}-\d{4}", re.ASCII)
_TOGETHER = re.compile(r"(02|050\d|0[13-9]\d)(\d{3,4})(\d{4})", re.ASCII)
_NATIONWIDE = re.compile(r"1\d{7}", re.ASCII)
"""An eight-digit number such as 1544-0000, which TMON takes only behind an area code."""


class AddressForm(BaseModel):
    """What a person types for an address. Field names are the names of the form's blocks."""

    name: str = ""
    kind: str = AddressType.SHIP_FROM.value
    zip_code: str = Part(default="", repr=False)
    address: str = Part(default="", repr=False)
    street_address: str = Part(default="", repr=False)
    address_detail: str = Part(default="", repr=False)
    manager_name: str = Part(default="", repr=False)
    manager_phone: str = Part(default="", repr=False)
    default: str = "no"

    @classmethod
    def of(cls, address: NewAddress) -> Self:
        """The form of an address that exists or was typed before."""
        return cls(
            name=address.name,
            kind=address.type.value,
            zip_code=address.zip_code,
            address=address.address,
            street_address=address.street_address or "",
            address_detail=address.address_detail,
            manager_name=address.manager_name,
            manager_phone=address.manager_phone,
            default="yes" if address.default else "no",
        )


def check_address(typed: Mapping[str, Any]) -> NewAddress:
    """The address that was typed, by field name. Raises InvalidFields."""
    rules: dict[str, Callable[[str, Any], Any]] = {
        "name": _text,
        "kind": _kind,
        "zip_code": _zip_code,
        "address": _text,
        "street_address": _optional_text,
        "address_detail": _text,
        "manager_name": _text,
        "manager_phone": manager_phone,
        "default": lambda field, value: value == "yes",
    }
    values: dict[str, Any] = {}
    errors: dict[str, AppError] = {}
    for field, rule in rules.items():
        try:
            values[field] = rule(field, typed.get(field))
        except AppError as error:
            errors[field] = error
    if errors:
        raise InvalidFields(errors)
    return NewAddress(type=values.pop("kind"), **values)


def manager_phone(field: str, value: Any) -> str:
    """A phone number as TMON takes it: hyphenated, with an area code, not 080 (docs/tmon-api.md, ch. 6.1). Raises AppError."""
    text = unicodedata.normalize("NFKC", _text(field, value))
    digits = _SEPARATORS.sub("", text)
    if digits.startswith("+82"):
        text, digits = "", "0" + digits.removeprefix("+82").removeprefix("0")
    if digits.startswith("080"):
        raise AppError("templates.field_phone_080", field=field)
    if _NATIONWIDE.fullmatch(digits):
        raise AppError("templates.field_phone_area", field=field, example=f"02-{digits[:4]}-{digits[4:]}")
    if _HYPHENATED.fullmatch(text):
        return text
    parts = _TOGETHER.fullmatch(digits)
    if parts is None:
        raise AppError("templates.field_phone", field=field)
    return "-".join(parts.groups())


def _text(field: str, value: Any) -> str:
    text = " ".join(trim(str(value or "")).split())
    if not text:
        raise AppError("templates.field_required", field=field)
    if len(text) > ADDRESS_MAX[field]:
        raise AppError("templates.field_too_long", field=field, max=ADDRESS_MAX[field])
    return text


def _optional_text(field: str, value: Any) -> str | None:
    return _text(field, value) if trim(str(value or "")) else None


def _kind(field: str, value: Any) -> AddressType:
    if value not in (AddressType.SHIP_FROM.value, AddressType.RETURN_TO.value):
        raise AppError("templates.field_required", field=field)
    return AddressType(value)


def _zip_code(field: str, value: Any) -> str:
    text = unicodedata.normalize("NFKC", trim(str(value or "")))
    if not text:
        raise AppError("templates.field_required", field=field)
    if not _ZIP_CODE.fullmatch(text):
        raise AppError("templates.field_zip_code", field=field)
    return text
