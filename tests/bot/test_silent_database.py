"""A connection to PostgreSQL that is cut without a word: nothing tells either end that the other one is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from sqlalchemy import make_url, text

from bot import db as bot_db
from bot.db import create_database, process_lock
from tests.databases import PostgresDatabases
from tmon.database import is_busy


@dataclass
class Cable:
    """Between a process and PostgreSQL; once it is cut, what was connected stays open and silent."""

    url: str
    plugged: str = ""
    """The address of the database by this cable."""
    _cut: asyncio.Event = field(default_factory=asyncio.Event)

    def cut(self) -> None:
        """Lets nothing through any more on the connections there are; later ones work."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Lets through what comes from either end."""
        cut, url = self._cut, make_url(self.url)
        if (socket := url.query.get("host")) is not None:
            port = url.query.get("port", 5432)
            far, back = await asyncio.open_unix_connection(f"{socket}/.s.PGSQL.{port}")
        else:
            far, back = await asyncio.open_connection(url.host, url.port)
        ways = [asyncio.create_task(pass_on(*way, cut)) for way in ((reader, back), (far, writer))]
        await asyncio.wait(ways)
        writer.close()
        back.close()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
    """Passes on in one direction; takes what comes and drops it after the cut."""
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            if not cut.is_set():
                writer.write(data)
        if not cut.is_set() and writer.can_write_eof():
            writer.write_eof()


@pytest.fixture
def databases(postgres_databases: PostgresDatabases) -> PostgresDatabases:
    """A file is never cut off."""
    return postgres_databases


@pytest.fixture
async def cable(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cable]:
    """A cable, and a process that is not very patient."""
    monkeypatch.setattr(bot_db, "SILENT_SECONDS", 0.5)
    monkeypatch.setattr(bot_db, "STATEMENT_SECONDS", 1)
    cable = Cable(database_url)
    server = await asyncio.start_server(cable.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    cable.plugged = make_url(database_url).set(host="127.0.0.1", port=port, query={}).render_as_string(False)
    yield cable
    server.close()


async def test_a_process_uses_new_connections_when_those_of_its_pool_are_silent(cable: Cable) -> None:
    db = create_database(cable.plugged)

    async def ask() -> None:
        async with db.write() as session:
            await session.execute(text("SELECT pg_sleep(0.05)"))

    await asyncio.gather(*(ask() for _ in range(8)))
    cable.cut()
    async with asyncio.timeout(15):
        await asyncio.gather(*(ask() for _ in range(8)))
    await db.engine.dispose()


async def test_what_hears_nothing_within_a_transaction_fails_and_may_try_again(cable: Cable) -> None:
    db = create_database(cable.plugged)

    async def ask_while_it_is_cut() -> None:
        async with db.write() as session:
            await session.execute(text("SELECT 1"))
            cable.cut()
            await session.execute(text("SELECT 1"))

    async with asyncio.timeout(15):
        with pytest.raises(ConnectionResetError) as failed:
            await ask_while_it_is_cut()
        assert is_busy(failed.value)
        async with db.read() as session:
            assert await session.scalar(text("SELECT 1")) == 1
    await db.engine.dispose()


async def test_a_commit_of_which_nothing_is_heard_fails(cable: Cable) -> None:
    db = create_database(cable.plugged)

    async def commit_after_the_cut() -> None:
        async with db.write() as session:
            await session.execute(text("SELECT 1"))
            cable.cut()

    async with asyncio.timeout(15):
        with pytest.raises(ConnectionResetError):
            await commit_after_the_cut()
    await db.engine.dispose()


async def test_a_process_hears_that_its_lock_is_silent(cable: Cable) -> None:
    lost = asyncio.Event()
    async with process_lock(cable.plugged, lost=lost.set):
        cable.cut()
        await asyncio.wait_for(lost.wait(), 15)
