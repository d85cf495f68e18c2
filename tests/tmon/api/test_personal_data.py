"""Buyers' data: decrypted, never guessed."""

import base64

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from tests.tmon.api.examples import KEY, VECTORS
from tmon.api.personal_data import Decryptor, Unreadable


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
