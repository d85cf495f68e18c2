"""Sessions on SQLite or PostgreSQL, and the bulk upsert that both share."""

import asyncio
import copy
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Self, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Dialect,
    Double,
    Index,
    Integer,
    Interval,
    Select,
    String,
    Table,
    bindparam,
    cast,
    extract,
    func,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

WRITE = "tmon_write"
"""Execution option of connections that write: on SQLite their transactions begin with BEGIN IMMEDIATE."""


class Database:
    """Read and write sessions. On SQLite, writers queue in the process instead of failing with `database is locked`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._writer = engine.execution_options(**{WRITE: True})
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._queue: AbstractAsyncContextManager[Any] = asyncio.Lock() if self._is_sqlite else nullcontext()
        self.clock_offset: Callable[[], timedelta] = timedelta
        """What `now` adds to the database's clock: nothing, but where the time is set, as in the playground."""
        self._guard: Callable[[AsyncSession], Awaitable[None]] | None = None

    def now(self, later: timedelta = timedelta()) -> ColumnElement[datetime]:
        """Return the database's time, or a moment so much `later`, as an expression of SQL.

        Leases, claims and heartbeats of all processes go by it; times of the business are the injected clock's. A statement
        that is kept and executed again has the time of that moment.
        """
        if self._is_sqlite:  # the file is on one machine, whose clock is the database's
            return read_when_executed(lambda: self.clock_offset() + datetime.now(UTC) + later, Moment())
        shift = read_when_executed(lambda: later + self.clock_offset(), _Shift())
        # stable within a statement, so that an index can be used
        return type_coerce(func.statement_timestamp() + shift, UTCDateTime())

    def seconds(self) -> ColumnElement[float]:
        """Return the database's time in seconds since 1970, for calculations in SQL."""
        if self._is_sqlite:
            return read_when_executed(lambda: (self.clock_offset() + datetime.now(UTC)).timestamp(), _Seconds())
        shift = read_when_executed(lambda: self.clock_offset().total_seconds(), _Seconds())
        return cast(extract("epoch", func.statement_timestamp()), Double()) + shift

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """Open a session for reading; changes are discarded."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            yield session

    @asynccontextmanager
    async def writing_nothing(self) -> AsyncIterator[None]:
        """Keep the writers of this process away, on SQLite."""
        async with self._queue:
            yield

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction: committed at the end of the block, rolled back on an exception. No network calls inside."""
        async with self._queue, AsyncSession(self._writer, expire_on_commit=False) as session, session.begin():
            if self._guard is not None:
                await self._guard(session)
            yield session

    def guarded(self, guard: Callable[[AsyncSession], Awaitable[None]]) -> Self:
        """Return the same database, whose write transactions begin with `guard`: what it raises lets nothing be written."""
        guarded = copy.copy(self)
        guarded._guard = guard
        return guarded


class Moment(UTCDateTime):
    """Type of a parameter that is read when its statement is executed.

    A type of its own, and so for the others: SQLAlchemy would take a statement for one that it has compiled with a plain
    value in the same place, and never call what reads it.
    """

    cache_ok = True


class _Shift(Interval):
    """See `Moment`."""

    cache_ok = True


class _Seconds(Double[float]):
    """See `Moment`."""


def read_when_executed(read: Callable[[], Any], kind: TypeEngine[Any]) -> ColumnElement[Any]:
    """Return a parameter whose value is read at each execution; `kind`: a type that only such ones have, see `Moment`."""
    return bindparam(None, callable_=read, type_=kind, unique=True)


_BATCH = 500
T = TypeVar("T")

_PASSING_STATES = frozenset({"40001", "40P01", "53300", "55P03", "57014", "57P01", "57P02", "57P03"})
"""PostgreSQL: a lock that was not given or broke up a deadlock, too many connections, a statement that took too long, a
server that stops or starts."""


async def fetch_many(session: AsyncSession, query: Select[T]) -> list[T]:
    """Return the rows of a query that may have tens of thousands, in batches: others get their turn in between."""
    rows = await session.stream_scalars(query, execution_options={"yield_per": _BATCH})
    return [row async for row in rows]


def is_busy(error: BaseException) -> bool:
    """Return whether `error` says that the database is locked or away for the moment, so that trying again may help."""
    if isinstance(error, PoolTimeoutError) or type(error) in (ConnectionRefusedError, ConnectionResetError):
        return True  # asyncpg raises these as they are
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _PASSING_STATES:
        return True
    text = str(error.orig)
    return isinstance(error, OperationalError) and ("locked" in text or "busy" in text)


async def upsert(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], *, update: Sequence[str]
) -> None:
    """Insert `rows` in one `executemany`; where the primary key exists, set the columns of `update`.

    Every row must have the same keys. With an empty `update`, existing rows are not changed.
    """
    if not rows:
        return
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    if update:
        statement = statement.on_conflict_do_update(
            index_elements=keys, set_={name: statement.excluded[name] for name in update}
        )
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    await session.execute(statement, list(rows))


async def insert_missing(
    session: AsyncSession, table: Table, rows: Sequence[Mapping[str, Any]], *, returning: str
) -> list[Any]:
    """Insert those of `rows` that no key or unique index keeps out. Returns the values of a column of the inserted ones.

    So only one of several transactions that insert the same row at the same time counts it as new.
    """
    if not rows:
        return []
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(table).on_conflict_do_nothing().returning(table.c[returning])
    return list(await session.scalars(statement, list(rows)))


Wide = BigInteger().with_variant(Integer(), "sqlite")
"""Column of 64 bits that an earlier schema had with 32: on SQLite both are the same, and need no copy of the table."""


def partial_index(name: str, *columns: str, where: str) -> Index:
    """An index of the rows that meet a condition, on both databases. A query uses it that states the same condition."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Choice(TypeDecorator[Any]):
    """Column of a StrEnum, stored by value (SQLAlchemy's Enum stores the member's name, which a rename would break)."""

    impl = String(32)
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.value if isinstance(value, self.kind) else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.kind(value)


def is_data_error(error: BaseException) -> bool:
    """Return whether a transaction failed because of the values it was to store: others could have been stored."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, ValueError | ArithmeticError | LookupError | TypeError | StatementError)
    if isinstance(error, OperationalError) or error.connection_invalidated:
        return False
    state = getattr(error.orig, "sqlstate", None)
    if state:  # PostgreSQL: data exceptions, violated constraints, limits exceeded
        return str(state)[:2] in ("22", "23", "54")
    # SQLite; and values that asyncpg itself refuses to send, which are ValueErrors
    return isinstance(error, DataError | IntegrityError) or isinstance(
        getattr(error.orig, "__cause__", None), ValueError
    )


def utc(moment: datetime) -> datetime:
    """Return `moment` in UTC; a naive one is assumed to be UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
