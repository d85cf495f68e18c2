"""The rows of writes: a claim is a token in the row, and every step an update on condition that it is still there."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.errors import AppError
from tmon.ids import new_id
from tmon.leases import NOBODY, Claims, renewed
from tmon.models.stores import Store
from tmon.models.writes import OPEN_STEPS, WriteRecord, WriteStep
from tmon.sealing import Sealer
from tmon.writes.remote_write import Outcome, RemoteWrite

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
"""How long a claim stands without a step or a renewal; then another process may take it over."""
KEEP = timedelta(days=7)
"""How long ended writes stay in the table; what is to be known for longer is in the audit log."""


def new_record(
    write: RemoteWrite[Any],
    actor: str,
    now: datetime,
    sealer: Sealer,
    claim: dict[str, Any],
    *,
    handed_over: bool = False,
) -> WriteRecord:
    """The row of a write that `actor` begins. `claim`: its columns."""
    record = WriteRecord(
        team_id=write.team_id,
        id=new_id("wr"),
        store_id=write.store_id,
        kind=write.kind,
        subject=write.subject,
        args=write.args(),
        actor=actor,
        created_at=now,
        due_at=now,
        handed_over=handed_over,
        **claim,
    )
    record.sealed = write.sealed(sealer, record)
    return record


async def insert(session: AsyncSession, record: WriteRecord) -> bool:
    """Add the row of a write. False if another one of its kind and subject is open; the transaction may go on."""
    try:
        async with session.begin_nested():
            session.add(record)
    except IntegrityError:
        return False
    return True


async def forget_ended(db: Database, now: datetime) -> None:
    """Forgets what ended long ago."""
    async with db.write() as session:
        await session.execute(
            delete(WriteRecord).where(col(WriteRecord.state).not_in(OPEN_STEPS), col(WriteRecord.ended_at) < now - KEEP)
        )


async def lock_store(session: AsyncSession, store: Store) -> Store | None:
    """Lock the store of a write, as everybody does first."""
    return await session.get(Store, (store.team_id, store.id), with_for_update=True)


def keeping(db: Database, record: WriteRecord, seconds: float) -> AbstractAsyncContextManager[None]:
    """Renew a claim every so many seconds within the block: an answer of TMON may take longer than it lasts."""

    async def renew() -> None:
        async with db.write() as session:
            await step(session, record, *OPEN_STEPS, claimed_until=db.now(LEASE))

    return renewed(renew, seconds, write=record.id, kind=record.kind)


def follow(record: WriteRecord, changed: dict[str, Any]) -> None:
    """Bring the row that was read up to what was written, but for times of the database."""
    for name, value in changed.items():
        if not isinstance(value, ColumnElement):
            setattr(record, name, value)


async def end_unclaimed(
    session: AsyncSession,
    claims: Claims,
    team_id: str,
    store_id: str,
    kind: type[RemoteWrite[Any]],
    subject: str,
    now: datetime,
) -> bool:
    """Ends a write in doubt as DONE, in the transaction in which a feature found that out by itself.

    False: there is none, or somebody works on it, who will find out.
    """
    found = await session.scalar(
        update(WriteRecord)
        .where(
            *open_of(team_id, store_id, kind.kind, subject),
            claims.is_free(WriteRecord),
            col(WriteRecord.state) != WriteStep.PREPARED,
        )
        .values(**ended(WriteStep.DONE, now))
        .returning(col(WriteRecord.id)),
        execution_options={"synchronize_session": False},
    )
    return found is not None


async def is_open(
    session: AsyncSession, team_id: str, store_id: str, kind: type[RemoteWrite[Any]], subject: str
) -> bool:
    """Whether a write of this subject has not ended."""
    found = await session.scalar(select(col(WriteRecord.id)).where(*open_of(team_id, store_id, kind.kind, subject)))
    return found is not None


async def delete_writes(session: AsyncSession, store: Store, now: datetime) -> None:
    """Forgets a removed store's writes; whoever is carrying one on finds the claim lost."""
    await session.execute(
        delete(WriteRecord).where(col(WriteRecord.team_id) == store.team_id, col(WriteRecord.store_id) == store.id)
    )


def ended(state: WriteStep, now: datetime, error: Exception | None = None) -> dict[str, Any]:
    """The columns of a write that ended in `state`; of `error` only its name stays."""
    name = None if error is None else error.key if isinstance(error, AppError) else type(error).__name__
    return {"state": state, "ended_at": now, "error": name, "sealed": None, "waits_for_switch": False, **NOBODY}


def open_of(team_id: str, store_id: str, kind: str, subject: str) -> tuple[Any, ...]:
    """The conditions that a row is the one write of a subject that has not ended."""
    return (
        col(WriteRecord.team_id) == team_id,
        col(WriteRecord.store_id) == store_id,
        col(WriteRecord.kind) == kind,
        col(WriteRecord.subject) == subject,
        col(WriteRecord.state).in_(OPEN_STEPS),
    )


def claimed(record: WriteRecord, *states: WriteStep) -> tuple[Any, ...]:
    """That the row is still held by `record`'s token (or still by nobody), in one of these states."""
    return (
        col(WriteRecord.team_id) == record.team_id,
        col(WriteRecord.id) == record.id,
        col(WriteRecord.claim_token).is_not_distinct_from(record.claim_token),
        col(WriteRecord.state).in_(states),
    )


async def may_send(session: AsyncSession, record: WriteRecord, now: ColumnElement[datetime]) -> bool:
    """Whether a write that is about to leave is still held by `record`'s token, and nobody else may take it by now."""
    mine = select(col(WriteRecord.id)).where(*claimed(record, WriteStep.SENT), col(WriteRecord.claimed_until) > now)
    return await session.scalar(mine) is not None


async def as_stored(db: Database, record: WriteRecord) -> Outcome[Any]:
    """How a write stands that somebody else carries on, as far as they know, or whose store was removed."""
    async with db.read() as session:
        row = await session.get(WriteRecord, (record.team_id, record.id))
    log.warning("claim of a write lost", write=record.id, kind=record.kind)
    is_over = row is not None and row.state in (WriteStep.DONE, WriteStep.FAILED)
    return Outcome(row.state if row is not None and is_over else WriteStep.UNKNOWN)


async def step(
    session: AsyncSession, record: WriteRecord, *states: WriteStep, where: tuple[Any, ...] = (), **values: Any
) -> bool:
    """Changes the row if its claim is still `record`'s. `record` itself is to follow once that is committed."""
    changed = await session.scalar(
        update(WriteRecord).where(*claimed(record, *states), *where).values(**values).returning(col(WriteRecord.id)),
        execution_options={"synchronize_session": False},
    )
    return changed is not None


async def overrule(session: AsyncSession, record: WriteRecord, **values: Any) -> bool:
    """Changes the row whoever holds it, unless it is done already or its store was removed."""
    changed = await session.scalar(
        update(WriteRecord)
        .where(
            col(WriteRecord.team_id) == record.team_id,
            col(WriteRecord.id) == record.id,
            col(WriteRecord.state) != WriteStep.DONE,
        )
        .values(**values)
        .returning(col(WriteRecord.id)),
        execution_options={"synchronize_session": False},
    )
    return changed is not None
