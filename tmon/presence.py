"""Which workspaces have the app installed: nothing is collected for the others, and nothing is sent to them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock, ElapsedTime
from tmon.database import Database
from tmon.errors import AppError
from tmon.models.workspaces import Workspace

log = structlog.get_logger(__name__)

_FRESH_SECONDS = 3.0
"""After that long it is read again which workspaces are gone."""


def is_present(team_id: Any) -> ColumnElement[bool]:
    """Return the condition that the workspace in the column `team_id` has the app installed, or is not recorded yet."""
    condition: ColumnElement[bool] = team_id.not_in(
        select(col(Workspace.team_id)).where(col(Workspace.gone_at).is_not(None))
    )
    return condition


async def require_present(session: AsyncSession, team_id: str) -> None:
    """Keep the app installed in a workspace until the transaction ends. Raises AppError if it is not any more.

    Called before anything else is locked, as whoever ends an installation locks the workspace first.
    """
    gone_at = await session.scalar(
        select(col(Workspace.gone_at)).where(col(Workspace.team_id) == team_id).with_for_update(read=True)
    )
    if gone_at is not None:
        raise AppError("common.store_gone")


class Presence:
    """Whether a workspace has the app installed, as it was some seconds ago at most: for what is asked before each call."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._elapsed = ElapsedTime(clock)
        self._gone: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._reads = 0
        self._lock = asyncio.Lock()

    async def has(self, team_id: str) -> bool:
        """Return whether a workspace has the app installed, or is not recorded yet. That it came back is known at once."""
        is_fresh = self._read_at is not None and self._elapsed() - self._read_at < _FRESH_SECONDS
        if not is_fresh or team_id in self._gone:
            await self._read()
        return team_id not in self._gone

    async def _read(self) -> None:
        """Read which workspaces are gone, once for all who ask at the same time."""
        reads = self._reads
        async with self._lock:
            if reads != self._reads:
                return
            began = self._elapsed()
            async with self._db.read() as session:
                gone = await session.scalars(select(col(Workspace.team_id)).where(col(Workspace.gone_at).is_not(None)))
                self._gone = frozenset(gone)
            self._read_at, self._reads = began, self._reads + 1


async def present_workspaces(db: Database) -> dict[str, str]:
    """Return the ids and names of the workspaces that have the app installed."""
    async with db.read() as session:
        found = await session.execute(
            select(col(Workspace.team_id), col(Workspace.name))
            .where(col(Workspace.gone_at).is_(None))
            .order_by(col(Workspace.team_id))
        )
        return {team_id: name for team_id, name in found}  # noqa: C416 - rows are no pairs for mypy


async def each(team_ids: Iterable[str], run: Callable[[str], Awaitable[object]]) -> None:
    """Run something for one workspace after the other. A failure of one is raised after all had their turn."""
    failure: Exception | None = None
    for team_id in team_ids:
        try:
            await run(team_id)
        except Exception as error:  # noqa: BLE001 - it is raised, or logged where another one is
            if failure is not None:
                log.warning("failed for another workspace, too", team=team_id, error=type(error).__name__)
            failure = failure or error
    if failure is not None:
        raise failure
