"""Chores: work that is due at an interval, each done by one process at a time. Their rows say when, and who does them now.

A chore whose process is gone is still due, and another process begins it anew.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cachetools import LRUCache
from sqlalchemy import ColumnElement, Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database, upsert
from tmon.leases import NOBODY, Claims
from tmon.models.processes import Chore

LASTS = timedelta(minutes=1)
"""How long a claim lasts if it is not renewed."""
_NO_OBJECTS = {"synchronize_session": False}
"""Of updates: the session has none that they would have to change."""


@dataclass(frozen=True)
class ClaimedChore:
    """A chore that this process may do now."""

    name: str
    token: str

    @property
    def is_held(self) -> tuple[ColumnElement[bool], ...]:
        """The conditions that nobody else has claimed it since."""
        return col(Chore.name) == self.name, col(Chore.claim_token) == self.token


class Chores:
    """The rows of chores, for the process that claims them."""

    def __init__(self, db: Database, claims: Claims) -> None:
        self._db = db
        self._claims = claims
        self._looks: LRUCache[frozenset[str], Select[str]] = LRUCache(maxsize=50)
        """The statements that look for what is due, kept because to make one takes longer than to execute it."""

    async def add(self, session: AsyncSession, names: Collection[str]) -> None:
        """Add the rows that are missing. What nobody has ever done is due.

        They are looked for first: an insertion waits for whoever changes the row that is in its way.
        """
        known = set(await session.scalars(select(col(Chore.name)).where(col(Chore.name).in_(names))))
        now = await session.scalar(select(self._db.now()))
        rows = [{"name": name, "due_at": now} for name in sorted(set(names) - known)]
        await upsert(session, Chore.__table__, rows, update=())  # type: ignore[attr-defined]

    async def make_due(self, session: AsyncSession, names: Collection[str]) -> None:
        """Make these chores due now."""
        await session.execute(
            update(Chore).where(col(Chore.name).in_(names)).values(due_at=self._db.now()), execution_options=_NO_OBJECTS
        )

    async def is_any_due(self, names: frozenset[str]) -> bool:
        """Whether one of these chores, none of which runs in this process, could be claimed."""
        if names not in self._looks:
            self._looks[names] = select(col(Chore.name)).where(*self._is_due(names)).limit(1)
        async with self._db.read() as session:
            return await session.scalar(self._looks[names]) is not None

    async def late_by(self, db: Database, names: Collection[str]) -> timedelta | None:
        """Return for how long the oldest of these chores has been due that nobody does; None if there is none."""
        async with db.read() as session:
            found = await session.execute(
                select(db.now(), func.min(col(Chore.due_at))).where(
                    col(Chore.name).in_(names), col(Chore.due_at) <= db.now(), self._claims.is_free(Chore)
                )
            )
            now, oldest = found.one()
        return None if oldest is None else now - oldest

    async def claim(self, session: AsyncSession, names: Collection[str]) -> Sequence[ClaimedChore]:
        """Claim those of these chores that are due; none of them runs in this process."""
        query = select(col(Chore.name)).where(*self._is_due(names)).order_by(col(Chore.name))
        # what another process is claiming or writing down at this moment is its own
        due = (await session.scalars(query.with_for_update(skip_locked=True))).all()
        if not due:
            return ()
        claim = self._claims.new(LASTS)
        await session.execute(
            update(Chore).where(col(Chore.name).in_(due)).values(**claim), execution_options=_NO_OBJECTS
        )
        return [ClaimedChore(name, claim["claim_token"]) for name in due]

    async def renew(self, session: AsyncSession, claimed: ClaimedChore) -> bool:
        """Go on with a chore. Returns whether it is still this process's."""
        return await self._change(session, claimed, claimed_until=self._db.now(LASTS))

    async def end(self, session: AsyncSession, claimed: ClaimedChore, again_in: timedelta) -> None:
        """Give a chore back, due again after a while; one that was lost stays with its new holder."""
        await self._change(session, claimed, due_at=self._db.now(again_in), done_at=self._db.now(), **NOBODY)

    def _is_due(self, names: Collection[str]) -> tuple[ColumnElement[bool], ...]:
        set_back = col(Chore.done_at) > self._db.now(LASTS)  # the clock: what was done lies ahead
        mine = col(Chore.claim_owner) == self._claims.process.id  # and does not run: the answer to its claim was lost
        return (
            col(Chore.name).in_(names),
            or_(col(Chore.due_at) <= self._db.now(), set_back),
            or_(mine, self._claims.is_free(Chore)),
        )

    async def _change(self, session: AsyncSession, claimed: ClaimedChore, **values: Any) -> bool:
        changed = await session.scalar(
            update(Chore).where(*claimed.is_held).values(**values).returning(col(Chore.name)),
            execution_options=_NO_OBJECTS,
        )
        return changed is not None
