"""Keys of sealed columns: create one, and re-encrypt every sealed value with the first.

To change the key: put the new one in front of `ENCRYPTION_KEYS`, restart the bot, rotate (the bot may run), then remove
the old one. An interrupted rotation is resumed by running it again: values under the first key are skipped.
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
    """Progress of the rotation of one column."""

    column: str
    """`table.column`."""
    looked: int = 0
    resealed: int = 0
    unreadable: int = 0
    """Values that no key opens; they are left unchanged."""


def new_key() -> str:
    """Create a Fernet key."""
    return Fernet.generate_key().decode()


async def rotate(db: Database, sealer: Sealer) -> AsyncIterator[Rotation]:
    """Re-encrypt every sealed value with the first key, a batch per transaction; yields the progress after each batch.

    A value that is written concurrently is never overwritten: it is under the first key already.
    """
    for table, column in sealed_columns(METADATA):
        progress = Rotation(f"{table.name}.{column.name}")
        last: Sequence[Any] | None = None
        while rows := await _batch(db, table, column, last):
            last = rows[-1][:-1]
            # a thousand decryptions would block the event loop for too long
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
