"""Moments, personal data and the table of calls, without a server."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from tests.tmon.api.examples import KEY, VECTORS
from tmon.api import ENDPOINTS, Certainty, Rejected, Remedy, UnexpectedResponse, endpoints
from tmon.api.personal_data import Decryptor, Unreadable
from tmon.api.wire import ApiModel, Moment, format_datetime, read


class Dated(ApiModel):
    at: Moment


@given(st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)), st.integers(-12, 14))
def test_moments_survive_the_wire(moment: datetime, hours: int) -> None:
    aware = moment.replace(tzinfo=UTC, microsecond=0) + timedelta(hours=hours)
    text = format_datetime(aware)
    assert len(text) == 19
    assert read(Dated, {"at": text}).at == aware
    assert read(Dated, {"at": text}).at.tzinfo is UTC
    if aware.second == 0:
        assert read(Dated, {"at": text[:16]}).at == aware


def test_moments_are_korean() -> None:
    assert format_datetime(datetime(2024, 3, 5, 15, 0, 1, 999, tzinfo=UTC)) == "2024-03-06T00:00:01"
    assert read(Dated, {"at": "2024-03-06T00:00"}).at == datetime(2024, 3, 5, 15, tzinfo=UTC)
    assert read(Dated, {"at": "2024-03-06T00:00:01Z"}).at == datetime(2024, 3, 6, 0, 0, 1, tzinfo=UTC)


def encrypt(text: str, key: str = KEY) -> str:
    """By the book (RFC 5652, 6.3 for the padding), apart from the code under test."""
    plain = text.encode()
    missing = 16 - len(plain) % 16
    encryptor = Cipher(algorithms.AES(key.encode()), modes.ECB()).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([missing]) * missing)).decode()


@pytest.mark.parametrize(("plain", "sealed"), VECTORS.items())
def test_vectors_of_the_contract(plain: str, sealed: str) -> None:
    assert encrypt(plain) == sealed
    assert Decryptor(KEY).decrypt(sealed) == plain


@given(st.text(), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=16, max_size=16))
def test_every_text_survives_encryption(text: str, key: str) -> None:
    text = text.encode(errors="ignore").decode()
    decryptor = Decryptor(key)
    assert decryptor.decrypt(encrypt("another value before", key)) == "another value before"
    assert decryptor.decrypt(encrypt(text, key)) == text


@given(st.binary() | st.text() | st.integers() | st.lists(st.integers()))
def test_what_is_no_ciphertext_is_unreadable_or_text(value: object) -> None:
    try:
        assert Decryptor(KEY).decrypt(value) is None or isinstance(value, str)
    except Unreadable:
        pass


@pytest.mark.parametrize(
    "value",
    ["김서연", "010-1234-5678", "yM1FinWbLU+4bKA9Kt95Yg", "yM1FinWbLU+4bKA9Kt95Yg==\n", "AAAA", "====", 4532, True, {}],
)
def test_unreadable(value: object) -> None:
    with pytest.raises(Unreadable):
        Decryptor(KEY).decrypt(value)


def test_failed_value_leaves_the_next_alone() -> None:
    decryptor = Decryptor(KEY)
    with pytest.raises(Unreadable):
        decryptor.decrypt(encrypt("김서연", "fedcba9876543210"))
    assert decryptor.decrypt(VECTORS["김서연"]) == "김서연"


def test_absent_is_not_ciphertext() -> None:
    for key in (KEY, None):
        assert Decryptor(key).decrypt(None) is None
        assert Decryptor(key).decrypt("") is None


def test_table_of_calls_is_complete() -> None:
    declared = [value for value in vars(endpoints).values() if isinstance(value, endpoints.Endpoint)]
    assert declared == list(ENDPOINTS)
    assert len({call.name for call in ENDPOINTS}) == len(ENDPOINTS)
    assert [call for call in ENDPOINTS if call.writes] == [
        call for call in ENDPOINTS if call.method != "GET" and call is not endpoints.TOKEN
    ]
    assert [call.name for call in ENDPOINTS if not call.path_confirmed] == [
        "categories.tree",
        "orders.initial",
        "cancellations.of_order",
        "delivery_templates.list",
        "delivery_templates.get",
        "deals.set_sales_period",
    ]
    assert {call.path_certainty for call in ENDPOINTS} <= set(Certainty)


def test_errors_are_short_and_say_where() -> None:
    assert str(Rejected("orders.confirm", "문장", 500)) == "orders.confirm: Rejected, HTTP 500"
    assert repr(UnexpectedResponse("orders.get", 200, field="deals.0")) == (
        "orders.get: UnexpectedResponse, HTTP 200, field deals.0"
    )
    assert Rejected("orders.confirm", "다른 이유입니다.", 500).remedy is Remedy.CORRECT
    assert not Rejected("orders.confirm", None, 500).already
