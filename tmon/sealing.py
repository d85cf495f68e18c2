"""Encryption at rest ("sealing"): Fernet with key rotation, and a column type that accepts sealed values only.

A sealed column holds a Fernet token (AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec). The first key
encrypts, every key decrypts: a new key is put in front and old rows are resealed later (`tmon-bot keys rotate`).
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel
from sqlalchemy import Column, Dialect, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator

_TOKEN_PREFIX = "gAAAA"  # noqa: S105 - version byte 0x80 and the high bytes of the time stamp, in base64


T = TypeVar("T", bound=BaseModel)


class CannotOpen(Exception):
    """A sealed value cannot be decrypted: it was sealed with a key that is no longer configured."""


class Sealed(TypeDecorator[str]):
    """Text column that rejects values that are not sealed, so that a forgotten `seal` raises ValueError."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not value.startswith(_TOKEN_PREFIX):
            raise ValueError("a sealed column was given a plain value")
        return value


class Sealer:
    """Encrypts ("seals") and decrypts ("opens") small pydantic models and JSON values."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys (32 bytes, URL-safe base64); the first encrypts. Raises ValueError on a malformed key."""
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, value: BaseModel | dict[str, Any] | list[Any] | str) -> str:
        """Return the sealed JSON of `value`."""
        plain = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value, ensure_ascii=False)
        return self._newest.encrypt(plain.encode()).decode()

    def open(self, token: str) -> Any:
        """Return the JSON value inside. Raises CannotOpen."""
        try:
            return json.loads(self._fernet.decrypt(token))
        except InvalidToken:
            raise CannotOpen from None

    def open_as(self, model: type[T], token: str) -> T:
        """Return the value inside as a `model`. Raises CannotOpen."""
        return model.model_validate(self.open(token))

    def reseal(self, token: str) -> str:
        """Return the value encrypted with the first key. Raises CannotOpen."""
        try:
            return self._fernet.rotate(token).decode()
        except InvalidToken:
            raise CannotOpen from None

    def is_newest(self, token: str) -> bool:
        """Return whether `token` is already encrypted with the first key."""
        try:
            self._newest.decrypt(token)
        except InvalidToken:
            return False
        return True


def sealed_columns(metadata: MetaData) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield every sealed column of the schema, for key rotation."""
    tables: Iterable[Table] = metadata.sorted_tables
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                yield table, column
