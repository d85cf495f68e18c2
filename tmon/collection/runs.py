"""Records of collection runs."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.ids import new_id
from tmon.models.collection import RunOutcome, SyncRun, SyncState


def is_recorded(counts: Mapping[str, int], asked_by: str | None, outcome: RunOutcome, state: SyncState) -> bool:
    """Return whether a run is recorded: if it changed something, was requested by a user, or is the first to fail."""
    return bool(counts) or asked_by is not None or (outcome is RunOutcome.FAILED and state.failures == 1)


def record_run(
    session: AsyncSession,
    state: SyncState,
    outcome: RunOutcome,
    *,
    counts: dict[str, int],
    asked_by: str | None,
    started_at: datetime,
    now: datetime,
) -> None:
    """Record a run that has ended, if it is one to be recorded; `state` already includes it."""
    if not is_recorded(counts, asked_by, outcome, state):
        return
    session.add(
        SyncRun(
            team_id=state.team_id,
            id=new_id("ru"),
            store_id=state.store_id,
            kind=state.kind,
            outcome=outcome,
            asked_by=asked_by,
            started_at=started_at,
            finished_at=now,
            counts=counts,
            error=state.error,
        )
    )
