"""The processes that work on one database, each of which says by a heartbeat that it is alive."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.ids import new_id
from tmon.models.processes import ProcessRecord

STALLED = timedelta(seconds=15)
"""After so long without a heartbeat a process counts as gone."""
BEATS = 5
"""Heartbeats of a process in that time."""
FORGOTTEN = timedelta(days=1)
"""For so long the operator can see that a process has gone without a word."""


class Process:
    """This process among those that work on the database. Rows that it has claimed bear its `id`."""

    def __init__(
        self,
        db: Database,
        role: str = "run",
        *,
        stalled: timedelta = STALLED,
        version: str = "",
        keys: Sequence[str] = (),
        facts: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        """`stalled`: when others count as gone, the same for all of them; `keys`: fingerprints of the encryption keys;
        `facts`: what it tells the operator.
        """
        self.id = new_id("pr")
        self.role = role
        self.stalled = stalled
        self.alone = False
        """Whether a lock keeps all others away."""
        self._db = db
        self._beaten = time.monotonic()
        self._row: dict[str, Any] = {
            "id": self.id,
            "role": role,
            "version": version,
            "keys": list(keys),
            "facts": dict(facts),
        }

    async def begin(self, *, alone: bool) -> None:
        """Say that it is alive. `alone`: a lock says that all others are gone, so that what they had claimed is free."""
        self.alone = alone
        async with self._db.write() as session:
            if alone:
                await session.execute(delete(ProcessRecord))
            await self._upsert(session)

    async def beat(self, **facts: Any) -> None:
        """Say that it is still alive. Called `BEATS` times in `stalled`. `facts`: what has changed of what it tells the operator."""
        self._row["facts"] = {**self._row["facts"], **facts}
        async with self._db.write() as session:
            await self._upsert(session)
        self._beaten = time.monotonic()

    def silent_seconds(self) -> float:
        """Return the seconds since the last heartbeat that reached the database."""
        return time.monotonic() - self._beaten

    async def end(self) -> None:
        """Say that it is gone: what it had claimed is free."""
        async with self._db.write() as session:
            await session.execute(delete(ProcessRecord).where(col(ProcessRecord.id) == self.id))

    def is_gone(self, owner: Any) -> ColumnElement[bool]:
        """Return the condition that the process in the column `owner` is gone. This one never is: it knows what it does."""
        # not a correlated subquery: in ON CONFLICT … WHERE it would look at all rows of the table instead of the one at hand
        alive = select(col(ProcessRecord.id)).where(self._is_alive())
        return and_(owner.is_not(None), owner != self.id, owner.not_in(alive))

    async def working_since(self, now: datetime) -> datetime:
        """Return since when there has been a process that does what is due, by the oldest one alive; `now` if there is none."""
        async with self._db.read() as session:
            since: datetime | None = await session.scalar(
                select(func.min(col(ProcessRecord.started_at))).where(
                    col(ProcessRecord.role) != "web",
                    or_(col(ProcessRecord.id) == self.id, self._is_alive()),
                )
            )
        return since or now

    def _is_alive(self) -> ColumnElement[bool]:
        heard = col(ProcessRecord.heartbeat_at)
        # not later than now: else, after the clock was set back, whoever is gone would be alive for as long
        return and_(heard > self._db.now(-self.stalled), heard <= self._db.now(self.stalled))

    async def _upsert(self, session: Any) -> None:
        now = await session.scalar(select(self._db.now()))
        row = {**self._row, "started_at": now, "heartbeat_at": now}
        await upsert(session, ProcessRecord.__table__, [row], update=["heartbeat_at", "facts"])  # type: ignore[attr-defined]


@dataclass(frozen=True)
class KnownProcess:
    """A process that works on the database, or has gone without a word."""

    record: ProcessRecord
    silent: timedelta
    """Since its last heartbeat, by the database's clock."""
    gone: bool


async def known(db: Database, stalled: timedelta = STALLED) -> list[KnownProcess]:
    """Return the processes, the oldest first. `stalled`: after so long without a heartbeat they are gone."""
    async with db.read() as session:
        found = await session.execute(select(ProcessRecord, db.now()).order_by(col(ProcessRecord.started_at)))
        silent = [(record, now - record.heartbeat_at) for record, now in found]
    return [KnownProcess(record, since, since > stalled) for record, since in silent]


async def forget_gone(db: Database) -> None:
    """Delete the records of processes that have been gone for long. What they had claimed is free already."""
    async with db.write() as session:
        await session.execute(delete(ProcessRecord).where(col(ProcessRecord.heartbeat_at) <= db.now(-FORGOTTEN)))
