"""Two processes of one deployment, in one event loop: each with connections of its own, and one clock of the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from bot.db import create_database
from tmon.database import Database
from tmon.leases import Claims, Leases
from tmon.processes import Process


@dataclass
class OneOfSeveral:
    """A process, with what it claims by."""

    db: Database
    process: Process
    claims: Claims
    leases: Leases


class DatabaseTime:
    """How far the database's clock has been moved."""

    def __init__(self) -> None:
        self.moved = timedelta()

    def __call__(self) -> timedelta:
        return self.moved

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.moved += timedelta(seconds=seconds)


@asynccontextmanager
async def one_of_several(url: str, time: DatabaseTime, role: str = "worker") -> AsyncIterator[OneOfSeveral]:
    """A process that has begun beside others. It beats when the test says so."""
    db = create_database(url)
    db.clock_offset = time
    process = Process(db, role)
    await process.begin(alone=False)
    claims = Claims(db, process)
    try:
        yield OneOfSeveral(db, process, claims, Leases(db, claims))
    finally:
        await db.engine.dispose()
