"""Decryption of buyers' data: AES-128, ECB, PKCS#7, Base64, UTF-8; the vendor's 16-character key (docs/tmon-api.md, ch. 14)."""

import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

KEY_LENGTH = 16
_BLOCK = 16


class Unreadable(Exception):
    """A value cannot be decrypted: wrong key, no key, or not ciphertext."""


def check_key(key: str) -> None:
    """Raise ValueError unless `key` has exactly 16 ASCII characters. The message does not contain the key."""
    if len(key) != KEY_LENGTH or not key.isascii():
        raise ValueError("the personal data key must have exactly 16 ASCII characters")


class Decryptor:
    """Decrypts the values of one response. Not thread-safe."""

    def __init__(self, key: str | None) -> None:
        """If `key` is None, every value is unreadable."""
        # ECB has no state between blocks, so one context can decrypt any number of values.
        self._blocks = None if key is None else Cipher(algorithms.AES(key.encode()), modes.ECB()).decryptor()  # noqa: S305 - TMON's choice

    def decrypt(self, value: object) -> str | None:
        """Return the plain text; None for an absent or empty value, which is not encrypted. Raises Unreadable."""
        if value is None or value == "":
            return None
        if self._blocks is None or not isinstance(value, str):
            raise Unreadable
        try:
            sealed = binascii.a2b_base64(value, strict_mode=True)
            if not sealed or len(sealed) % _BLOCK:
                raise Unreadable
            unpadder = PKCS7(_BLOCK * 8).unpadder()
            return (unpadder.update(self._blocks.update(sealed)) + unpadder.finalize()).decode()
        except ValueError:  # bad Base64, bad padding or bad UTF-8
            raise Unreadable from None
