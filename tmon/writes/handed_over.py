"""Writes that a task carries out, in whatever process, while a person waits in the one in which it was pressed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import TmonError
from tmon.clock import Clock
from tmon.database import Database
from tmon.errors import AppError
from tmon.leases import Claims
from tmon.models.writes import WriteRecord, WriteStep
from tmon.sealing import CannotOpen, Place, Sealer
from tmon.work import Work, begin_press
from tmon.writes.records import new_record
from tmon.writes.remote_write import Outcome, RemoteWrite, WriteConflict
from tmon.writes.results import FORGOTTEN, Raised, outcome_of

log = structlog.get_logger(__name__)

CARRY_OUT = "carry out write"
"""Name of the task."""
_LOOK_SECONDS = 0.2
_LATE_LOOKS = 5
"""So often it is looked again for the result of a write that has ended: it is left right after the end."""
_PATIENCE_SECONDS = 300.0
"""How long somebody waits for a write; it goes on."""

V = TypeVar("V")


class HandedOver:
    """Stores writes, asks for the task, and passes on how they ended."""

    def __init__(self, db: Database, clock: Clock, sealer: Sealer, claims: Claims, work: Work) -> None:
        self._db, self._clock, self._sealer, self._claims, self._work = db, clock, sealer, claims, work
        self._ended_here: dict[str, asyncio.Event] = {}
        """Set when a write that somebody waits for has ended in this process, by its id."""

    async def run_all(
        self,
        writes: Sequence[RemoteWrite[V]],
        actor: str,
        begin: Callable[[AsyncSession, RemoteWrite[V], WriteRecord], Awaitable[object]],
    ) -> list[Outcome[V] | AppError | TmonError]:
        """Store all writes of a press with the task that carries them out, in one transaction; return how they ended.

        An error in place of an outcome says why nothing was sent. `begin`: adds a write's row to the transaction.
        """
        press = begin_press()
        now, claim = self._clock(), self._claims.for_task()
        rows = [(one, new_record(one, actor, now, self._sealer, claim, handed_over=True)) for one in writes]
        conflicts: dict[str, AppError] = {}
        async with self._db.write() as session:
            # in the order of what is written: two presses that wait for a row of each other would be a deadlock
            for write, record in sorted(rows, key=lambda row: row[1].subject):
                try:
                    await begin(session, write, record)
                except WriteConflict as error:
                    conflicts[record.id] = error
            if stored := [record for _, record in rows if record.id not in conflicts]:
                await self._ask(session, stored)
                if press is not None:
                    press.store(session)
        return [conflicts.get(record.id) or await self._ended(record) for _, record in rows]

    async def _ask(self, session: AsyncSession, records: Sequence[WriteRecord]) -> None:
        """Ask for the task, in the transaction that stores the rows. It carries them out one after the other."""
        first, *others = records
        ids: dict[str, Any] = {"team_id": first.team_id, "write_id": first.id, "token": first.claim_token}
        if others:
            ids["further"] = [record.id for record in others]
        await self._work.ask(session, CARRY_OUT, first.id, **ids)

    async def _ended(self, record: WriteRecord) -> Outcome[Any] | AppError | TmonError:
        try:
            return await self.result(record)
        except (AppError, TmonError) as error:
            return error

    async def leave(self, record: WriteRecord, result: dict[str, Any]) -> None:
        """Leave the result for whoever waits."""
        sealed = self._sealer.seal(result, Place.of(record, "result"))
        async with self._db.write() as session:
            await _set(session, record, sealed)
        if (waiting := self._ended_here.get(record.id)) is not None:
            waiting.set()

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
            await self._ends_here(record)
        return Outcome(WriteStep.UNKNOWN)

    async def _ends_here(self, record: WriteRecord) -> None:
        """Wait until a write has ended in this process, but only a moment: another one may carry it out."""
        ended = self._ended_here.setdefault(record.id, asyncio.Event())
        try:
            await asyncio.wait_for(ended.wait(), _LOOK_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._ended_here.pop(record.id, None)

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
