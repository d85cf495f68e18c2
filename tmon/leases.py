"""Leases: the right to work on something alone, for a while.

A lease is a token in a row, with the process that holds it. Every change that needs it is made on condition that the token is
still there, and TMON and Slack are only called right after a look at it. It is free again when it is given back, when its time
is over, or when its process is gone; whoever held it then finds another token. All times are the database's.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Table, bindparam, delete, exists, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.ids import new_id
from tmon.models.processes import Lease
from tmon.processes import Process

log = structlog.get_logger(__name__)

_LEASES: Table = Lease.__table__  # type: ignore[attr-defined]
NOBODY: dict[str, Any] = {"claim_token": None, "claim_owner": None, "claimed_until": None}
"""The columns of a claim that nobody holds."""

TASK_WAITS = timedelta(minutes=10)
"""How long a claim waits for its task: one that was not begun by then was lost."""


class Claims:
    """Claims on rows that have the columns `claim_token`, `claim_owner` and `claimed_until`."""

    def __init__(self, db: Database, process: Process) -> None:
        self.process = process
        self._db = db

    def new(self, lasts: timedelta) -> dict[str, Any]:
        """Return the columns of a new claim of this process."""
        return {"claim_token": new_id("ct"), "claim_owner": self.process.id, "claimed_until": self._db.now(lasts)}

    def for_task(self) -> dict[str, Any]:
        """Return the columns of a new claim for whichever process carries out the task that is asked for with its token.

        That is this one where it is alone: what it leaves is free once it is gone.
        """
        owner = self.process.id if self.process.alone else None
        return {"claim_token": new_id("ct"), "claim_owner": owner, "claimed_until": self._db.now(TASK_WAITS)}

    def is_free(self, table: Any) -> ColumnElement[bool]:
        """Return the condition that nobody holds the claim of a row: it was given back or is over, or its process is gone."""
        owner = col(table.claim_owner)
        # what waits for a task waits in vain in a process that is alone: it hands nothing over, and those that did are gone
        left = [owner.is_(None)] if self.process.alone else []
        return or_(
            col(table.claim_token).is_(None),
            col(table.claimed_until) <= self._db.now(),
            self.process.is_gone(owner),
            *left,
        )


class LeaseLost(Exception):
    """The lease was over, and somebody else may have taken it: what it was for must not go on here."""


class HeldLease:
    """A lease that this process has taken."""

    def __init__(self, leases: "Leases", team_id: str, name: str, token: str, lasts: timedelta) -> None:
        self._leases = leases
        self.team_id, self.name, self.token = team_id, name, token
        self._lasts = lasts

    def is_held(self) -> ColumnElement[bool]:
        """Return the condition that it is still held, for statements that must change nothing otherwise."""
        return self._leases.is_held(self.team_id, self.name, self.token)

    async def check(self, session: AsyncSession) -> None:
        """Raise LeaseLost unless it is still held; nobody else gets it before the transaction ends."""
        if not await self._leases.keep(session, self.team_id, self.name, self.token):
            raise LeaseLost(self.name)

    async def renew(self) -> None:
        """Hold it from now on for as long as at first. Raises LeaseLost."""
        if not await self._leases.renew(self.team_id, self.name, self.token, self._lasts):
            raise LeaseLost(self.name)


class Leases:
    """Leases by name, for what has no row of its own: a place for messages, the sale periods of a store."""

    def __init__(self, db: Database, claims: Claims) -> None:
        self._db = db
        self._claims = claims

    async def take(self, session: AsyncSession, team_id: str, name: str, lasts: timedelta) -> str | None:
        """Take a lease; return its token, or None if somebody holds it, this process included."""
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        claim = self._claims.new(lasts)
        statement = (
            insert(Lease)
            .values(team_id=team_id, name=name, **claim)
            .on_conflict_do_update(index_elements=["team_id", "name"], set_=claim, where=self._claims.is_free(Lease))
            .returning(col(Lease.claim_token))
        )
        token: str | None = await session.scalar(statement)
        return token

    async def take_all(
        self, session: AsyncSession, names: Collection[tuple[str, str]], lasts: timedelta
    ) -> list["HeldLease"]:
        """Take those leases that nobody holds, this process included. `names`: workspaces and names."""
        if not names:
            return []
        claim = self._claims.new(lasts)
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = insert(_LEASES).values(team_id=bindparam("team"), name=bindparam("lease"), **claim)
        # in the order of their names, as whoever takes several must: two that wait for each other would be a deadlock
        taken = await session.execute(
            statement.on_conflict_do_update(
                index_elements=["team_id", "name"],
                set_={column: statement.excluded[column] for column in claim},
                where=self._claims.is_free(Lease),
            ).returning(_LEASES.c.team_id, _LEASES.c.name),
            [{"team": team_id, "lease": name} for team_id, name in sorted(names)],
        )
        return [HeldLease(self, team_id, name, claim["claim_token"], lasts) for team_id, name in taken]

    async def renew(self, team_id: str, name: str, token: str, lasts: timedelta) -> bool:
        """Extend a lease. Returns whether it is still held."""
        async with self._db.write() as session:
            found = await session.scalar(
                update(Lease)
                .where(*_is(team_id, name, token), col(Lease.claimed_until) > self._db.now())
                .values(claimed_until=self._db.now(lasts))
                .returning(col(Lease.claim_token)),
                execution_options={"synchronize_session": False},
            )
        return found is not None

    async def keep(self, session: AsyncSession, team_id: str, name: str, token: str) -> bool:
        """Let nobody else have a lease until the transaction ends. Returns whether it is still held."""
        mine = select(col(Lease.claim_token)).where(
            *_is(team_id, name, token), col(Lease.claimed_until) > self._db.now()
        )
        return await session.scalar(mine.with_for_update()) is not None

    async def release(self, team_id: str, name: str, token: str) -> None:
        """Give a lease back; one that was lost stays with its new holder."""
        async with self._db.write() as session:
            await self._release(session, team_id, name, token)

    async def release_all(self, leases: Sequence[HeldLease]) -> None:
        """Give several leases back in one transaction, as `release` does."""
        mine = tuple_(_LEASES.c.team_id, _LEASES.c.name, _LEASES.c.claim_token)
        held = select(_LEASES.c.team_id, _LEASES.c.name).where(
            mine.in_([(lease.team_id, lease.name, lease.token) for lease in leases])
        )
        # in the order of their names, see `take_all`
        locked = held.order_by(_LEASES.c.team_id, _LEASES.c.name).with_for_update()
        async with self._db.write() as session:
            await session.execute(
                update(_LEASES).where(tuple_(_LEASES.c.team_id, _LEASES.c.name).in_(locked)).values(**NOBODY)
            )

    async def _release(self, session: AsyncSession, team_id: str, name: str, token: str) -> None:
        await session.execute(
            update(Lease).where(*_is(team_id, name, token)).values(**NOBODY),
            execution_options={"synchronize_session": False},
        )

    async def forget_free(self) -> None:
        """Delete the rows of leases that nobody holds: else each thing that ever had one would keep a row."""
        async with self._db.write() as session:
            free = select(col(Lease.team_id), col(Lease.name)).where(self._claims.is_free(Lease))
            await session.execute(
                # what is locked is being taken at this moment
                delete(Lease).where(
                    tuple_(col(Lease.team_id), col(Lease.name)).in_(free.with_for_update(skip_locked=True))
                ),
                execution_options={"synchronize_session": False},
            )

    def is_held(self, team_id: Any, name: Any, token: Any) -> ColumnElement[bool]:
        """Return the condition that a lease is still held, for statements that must change nothing otherwise."""
        held = select(col(Lease.claim_token)).where(
            *_is(team_id, name, token), col(Lease.claimed_until) > self._db.now()
        )
        return held.exists()

    def is_taken(self, team_id: Any, name: Any) -> ColumnElement[bool]:
        """Return the condition that somebody holds a lease, this process included, for queries that look for what is free."""
        return exists().where(col(Lease.team_id) == team_id, col(Lease.name) == name, ~self._claims.is_free(Lease))

    @asynccontextmanager
    async def held(self, team_id: str, name: str, lasts: timedelta) -> AsyncIterator[HeldLease | None]:
        """Hold a lease within the block, renewed as long as it runs; None if somebody else holds it."""
        async with self._db.write() as session:
            token = await self.take(session, team_id, name, lasts)
        if token is None:
            yield None
            return
        lease = HeldLease(self, team_id, name, token, lasts)
        try:
            async with renewed(lease.renew, lasts.total_seconds() / 3, lease=name):
                yield lease
        finally:
            await self.release(team_id, name, token)


@asynccontextmanager
async def renewed(renew: Callable[[], Awaitable[object]], seconds: float, **of: Any) -> AsyncIterator[None]:
    """Call `renew` every so many seconds while the block runs. A failure is logged, with `of`: the next call may succeed."""

    async def repeat() -> None:
        while True:
            await asyncio.sleep(seconds)
            try:
                await renew()
            except LeaseLost:
                log.warning("lease lost", **of)
                return
            except Exception:
                log.exception("lease not renewed", **of)

    renewal = asyncio.create_task(repeat())
    try:
        yield
    finally:
        renewal.cancel()
        await asyncio.wait({renewal})


def _is(team_id: Any, name: Any, token: Any) -> tuple[ColumnElement[bool], ...]:
    return col(Lease.team_id) == team_id, col(Lease.name) == name, col(Lease.claim_token) == token
