"""How many rows the statements of a test touch, on both databases."""

import json
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from tmon.database import Database

_STEP = 100
"""SQLite's instructions between two looks at how many there were."""


@dataclass
class Statements:
    """What was executed, once for each text."""

    db: Database
    found: dict[str, tuple[str, Any]] = field(default_factory=dict)
    """What was being done, and the parameters."""
    doing: str = ""

    async def touching(self, table: str) -> AsyncIterator[tuple[str, str, int]]:
        """Execute what names a table again, change nothing, and yield what was being done, the statement and its rows.

        On SQLite they are its instructions, of which a row needs several; on PostgreSQL the rows of the widest node.
        """
        for statement, (doing, parameters) in list(self.found.items()):
            if re.search(rf"\b{table}\b", statement) and re.match(r"\s*(SELECT|WITH|UPDATE|DELETE)\b", statement):
                yield doing, statement, await self._rows(statement, parameters)

    async def _rows(self, statement: str, parameters: Any) -> int:
        if self.db.engine.dialect.name == "sqlite":
            return _instructions(str(make_url(str(self.db.engine.url)).database), statement, parameters)
        async with self.db.engine.connect() as connection:
            rows = await _widest(connection, statement, parameters)
            await connection.rollback()
        return rows


@asynccontextmanager
async def written_down(db: Database) -> AsyncIterator[Statements]:
    """The statements that are executed within the block."""
    statements = Statements(db)

    def executed(_: Connection, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        statements.found.setdefault(statement, (statements.doing, parameters[0] if many else parameters))

    event.listen(db.engine.sync_engine, "before_cursor_execute", executed)
    try:
        yield statements
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", executed)


def _instructions(file: str, statement: str, parameters: Any) -> int:
    count = 0

    def look() -> int:
        nonlocal count
        count += _STEP
        return 0

    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.set_progress_handler(look, _STEP)
        connection.execute(statement, parameters).fetchall()
        connection.set_progress_handler(None, 0)
        connection.rollback()
    return count


async def _widest(connection: AsyncConnection, statement: str, parameters: Any) -> int:
    plan = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters)
    found = plan.scalar_one()
    return max(_touched((json.loads(found) if isinstance(found, str) else found)[0]["Plan"]))


def _touched(node: Mapping[str, Any]) -> Iterator[int]:
    each = sum(value for name, value in node.items() if name == "Actual Rows" or name.startswith("Rows Removed by"))
    yield int(each * node["Actual Loops"])
    for child in node.get("Plans", ()):
        yield from _touched(child)
