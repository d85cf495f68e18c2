"""Work on many rows in pieces: so many rows in a transaction that whoever presses a button waits for one piece at most.

What a piece has done stays done. Whoever begins anew, after a crash or the next time, finds only what is left.
"""

from collections.abc import Awaitable, Callable, Sequence
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from tmon.database import Database, is_data_error
from tmon.scope import StoreKey

log = structlog.stdlib.get_logger(__name__)

PIECE = 250
"""Rows of a piece."""

Work = Callable[[AsyncSession, StoreKey, Sequence[tuple[Any, ...]]], Awaitable[int]]
"""Work on some rows of a store, in their transaction; returns on how many of them there was still something to do."""


async def in_pieces(db: Database, keys: Select[*tuple[Any, ...]], work: Work, most: int | None = None) -> int:
    """Do `work` on what `keys` selects, a piece after the other; return on how many rows it was done, `most` at the most.

    `keys`: the workspace, the store, and what else tells the rows apart, in whose order they are worked on; `work` gets the
    latter. A row because of which the database refuses a piece is left out, and the others of that piece are done without it.
    """
    columns = list(keys.selected_columns)
    ordered, done = keys.order_by(*columns), 0
    query = ordered
    while (size := PIECE if most is None else min(PIECE, most - done)) > 0:
        async with db.read() as session:
            rows = list(await session.execute(query.limit(size)))
        for (team_id, store_id), of_store in groupby(rows, key=lambda row: (row[0], row[1])):
            done += await _do(db, StoreKey(team_id, store_id), [tuple(row[2:]) for row in of_store], work)
        if len(rows) < size:
            break
        last = (literal(value, column.type) for value, column in zip(rows[-1], columns, strict=True))
        query = ordered.where(tuple_(*columns) > tuple_(*last))
    return done


async def _do(db: Database, store: StoreKey, rows: Sequence[tuple[Any, ...]], work: Work) -> int:
    try:
        async with db.write() as session:
            return await work(session, store, rows)
    except Exception as error:
        if not is_data_error(error):
            raise
        if len(rows) == 1:
            log.warning(
                "a row left out", store=store.store_id, row=[str(one) for one in rows[0]], error=type(error).__name__
            )
            return 0
    half = len(rows) // 2
    return await _do(db, store, rows[:half], work) + await _do(db, store, rows[half:], work)
