"""What is left in the database's files of values that were destroyed or replaced."""

import asyncio
from typing import Any

import structlog

from tmon.database import Database
from tmon.models.metadata import METADATA
from tmon.sealing import sealed_columns

log = structlog.stdlib.get_logger(__name__)

_ATTEMPTS = 20
_PAUSE = 0.25
"""Seconds between attempts: a checkpoint waits for nobody who reads."""
_VACUUM_SECONDS = 600


async def overwrite(db: Database) -> None:
    """Remove destroyed values from the database's files, as far as the database can. Called after a destruction.

    SQLite overwrites them in the file itself (`secure_delete`), but its log keeps the pages as they were until it is cut to
    nothing. PostgreSQL frees the room of old rows with VACUUM, to be used again. What fails is tried again by a job.
    """
    async with db.engine.connect() as connection:
        raw = (await connection.get_raw_connection()).driver_connection  # neither works within a transaction
        if db.engine.dialect.name == "sqlite":
            await _truncate_log(db, raw)
        else:
            await _vacuum(raw)


async def _truncate_log(db: Database, connection: Any) -> None:
    (patience,) = await _ask(connection, "PRAGMA busy_timeout")
    try:
        await _ask(connection, "PRAGMA busy_timeout = 0")  # or those who write would wait with it
        for _ in range(_ATTEMPTS):
            async with db.writing_nothing():
                busy, *_rest = await _ask(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
            if not busy:
                return
            await asyncio.sleep(_PAUSE)
    finally:
        await _ask(connection, f"PRAGMA busy_timeout = {patience}")
    log.warning("the log of the database could not be cut, because something reads; tried again later")


async def _ask(connection: Any, pragma: str) -> tuple[int, ...]:
    async with connection.execute(pragma) as cursor:
        row: tuple[int, ...] = await cursor.fetchone()
    return row


async def _vacuum(connection: Any) -> None:
    await connection.execute("SET statement_timeout = 0")
    try:
        for name in dict.fromkeys(table.name for table, _ in sealed_columns(METADATA)):
            await connection.execute(f'VACUUM "{name}"', timeout=_VACUUM_SECONDS)
    finally:
        await connection.execute("RESET statement_timeout")
