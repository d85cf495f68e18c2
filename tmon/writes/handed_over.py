"""Writes that a task carries out, in whatever process, while a person waits in the one in which it was pressed."""

import asyncio
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock
from tmon.database import Database
from tmon.models.writes import WriteRecord, WriteStep
from tmon.sealing import CannotOpen, Place, Sealer
from tmon.work import Work
from tmon.writes.remote_write import Outcome
from tmon.writes.results import FORGOTTEN, Raised, outcome_of

log = structlog.get_logger(__name__)

CARRY_OUT = "carry out write"
"""Name of the task."""
_LOOK_SECONDS = 0.2
_LATE_LOOKS = 5
"""So often it is looked again for the result of a write that has ended: it is left right after the end."""
_PATIENCE_SECONDS = 300.0
"""How long somebody waits; the write goes on."""


class HandedOver:
    """Asks for the task, and passes on how the write ended."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, work: Work) -> None:
        self._db, self._clock, self._sealer, self._work = db, clock, sealer, work

    async def ask(self, session: AsyncSession, record: WriteRecord) -> None:
        """Ask for the task, in the transaction that stores the row."""
        ids = {"team_id": record.team_id, "write_id": record.id, "token": record.claim_token}
        await self._work.ask(session, CARRY_OUT, record.id, **ids)

    async def leave(self, record: WriteRecord, result: dict[str, Any]) -> None:
        """Leave the result for whoever waits."""
        sealed = self._sealer.seal(result, Place.of(record, "result"))
        async with self._db.write() as session:
            await _set(session, record, sealed)

    async def result(self, record: WriteRecord) -> Outcome[Any]:
        """Wait for the outcome; UNKNOWN if that takes too long. Raises what was raised before anything was sent."""
        loop = asyncio.get_running_loop()
        until, looks = loop.time() + _PATIENCE_SECONDS, 0
        key = col(WriteRecord.team_id) == record.team_id, col(WriteRecord.id) == record.id
        while loop.time() < until:
            async with self._db.read() as session:
                found = await session.execute(select(col(WriteRecord.state), col(WriteRecord.result)).where(*key))
                row = found.one_or_none()
            if row is None:  # the store was removed
                break
            state, result = row
            if result is not None:
                return await self._take(record, state, result)
            if state not in (WriteStep.PREPARED, WriteStep.SENT):
                looks += 1
                if looks > _LATE_LOOKS:  # its process was killed, and another one has found out
                    return Outcome(state, settled=state is not WriteStep.UNKNOWN)
            await asyncio.sleep(_LOOK_SECONDS)
        return Outcome(WriteStep.UNKNOWN)

    async def forget(self) -> None:
        """Forget results that nobody waits for any more."""
        async with self._db.write() as session:
            await session.execute(
                update(WriteRecord)
                .where(col(WriteRecord.result).is_not(None), col(WriteRecord.created_at) <= self._clock() - FORGOTTEN)
                .values(result=None),
                execution_options={"synchronize_session": False},
            )

    async def _take(self, record: WriteRecord, state: WriteStep, sealed: str) -> Outcome[Any]:
        async with self._db.write() as session:
            await _set(session, record, None)
        try:
            return outcome_of(self._sealer.open(sealed, Place.of(record, "result")))
        except CannotOpen:
            log.error("the result of a write does not open with the configured keys", write=record.id)
            return Outcome(state)
        except Raised as nothing_sent:
            raise nothing_sent.error from None


async def _set(session: AsyncSession, record: WriteRecord, result: str | None) -> None:
    await session.execute(
        update(WriteRecord)
        .where(col(WriteRecord.team_id) == record.team_id, col(WriteRecord.id) == record.id)
        .values(result=result),
        execution_options={"synchronize_session": False},
    )
