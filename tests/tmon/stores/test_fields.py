"""The rules of the setup form's fields."""

import pytest

from tmon.models.stores import ConfirmMode, Credentials
from tmon.stores import fields
from tmon.stores.fields import MAX, STEP_FIELDS, InvalidFields, Typed, check_step, merge_step, name_key
from tmon.stores.form import StoreForm

API: dict[str, object] = {
    "seller_id": "hanbit_living",
    "store_name": "한빛리빙",
    "api_key": "5f0d7a3e-2b64-4c1f-9a58-7e1c0b93d246",
    "category": "생활·주방",
    "memo": "",
    "vendor_code": "",
    "access_key": "",
    "secret_key": "",
    "personal_data_key": "",
}
CONTACT: dict[str, object] = {
    "contact_name": "김민지",
    "contact_title": "운영팀",
    "contact_email": "minji@example.com",
    "contact_phone": "02-1234-5678",
    "contact_mobile": "010-1234-5678",
    "contact_user": "",
}
SETTINGS: dict[str, object] = {
    "sync": "on",
    "confirm_mode": "manual",
    "auto_max_amount": "",
    "auto_max_quantity": "",
    "product": "on",
    "order": "on",
    "cs": "off",
    "stock": "off",
    "extend_days": "30",
    "channel": "C0123456789",
    "workers": ["U2", "U3", "U2"],
}
OWN = {
    "vendor_code": "VND-1",
    "access_key": "access",
    "secret_key": "secret",
    "personal_data_key": "0123456789abcdef",
}


def errors(step: int, typed: Typed, form: StoreForm | None = None, stored: Credentials | None = None) -> dict[str, str]:
    """The text key of the error at each field; none when everything is taken."""
    try:
        check_step(step, form or StoreForm(), typed, stored)
    except InvalidFields as refused:
        return {field: error.key for field, error in refused.errors.items()}
    return {}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01012345678", "010-1234-5678"),
        ("010 1234 5678", "010-1234-5678"),
        ("010.1234.5678", "010-1234-5678"),
        ("+82 10-1234-5678", "010-1234-5678"),
        ("+82 (0)10 1234 5678", "010-1234-5678"),
        ("０１０－１２３４－５６７８", "010-1234-5678"),
        (" 010–1234–5678\u200b", "010-1234-5678"),
        ("02)123-4567", "02-123-4567"),
        ("031 1234 5678", "031-1234-5678"),
        ("070-1234-5678", "070-1234-5678"),
        ("15881234", "1588-1234"),
        ("0502-1234-5678", "0502-1234-5678"),
        ("0505 123 4567", "0505-123-4567"),
    ],
)
def test_phones_typed_in_any_usual_way_are_kept_in_one_form(typed: str, kept: str) -> None:
    assert fields.phone("contact_phone", typed) == kept
    if kept.startswith("010"):
        assert fields.mobile("contact_mobile", typed) == kept
    else:
        assert errors(2, {**CONTACT, "contact_mobile": typed}) == {"contact_mobile": "setup.field_mobile"}


@pytest.mark.parametrize(
    "typed", ["1234", "전화 주세요", "010-1234", "+1 650 253 0000", "02-1234-5678 ext 12", "0" * 41]
)
def test_what_is_no_korean_phone_is_refused(typed: str) -> None:
    key = "setup.field_too_long" if len(typed) > MAX["contact_phone"] else "setup.field_phone"
    assert errors(2, {**CONTACT, "contact_phone": typed}) == {"contact_phone": key}


def test_a_mobile_number_with_a_digit_missing_is_refused() -> None:
    assert errors(2, {**CONTACT, "contact_mobile": "010-123-4567"}) == {"contact_mobile": "setup.field_mobile"}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert errors(2, {"contact_email": "minji@", "contact_phone": "1", "contact_mobile": ""}) == {
        "contact_name": "setup.field_required",
        "contact_email": "setup.field_email",
        "contact_phone": "setup.field_phone",
    }
    assert errors(1, {}) == dict.fromkeys(("seller_id", "api_key"), "setup.field_required")
    assert errors(
        3, {**SETTINGS, "channel": "", "extend_days": "8", "confirm_mode": "always", "sync": None}
    ) == dict.fromkeys(("channel", "extend_days", "confirm_mode", "sync"), "setup.field_required")


@pytest.mark.parametrize("field", sorted(MAX.keys() - {"personal_data_key", "contact_phone", "contact_mobile"}))
def test_every_text_has_a_longest_length(field: str) -> None:
    step = next(step for step, names in STEP_FIELDS.items() if field in names)
    typed = {1: {**API, **OWN}, 2: CONTACT, 3: SETTINGS}[step]
    assert errors(step, {**typed, field: "a" * (MAX[field] + 1)}) == {field: "setup.field_too_long"}


@pytest.mark.parametrize(
    ("email", "kept"),
    [
        ("Minji@Example.COM", "Minji@example.com"),
        (" minji@example.com ", "minji@example.com"),
        ("ｍinji@example.com", "minji@example.com"),
        ("minji@예시.한국", "minji@예시.한국"),
    ],
)
def test_an_email_is_normalised_and_not_looked_up(email: str, kept: str) -> None:
    form = check_step(2, StoreForm(), {**CONTACT, "contact_email": email}, None)
    assert form.contact_email == kept


@pytest.mark.parametrize("field", ["contact_phone", "contact_mobile", "contact_title"])
def test_an_optional_field_may_be_left_out(field: str) -> None:
    assert getattr(check_step(2, StoreForm(), {**CONTACT, field: "  "}, None), field) == ""


def test_the_category_may_be_left_out() -> None:
    assert check_step(1, StoreForm(), {**API, "category": ""}, None).category == ""


def test_the_key_is_trimmed_and_otherwise_left_to_tmon() -> None:
    assert check_step(1, StoreForm(), {**API, "api_key": " \ufeffab/c+ \n"}, None).api_key == "ab/c+"
    for broken in ("ab c", "ab\ncd", "키"):
        assert errors(1, {**API, "api_key": broken}) == {"api_key": "setup.field_secret"}


def test_a_seller_id_must_fit_into_a_header() -> None:
    assert errors(1, {**API, "seller_id": "한빛"}) == {"seller_id": "setup.field_seller_id"}
    assert errors(1, {**API, "seller_id": "a b"}) == {"seller_id": "setup.field_seller_id"}


def test_store_names_are_compared_as_people_read_them() -> None:
    assert name_key("  Hanbit   LIVING ") == name_key("ｈａｎｂｉｔ living")
    form = check_step(1, StoreForm(), {**API, "store_name": " 한빛 \n 리빙 🏠"}, None)
    assert form.store_name == "한빛 리빙 🏠"
    for blank in ("", " ", "\u200b", "\u200b \u200b"):
        assert check_step(1, StoreForm(), {**API, "store_name": blank}, None).store_name == API["seller_id"]
    assert check_step(1, StoreForm(), {**API, "seller_id": "s" * 100, "store_name": ""}, None).store_name == "s" * 60
    assert errors(1, {**API, "store_name": "ﷺ" * 60}) == {"store_name": "setup.field_too_long"}


def test_the_four_of_an_own_vendor_are_all_given_or_all_absent() -> None:
    assert errors(1, {**API, **OWN}) == {}
    assert errors(1, {**API, **OWN, "secret_key": ""}) == {"secret_key": "setup.field_all_four"}
    assert errors(1, {**API, **OWN, "vendor_code": ""}) == {"vendor_code": "setup.field_all_four"}
    assert errors(1, {**API, **OWN, "personal_data_key": "short"}) == {"personal_data_key": "setup.field_exact_length"}
    assert errors(1, {**API, **OWN, "personal_data_key": "열여섯자가되는열쇠를만들어봅시다요"[:16]}) == {
        "personal_data_key": "setup.field_secret"
    }
    assert errors(1, {**API, **OWN, "vendor_code": "a/b"}) == {"vendor_code": "setup.field_vendor_code"}


def test_a_blank_secret_is_unchanged() -> None:
    stored = Credentials(api_key="old", vendor_id="V", access_key="a", secret_key="s", personal_data_key="k" * 16)
    blank = {**API, "api_key": "", "vendor_code": "V"}
    assert errors(1, blank) == {
        "api_key": "setup.field_required",
        "access_key": "setup.field_all_four",
    }
    assert check_step(1, StoreForm(), blank, stored).credentials(stored) == stored
    drafted = check_step(1, StoreForm(), {**API, **OWN}, None)
    again = check_step(1, drafted, {**API, **dict.fromkeys(OWN, ""), "api_key": "", "vendor_code": "VND-2"}, None)
    assert again.credentials(None) == drafted.credentials(None).model_copy(update={"vendor_id": "VND-2"})


def test_without_a_vendor_code_the_deployments_vendor_serves_again() -> None:
    stored = Credentials(api_key="old", vendor_id="V", access_key="a", secret_key="s", personal_data_key="k" * 16)
    drafted = check_step(1, StoreForm(), {**API, **OWN}, stored)
    cleared = check_step(1, drafted, {**API, "api_key": ""}, stored)
    assert cleared.credentials(stored) == Credentials(api_key=str(API["api_key"]))


def test_a_policy_number_goes_only_with_an_own_vendor() -> None:
    form = check_step(1, StoreForm(), {**API, **OWN, "policy_no": " １２34 "}, None)
    assert (form.policy_no, form.credentials(None).policy_no) == ("1234", 1234)
    assert check_step(1, form, {"policy_no": ""}, None).credentials(None).policy_no is None
    for wrong in ("12a", "-1", "0", "⑩" * 18):
        assert errors(1, {**API, **OWN, "policy_no": wrong}) == {"policy_no": "setup.field_policy_no"}
    assert errors(1, {**API, "policy_no": "1234"}) == {"policy_no": "setup.field_policy_alone"}
    stored = form.credentials(None)
    cleared = check_step(1, form, {**API, "policy_no": "1234"}, stored)
    assert cleared.credentials(stored) == Credentials(api_key=str(API["api_key"])), "it goes with its vendor"
    assert errors(1, {**API, "policy_no": "12345"}, form, stored) == {"policy_no": "setup.field_policy_alone"}


def test_a_category_may_come_from_tmon_or_from_the_fixed_list() -> None:
    tops = ["우주·항공", "가" * 61]
    for chosen, kept in (("우주·항공", "우주·항공"), ("뷰티", "뷰티"), ("가" * 61, ""), ("다른 것", ""), ("", "")):
        assert check_step(1, StoreForm(), {**API, "category": chosen}, None, tops).category == kept
    assert check_step(1, StoreForm(category="옛것"), {**API, "category": "옛것"}, None, tops).category == "옛것"


def test_settings_are_taken() -> None:
    form = check_step(3, StoreForm(), SETTINGS, None)
    assert (form.sync, form.cs, form.confirm_mode, form.extend_days) == (True, False, ConfirmMode.MANUAL, 30)
    assert form.workers == ["U2", "U3"]


def test_a_field_that_did_not_come_back_is_unchanged() -> None:
    form = check_step(3, StoreForm(), SETTINGS, None)
    assert check_step(3, form, {}, None) == form


def test_turning_back_keeps_what_was_typed_unchecked() -> None:
    form = merge_step(2, StoreForm(), {**CONTACT, "contact_mobile": "010", "api_key": "not of this step"})
    assert (form.contact_mobile, form.api_key) == ("010", "")
    form = merge_step(3, form, {**SETTINGS, "channel": None})
    assert (form.cs, form.channel) == (False, "")


def test_no_secret_or_contact_in_a_repr() -> None:
    form = check_step(2, check_step(1, StoreForm(), {**API, **OWN, "memo": "비밀 메모"}, None), CONTACT, None)
    for hidden in (API["api_key"], "secret", "0123456789abcdef", "김민지", "minji@", "1234-5678", "비밀 메모"):
        assert str(hidden) not in repr(form).replace("access_key", "").replace("secret_key", "")
