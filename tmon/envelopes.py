"""What Slack has delivered. It may deliver an envelope twice, also to another process: it has one effect and one answer."""

from collections.abc import Sequence
from datetime import timedelta
from enum import Enum, auto
from hashlib import sha256
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from tmon.database import Database
from tmon.models.slack import Envelope
from tmon.processes import Process
from tmon.sealing import CannotOpen, Place, Sealer

KEEP = timedelta(hours=1)
"""Slack delivers an event again for about six minutes, an envelope of a socket for as long as it is open."""
IMPATIENT = timedelta(seconds=3)
"""A second click within this time is an impatient one. Later, Slack has marked a press that nobody acknowledged."""
_STUCK = timedelta(minutes=10)
"""After so long the press of a button hinders no other one: what has followed from it is over, or will never be."""


class Delivery(Enum):
    """What an envelope is to all processes together."""

    NEW = auto()
    AGAIN = auto()
    """It was taken before."""
    UNDER_WAY = auto()
    """Another press of the same button by the same person has just come to a process."""
    STILL_UNDER_WAY = auto()
    """It came so long ago that the person wonders about it; its process may have been killed."""


class Envelopes:
    """Takes envelopes, each once over all processes."""

    def __init__(self, db: Database, sealer: Sealer, process: Process) -> None:
        self._db = db
        self._sealer = sealer
        self._process = process

    @property
    def shared(self) -> bool:
        """Whether other processes get envelopes, too."""
        return not self._process.alone

    async def look(self, team_id: str, key: str) -> Delivery:
        """Return whether `key` was taken, for a process that is alone: what it has got itself, it remembers.

        Unlike `take`, this waits for nobody who writes. `take` follows, and nobody has to wait for it.
        """
        async with self._db.read() as session:
            known = await session.get(Envelope, (team_id, _digest(key)))
        return Delivery.NEW if known is None else Delivery.AGAIN

    async def take(self, team_id: str, key: str, press: Sequence[str] | None) -> Delivery:
        """Take the envelope `key`, and with it the button that was pressed, until `done`."""
        async with self._db.write() as session:
            if await self._insert(session, team_id, key, press):
                return Delivery.NEW
            if await session.get(Envelope, (team_id, _digest(key))) is not None:
                return Delivery.AGAIN
            stuck = or_(
                self._process.is_gone(col(Envelope.owner)),
                col(Envelope.owner) == self._process.id,  # which knows what it does, and would not ask
                col(Envelope.received_at) <= self._db.now(-_STUCK),
            )
            await session.execute(
                update(Envelope)
                .where(col(Envelope.team_id) == team_id, col(Envelope.press) == _digest(*press or ()), stuck)
                .values(press=None)
            )
            if await self._insert(session, team_id, key, press):
                return Delivery.NEW
            long_ago = await session.scalar(
                select(col(Envelope.id)).where(
                    col(Envelope.team_id) == team_id,
                    col(Envelope.press) == _digest(*press or ()),
                    col(Envelope.received_at) <= self._db.now(-IMPATIENT),
                )
            )
        return Delivery.UNDER_WAY if long_ago is None else Delivery.STILL_UNDER_WAY

    async def done(self, team_id: str, key: str) -> None:
        """What followed from the press of a button is done: it may be pressed again."""
        await self._change(team_id, key, press=None)

    async def answered(self, team_id: str, key: str, answer: dict[str, Any]) -> None:
        """An envelope was acknowledged with `answer`."""
        sealed = self._sealer.seal(answer, _place(team_id, key))
        await self._change(team_id, key, answer=sealed)

    async def answer(self, team_id: str, key: str) -> dict[str, Any] | None:
        """Return what an envelope was acknowledged with, or None if it is not known (yet)."""
        async with self._db.read() as session:
            row = await session.get(Envelope, (team_id, _digest(key)))
        if row is None or row.answer is None:
            return None
        try:
            answer: dict[str, Any] = self._sealer.open(row.answer, _place(team_id, key))
        except CannotOpen:
            return None
        return answer

    async def forget(self) -> None:
        """Forget what is not delivered again any more."""
        async with self._db.write() as session:
            await session.execute(delete(Envelope).where(col(Envelope.received_at) <= self._db.now(-KEEP)))

    async def _insert(self, session: AsyncSession, team_id: str, key: str, press: Sequence[str] | None) -> bool:
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        statement = (
            insert(Envelope)
            .values(
                team_id=team_id,
                id=_digest(key),
                received_at=self._db.now(),
                press=None if press is None else _digest(*press),
                owner=self._process.id,
            )
            .on_conflict_do_nothing()
            .returning(col(Envelope.id))
        )
        return await session.scalar(statement) is not None

    async def _change(self, team_id: str, key: str, **values: Any) -> None:
        async with self._db.write() as session:
            await session.execute(
                update(Envelope)
                .where(col(Envelope.team_id) == team_id, col(Envelope.id) == _digest(key))
                .values(**values)
            )


def _digest(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()


def _place(team_id: str, key: str) -> Place:
    return Place.at(Envelope, "answer", {"team_id": team_id, "id": _digest(key)})
