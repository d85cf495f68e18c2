"""Seconds and memory of what is measured, and for how long it keeps others from their turn."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, event

from tmon.database import WRITE, Database

_TURN = 0.002
"""Seconds between two turns of what waits for them."""


async def measured(run: Callable[[], Awaitable[object]]) -> tuple[float, int]:
    """Seconds of the second of two runs, and the peak of memory in a third one: tracing makes it slow."""
    await run()
    begin = time.perf_counter()
    await run()
    taken = time.perf_counter() - begin
    tracemalloc.start()
    await run()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken, peak


@dataclass
class Pieces:
    """What some work took, and kept others from."""

    seconds: float = 0
    held: float = 0
    """The longest time without a turn of the event loop for others."""
    writes: list[float] = field(default_factory=list)
    """How long each transaction that writes lasted."""

    def __str__(self) -> str:
        longest = max(self.writes, default=0)
        return (
            f"{self.seconds:.2f} s in {len(self.writes)} writing pieces, the longest {longest * 1000:.0f} ms;"
            f" loop held for at most {self.held * 1000:.0f} ms"
        )


@asynccontextmanager
async def watched(db: Database) -> AsyncIterator[Pieces]:
    """What the work within the block takes, and its writing transactions."""
    found = Pieces()

    async def wait_for_turns() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(_TURN)
            found.held = max(found.held, time.perf_counter() - before - _TURN)

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITE):
            connection.info["begun"] = time.perf_counter()

    def ended(connection: Connection) -> None:
        if "begun" in connection.info:
            found.writes.append(time.perf_counter() - connection.info.pop("begun"))

    engine = db.engine.sync_engine
    listened = (("begin", begun), ("commit", ended), ("rollback", ended))
    for name, listener in listened:
        event.listen(engine, name, listener)
    waiting = asyncio.create_task(wait_for_turns())
    begin = time.perf_counter()
    try:
        yield found
    finally:
        found.seconds = time.perf_counter() - begin
        waiting.cancel()
        for name, listener in listened:
            event.remove(engine, name, listener)
