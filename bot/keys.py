"""Keys of sealed columns: create one, re-encrypt every sealed value with the first, and try whether they fit.

To change the key of a process that works alone: put the new one in front of `ENCRYPTION_KEYS`, restart the bot, rotate (the
bot may run), then remove the old one. Several processes need three rounds (docs/operations.md, "Several processes"). An interrupted rotation is resumed by running it again: values under the first key are skipped.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import structlog
from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, and_, exists, select, tuple_, update
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.models.hash_keys import HashKey
from tmon.models.metadata import METADATA
from tmon.models.orders import Order
from tmon.sealing import CannotOpen, Place, Sealer, sealed_columns

log = structlog.stdlib.get_logger(__name__)

BATCH = 500
SAMPLE_ROWS = 20
RECIPIENTS = "recipients"
"""The key of `Order.recipient_hash`. Stored: never rename."""
_FINGERPRINT = "tmon-bot key fingerprint: "
_SealedColumn = tuple[Table, Column[Any]]
_Change = tuple[Sequence[Any], str, str]
"""Primary key of a row, its token, and the one to replace it."""


class KeysDoNotFit(Exception):
    """None of the configured keys opens what the named columns hold."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(f"none of ENCRYPTION_KEYS opens what is stored in {', '.join(columns)}")


@dataclass
class Rotation:
    """Progress of the rotation of one column."""

    column: str
    """`table.column`."""
    looked: int = 0
    resealed: int = 0
    unreadable: int = 0
    """Values that no key opens, or that belong to another row; they are left unchanged."""


@dataclass(frozen=True)
class ColumnSample:
    """Some stored values of one column, tried with the configured keys."""

    column: str
    """`table.column`."""
    looked: int
    old: int
    """How many are under an older key, or not bound to their row."""
    locked: int
    """How many none of the keys decrypts."""
    moved: int
    """How many belong to another row or column."""


def fingerprints(keys: Sequence[str]) -> list[str]:
    """Return what tells keys apart, and does not tell the keys."""
    return [sha256(f"{_FINGERPRINT}{key}".encode()).hexdigest()[:8] for key in keys]


def new_key() -> str:
    """Create a Fernet key."""
    return Fernet.generate_key().decode()


async def rotate(db: Database, sealer: Sealer) -> AsyncIterator[Rotation]:
    """Re-encrypt every sealed value with the first key, a batch per transaction; yields the progress after each batch.

    Values that are not bound to their row are bound. A value that is written concurrently is never overwritten: it is
    bound and under the first key already.
    """
    async for progress in _replace(db, sealer, sealer.is_current, list(sealed_columns(METADATA))):
        yield progress


async def open_sealer(db: Database, keys: Sequence[str], *, despite_loss: bool = False) -> Sealer:
    """Return the sealer of a bot that starts: the keys fit what is stored, and every value is bound to its row.

    Raises KeysDoNotFit if none of the keys opens what a column holds, unless `despite_loss`.
    """
    sealer = Sealer(keys)
    lost = [sample.column for sample in await samples(db, sealer) if sample.locked == sample.looked]
    if lost and not despite_loss:
        raise KeysDoNotFit(lost)
    if count := await bind(db, sealer):
        log.warning("sealed values that were not bound to their rows are bound now", count=count)
    return Sealer(keys, bound_only=True, hash_key=await _hash_key(db, Sealer(keys, bound_only=True)))


async def _hash_key(db: Database, sealer: Sealer) -> str:
    """Return the key of hashes of recipients, and make it if there is none.

    If it cannot be opened any more, nothing new could be compared with what was hashed: all of that is hashed anew.
    """
    place = Place.at(HashKey, "key", {"name": RECIPIENTS})
    async with db.write() as session:
        row = {"name": RECIPIENTS, "key": sealer.seal(secrets.token_hex(32), place)}
        await upsert(session, HashKey.__table__, [row], update=[])  # type: ignore[attr-defined]
        stored = await session.get_one(HashKey, RECIPIENTS, with_for_update=True)
        try:
            key: str = sealer.open(stored.key, place)
        except CannotOpen:
            log.warning("the key of hashes of recipients is lost, a new one was made")
            key = secrets.token_hex(32)
            stored.key = sealer.seal(key, place)
            await session.execute(
                update(Order).where(col(Order.recipient_hash).is_not(None)).values(recipient_hash=None)
            )
    return key


async def bind(db: Database, sealer: Sealer) -> int:
    """Bind every sealed value of an older version to its row; returns how many there were."""

    def done(token: str) -> bool:
        try:
            return sealer.is_bound(token)
        except CannotOpen:
            return True

    bound = {step.column: step.resealed async for step in _replace(db, sealer, done, await _filled(db))}
    return sum(bound.values())


async def samples(db: Database, sealer: Sealer) -> list[ColumnSample]:
    """Try some values of each sealed column that has any."""
    tried = []
    filled = await _filled(db)
    async with db.read() as session:
        for table, column in filled:
            query = select(*table.primary_key, column).where(column.is_not(None)).limit(SAMPLE_ROWS)
            rows = [tuple(row) for row in await session.execute(query)]
            if rows:
                tried.append(_sample(sealer, table, column, rows))
    return tried


async def _filled(db: Database) -> Sequence[_SealedColumn]:
    """Return the sealed columns that have any value. One statement: a new bot has dozens of empty ones to look at."""
    columns = list(sealed_columns(METADATA))
    async with db.read() as session:
        found = await session.execute(select(*(exists().where(column.is_not(None)) for _, column in columns)))
        return [one for one, is_filled in zip(columns, found.one(), strict=True) if is_filled]


def _sample(sealer: Sealer, table: Table, column: Column[Any], rows: Sequence[tuple[Any, ...]]) -> ColumnSample:
    old = locked = moved = 0
    for *key, token in rows:
        old += not sealer.is_current(token)
        try:
            sealer.is_bound(token)
        except CannotOpen:
            locked += 1
            continue
        try:
            sealer.reseal(token, _place(table, column, key))
        except CannotOpen:
            moved += 1
    return ColumnSample(f"{table.name}.{column.name}", len(rows), old, locked, moved)


async def _replace(
    db: Database, sealer: Sealer, is_done: Callable[[str], bool], columns: Sequence[_SealedColumn]
) -> AsyncIterator[Rotation]:
    """Reseal the values that are not done; yields the progress after each batch."""
    for table, column in columns:
        progress = Rotation(f"{table.name}.{column.name}")
        last: Sequence[Any] | None = None
        while rows := await _batch(db, table, column, last):
            last = rows[-1][:-1]
            # a thousand decryptions would block the event loop for too long
            changes = await asyncio.to_thread(_reseal, table, column, rows, sealer, is_done, progress)
            if changes:
                await _store(db, table, column, changes)
            yield progress
        if last is None:
            yield progress


async def _batch(
    db: Database, table: Table, column: Column[Any], after: Sequence[Any] | None
) -> Sequence[tuple[Any, ...]]:
    key: list[Column[Any]] = list(table.primary_key)
    query = select(*key, column).where(column.is_not(None)).order_by(*key).limit(BATCH)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    async with db.read() as session:
        return [tuple(row) for row in await session.execute(query)]


def _reseal(
    table: Table,
    column: Column[Any],
    rows: Sequence[tuple[Any, ...]],
    sealer: Sealer,
    is_done: Callable[[str], bool],
    progress: Rotation,
) -> list[_Change]:
    changes: list[_Change] = []
    for *key, token in rows:
        progress.looked += 1
        if is_done(token):
            continue
        try:
            changes.append((key, token, sealer.reseal(token, _place(table, column, key))))
        except CannotOpen:
            progress.unreadable += 1
        else:
            progress.resealed += 1
    return changes


def _place(table: Table, column: Column[Any], key: Sequence[Any]) -> Place:
    names = (part.key for part in table.primary_key)
    return Place.at(table, column.key, dict(zip(names, key, strict=True)))


async def _store(db: Database, table: Table, column: Column[Any], changes: list[_Change]) -> None:
    async with db.write() as session:
        for key, old, new in changes:
            same_row = [part == value for part, value in zip(table.primary_key, key, strict=True)]
            await session.execute(update(table).where(and_(*same_row, column == old)).values({column: new}))
