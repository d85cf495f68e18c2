"""How fast Slack may be called: token buckets in the database, by its clock, which all processes take from.

A time that lies further ahead than it can was stored by a clock that has been set back since: nobody waits for it.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Double, Table, and_, case, delete, exists, literal, or_, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import col

from tmon.database import Database
from tmon.models.slack import SlackPace

_PACE: Table = SlackPace.__table__  # type: ignore[attr-defined]
_LATENCY = 0.25
"""Seconds by which a call may come early: a statement that was longer on its way reads a later time than the one after it."""
_LONGEST_HOLD = 600.0
"""The longest `Retry-After` that is heeded, in seconds."""
_HELD = "hold/"
"""Prefix of the lanes that say how long a method is held back."""


@dataclass(frozen=True)
class Rate:
    """What a bucket allows: `burst` calls at once, then `per_second`."""

    per_second: float
    burst: int

    @property
    def interval(self) -> float:
        """Seconds between two calls."""
        return 1 / self.per_second

    @property
    def slack(self) -> float:
        """Seconds that the bucket may lack until it is full, for a call to be allowed."""
        return self.interval * (self.burst - 1) + _LATENCY

    @property
    def longest(self) -> float:
        """Seconds that it can take until the bucket is full."""
        return self.slack + self.interval + 1


class Pace:
    """Buckets by workspace and lane."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert

    def is_busy(self, team_id: Any, lane: Any, rate: Rate) -> ColumnElement[bool]:
        """Return the condition that a bucket allows no call now."""
        return self._lies_ahead(team_id, lane, rate.slack, rate.longest)

    def is_held(self, team_id: Any, method: str) -> ColumnElement[bool]:
        """Return the condition that Slack has asked not to call a method by now."""
        return self._lies_ahead(team_id, _HELD + method, _LATENCY, _LONGEST_HOLD)

    def taking(self, team_id: Any, lane: Any, rate: Rate, condition: ColumnElement[bool]) -> ReturningInsert[Any]:
        """Return the statement that counts a call if it is allowed now and a condition is met.

        It returns in how many seconds the next one is allowed; no row if this one is not.
        """
        now, full_at = self._db.seconds(), _PACE.c.full_at
        statement = self._insert(_PACE).from_select(
            ["team_id", "lane", "full_at"],
            select(team_id, lane, now + literal(rate.interval, Double())).where(condition),
        )
        since = case((and_(full_at > now, full_at <= now + rate.longest), full_at), else_=now)
        return statement.on_conflict_do_update(
            index_elements=["team_id", "lane"],
            set_={"full_at": since + rate.interval},
            where=or_(full_at <= now + rate.slack, full_at > now + rate.longest),
        ).returning(full_at - now - literal(rate.slack, Double()))

    async def hold(self, team_id: str, method: str, seconds: float) -> None:
        """Allow no call of a method in a workspace for this long: Slack's `Retry-After`."""
        async with self._db.write() as session:
            until = self._db.seconds() + min(seconds, _LONGEST_HOLD)
            statement = self._insert(_PACE).values(team_id=team_id, lane=_HELD + method, full_at=until)
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["team_id", "lane"], set_={"full_at": statement.excluded.full_at}
                )
            )

    async def forget_full(self) -> None:
        """Delete the rows of full buckets and past holds, which say what no row says: else each place would keep one."""
        async with self._db.write() as session:
            full = select(col(SlackPace.team_id), col(SlackPace.lane)).where(
                col(SlackPace.full_at) <= self._db.seconds()
            )
            await session.execute(
                # what is locked is being taken at this moment
                delete(SlackPace).where(
                    tuple_(col(SlackPace.team_id), col(SlackPace.lane)).in_(full.with_for_update(skip_locked=True))
                ),
                execution_options={"synchronize_session": False},
            )

    def _lies_ahead(self, team_id: Any, lane: Any, slack: float, longest: float) -> ColumnElement[bool]:
        now, full_at = self._db.seconds(), col(SlackPace.full_at)
        return exists().where(
            col(SlackPace.team_id) == team_id,
            col(SlackPace.lane) == lane,
            full_at > now + slack,
            full_at <= now + longest,
        )
