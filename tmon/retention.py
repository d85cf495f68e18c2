"""What must be known before personal data are destroyed because time has passed.

A machine whose clock is months ahead would destroy everything within seconds. So nothing is destroyed unless TMON or Slack
has agreed with the clock within minutes, and not much more in a day than is destroyed on other days. What is held back for
three days is told to the operator, who can look at it and destroy it (`tmon-bot destroy-due`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.clock import Clock
from tmon.core import Core, DestroyOfStore, Services
from tmon.database import Database
from tmon.destruction import overwrite
from tmon.models.audit import Audit
from tmon.models.outbox import MessageArgs
from tmon.models.retention import HeldDestruction, HoldReason
from tmon.models.stores import Store
from tmon.outbox import DEPLOYMENT, OPERATOR, enqueue, new_message

log = structlog.stdlib.get_logger(__name__)

CHECK_EVERY = 3600.0
"""Seconds between two looks at what is due."""
SHARE = 3
"""So many times a day's average may be destroyed in a day."""
LEAST_SHARE = 100
"""What may be destroyed in a day however little there is."""
TELL_AFTER = timedelta(days=3)
_DAY = timedelta(days=1)


class DestructionHeld(MessageArgs):
    """Email to the operator: personal data are due and were not destroyed for days."""

    kind = "destruction_held"

    what: str
    reason: str
    waiting: int
    since: datetime
    now: datetime
    """The time by the machine's clock."""


@dataclass(frozen=True)
class Amount:
    """How many rows hold personal data, and for how many of them the time is over."""

    held: int
    due: int


@dataclass(frozen=True)
class Retention:
    """One kind of personal data that is destroyed after a time."""

    name: str
    action: str
    """The action of its audit rows, whose details count what was destroyed under `counts`."""
    counts: str
    amount: Callable[[AsyncSession, datetime, int], Awaitable[Amount]]
    """For a moment and the number of days that the deployment keeps it."""
    destroy: Callable[[Database, Clock, int, int | None], Awaitable[int]]
    """Destroys what is due by the clock, after so many days, at most so much (None: all of it); returns how much it was."""
    destroy_of_store: DestroyOfStore


async def destroy(services: Services, retention: Retention) -> None:
    """Destroy what is due, as far as it may be; hold back the rest, and tell the operator after three days."""
    core, now = services.core, services.clock()
    days = core.options.personal_data_days
    async with core.db.read() as session:
        amount = await retention.amount(session, now, days)
        share = max(LEAST_SHARE, SHARE * amount.held // days) - await _destroyed_lately(session, retention, now)
    reason, left = HoldReason.CLOCK, amount.due
    if amount.due and await core.clock_check.is_plausible():
        reason = HoldReason.SHARE
        destroyed = await retention.destroy(core.db, services.clock, days, max(0, share))
        left -= destroyed
        if destroyed:
            await overwrite(core.db)
    await _keep_hold(core, retention.name, reason, left, now)


def when_clock_is_right(run: Callable[[Services], Awaitable[object]]) -> Callable[[Services], Awaitable[object]]:
    """Wrap a job that destroys what is old: it does nothing while the clock may be wrong."""

    async def guarded(services: Services) -> None:
        if await services.core.clock_check.is_plausible():
            await run(services)

    return guarded


async def _destroyed_lately(session: AsyncSession, retention: Retention, now: datetime) -> int:
    """Return how much was destroyed within the last day, by the audit log."""
    rows = await session.scalars(
        select(col(Audit.details)).where(
            col(Audit.team_id).in_(select(col(Store.team_id))),  # each workspace has an index of its days
            col(Audit.action) == retention.action,
            col(Audit.user_id) == "system",
            col(Audit.at) > now - _DAY,
            col(Audit.at) <= now,
        )
    )
    return sum(int(details.get(retention.counts, 0)) for details in rows)


async def _keep_hold(core: Core, what: str, reason: HoldReason, left: int, now: datetime) -> None:
    async with core.db.write() as session:
        hold = await session.scalar(select(HeldDestruction).where(col(HeldDestruction.what) == what).with_for_update())
        if not left:
            if hold is not None:
                await session.delete(hold)
            return
        if hold is None or hold.since > now:  # or it was begun when the clock was ahead
            hold = hold or HeldDestruction(team_id=DEPLOYMENT, what=what, reason=reason, waiting=left, since=now)
            hold.since, hold.told_at = now, None
            session.add(hold)
        hold.reason, hold.waiting = reason, left
        log.warning("destruction of personal data held back", what=what, reason=reason.value, waiting=left)
        if hold.told_at is None and now - hold.since >= TELL_AFTER:
            hold.told_at = now
            message = DestructionHeld(what=what, reason=reason.value, waiting=left, since=hold.since, now=now)
            key = f"{DestructionHeld.kind}/{what}/{hold.since:%Y%m%d%H%M%S}"
            await enqueue(session, [new_message(message, team_id=DEPLOYMENT, key=key, to=OPERATOR, now=now)])
