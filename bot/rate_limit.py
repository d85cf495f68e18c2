"""How fast Slack may be called: token buckets in the database, by its clock, which all processes take from."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Double, case, exists, literal, not_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.models.slack import SlackPace

_LATENCY = 0.25
"""Seconds by which a call may come early: a statement that was longer on its way reads a later time than the one after it."""


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
        """Seconds that a bucket which allows one call lacks until it is full."""
        return self.interval * (self.burst - 1)


class Pace:
    """Buckets by workspace and lane."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def is_busy(
        self, team_id: ColumnElement[str] | str, lane: ColumnElement[str] | str, rate: Rate
    ) -> ColumnElement[bool]:
        """Return the condition that no call is allowed now."""
        return exists().where(
            col(SlackPace.team_id) == team_id,
            col(SlackPace.lane) == lane,
            col(SlackPace.full_at) - (rate.slack + _LATENCY) > self._db.seconds(),
        )

    async def take(
        self, session: AsyncSession, team_id: str, lane: str, rate: Rate, *conditions: ColumnElement[bool]
    ) -> bool:
        """Count a call if it is allowed now and all `conditions` are met. Returns whether it is."""
        now = self._db.seconds()
        conditions = (*conditions, not_(self.is_busy(team_id, lane, rate)))
        full_at = col(SlackPace.full_at)
        statement = _insert(session).from_select(
            ["team_id", "lane", "full_at"],
            select(literal(team_id), literal(lane), now + literal(rate.interval, Double())).where(*conditions),
        )
        found = await session.scalar(
            statement.on_conflict_do_update(
                index_elements=["team_id", "lane"],
                set_={"full_at": case((full_at > now, full_at), else_=now) + rate.interval},
                where=full_at - (rate.slack + _LATENCY) <= now,  # another process may have taken the last one
            ).returning(full_at)
        )
        return found is not None

    async def hold(self, team_id: str, lane: str, rate: Rate, seconds: float) -> None:
        """Allow no call for this long, whatever the bucket contains: Slack's `Retry-After`."""
        row = {"team_id": team_id, "lane": lane, "full_at": self._db.seconds() + (seconds + rate.slack)}
        async with self._db.write() as session:
            statement = _insert(session).values(row)
            full_at = col(SlackPace.full_at)
            held = statement.excluded.full_at
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=["team_id", "lane"], set_={"full_at": case((full_at > held, full_at), else_=held)}
                )
            )


def _insert(session: AsyncSession) -> postgresql.Insert | sqlite.Insert:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    return insert(SlackPace)
