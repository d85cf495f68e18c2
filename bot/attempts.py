"""What the outbox worker writes down of a message: that it was delivered, or what failed and when it is tried again.

Each record is made on condition that the message is still as it was read: a worker that was frozen may find that another has
delivered it meanwhile.
"""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Table, bindparam, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningUpdate
from sqlmodel import col

from tmon.clock import Clock
from tmon.database import Database
from tmon.models.outbox import OutboxMessage
from tmon.outbox import LONGEST_RETRY

log = structlog.get_logger(__name__)

_MESSAGES: Table = OutboxMessage.__table__  # type: ignore[attr-defined]


class Attempts:
    """Records attempts to deliver messages in their rows."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def record(self, row: OutboxMessage, *, delivered: int | None = None, **values: Any) -> bool:
        """Set columns of a message, as `write` does, in a transaction of its own."""
        async with self._db.write() as session:
            return await write(session, row, self._clock(), delivered=delivered, **values)

    async def later(self, row: OutboxMessage, code: str, pause: timedelta | None = None) -> None:
        """Record a failure with its `code`: the next attempt is after `pause`, by default longer after each failure."""
        now, code = self._clock(), code[:60]
        since = row.refused_since if row.error == code and row.refused_since is not None else now
        due_at = now + (pause or _pause_after(row.attempts))
        await self.record(row, attempts=row.attempts + 1, due_at=due_at, error=code, refused_since=since)


async def write(
    session: AsyncSession, row: OutboxMessage, now: datetime, *, delivered: int | None = None, **values: Any
) -> bool:
    """Set columns of a message unless another has delivered it or directed it elsewhere since `row` was read.

    Returns whether they were set. If not, what was drawn here may have come later than what another drew: the message is
    drawn once more. `delivered`: the version that needs no further attempt.
    """
    if delivered is not None:
        values |= {"delivered_version": delivered, "attempts": 0}
    found = await session.scalar(
        _unless_changed(frozenset(values), is_new=row.ts is None),
        {
            "of_team": row.team_id,
            "of_key": row.key,
            "read_version": row.delivered_version,
            "read_ts": row.ts,
            "read_destination": row.destination,
            **{f"new_{name}": value for name, value in values.items()},
        },
    )
    if found is None and row.ts is not None:
        await session.execute(
            update(OutboxMessage)
            .where(
                col(OutboxMessage.team_id) == row.team_id,
                col(OutboxMessage.key) == row.key,
                col(OutboxMessage.ts) == row.ts,
                ~col(OutboxMessage.undeliverable),
            )
            .values(version=col(OutboxMessage.version) + 1, due_at=now),
            execution_options={"synchronize_session": False},
        )
    if found is None:
        log.info("a message was delivered by another meanwhile", key=row.key)
    return found is not None


@cache  # to make the statement takes longer than to execute it, and there are few
def _unless_changed(columns: frozenset[str], *, is_new: bool) -> ReturningUpdate[Any]:
    """Return the statement that sets some columns of a message unless it has changed since it was read."""
    ts = _MESSAGES.c.ts
    return (
        update(_MESSAGES)
        .where(
            _MESSAGES.c.team_id == bindparam("of_team"),
            _MESSAGES.c.key == bindparam("of_key"),
            _MESSAGES.c.delivered_version == bindparam("read_version"),
            ts.is_(None) if is_new else ts == bindparam("read_ts"),
            _MESSAGES.c.destination == bindparam("read_destination"),
        )
        .values({name: bindparam(f"new_{name}") for name in sorted(columns)})
        .returning(_MESSAGES.c.key)
    )


def _pause_after(attempts: int) -> timedelta:
    """Return how long a message waits after one more failure on top of so many."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_RETRY)


def pauses(attempts: int) -> timedelta:
    """Return the minimum total time that a message has waited after so many failures in a row."""
    return sum((_pause_after(number) for number in range(attempts)), timedelta())
