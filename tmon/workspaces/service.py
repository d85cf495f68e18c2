"""Arrival and departure of workspaces, in the transaction that stores or destroys their token."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon import audit
from tmon.database import Database, upsert
from tmon.leases import NOBODY
from tmon.models.collection import SyncState
from tmon.models.stores import Store
from tmon.models.workspaces import GoneWhy, Installation, Workspace


@dataclass(frozen=True)
class Arrival:
    """A workspace that has installed the app."""

    team_id: str
    name: str
    installed_at: datetime
    """By Slack's clock."""
    enterprise_id: str | None = None
    installed_by: str | None = None
    """Slack user id; None: the operator, by a token in the settings."""


@dataclass(frozen=True)
class WorkspaceInfo:
    """A workspace, for lists."""

    workspace: Workspace
    installation: Installation | None
    """The last one; it has no token if the workspace is gone."""
    stores: int
    """Stores that were not removed."""


async def arrive(session: AsyncSession, arrival: Arrival, now: datetime) -> None:
    """Record that a workspace has the app installed. What it left before is taken up again, unless it was destroyed.

    The workspace stays locked until the transaction ends.
    """
    row = {
        "team_id": arrival.team_id,
        "enterprise_id": arrival.enterprise_id,
        "name": arrival.name,
        "installed_at": arrival.installed_at,
    }
    await upsert(
        session,
        Workspace.__table__,  # type: ignore[attr-defined]
        [row],
        update=["enterprise_id", "name", "installed_at"],
    )
    workspace = await session.get_one(Workspace, arrival.team_id, with_for_update=True, populate_existing=True)
    if workspace.gone_at is not None:
        workspace.gone_at = workspace.gone_why = None
        if workspace.destroyed_at is not None:
            workspace.removal_at = workspace.destroyed_at = None
        await session.execute(
            update(Store)
            .where(col(Store.team_id) == arrival.team_id, col(Store.left_on), col(Store.removed_at).is_(None))
            .values(sync_on=True, left_on=False, updated_at=now),
            execution_options={"synchronize_session": False},
        )
    if arrival.installed_by is not None:
        audit.record_in_team(session, arrival.team_id, arrival.installed_by, "workspace.install", now)


async def depart(session: AsyncSession, workspace: Workspace, why: GoneWhy, now: datetime) -> None:
    """Record that a locked workspace has no installation any more. Its data is kept for a while: see `destruction`.

    Its stores are switched off, which every run and every write to TMON looks at.
    """
    if workspace.gone_at is not None:
        return
    workspace.gone_at, workspace.gone_why = now, why
    await session.execute(
        update(Store)
        .where(col(Store.team_id) == workspace.team_id, col(Store.sync_on), col(Store.removed_at).is_(None))
        .values(sync_on=False, left_on=True, updated_at=now),
        execution_options={"synchronize_session": False},
    )
    audit.record_in_team(session, workspace.team_id, "system", "workspace.gone", now, subject=why.value)


async def end_runs(session: AsyncSession, team_id: str) -> None:
    """Take the claims of what is being collected for a workspace, so that runs end at their next transaction."""
    await session.execute(
        update(SyncState)
        .where(col(SyncState.team_id) == team_id, col(SyncState.claim_token).is_not(None))
        .values(**NOBODY),
        execution_options={"synchronize_session": False},
    )


async def all_workspaces(db: Database) -> list[WorkspaceInfo]:
    """Return every workspace, in the order of arrival, for the operator."""
    async with db.read() as session:
        rows = await session.execute(
            select(col(Store.team_id), func.count()).where(col(Store.removed_at).is_(None)).group_by(col(Store.team_id))
        )
        stores = {team_id: count for team_id, count in rows}  # noqa: C416 - rows are no pairs for mypy
        found = await session.execute(
            select(Workspace, Installation)
            .outerjoin(Installation, col(Installation.team_id) == col(Workspace.team_id))
            .order_by(col(Workspace.installed_at), col(Workspace.team_id))
        )
        return [WorkspaceInfo(one, installation, stores.get(one.team_id, 0)) for one, installation in found]
