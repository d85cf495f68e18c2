"""The rows of writes: a claim is a token in the row, and every step an update on condition that it is still there."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.errors import AppError
from tmon.leases import NOBODY, Claims
from tmon.models.stores import Store
from tmon.models.writes import OPEN_STEPS, WriteRecord, WriteStep
from tmon.writes.remote_write import RemoteWrite

LEASE = timedelta(minutes=1)
"""How long a claim stands without a step or a renewal; then another process may take it over."""


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
