"""Fixtures for every test: databases of both kinds, a clock to move, sealing."""

import gc
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet

from bot.db import create_database
from tests.clock import MovableClock
from tests.databases import KINDS, PostgresDatabases, SqliteDatabases
from tests.dialects import share_dialects
from tmon.database import Database
from tmon.sealing import Sealer

gc.set_threshold(10_000, 10, 5)  # it looked so often that it took a seventh of the time
share_dialects()
# the default prints every local variable of every frame, which of a whole bot took minutes and gigabytes
_plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
structlog.configure(processors=[*structlog.get_config()["processors"][:-1], _plain])


def pytest_collection_finish() -> None:
    """Let the garbage collector leave alone what stays until the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_databases(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    """Makes SQLite databases."""
    return SqliteDatabases(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def postgres_databases() -> PostgresDatabases:
    """Makes PostgreSQL databases; fails where the server does not start."""
    return PostgresDatabases()


@pytest.fixture(params=KINDS)
def databases(request: pytest.FixtureRequest) -> SqliteDatabases | PostgresDatabases:
    """Makes databases, of both kinds in turn."""
    made: SqliteDatabases | PostgresDatabases = request.getfixturevalue(
        "sqlite_databases" if request.param == "sqlite" else "postgres_databases"
    )
    return made


@pytest.fixture
async def empty_database_url(databases: SqliteDatabases | PostgresDatabases, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    url = await databases.create(tmp_path, migrated=False)
    yield url
    await databases.drop(url)


@pytest.fixture
async def database_url(databases: SqliteDatabases | PostgresDatabases, tmp_path: Path) -> AsyncIterator[str]:
    """A migrated database without any row."""
    url = await databases.create(tmp_path, migrated=True)
    yield url
    await databases.drop(url)


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """A migrated database without any row, open."""
    database = create_database(database_url)
    yield database
    await database.engine.dispose()


@pytest.fixture
def clock() -> MovableClock:
    """Stands at Tuesday 2026-03-10, 10:00 in Seoul."""
    return MovableClock()


@pytest.fixture
def encryption_key() -> str:
    """A new Fernet key."""
    return Fernet.generate_key().decode()


@pytest.fixture
def sealer(encryption_key: str) -> Sealer:
    """Seals with `encryption_key`."""
    return Sealer([encryption_key])
