"""Correlation of a failure with the runs of other stores and with recently closed incidents."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.due_times import is_over
from tmon.models.collection import ORDERS, SyncState
from tmon.models.incidents import Cause, Incident, IncidentStore
from tmon.models.stores import Store, StoreState
from tmon.scope import scope

SETTLING = timedelta(minutes=10)
"""Period after the end of a wide incident in which stores that have not succeeded yet open no incident."""


async def is_recovering(session: AsyncSession, store: Store, now: datetime) -> bool:
    """Return whether a wide incident affected `store` until recently, and `store` has not succeeded since."""
    return bool(
        await session.scalar(
            select(
                exists().where(
                    *scope(IncidentStore, store),
                    col(IncidentStore.recovered_at).is_(None),
                    col(Incident.team_id) == col(IncidentStore.team_id),
                    col(Incident.id) == col(IncidentStore.incident_id),
                    col(Incident.cause).in_((Cause.VENDOR, Cause.TMON)),
                    ~is_over(col(Incident.closed_at), now, SETTLING),
                )
            )
        )
    )


_COLLECTED = (
    col(Store.removed_at).is_(None),
    col(Store.sync_on),
    col(Store.order_on),
    col(Store.state) == StoreState.APPROVED,
)
"""Conditions of the stores whose orders are collected."""
_OF_ORDERS = and_(
    col(SyncState.team_id) == col(Store.team_id),
    col(SyncState.store_id) == col(Store.id),
    col(SyncState.kind) == ORDERS,
)


async def stores_failing_alike(
    session: AsyncSession, team_id: str, code: str, since: datetime | None = None
) -> list[tuple[Store, datetime]]:
    """Return the stores of a workspace whose last order collection failed with `code`, and since when.

    Empty unless in all workspaces together they are at least two and at least half of all stores whose orders are collected.
    With `since`, those that were last collected before do not count: they say nothing about an outage of minutes.
    """
    alike = and_(col(SyncState.error) == code, col(SyncState.failures) > 0)
    tried = true() if since is None else or_(col(SyncState.last_success_at).is_(None), *_later(since))
    counted = await session.execute(
        select(_count_where(alike), _count_where(tried))
        .select_from(Store)
        .outerjoin(SyncState, _OF_ORDERS)
        .where(*_COLLECTED)
    )
    failing, total = counted.one()
    if failing < 2 or failing * 2 < total:
        return []
    rows = await session.execute(
        select(Store, func.coalesce(col(SyncState.failing_since), col(SyncState.last_failure_at)))
        .join(SyncState, _OF_ORDERS)
        .where(col(Store.team_id) == team_id, *_COLLECTED, alike)
        .order_by(col(Store.id))
    )
    return [(store, began) for store, began in rows]


async def is_minority(session: AsyncSession, stores: int) -> bool:
    """Return whether so many are fewer than half of the stores whose orders are collected, in all workspaces together."""
    total = await session.scalar(select(func.count()).select_from(Store).where(*_COLLECTED)) or 0
    return stores * 2 < total


def _count_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _later(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(SyncState.last_success_at) >= since, col(SyncState.last_failure_at) >= since
