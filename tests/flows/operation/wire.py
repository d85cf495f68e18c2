"""The way to a server, which can be cut so that neither end hears of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from sqlalchemy import URL, make_url


class Wire:
    """Forwards what it gets from a port to the server, and back."""

    def __init__(self, socket: Path) -> None:
        self.port = 0
        self._socket = socket
        self._cut = asyncio.Event()
        """Whether the connections since the last cut are cut."""
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Nothing that was sent over the connections of now arrives any more, and none of them is closed."""
        self._cut.set()
        self._cut = asyncio.Event()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves a connection."""
        there, back = await asyncio.open_unix_connection(str(self._socket))
        ways = (self._forward(reader, back, self._cut), self._forward(there, writer, self._cut))
        self._tasks |= {asyncio.create_task(way) for way in ways}

    async def close(self) -> None:
        """Ends all connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _forward(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, is_cut: asyncio.Event) -> None:
        try:
            with suppress(OSError):
                while data := await source.read(65536):
                    if is_cut.is_set():
                        continue  # lost; the sender's buffer does not fill up, for the kernel would give the connection up then
                    target.write(data)
                    await target.drain()
            if is_cut.is_set():
                await asyncio.Event().wait()
        finally:
            target.close()


@asynccontextmanager
async def wire_to(database_url: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to the server of a database, and the address of the database over it."""
    url = make_url(database_url)
    wire = Wire(Path(str(url.query["host"])) / ".s.PGSQL.5432")
    server = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    over = URL.create(
        url.drivername, url.username, url.password, host="127.0.0.1", port=wire.port, database=url.database
    )
    try:
        yield wire, over.render_as_string(hide_password=False)
    finally:
        server.close()
        await wire.close()
