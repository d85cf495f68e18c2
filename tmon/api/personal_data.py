"""Buyers' data on the wire: AES-128, ECB, PKCS#7, Base64, UTF-8, with the vendor's 16-character key (docs/tmon-api.md, ch. 14)."""

import binascii

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

KEY_LENGTH = 16
_BLOCK = 16


class Unreadable(Exception):
    """A value that should be ciphertext and does not decrypt: wrong key, no key, or plain text."""


def check_key(key: str) -> None:
    """Raises ValueError, without the key, unless it has exactly 16 ASCII characters."""
    if len(key) != KEY_LENGTH or not key.isascii():
        raise ValueError("the personal data key must have exactly 16 ASCII characters")


class Decryptor:
    """Decrypts the values of one answer; not to be shared between threads."""

    def __init__(self, key: str | None) -> None:
        """Without a key every value is unreadable."""
        # ECB carries nothing from block to block, so one context serves any number of values.
        self._blocks = None if key is None else Cipher(algorithms.AES(key.encode()), modes.ECB()).decryptor()  # noqa: S305 - TMON's choice

    def decrypt(self, value: object) -> str | None:
        """The plain text; None for what is absent or empty, which is not ciphertext. Raises Unreadable."""
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
