"""The driver of SQLite: SQLAlchemy's for aiosqlite, with one step of the connection's thread per statement.

SQLAlchemy's own takes four: to open a cursor, to execute, to fetch the rows and to close it, and waits for a turn of the event
loop after each. The rows of a statement that is not streamed are fetched at once anyway.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from typing import Any

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ("description", "lastrowid", "rowcount")

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._cursor: Any = None  # there is none between two steps
        self._rows = deque()
        self._soft_closed_memoized = EMPTY_DICT
        self.description: Any = None
        self.rowcount: Any = -1
        self.lastrowid: Any = None

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        def run(cursor: sqlite3.Cursor) -> None:
            cursor.execute(operation, () if parameters is None else parameters)

        await self._in_one_step(run)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._in_one_step(lambda cursor: cursor.executemany(operation, seq_of_parameters))

    async def _async_soft_close(self) -> None:
        """Do nothing: the cursor is closed."""

    async def _in_one_step(self, run: Callable[[sqlite3.Cursor], object]) -> None:
        connection: Any = self._connection

        def step() -> tuple[Any, int, Any, list[Any]]:
            cursor = connection._conn.cursor()
            try:
                run(cursor)
                rows = [] if cursor.description is None else cursor.fetchall()
                return cursor.description, cursor.rowcount, cursor.lastrowid, rows
            finally:
                cursor.close()

        async with self._adapt_connection._execute_mutex:
            self.description, self.rowcount, self.lastrowid, rows = await connection._execute(step)
        self._rows = deque(rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()
    _cursor_cls = _Cursor


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """The module that an engine is given."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *args: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        """Connect, in the connection's thread."""
        return _Connection(self, super().connect(*args, **options)._connection)
