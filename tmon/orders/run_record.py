"""The record of one run of the collection of orders, and its report in the store's channel."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from tmon.collection.runs import is_recorded
from tmon.database import upsert
from tmon.ids import new_id
from tmon.models.collection import ORDERS, RunOutcome, SyncRun, SyncState
from tmon.models.stores import Store
from tmon.orders.ingest import IngestChanges
from tmon.orders.messages import RunReport
from tmon.outbox import enqueue_update, post


class RunRecord:
    """What one run over one store changed, stored in the transactions of the changes."""

    def __init__(self, store: Store, asked_by: str | None, started_at: datetime) -> None:
        self._store = store
        self._asked_by = asked_by
        self._started_at = started_at
        self._run_id: str | None = None
        self.changes = IngestChanges()
        self.counts: dict[str, int] = {}
        """Numbers of the changes by name, and of what was confirmed automatically."""
        self.window: tuple[datetime, datetime] | None = None
        """From when to when orders were listed."""

    async def save_progress(self, session: AsyncSession, now: datetime) -> None:
        """Store the run and its report in the transaction of its changes; a run without changes stores nothing."""
        self.counts = self.changes.counts()
        if self.counts:
            await self._save(session, RunOutcome.RUNNING, None, None)
            await self._report(session, now)

    async def finish(self, session: AsyncSession, outcome: RunOutcome, state: SyncState, now: datetime) -> None:
        """Store how the run ended, if it has been stored already or is one to be recorded."""
        if self._run_id is None and not is_recorded(self.counts, self._asked_by, outcome, state):
            return
        await self._save(session, outcome, now, state.error)
        if self.counts:
            await self._report(session, now)

    async def _report(self, session: AsyncSession, now: datetime) -> None:
        """Enqueue the run's one message in the channel, or its update."""
        assert self._run_id is not None
        key = f"report/{self._run_id}"
        await post(session, self._store, RunReport(run=self._run_id), key=key, now=now)
        await enqueue_update(session, self._store.team_id, [key], now=now)

    async def _save(
        self, session: AsyncSession, outcome: RunOutcome, finished_at: datetime | None, error: str | None
    ) -> None:
        self._run_id = self._run_id or new_id("ru")
        row = {
            "team_id": self._store.team_id,
            "id": self._run_id,
            "store_id": self._store.id,
            "kind": ORDERS,
            "outcome": outcome,
            "asked_by": self._asked_by,
            "started_at": self._started_at,
            "finished_at": finished_at,
            "window_start": self.window[0] if self.window else None,
            "window_end": self.window[1] if self.window else None,
            "counts": self.counts,
            "error": error,
        }
        await upsert(session, SyncRun.__table__, [row], update=["outcome", "finished_at", "counts", "error"])  # type: ignore[attr-defined]
