"""The keys of sealed columns: a new one, and moving every sealed value under the first.

To change the key: put the new one in front of `ENCRYPTION_KEYS`, restart the bot, rotate (the bot may run), then drop the
old one. What stops half-way is resumed by doing it again: values that are under the first key already are left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import Column, Table, and_, select, tuple_, update

from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.sealing import CannotOpen, Sealer, sealed_columns

BATCH = 500


@dataclass
class Rotation:
    """How far the rotation of one column has come."""

    column: str
    """`table.column`."""
    looked: int = 0
    resealed: int = 0
    unreadable: int = 0
    """Values that no key opens; they stay as they are."""


def new_key() -> str:
    """A new Fernet key."""
    return Fernet.generate_key().decode()


async def rotate(db: Database, sealer: Sealer) -> AsyncIterator[Rotation]:
    """Puts every sealed value under the first key, a batch per transaction; tells after each batch how far it is.

    A value that somebody else writes meanwhile is never overwritten: it is under the first key already.
    """
    for table, column in sealed_columns(METADATA):
        progress = Rotation(f"{table.name}.{column.name}")
        last: Sequence[Any] | None = None
        while rows := await _batch(db, table, column, last):
            last = rows[-1][:-1]
            # a thousand decryptions take longer than the bot's loop may stand still
            changes = await asyncio.to_thread(_reseal, rows, sealer, progress)
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
    rows: Sequence[tuple[Any, ...]], sealer: Sealer, progress: Rotation
) -> list[tuple[Sequence[Any], str, str]]:
    changes: list[tuple[Sequence[Any], str, str]] = []
    for *key, token in rows:
        progress.looked += 1
        if sealer.is_newest(token):
            continue
        try:
            changes.append((key, token, sealer.reseal(token)))
        except CannotOpen:
            progress.unreadable += 1
        else:
            progress.resealed += 1
    return changes


async def _store(
    db: Database, table: Table, column: Column[Any], changes: list[tuple[Sequence[Any], str, str]]
) -> None:
    async with db.write() as session:
        for key, old, new in changes:
            same_row = [part == value for part, value in zip(table.primary_key, key, strict=True)]
            await session.execute(update(table).where(and_(*same_row, column == old)).values({column: new}))
