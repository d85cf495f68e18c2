"""When a collection runs again after a failure, and which others are hastened by what a run has found out."""

import random
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Row, and_, case, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.api import NotOffered, Throttled, TmonError
from tmon.collector import CollectorSpec
from tmon.due_times import has_come
from tmon.incidents.service import IncidentService, error_code, may_pass
from tmon.models.collection import ORDERS, SyncState
from tmon.models.stores import Store, StoreState

_NOT_OFFERED_PAUSE = timedelta(days=1)
LONGEST_PAUSE = timedelta(days=1)
"""However long TMON asks us to wait."""
SOON_SECONDS = (30.0, 60.0)
"""After a failure that may pass by itself, the next try comes within this span, so that an outage is known in minutes."""
_AFTER_OUTAGE_SECONDS = 30.0
"""Within so many seconds of the first success, the other stores are collected, too."""
_MOMENTS = 30
"""At so many different moments at most."""
_ASKED = 4
"""How many other stores are asked as soon as one fails."""
_ENOUGH = 10
"""So many that fail alike say all there is to know; each that asked others would soon have all of thousands asked at once."""
_ASK_SECONDS = 15.0
THROTTLED = error_code(Throttled(""))
"""Code of the failure that is no fault: TMON asked to wait."""


class Retries:
    """Due times of collections that fail, or that failed until now."""

    def __init__(self, incidents: IncidentService, specs: Mapping[str, CollectorSpec]) -> None:
        self._incidents = incidents
        self._specs = specs

    async def ask_others(self, session: AsyncSession, state: SyncState, now: datetime) -> None:
        """Make a few other stores due: by the time an incident opens, it is known whether TMON fails for them, too."""
        await session.flush()
        alike = await session.scalars(
            select(col(SyncState.store_id)).where(*_failing_alike(state), col(SyncState.kind) == ORDERS).limit(_ENOUGH)
        )
        if len(alike.all()) == _ENOUGH:
            return
        rows = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind))
            .where(
                col(SyncState.team_id) == state.team_id,
                col(SyncState.kind) == ORDERS,
                col(SyncState.store_id) != state.store_id,
                col(SyncState.failures) == 0,
                col(SyncState.due_at) > now,
            )
            .order_by(col(SyncState.due_at))
            .limit(_ASKED)
            .with_for_update(skip_locked=True)
        )
        await self._hasten(session, state.team_id, rows.all(), now, _ASK_SECONDS)

    async def pause(self, session: AsyncSession, state: SyncState, error: TmonError) -> timedelta:
        """Return how long the next run waits after a failure; `state` already includes it."""
        interval = self._specs[state.kind].interval
        if isinstance(error, NotOffered):
            return max(interval, _NOT_OFFERED_PAUSE)
        if not may_pass(error):
            return interval
        soon = min(interval, timedelta(seconds=random.uniform(*SOON_SECONDS)))  # noqa: S311 - jitter
        if isinstance(error, Throttled) and error.retry_after is not None:
            return min(max(soon, timedelta(seconds=error.retry_after)), LONGEST_PAUSE)
        if state.failures < self._incidents.after_failures and not await self._incidents.is_outage(
            session, state.team_id
        ):
            return soon
        return soon if await self._is_probe(session, state) else interval

    async def _is_probe(self, session: AsyncSession, state: SyncState) -> bool:
        """Whether this is the one collection that asks often whether an outage is over, while all others wait."""
        await session.flush()
        first = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind))
            .join(Store, and_(col(Store.team_id) == col(SyncState.team_id), col(Store.id) == col(SyncState.store_id)))
            .where(
                *_failing_alike(state),
                col(Store.removed_at).is_(None),
                col(Store.state) == StoreState.APPROVED,
                col(Store.sync_on),
                *(
                    (col(SyncState.kind) != kind) | getattr(Store, f"{spec.switch}_on")
                    for kind, spec in self._specs.items()
                ),
            )
            .order_by(case((col(SyncState.kind) == ORDERS, 0), else_=1), col(SyncState.store_id), col(SyncState.kind))
            .limit(1)
        )
        found = first.first()
        return found is not None and tuple(found) == (state.store_id, state.kind)

    async def hasten_others(self, session: AsyncSession, state: SyncState, now: datetime) -> None:
        """Make what failed alike due within seconds: what this run shows to be over may be over for all.

        What is due by then anyway stays as it is, or each of thousands that succeed would draw all others nearer.
        """
        latest = now + timedelta(seconds=_AFTER_OUTAGE_SECONDS)
        rows = await session.execute(
            select(col(SyncState.store_id), col(SyncState.kind))
            .where(*_failing_alike(state), col(SyncState.due_at) > latest)
            .with_for_update(skip_locked=True)  # a run that is being recorded knows its own next time
        )
        await self._hasten(session, state.team_id, rows.all(), now, _AFTER_OUTAGE_SECONDS)

    async def _hasten(
        self,
        session: AsyncSession,
        team_id: str,
        collections: Sequence[Row[str, str]],
        now: datetime,
        within_seconds: float,
    ) -> None:
        """Make locked collections due at different moments, in few statements however many they are."""
        for first in range(min(_MOMENTS, len(collections))):
            soon = timedelta(seconds=random.uniform(0, within_seconds))  # noqa: S311 - jitter
            await session.execute(
                update(SyncState)
                .where(
                    col(SyncState.team_id) == team_id,
                    tuple_(col(SyncState.store_id), col(SyncState.kind)).in_(
                        [(store_id, kind) for store_id, kind in collections[first::_MOMENTS]]
                    ),
                    col(SyncState.due_at) > now + soon,
                )
                .values(due_at=now + soon),
                execution_options={"synchronize_session": False},
            )

    def is_due(self, kind: str, now: datetime) -> ColumnElement[bool]:
        """Return the condition that the next run of `kind` is due. No pause is longer than a day, and few than the interval."""
        due_at, interval = col(SyncState.due_at), self._specs[kind].interval
        paused = col(SyncState.not_offered_at).is_not(None) | col(SyncState.error).is_not_distinct_from(THROTTLED)
        return has_come(due_at, now, max(interval, LONGEST_PAUSE)) | (~paused & has_come(due_at, now, interval))


def _failing_alike(state: SyncState) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of the collections of the workspace that fail for the same reason as `state`."""
    return (
        col(SyncState.team_id) == state.team_id,
        col(SyncState.failures) > 0,
        col(SyncState.error) == state.error,
    )
