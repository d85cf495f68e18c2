"""The database: engine, schema, and the lock that says whether one process works alone or several do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock, Timeout
from sqlalchemy import Connection, event, func, make_url, select, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection
from sqlmodel import col

from bot.sqlite_driver import Driver
from tmon.database import WRITE, Database
from tmon.models.processes import OldestCode
from tmon.processes import STALLED

BUSY_SECONDS = 5
"""How long SQLite waits while another process writes."""
STATEMENT_SECONDS = 30
WRITE_SECONDS = STATEMENT_SECONDS + 15
"""How long a transaction that writes may take: longer than any statement of it, or PostgreSQL would ignore their limit. A
session that its process leaves between the preparation of a statement and its execution is no idle one for PostgreSQL, and
waits for no statement to end: no other limit ends it, and it would keep its locks for as long as the machine is there."""
CONNECT_SECONDS = 10
POOL_SECONDS = 10
"""How long whoever waits for an answer may wait for a connection that others use."""
WORK_POOL_SECONDS = 300
"""The same for a process that works: with more to do than its connections can carry it becomes slow, and nothing fails that
people would hear of. Shorter than a run keeps its claim."""
SILENT_SECONDS = 5
"""How long PostgreSQL may take to answer when nothing keeps it busy; the connection is taken for broken after that."""
_NOTICES_GONE_CLIENTS = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "15000",  # a session that sends to nobody is not ended by its other limits
    "client_connection_check_interval": "5000",  # nor is one that waits for a lock, which it would get and hold
}
"""Settings of PostgreSQL, in milliseconds but for the keepalives: it must notice soon when this machine is gone, or the locks
of its sessions outlive it."""
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x746D6F6E  # "tmon" in ASCII; advisory locks of PostgreSQL are numbers, separate for each database
_MIGRATION_KEY = _LOCK_KEY + 1
MIGRATION_WAITS_SECONDS = 20
"""How long a migration waits for a table that others use, and whoever comes after it waits with it."""


class AlreadyRunning(Exception):
    """Another process uses this database, and does not share it; the message says so."""


class SchemaUnfit(Exception):
    """This version cannot work with the schema of the database; the message says what to do."""


def create_database(
    url: str, pool: int | None = None, *, works: bool = False, stalled: timedelta = STALLED
) -> Database:
    """Create the database at `url` (`sqlite+aiosqlite:///…` or `postgresql+asyncpg://…`); connects on first use.

    `pool`: connections to PostgreSQL at most, for one of several processes; by default enough for one that does everything.
    `works`: whether runs and other work use it, of which any number may wait for a connection, see `WORK_POOL_SECONDS`.
    `stalled`: when this process counts as gone.
    An SQLite file is created readable for its owner only, and so is its folder if it does not exist.
    """
    if _is_sqlite(url):
        return Database(_sqlite_engine(url))
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool or 10,
        max_overflow=0 if pool else 10,
        pool_timeout=WORK_POOL_SECONDS if works else POOL_SECONDS,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS + SILENT_SECONDS,  # of the network; the server's own limit is shorter
            "server_settings": {
                "application_name": "tmon-bot",
                "statement_timeout": f"{STATEMENT_SECONDS}s",
                # A process that is frozen within a transaction holds its locks no longer than it counts as alive; and not so
                # long that the statements of those who wait for them end, even where it may be silent for minutes.
                "idle_in_transaction_session_timeout": f"{min(stalled, STALLED).total_seconds():.0f}s",
                **_NOTICES_GONE_CLIENTS,
            },
        },
    )
    _give_up_silent_connections(engine)
    _limit_writes(engine)
    return Database(engine)


async def migrate(url: str) -> None:
    """Upgrade the schema to the newest revision, in one transaction. Raises CommandError if it is newer than this code.

    Several at a time wait for each other.
    """
    engine = _sqlite_engine(url) if _is_sqlite(url) else create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.execution_options(**{WRITE: True}).begin() as connection:
            if not _is_sqlite(url):
                await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_KEY})
                await connection.execute(text(f"SET LOCAL lock_timeout = '{MIGRATION_WAITS_SECONDS}s'"))
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    finally:
        await engine.dispose()


async def schema_is_current(database: Database) -> bool:
    """Whether the schema is at the newest revision of this code."""
    async with database.engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    return set(current) == set(ScriptDirectory.from_config(alembic_config()).get_heads())


async def require_schema(database: Database) -> None:
    """Raise SchemaUnfit unless this code works with the schema as it is.

    A schema with newer revisions fits as long as they only add to it. One that takes something away writes down the oldest
    code that goes without it, by the newest revision of that code.
    """
    revisions = ScriptDirectory.from_config(alembic_config())
    newest = str(revisions.get_current_head())
    async with database.engine.connect() as connection:
        current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
        if current == newest:
            return
        if current is None or any(one.revision == current for one in revisions.walk_revisions()):
            raise SchemaUnfit("the database's schema is older than this version needs: run `tmon-bot migrate` first")
        oldest = await connection.scalar(select(func.max(col(OldestCode.revision))))
    if oldest is not None and oldest > newest:
        raise SchemaUnfit("the database's schema is for newer versions of tmon-bot only: start one of those")


def is_shareable(url: str) -> bool:
    """Return whether several processes may work on the database at `url`."""
    return not _is_sqlite(url)


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, for commands that work on `connection`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


@asynccontextmanager
async def process_lock(url: str, *, lost: Callable[[], None], shared: bool = False) -> AsyncIterator[None]:
    """Lock the database for this process; released when the process ends, however. Raises AlreadyRunning.

    `shared`: with others that share it, on PostgreSQL only; else for this process alone. So either one process does
    everything, or several divide it. On PostgreSQL the lock belongs to a session, so a pooler in transaction mode does not
    work. If its connection breaks, `lost` is called, and the process must stop, because another one may start from then on.
    """
    if _is_sqlite(url):
        if shared:
            raise ValueError("several processes cannot share an SQLite database")
        lock = FileLock(f"{_sqlite_file(url)}.lock", mode=0o600)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise AlreadyRunning("another process works on this database") from None
        try:
            yield
        finally:
            lock.release()
        return

    engine = create_async_engine(
        url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={
            "timeout": CONNECT_SECONDS,
            "server_settings": {"application_name": "tmon-bot lock", **_NOTICES_GONE_CLIENTS},
        },
    )
    try:
        async with engine.connect() as connection:
            take = "pg_try_advisory_lock_shared" if shared else "pg_try_advisory_lock"
            if not await connection.scalar(text(f"SELECT {take}(:key)"), {"key": _LOCK_KEY}):
                raise AlreadyRunning(
                    "`tmon-bot run` works on this database, alone"
                    if shared
                    else "another process works on this database"
                )
            session: Any = (await connection.get_raw_connection()).driver_connection
            loop = asyncio.get_running_loop()

            def broken(_: object) -> None:
                loop.call_soon(lost)

            session.add_termination_listener(broken)
            looking = asyncio.create_task(_look_after(session))
            try:
                yield
            finally:
                session.remove_termination_listener(broken)
                looking.cancel()
                await asyncio.wait({looking})
    finally:
        await engine.dispose()


async def _look_after(session: Any) -> None:
    """End a session that is silent, before the server takes this machine for gone and gives the lock to another process."""
    while not session.is_closed():
        await asyncio.sleep(SILENT_SECONDS)
        try:
            await session.fetchrow(";", timeout=SILENT_SECONDS)
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            session.terminate()


def _give_up_silent_connections(engine: AsyncEngine) -> None:
    """Replace connections whose other end is gone without a word: the system would wait for hours, and asyncpg with it.

    This is instead of SQLAlchemy's own look before use, which has no limit of its own and asks three times as often.
    """

    @event.listens_for(engine.sync_engine, "checkout")
    def look(connection: Any, _: ConnectionPoolEntry, __: PoolProxiedConnection) -> None:
        try:
            connection.run_async(lambda driver: driver.fetchrow(";", timeout=SILENT_SECONDS))
        except (TimeoutError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            connection.driver_connection.terminate()  # a polite end would wait, too
            raise InvalidatePoolError("PostgreSQL does not answer on a connection") from error

    @event.listens_for(engine.sync_engine, "handle_error")
    def failed(context: ExceptionContext) -> None:
        if isinstance(context.original_exception, TimeoutError) and context.connection is not None:
            connection: Any = context.connection.connection
            connection.driver_connection.terminate()
            context.is_disconnect = True
            raise ConnectionResetError("PostgreSQL does not answer on a connection") from context.original_exception


def _limit_writes(engine: AsyncEngine) -> None:
    """Let PostgreSQL end transactions that write and take too long, see `WRITE_SECONDS`. Those that read hold up nobody."""

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(WRITE)
        if writes and (connection.dialect.server_version_info or ()) >= (17,):  # older ones do not have it
            connection.exec_driver_sql(f"SET LOCAL transaction_timeout = '{WRITE_SECONDS}s'")


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _sqlite_file(url: str) -> Path:
    """Return the file of `url`; creates its folder."""
    name = make_url(url).database
    if not name:
        raise ValueError("an SQLite database needs a file")
    file = Path(name).absolute()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return file


def _sqlite_engine(url: str) -> AsyncEngine:
    file = _sqlite_file(url)
    file.touch(mode=0o600)
    file.chmod(0o600)  # SQLite gives its -wal and -shm files the same mode
    engine = create_async_engine(
        url,
        module=Driver(),
        hide_parameters=True,
        pool_timeout=POOL_SECONDS,
        connect_args={"timeout": BUSY_SECONDS},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # the driver must not begin transactions by itself: `begun` does
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")  # overwrite deleted data instead of leaving it in free pages
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        # otherwise a transaction that reads before it writes fails with SQLITE_BUSY regardless of the timeout
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(WRITE) else "BEGIN")

    return engine
