"""SQLAlchemy's dialects, one for all engines of a run, so that each statement is compiled once and not in every test."""

from collections.abc import Callable, MutableMapping
from typing import Any, Self

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.engine.default import DefaultDialect

_SHARED: dict[str, Any] = {}
_COMPILED: MutableMapping[Any, Any] = {}


class SharedDialect(DefaultDialect):
    """Made once for each set of arguments; what was compiled is kept for it and looked up under it."""

    supports_statement_cache = True

    def __new__(cls, **arguments: Any) -> Self:
        """The one that was made with the same arguments, if any."""
        alike = {name: value for name, value in arguments.items() if name != "dbapi"}  # a new wrapper of the same
        shared: Self = _SHARED.setdefault(f"{cls.__name__} {alike}", super().__new__(cls))
        return shared

    def __init__(self, **arguments: Any) -> None:
        if not hasattr(self, "dbapi"):
            super().__init__(**arguments)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        """Called by SQLAlchemy for each engine."""
        engine.update_execution_options(compiled_cache=_COMPILED)


class SharedSqlite(SharedDialect, SQLiteDialect_aiosqlite):
    """Of every SQLite database. Nothing waits for the disk: no test lets the machine break down, and processes that are killed
    lose nothing of what they have written.
    """

    supports_statement_cache = True

    def on_connect(self) -> Callable[[Any], None]:
        """What is done with each new connection."""
        done = super().on_connect()

        def connected(connection: Any) -> None:
            done(connection)
            cursor = connection.cursor()
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.close()

        return connected


class SharedPostgres(SharedDialect, PGDialect_asyncpg):
    """Of every PostgreSQL database."""

    supports_statement_cache = True


def share_dialects() -> None:
    """From now on engines use these."""
    registry.register("sqlite.aiosqlite", __name__, SharedSqlite.__name__)
    registry.register("postgresql.asyncpg", __name__, SharedPostgres.__name__)
