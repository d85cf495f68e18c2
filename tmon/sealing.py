"""Encryption at rest ("sealing"): Fernet with key rotation, and a column type that accepts sealed values only.

A sealed column holds a Fernet token (AES-128-CBC and HMAC-SHA256, https://github.com/fernet/spec). The first key
encrypts, every key decrypts: a new key is put in front and old rows are resealed later (`tmon-bot keys rotate`).

A value is bound to its place (table, column, primary key): a digest of the place is encrypted with it, so that a token
that somebody copies into another row or column does not open there. Tokens of versions up to 0.2.0 are not bound.
"""

import hmac
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import BaseModel
from sqlalchemy import Column, Dialect, MetaData, Table, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

_TOKEN_PREFIX = "gAAAA"  # noqa: S105 - version byte 0x80 and the high bytes of the time stamp, in base64
_BOUND = b"\x01"
"""First byte of a bound value; JSON, which is all of an unbound one, cannot begin with it."""
_DIGEST_SIZE = sha256().digest_size

T = TypeVar("T", bound=BaseModel)


class CannotOpen(Exception):
    """A sealed value cannot be opened: the key it was sealed with is no longer configured, or it belongs elsewhere."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value stands: in which column of which row."""

    table: str
    column: str
    key: tuple[Any, ...]
    """The row's primary key."""

    @classmethod
    def of(cls, row: SQLModel, column: str) -> "Place":
        """Return the place of a column of `row`, whose primary key is set already."""
        return cls.at(_table(type(row)), column, {part.key: getattr(row, part.key) for part in _key(type(row))})

    @classmethod
    def at(cls, table: Table | type[SQLModel], column: str, values: Mapping[str, Any]) -> "Place":
        """Return the place of a column of the row of `table` that has the primary key within `values`."""
        table = table if isinstance(table, Table) else _table(table)
        if not isinstance(table.c[column].type, Sealed):
            raise ValueError(f"{table.name}.{column} is not a sealed column")
        key = tuple(values[part.key] for part in table.primary_key)
        if None in key:
            raise ValueError(f"a row of {table.name} has no primary key yet")
        return cls(table.name, column, key)

    def digest(self) -> bytes:
        """Return the SHA-256 digest of the place."""
        return sha256(json.dumps([self.table, self.column, *self.key]).encode()).digest()


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def _key(model: type[SQLModel]) -> Iterable[Column[Any]]:
    return _table(model).primary_key


class Sealed(TypeDecorator[str]):
    """Text column that rejects values that are not sealed, so that a forgotten `seal` raises ValueError."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not value.startswith(_TOKEN_PREFIX):
            raise ValueError("a sealed column was given a plain value")
        return value


class Sealer:
    """Encrypts ("seals") and decrypts ("opens") small pydantic models and JSON values, and makes keyed hashes."""

    def __init__(self, keys: Sequence[str], *, bound_only: bool = False, hash_key: str | None = None) -> None:
        """`keys`: Fernet keys (32 bytes, URL-safe base64); the first encrypts. Raises ValueError on a malformed key.

        `bound_only`: values without a place are neither sealed nor opened; so in the running bot, which binds those of
        older versions when it starts. `hash_key`: of keyed hashes, which do not change with `keys`.
        """
        if not keys:
            raise ValueError("at least one encryption key is needed")
        self._newest = Fernet(keys[0])
        self._fernet = MultiFernet([Fernet(key) for key in keys])
        self._bound_only = bound_only
        self._hash_key = None if hash_key is None else hash_key.encode()
        self._opened: Counter[tuple[str, str]] = Counter()

    def __repr__(self) -> str:
        return "Sealer(…)"

    def seal(self, value: BaseModel | dict[str, Any] | list[Any] | str, place: Place | None = None) -> str:
        """Return the sealed JSON of `value`, which opens at `place` only."""
        plain = value.model_dump_json() if isinstance(value, BaseModel) else json.dumps(value, ensure_ascii=False)
        return self._newest.encrypt(self._head(place) + plain.encode()).decode()

    def open(self, token: str, place: Place | None = None) -> Any:
        """Return the JSON value inside. Raises CannotOpen, also if it was sealed for another place than `place`."""
        plain = self._decrypt(token)
        head = self._head(place)
        if plain.startswith(_BOUND):
            if head and not plain.startswith(head):
                raise CannotOpen
            plain = plain[len(_BOUND) + _DIGEST_SIZE :]
        elif self._bound_only:
            raise CannotOpen
        if place is not None:
            self._opened[str(place.key[0]), f"{place.table}.{place.column}"] += 1
        return json.loads(plain)

    def keyed_hash(self, values: Sequence[str]) -> str | None:
        """Return the HMAC-SHA256 of `values` in hex, equal for equal values; None without a key of hashes.

        Values that are sealed cannot be compared; these can, by whoever has the database, but not be guessed from it.
        """
        if self._hash_key is None:
            return None
        return hmac.new(self._hash_key, json.dumps(values).encode(), sha256).hexdigest()

    def take_opened(self) -> Counter[tuple[str, str]]:
        """Return how many values were opened since the last call, by the workspace, which every key begins with, and
        `<table>.<column>`."""
        opened, self._opened = self._opened, Counter()
        return opened

    def give_back(self, opened: Counter[tuple[str, str]]) -> None:
        """Count what `take_opened` returned once more: it could not be recorded."""
        self._opened.update(opened)

    def open_as(self, model: type[T], token: str, place: Place | None = None) -> T:
        """Return the value inside as a `model`. Raises CannotOpen, as `open` does."""
        return model.model_validate(self.open(token, place))

    def reseal(self, token: str, place: Place) -> str:
        """Return the value encrypted with the first key, and bound to `place` if it was not bound. Raises CannotOpen."""
        plain = self._decrypt(token)
        if not plain.startswith(_BOUND):
            plain = self._head(place) + plain
        elif not plain.startswith(self._head(place)):
            raise CannotOpen
        return self._newest.encrypt(plain).decode()

    def is_current(self, token: str) -> bool:
        """Return whether `token` is bound, and encrypted with the first key."""
        try:
            return self._newest.decrypt(token).startswith(_BOUND)
        except InvalidToken:
            return False

    def is_bound(self, token: str) -> bool:
        """Return whether `token` is bound. Raises CannotOpen."""
        return self._decrypt(token).startswith(_BOUND)

    def _head(self, place: Place | None) -> bytes:
        if place is not None:
            return _BOUND + place.digest()
        if self._bound_only:
            raise ValueError("a sealed value needs a place")
        return b""

    def _decrypt(self, token: str) -> bytes:
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise CannotOpen from None


def sealed_columns(metadata: MetaData) -> Iterator[tuple[Table, Column[Any]]]:
    """Yield every sealed column of the schema, for key rotation."""
    tables: Iterable[Table] = metadata.sorted_tables
    for table in tables:
        for column in table.columns:
            if isinstance(column.type, Sealed):
                yield table, column
