"""Correlation of a failure with the runs of other stores and with recently closed incidents."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
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


async def stores_failing_alike(
    session: AsyncSession, team_id: str, code: str, since: datetime | None = None
) -> list[tuple[Store, datetime]]:
    """Return the stores whose last order collection failed with `code`, and since when.

    Empty unless they are at least two and at least half of all stores whose orders are collected. With `since`, those
    that were last collected before do not count: they say nothing about an outage of minutes.
    """
    collected = (
        col(Store.team_id) == team_id,
        col(Store.removed_at).is_(None),
        col(Store.sync_on),
        col(Store.order_on),
        col(Store.state) == StoreState.APPROVED,
    )
    joined = and_(
        col(SyncState.team_id) == col(Store.team_id),
        col(SyncState.store_id) == col(Store.id),
        col(SyncState.kind) == ORDERS,
    )
    tried = [] if since is None else [or_(col(SyncState.last_success_at).is_(None), *_later(since))]
    total = (
        await session.scalar(
            select(func.count()).select_from(Store).outerjoin(SyncState, joined).where(*collected, *tried)
        )
        or 0
    )
    rows = await session.execute(
        select(Store, func.coalesce(col(SyncState.failing_since), col(SyncState.last_failure_at)))
        .join(SyncState, joined)
        .where(
            *collected,
            col(SyncState.error) == code,
            col(SyncState.failures) > 0,
        )
        .order_by(col(Store.id))
    )
    alike = rows.all()
    return list(alike) if len(alike) >= 2 and len(alike) * 2 >= total else []


def _later(since: datetime) -> tuple[ColumnElement[bool], ...]:
    return col(SyncState.last_success_at) >= since, col(SyncState.last_failure_at) >= since
