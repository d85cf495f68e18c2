"""Validation and normalisation of the setup form's fields."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import ValidationError

from tmon.errors import AppError
from tmon.models.stores import ApiGroup, ConfirmMode, Credentials
from tmon.numbers import PIECES, WON, whole_number
from tmon.stores.categories import offered_categories
from tmon.stores.form import StoreForm

MAX = {
    "seller_id": 100,
    "store_name": 60,
    "api_key": 200,
    "memo": 1000,
    "vendor_code": 50,
    "access_key": 200,
    "secret_key": 200,
    "personal_data_key": 16,
    "policy_no": 18,
    "contact_name": 50,
    "contact_title": 50,
    "contact_email": 254,
    "contact_phone": 40,
    "contact_mobile": 40,
}
"""Maximum length of each field, in characters."""
EXTEND_DAYS = (0, 7, 15, 30, 60, 90)
"""Choices of 판매기간 자동연장 in days; 0: not extended."""
MAX_WORKERS = 50
MAX_CEILING = 1_000_000_000
"""Highest limit of automatic confirmation, in KRW or units."""

API_FIELDS = (
    *("seller_id", "store_name", "api_key", "category", "memo"),
    *("vendor_code", "access_key", "secret_key", "personal_data_key", "policy_no"),
)
CONTACT_FIELDS = (
    *("contact_name", "contact_title", "contact_email"),
    *("contact_phone", "contact_mobile", "contact_user"),
)
SETTING_FIELDS = (
    *("sync", "confirm_mode", "auto_max_amount", "auto_max_quantity"),
    *(group.value for group in ApiGroup),
    *("extend_days", "channel", "workers", "cs_workers"),
)
SECRETS = ("api_key", "access_key", "secret_key", "personal_data_key")
"""Fields that are never filled into a form again."""
STEP_FIELDS = {1: API_FIELDS, 2: CONTACT_FIELDS, 3: SETTING_FIELDS}

_KOREA = 82
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
_HEADER_SAFE = re.compile(r"[\x21-\x7e]+")
_PATH_SAFE = re.compile(r"[A-Za-z0-9._~-]+")

Typed = Mapping[str, Any]
"""Submitted values by field name: text, or a list of ids. A missing field is unchanged."""


class InvalidFields(Exception):
    """Some fields are invalid; `errors` has an AppError for each."""

    def __init__(self, errors: Mapping[str, AppError]) -> None:
        super().__init__(", ".join(errors))
        self.errors = dict(errors)


def name_key(name: str) -> str:
    """Return a store name for comparison: NFKC, case folded, whitespace collapsed."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def merge_step(step: int, form: StoreForm, typed: Typed) -> StoreForm:
    """Return `form` with the values typed in `step`, not validated: kept when the view is drawn anew."""
    known = {name: typed[name] for name in STEP_FIELDS[step] if typed.get(name) is not None}
    try:
        return StoreForm.model_validate({**form.model_dump(), **known})
    except ValidationError:
        raise AppError("common.stale_button") from None


def check_step(
    step: int, form: StoreForm, typed: Typed, stored: Credentials | None, tops: Sequence[str] = ()
) -> StoreForm:
    """Return `form` with the fields of `step` validated and normalised.

    `stored`: the credentials of the store being edited. `tops`: what TMON names as top-level categories.
    Raises InvalidFields.
    """
    if step == 1:
        return _check_api(form, typed, stored, tops)
    return _check_contact(form, typed) if step == 2 else _check_settings(form, typed)


class _Fields:
    """Collects validated values and errors."""

    def __init__(self, form: StoreForm, typed: Typed) -> None:
        self.form = form
        self.typed = typed
        self.values: dict[str, Any] = {}
        self.errors: dict[str, AppError] = {}

    def check(self, field: str, rule: Callable[[str, Any], Any]) -> None:
        """Apply `rule` to `field`; it returns the value to store or raises AppError."""
        try:
            self.values[field] = rule(field, self.typed.get(field, getattr(self.form, field)))
        except AppError as error:
            self.errors[field] = error

    def secret(self, field: str, *, length: int | None = None) -> None:
        """Validate a secret; if left blank, the form's value is kept."""
        if trim(str(self.typed.get(field) or "")):
            self.check(field, lambda name, value: _secret(name, value, length))

    def done(self) -> StoreForm:
        if self.errors:
            raise InvalidFields(self.errors)
        return self.form.model_copy(update=self.values)


def _check_api(form: StoreForm, typed: Typed, stored: Credentials | None, tops: Sequence[str]) -> StoreForm:
    fields = _Fields(form, typed)
    fields.check("seller_id", _seller_id)
    seller_id = fields.values.get("seller_id", "")
    fields.check("store_name", lambda field, value: _store_name(field, value, seller_id))
    fields.check("category", lambda _, value: _category(value, tops, form.category))
    fields.check("memo", lambda field, value: _text(field, value, multiline=True))
    fields.secret("api_key")
    if not (form.api_key or stored or "api_key" in fields.values or "api_key" in fields.errors):
        fields.errors["api_key"] = AppError("setup.field_required", field="api_key")
    _check_vendor(fields, form, stored)
    return fields.done()


def _check_vendor(fields: _Fields, form: StoreForm, stored: Credentials | None) -> None:
    """Require all four of the store's own vendor credentials, or none; without 업체코드 the stored ones are dropped.

    정책번호 may be added to the four.
    """
    three = ("access_key", "secret_key", "personal_data_key")
    fields.check("vendor_code", _vendor_code)
    fields.secret("access_key")
    fields.secret("secret_key")
    fields.secret("personal_data_key", length=16)
    fields.check("policy_no", _policy_no)
    if fields.errors.keys() & {"vendor_code", *three, "policy_no"}:
        return
    if not fields.values["vendor_code"]:
        if fields.values.keys() & {*three}:
            fields.errors["vendor_code"] = AppError("setup.field_all_four", field="vendor_code")
        known_policy = "" if stored is None else str(stored.policy_no or "")
        if fields.values["policy_no"] not in ("", known_policy):
            fields.errors["policy_no"] = AppError("setup.field_policy_alone", field="policy_no")
        fields.values.update(dict.fromkeys((*three, "policy_no"), ""))
        return
    for field in three:
        known = getattr(form, field) or (stored is not None and getattr(stored, field))
        if field not in fields.values and not known:
            fields.errors[field] = AppError("setup.field_all_four", field=field)
            return  # one sentence is enough for all of them


def _check_contact(form: StoreForm, typed: Typed) -> StoreForm:
    fields = _Fields(form, typed)
    fields.check("contact_name", lambda field, value: _required(field, _text(field, value)))
    fields.check("contact_title", _text)
    fields.check("contact_email", _email)
    fields.check("contact_phone", lambda field, value: phone(field, value) if trim(str(value or "")) else "")
    fields.check("contact_mobile", lambda field, value: mobile(field, value) if trim(str(value or "")) else "")
    fields.check("contact_user", _user)
    return fields.done()


def _check_settings(form: StoreForm, typed: Typed) -> StoreForm:
    fields = _Fields(form, typed)
    for name in ("sync", *(group.value for group in ApiGroup)):
        fields.check(name, _switch)
    fields.check("confirm_mode", _confirm_mode)
    fields.check("auto_max_amount", _ceiling)
    fields.check("auto_max_quantity", _ceiling)
    fields.check("extend_days", _extend_days)
    fields.check("channel", _channel)
    fields.check("workers", _workers)
    fields.check("cs_workers", _workers)
    return fields.done()


def trim(text: str) -> str:
    """Strip whitespace from `text`, including invisible characters as copied from web pages."""
    return text.strip().strip(_INVISIBLE).strip()


def _text(field: str, value: Any, *, multiline: bool = False) -> str:
    text = trim(str(value or ""))
    if not multiline:
        text = " ".join(text.split())
    if len(text) > MAX[field]:
        raise AppError("setup.field_too_long", field=field, max=MAX[field])
    return text


def _required(field: str, text: str) -> str:
    if not text:
        raise AppError("setup.field_required", field=field)
    return text


def _seller_id(field: str, value: Any) -> str:
    text = _required(field, _text(field, value))
    if not _HEADER_SAFE.fullmatch(text):  # sent in a header (docs/tmon-api.md, ch. 2.3)
        raise AppError("setup.field_seller_id", field=field)
    return text


def _store_name(field: str, value: Any, seller_id: str) -> str:
    """Validate 스토어명; left blank, it is the seller's id."""
    text = _text(field, value) or seller_id[: MAX[field]]
    key = name_key(text)
    if text and not key:
        raise AppError("setup.field_required", field=field)
    if len(key) > 2 * MAX[field]:
        raise AppError("setup.field_too_long", field=field, max=MAX[field])
    return text


def _category(value: Any, tops: Sequence[str], chosen: str) -> str:
    """Validate 대표카테고리: the form may have been opened before TMON's categories were read."""
    known = {*offered_categories(tops, chosen), *offered_categories((), chosen)}
    return name if (name := str(value or "")) in known else ""


def _secret(field: str, value: Any, length: int | None) -> str:
    """Validate a secret. Whitespace inside, or characters invalid in a header, mean that it was not copied correctly."""
    text = trim(str(value))
    if length is not None and len(text) != length:
        raise AppError("setup.field_exact_length", field=field, length=length)
    if len(text) > MAX[field]:
        raise AppError("setup.field_too_long", field=field, max=MAX[field])
    if not _HEADER_SAFE.fullmatch(text):
        raise AppError("setup.field_secret", field=field)
    return text


def _vendor_code(field: str, value: Any) -> str:
    text = _text(field, value)
    if text and not _PATH_SAFE.fullmatch(text):  # a segment of every path (docs/tmon-api.md, ch. 2)
        raise AppError("setup.field_vendor_code", field=field)
    return text


def _policy_no(field: str, value: Any) -> str:
    """Normalise 정책번호 to digits, or blank."""
    text = unicodedata.normalize("NFKC", _text(field, value))
    if text and not (text.isascii() and text.isdigit() and len(text) <= MAX[field] and int(text)):
        raise AppError("setup.field_policy_no", field=field, max=MAX[field])
    return str(int(text)) if text else ""


def _email(field: str, value: Any) -> str:
    text = unicodedata.normalize("NFKC", _required(field, _text(field, value)))
    try:
        # not every server carries other letters before the @ (SMTPUTF8); other letters behind it are sent as Punycode
        return validate_email(text, check_deliverability=False, allow_smtputf8=False).normalized
    except EmailNotValidError:
        ascii_only = text.partition("@")[0].isascii()
        raise AppError("setup.field_email" if ascii_only else "setup.field_email_ascii", field=field) from None


def phone(field: str, value: Any) -> str:
    """Normalise a Korean phone number to the form `02-1234-5678`. Raises AppError."""
    return _national(_number(field, value, "setup.field_phone"))


def mobile(field: str, value: Any) -> str:
    """Normalise a Korean mobile number to the form `010-1234-5678`. Raises AppError."""
    number = _number(field, value, "setup.field_mobile")
    kind = phonenumbers.number_type(number)
    digits = phonenumbers.national_significant_number(number)
    # 010 is always followed by eight digits, but the library accepts seven as well
    if kind != phonenumbers.PhoneNumberType.MOBILE or (digits.startswith("10") and len(digits) != 10):
        raise AppError("setup.field_mobile", field=field)
    return _national(number)


def _number(field: str, value: Any, key: str) -> phonenumbers.PhoneNumber:
    text = _required(field, _text(field, value))
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), "KR")
    except phonenumbers.NumberParseException:
        raise AppError(key, field=field) from None
    if number.country_code != _KOREA or number.extension or not phonenumbers.is_valid_number(number):
        raise AppError(key, field=field)
    return number


def _national(number: phonenumbers.PhoneNumber) -> str:
    digits = phonenumbers.national_significant_number(number)
    if digits.startswith("50"):  # 0502 to 0509: the library splits these after 050
        return f"0{digits[:3]}-{digits[3:-4]}-{digits[-4:]}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def _user(field: str, value: Any) -> str:
    return str(value or "")[:20]


def _switch(field: str, value: Any) -> bool:
    if value not in (True, False, "on", "off"):
        raise AppError("setup.field_required", field=field)
    return value in (True, "on")


def _confirm_mode(field: str, value: Any) -> ConfirmMode:
    try:
        return ConfirmMode(value)
    except ValueError:
        raise AppError("setup.field_required", field=field) from None


def _ceiling(field: str, value: Any) -> str:
    """Normalise a positive integer to digits, or blank; accepts thousands separators and a unit."""
    text = trim(str(value or ""))
    if not text:
        return ""
    number = whole_number(text, WON if field == "auto_max_amount" else PIECES)
    if number is None or not 0 < number <= MAX_CEILING:
        raise AppError("setup.field_ceiling", field=field)
    return str(number)


def _extend_days(field: str, value: Any) -> int:
    try:
        days = int(value)
    except (TypeError, ValueError):
        days = -1
    if days not in EXTEND_DAYS:
        raise AppError("setup.field_required", field=field)
    return days


def _channel(field: str, value: Any) -> str:
    text = str(value or "")
    if not text or len(text) > 20:
        raise AppError("setup.field_required", field=field)
    return text


def _workers(field: str, value: Any) -> list[str]:
    ids = list(dict.fromkeys(str(user) for user in value or []))
    if len(ids) > MAX_WORKERS:
        raise AppError("setup.field_too_many_people", field=field, max=MAX_WORKERS)
    return ids
